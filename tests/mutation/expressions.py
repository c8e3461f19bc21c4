"""Faults of expressions."""

from __future__ import annotations

import ast
from itertools import pairwise

from mutation.change import Change
from mutation.places import ARITHMETIC, Places
from mutation.words import attributes_like, names_like, texts_like

_COMPARISONS: dict[type[ast.cmpop], tuple[str, str]] = {
    ast.Lt: ("<", "<="), ast.LtE: ("<=", "<"), ast.Gt: (">", ">="), ast.GtE: (">=", ">"), ast.Eq: ("==", "!="),
    ast.NotEq: ("!=", "=="), ast.Is: ("is", "is not"), ast.IsNot: ("is not", "is"), ast.In: ("in", "not in"),
    ast.NotIn: ("not in", "in"),
}  # fmt: skip
_COMMUTATIVE = {"add", "multiply", "maximum", "minimum", "fmax", "fmin", "hypot"}
"""Functions of two arguments whose exchange is no fault. Python's own max and min are not: they differ for NaN."""
_TYPES = {
    "tuple",
    "list",
    "dict",
    "set",
    "NDArray",
    "Callable",
    "Mapping",
    "Sequence",
    "Literal",
    "Iterator",
    "TypeVar",
}


class Expressions(Places):
    """Visits what is computed: no annotations, messages of errors or formatted texts."""

    def visit_comprehension(self, node: ast.comprehension) -> None:
        for test in node.ifs:
            self._negate(test)
            self.visit(test)
        self.visit(node.iter)

    def _comprehended(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> None:
        names = {name.id for gen in node.generators for name in ast.walk(gen.target) if isinstance(name, ast.Name)}
        self.scopes.append(self.scopes[-1] | names)
        self.generic_visit(node)
        self.scopes.pop()

    visit_ListComp = visit_SetComp = visit_GeneratorExp = visit_DictComp = _comprehended

    def visit_IfExp(self, node: ast.IfExp) -> None:
        self._negate(node.test)
        self.generic_visit(node)

    def _negate(self, test: ast.expr) -> None:
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            return  # that it is dropped is a fault of its own
        self._put(test, f"(not ({self._text(test)}))", "condition negated")

    def visit_BinOp(self, node: ast.BinOp) -> None:
        if pair := ARITHMETIC.get(type(node.op)):
            if not (isinstance(node.left, ast.Constant) and isinstance(node.left.value, str)):
                self._between(node.left, node.right, *pair, "arithmetic")
            if not isinstance(node.op, (ast.Mod, ast.Pow)):
                self._put(node, self._wrapped(node.left), "term dropped")
        if isinstance(node.op, (ast.Add, ast.Mult, ast.BitOr, ast.BitAnd)):
            self._put(node, self._wrapped(node.right), "term dropped")
        elif isinstance(node.op, (ast.Sub, ast.Div)):
            self._put(node, f"{self._wrapped(node.right)} {ARITHMETIC[type(node.op)][0]} {self._wrapped(node.left)}",
                      "operands exchanged")  # fmt: skip
        self.generic_visit(node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> None:
        if isinstance(node.op, (ast.USub, ast.Not, ast.Invert)):
            self._put(node, self._wrapped(node.operand), "sign or not dropped")
        self.generic_visit(node)

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        old, new = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
        for a, b in pairwise(node.values):
            self._between(a, b, old, new, "and, or")
        if len(node.values) == 2:
            for value in node.values:
                self._put(node, self._wrapped(value), "term dropped")
        self.generic_visit(node)

    def visit_Compare(self, node: ast.Compare) -> None:
        left = node.left
        for op, right in zip(node.ops, node.comparators, strict=True):
            if pair := _COMPARISONS.get(type(op)):
                self._between(left, right, *pair, "comparison")
            left = right
        self.visit(node.left)
        for op, right in zip(node.ops, node.comparators, strict=True):
            if isinstance(op, (ast.In, ast.NotIn)) and isinstance(right, (ast.Tuple, ast.Set, ast.List)):
                for part in right.elts:
                    self.visit(part)  # their order means nothing
            else:
                self.visit(right)

    def visit_Tuple(self, node: ast.Tuple) -> None:
        self._swap(node.elts, "order exchanged")
        self.generic_visit(node)

    visit_List = visit_Tuple  # type: ignore[assignment]

    def visit_Call(self, node: ast.Call) -> None:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name == "isinstance" or "cast" in name:
            return
        function = node.func.attr if isinstance(node.func, ast.Attribute) else name
        if function not in _COMMUTATIVE or len(node.args) != 2:
            self._swap(node.args, "arguments exchanged")
        if function in {"abs", "square", "sqrt"} and len(node.args) == 1:
            self._put(node, self._wrapped(node.args[0]), "function dropped")
        if name in {"sorted", "list", "reversed"} and len(node.args) == 1:
            self._put(node, f"{self._text(node)}[::-1]" if name != "reversed" else self._text(node.args[0]),
                      "order exchanged")  # fmt: skip
        self.visit(node.func)
        for argument in node.args:
            self.visit(argument)
        for keyword in node.keywords:
            if keyword.arg in {"tag", "source", "about", "dtype", "strict"}:
                continue
            if keyword.arg == "axis" and isinstance(keyword.value, ast.Constant):
                self._put(keyword.value, {0: "1", 1: "0"}.get(keyword.value.value, "0"), "axis")  # type: ignore[call-overload]
                continue
            self.visit(keyword.value)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        if isinstance(node.value, ast.Name) and node.value.id in _TYPES:
            return
        place = self._text(node.slice)
        if place in {"0", "-1"}:
            self._put(node.slice, "-1" if place == "0" else "0", "first, last")
        if isinstance(node.slice, ast.Tuple):
            self._swap(node.slice.elts, "axes exchanged")
            for part in node.slice.elts:
                self.visit(part)
        else:
            self.visit(node.slice)
        self.visit(node.value)

    def visit_Slice(self, node: ast.Slice) -> None:
        low, high = (self._text(end) if end else "" for end in (node.lower, node.upper))
        if (low, high) in {("1", ""), ("", "-1")} and node.step is None:
            self._put(node, ":-1" if low else "1:", "first, last")
        self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load):
            for other in names_like(node.id, self.scopes[-1]):
                self._put(node, other, "names exchanged")

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self._attribute(node)
        self.visit(node.value)

    def _attribute(self, node: ast.Attribute) -> None:
        stop = self._stop(node)
        for other in attributes_like(node.attr, self.known.attributes):
            self.found.append(Change(stop - len(node.attr.encode()), stop, other, "names exchanged"))

    def visit_Constant(self, node: ast.Constant) -> None:
        value = node.value
        if isinstance(value, bool):
            self._put(node, str(not value), "constant")
        elif isinstance(value, int):
            self._put(node, str(value + 1), "constant")
        elif isinstance(value, float):
            self._put(node, repr(1.1 * value if value else 1.0), "constant")
        elif isinstance(value, str):
            for other in set(texts_like(value)) & self.known.texts:
                self._put(node, repr(other).replace("'", '"'), "names exchanged")

"""All small faults of a source text: each replaces a few characters, and leaves the rest as it stands."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from mutation.words import attributes_like, names_like, texts_like

_ARITHMETIC: dict[type[ast.operator], tuple[str, str]] = {
    ast.Add: ("+", "-"), ast.Sub: ("-", "+"), ast.Mult: ("*", "/"), ast.Div: ("/", "*"), ast.Pow: ("**", "*"),
    ast.FloorDiv: ("//", "/"), ast.Mod: ("%", "*"), ast.BitOr: ("|", "&"), ast.BitAnd: ("&", "|"),
}  # fmt: skip
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


@dataclass(frozen=True)
class Change:
    """One small fault.

    Attributes:
        start, stop: place in the UTF-8 bytes of the text.
        text: what stands there then.
        kind: of fault.
    """

    start: int
    stop: int
    text: str
    kind: str

    def applied(self, source: str) -> str:
        """The text with the fault in it."""
        raw = source.encode()
        return (raw[: self.start] + self.text.encode() + raw[self.stop :]).decode()

    def line(self, source: str) -> int:
        """Number of the line in which it begins, from 1."""
        return source.encode()[: self.start].count(b"\n") + 1

    def lines(self, source: str) -> tuple[str, str]:
        """The lines that it touches, before and after, without indents."""
        raw = source.encode()
        low = raw.rfind(b"\n", 0, self.start) + 1
        high = raw.find(b"\n", self.stop) % (len(raw) + 1)
        becomes = raw[low : self.start] + self.text.encode() + raw[self.stop : high]
        return _joined(raw[low:high].decode()), _joined(becomes.decode())


def _joined(text: str) -> str:
    return re.sub(r"\s*\n\s*", " ", text).strip()


def changes(source: str, known: Known) -> list[Change]:
    """All faults of a module in the order of their places; some are no Python or no other program: see `differs`."""
    walk = _Walk(source, known)
    walk.visit(walk.tree)
    return sorted(set(walk.found), key=lambda change: (change.start, change.stop, change.text))


def differs(source: str, change: Change) -> bool:
    """Whether the text with the fault in it is Python, and another program."""
    try:
        return ast.dump(ast.parse(change.applied(source))) != ast.dump(ast.parse(source))
    except SyntaxError:
        return False


class _Walk(ast.NodeVisitor):
    """Visits what runs: no annotations, decorators, docstrings, imports, messages of errors or formatted texts."""

    def __init__(self, source: str, known: Known) -> None:
        self.raw = source.encode()
        self.starts = [0, *(place.end() for place in re.finditer(rb"\n", self.raw))]
        self.tree = ast.parse(source)
        self.known = known
        self.scopes = [_bound(self.tree)]
        self.found: list[Change] = []

    # ---- places and texts

    def _start(self, node: ast.AST) -> int:
        return self.starts[node.lineno - 1] + node.col_offset  # type: ignore[attr-defined]

    def _stop(self, node: ast.AST) -> int:
        return self.starts[node.end_lineno - 1] + node.end_col_offset  # type: ignore[attr-defined]

    def _text(self, node: ast.AST) -> str:
        return self.raw[self._start(node) : self._stop(node)].decode()

    def _put(self, node: ast.AST, text: str, kind: str) -> None:
        self.found.append(Change(self._start(node), self._stop(node), text, kind))

    def _between(self, a: ast.AST, b: ast.AST, old: str, new: str, kind: str) -> None:
        low, high = self._stop(a), self._start(b)
        gap = self.raw[low:high].decode()
        pattern = rf"\b{old.replace(' ', chr(92) + 's+')}\b" if old[0].isalpha() else re.escape(old)
        if match := re.search(pattern, gap):
            place = low + len(gap[: match.start()].encode())
            self.found.append(Change(place, place + len(match[0].encode()), new, kind))

    def _wrapped(self, node: ast.expr) -> str:
        plain = isinstance(node, (ast.Name, ast.Constant, ast.Call, ast.Attribute, ast.Subscript))
        return self._text(node) if plain else f"({self._text(node)})"

    def _swap(self, nodes: list[ast.expr], kind: str) -> None:
        for a, b in pairwise(nodes):
            if isinstance(a, ast.Starred) or isinstance(b, ast.Starred) or self._text(a) == self._text(b):
                continue
            gap = self.raw[self._stop(a) : self._start(b)].decode()
            text = f"{self._text(b)}{gap}{self._text(a)}"
            self.found.append(Change(self._start(a), self._stop(b), text, kind))

    # ---- statements

    def _function(self, node: ast.FunctionDef) -> None:
        self.scopes.append(self.scopes[-1] | _bound(node))
        for default in [*node.args.defaults, *(d for d in node.args.kw_defaults if d)]:
            self.visit(default)
        for statement in node.body:
            self.visit(statement)
        self.scopes.pop()

    visit_FunctionDef = _function

    def visit_Lambda(self, node: ast.Lambda) -> None:
        names = {arg.arg for arg in ast.walk(node.args) if isinstance(arg, ast.arg)}
        self.scopes.append(self.scopes[-1] | names)
        self.visit(node.body)
        self.scopes.pop()

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        for statement in node.body:
            self.visit(statement)

    def visit_Import(self, node: ast.Import) -> None:
        pass

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        pass

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        pass  # before Python 3.12 nothing in it has a place

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.visit(node.value)

    def visit_Assign(self, node: ast.Assign) -> None:
        name = node.targets[0].id if isinstance(node.targets[0], ast.Name) else ""
        if name == "__all__" or (len(self.scopes) == 1 and name[:1].isupper() and not name.isupper()):
            return  # a type
        if any(isinstance(target, (ast.Subscript, ast.Attribute)) for target in node.targets):
            self._put(node, "pass", "statement removed")
        for target in node.targets:
            self._stored(target)
        self.visit(node.value)

    def _stored(self, target: ast.expr) -> None:
        """Places in what is assigned to: `out[0, c]`, but not the names."""
        for part in ast.walk(target):
            if isinstance(part, ast.Subscript):
                self.visit(part.slice)
            elif isinstance(part, ast.Attribute) and isinstance(part.ctx, ast.Store):
                self._attribute(part)
        if isinstance(target, ast.Tuple) and all(isinstance(part, ast.Name) for part in target.elts):
            self._swap(target.elts, "names exchanged")

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self._put(node, "pass", "statement removed")
        if pair := _ARITHMETIC.get(type(node.op)):
            self._between(node.target, node.value, f"{pair[0]}=", f"{pair[1]}=", "arithmetic")
        self._stored(node.target)
        self.visit(node.value)

    def visit_Expr(self, node: ast.Expr) -> None:
        if isinstance(node.value, ast.Constant):
            return
        self._put(node, "pass", "statement removed")
        self.visit(node.value)

    def visit_Raise(self, node: ast.Raise) -> None:
        self._put(node, "pass", "statement removed")

    def visit_Continue(self, node: ast.Continue) -> None:
        self._put(node, "pass", "statement removed")

    def visit_Break(self, node: ast.Break) -> None:
        self._put(node, "continue", "statement removed")

    def visit_Return(self, node: ast.Return) -> None:
        if node.value is not None and self._text(node.value) != "None":
            self._put(node.value, "None", "nothing returned")
            self.visit(node.value)

    def visit_If(self, node: ast.If) -> None:
        if isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            return
        self._negate(node.test)
        self.generic_visit(node)

    def visit_While(self, node: ast.While) -> None:
        self._negate(node.test)
        self.generic_visit(node)

    def visit_For(self, node: ast.For) -> None:
        self._stored(node.target)
        for part in (node.iter, *node.body, *node.orelse):
            self.visit(part)

    # ---- expressions

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
        if pair := _ARITHMETIC.get(type(node.op)):
            if not (isinstance(node.left, ast.Constant) and isinstance(node.left.value, str)):
                self._between(node.left, node.right, *pair, "arithmetic")
            if not isinstance(node.op, (ast.Mod, ast.Pow)):
                self._put(node, self._wrapped(node.left), "term dropped")
        if isinstance(node.op, (ast.Add, ast.Mult, ast.BitOr, ast.BitAnd)):
            self._put(node, self._wrapped(node.right), "term dropped")
        elif isinstance(node.op, (ast.Sub, ast.Div)):
            self._put(node, f"{self._wrapped(node.right)} {_ARITHMETIC[type(node.op)][0]} {self._wrapped(node.left)}",
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


def _bound(scope: ast.AST) -> set[str]:
    """Names that a module or function binds itself."""
    found: set[str] = set()
    todo = list(ast.iter_child_nodes(scope))
    while todo:
        node = todo.pop()
        if isinstance(node, ast.arg):
            found.add(node.arg)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, ast.alias):
            found.add((node.asname or node.name).partition(".")[0])
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            found.add(node.name)  # what is inside is not seen from here
        elif not isinstance(node, (ast.Lambda, ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)):
            todo += ast.iter_child_nodes(node)
    return found


@dataclass(frozen=True)
class Known:
    """Names that occur in a package, and may therefore be confused with each other.

    Attributes:
        attributes: follow a dot or are defined somewhere.
        texts: keys and the like.
    """

    attributes: frozenset[str]
    texts: frozenset[str]

    @classmethod
    def of(cls, sources: Iterable[str]) -> Known:
        """Those of these texts."""
        attributes, texts = set(), set()
        for source in sources:
            for node in ast.walk(ast.parse(source)):
                if isinstance(node, ast.Attribute):
                    attributes.add(node.attr)
                elif isinstance(node, ast.FunctionDef):
                    attributes.add(node.name)
                elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                    attributes.add(node.target.id)
                elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                    texts.add(node.value)
        return cls(frozenset(attributes), frozenset(texts))

"""All small faults of a source text: each replaces a few characters, and leaves the rest as it stands."""

from __future__ import annotations

import ast

from mutation.change import Change, Known
from mutation.expressions import Expressions
from mutation.places import ARITHMETIC, bound


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


class _Walk(Expressions):
    """Visits what runs: no annotations, decorators, docstrings, imports, messages of errors or formatted texts."""

    def _function(self, node: ast.FunctionDef) -> None:
        self.scopes.append(self.scopes[-1] | bound(node))
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
        if pair := ARITHMETIC.get(type(node.op)):
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

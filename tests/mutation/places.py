"""Places and texts of the nodes of a module, and faults that are put there."""

from __future__ import annotations

import ast
import re
from itertools import pairwise

from mutation.change import Change, Known

ARITHMETIC: dict[type[ast.operator], tuple[str, str]] = {
    ast.Add: ("+", "-"), ast.Sub: ("-", "+"), ast.Mult: ("*", "/"), ast.Div: ("/", "*"), ast.Pow: ("**", "*"),
    ast.FloorDiv: ("//", "/"), ast.Mod: ("%", "*"), ast.BitOr: ("|", "&"), ast.BitAnd: ("&", "|"),
}  # fmt: skip


class Places(ast.NodeVisitor):
    """A module's text with the faults found so far."""

    def __init__(self, source: str, known: Known) -> None:
        self.raw = source.encode()
        self.starts = [0, *(place.end() for place in re.finditer(rb"\n", self.raw))]
        self.tree = ast.parse(source)
        self.known = known
        self.scopes = [bound(self.tree)]
        self.found: list[Change] = []

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


def bound(scope: ast.AST) -> set[str]:
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

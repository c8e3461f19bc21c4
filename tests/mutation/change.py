"""One small fault, and the names that may be confused with each other."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from dataclasses import dataclass


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

"""Which mutants are tried: a random line of a room, then a random kind of fault, then one of that kind."""

from __future__ import annotations

import ast
import hashlib
import random
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mutation.change import Change, Known
from mutation.operators import changes, differs
from mutation.rooms import PACKAGE, files_of


@dataclass(frozen=True)
class Mutant:
    """A fault in a file.

    Attributes:
        room: that it was drawn from.
        file: relative to the checkout.
        line: number, from 1.
        change: what is put where.
        before, becomes: the lines it touches, as they are and with the fault.
    """

    room: str
    file: str
    line: int
    change: Change
    before: str
    becomes: str

    @property
    def key(self) -> str:
        """The same for the same fault of the same text, wherever it stands in the file."""
        return hashlib.sha256("\0".join((self.file, self.before, self.becomes)).encode()).hexdigest()[:16]


def draw(root: Path, rooms: Sequence[str], count: int, seed: int) -> list[Mutant]:
    """`count` mutants, as many from each room; fewer where a room has fewer lines."""
    known = Known.of(path.read_text(encoding="utf-8") for path in sorted((root / PACKAGE).rglob("*.py")))
    found: list[Mutant] = []
    for place, room in enumerate(rooms):
        share = count // len(rooms) + (place < count % len(rooms))
        # a stream of its own for each room: the choice of rooms moves no other
        found += _of_room(root, room, share, random.Random(f"{seed} {zlib.crc32(room.encode())}"), known)
    return found


def _of_room(root: Path, room: str, count: int, dice: random.Random, known: Known) -> list[Mutant]:
    lines: list[tuple[Path, int]] = []
    by_line: dict[tuple[Path, int], list[Change]] = {}
    sources: dict[Path, str] = {}
    for file in files_of(root, room):
        sources[file] = source = (root / file).read_text(encoding="utf-8")
        for change in changes(source, known):
            by_line.setdefault((file, change.line(source)), []).append(change)
    lines = sorted(by_line)
    dice.shuffle(lines)
    found: list[Mutant] = []
    for file, line in lines:
        if len(found) == count:
            break
        if chosen := _one(sources[file], by_line[file, line], dice):
            found.append(Mutant(room, file.as_posix(), line, chosen, *chosen.lines(sources[file])))
    return found


def _one(source: str, candidates: list[Change], dice: random.Random) -> Change | None:
    left = list(candidates)
    while left:
        kind = dice.choice(sorted({change.kind for change in left}))
        change = dice.choice([change for change in left if change.kind == kind])
        if differs(source, change):
            return change
        left.remove(change)
    return None


def runs_at_import(source: str, line: int) -> bool:
    """Whether this line stands outside all functions."""
    return not any(
        isinstance(node, ast.FunctionDef) and node.body[0].lineno <= line <= (node.end_lineno or 0)
        for node in ast.walk(ast.parse(source))
    )

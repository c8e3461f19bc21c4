"""A SPICE file with all that it includes, as one text that needs no other file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pyspice_models.errors import RequestError
from pyspice_models.inputs.spice.library import SpiceLibrary
from pyspice_models.inputs.spice.statements import Statement, check, statements
from pyspice_models.inputs.text import is_file, read_text, shown

MOST = 4_000_000
"""Bytes of a file and of all that it includes: models of a whole process are in it."""

_DEEPEST = 20
_INCLUDE = (".include", ".inc", ".incl")


def read_library(path: Path) -> SpiceLibrary:
    """A file of models, with what it includes from its own folder or one below, inserted where it is included.

    Its sections (`.lib NAME` to `.endl`) stay, so that a corner may be chosen; a section that another one calls is
    inserted there. Comments are left out.

    Raises:
        RequestError: no such file, an include that leaves the folder, a file that includes itself, a section that is
            not there, more than 4 MB, or a statement that has no place in a file of models; with file and line.
    """
    reader = _Reader(Path(path))
    lines = [statement.wrapped() for statement in reader.whole()]
    return SpiceLibrary(Path(path).name, "\n".join([*lines, ""]))


class _Reader:
    """Inserts files into each other."""

    def __init__(self, path: Path) -> None:
        self._path, self._root = path, path.parent.resolve()
        self._size = 0
        self._known: dict[Path, list[Statement]] = {}

    def whole(self) -> Iterator[Statement]:
        """All statements of the file, in order."""
        inside, section = 0, ""
        for statement in self._inserted(self._path, self._statements(self._path), 0, keep_sections=True):
            word = statement.word
            if word == ".lib":
                if section or inside:
                    raise statement.refuse("begins a section inside of another one, or of a subcircuit.")
                section = statement.text
            elif word == ".endl":
                if not section or inside:
                    raise statement.refuse("ends no section.")
                section = ""
            inside += (word == ".subckt") - (word == ".ends")
            if inside < 0:
                raise statement.refuse("ends no subcircuit.")
            check(statement, inside=inside > 0 or word == ".ends")
            yield statement
        if inside or section:
            what = "a subcircuit" if inside else repr(section)
            raise RequestError(f"{shown(self._path)} ends inside of {what}: it is not complete.")

    def _statements(self, path: Path) -> list[Statement]:
        if path not in self._known:
            text = read_text(path, "model file", MOST)
            self._size += len(text)
            found = []
            for statement in statements(text, shown(path)):
                if statement.word == ".end":
                    break
                found.append(statement)
            self._known[path] = found
        return self._known[path]

    def _inserted(
        self, path: Path, given: list[Statement], depth: int, *, keep_sections: bool = False
    ) -> Iterator[Statement]:  # fmt: skip
        """Statements of a file, or of a section of it, with those of other files in place of their names."""
        for statement in given:
            word, words = statement.word, statement.text.split(" ")
            if word in _INCLUDE or (word == ".lib" and len(words) > 2):
                if depth >= _DEEPEST:
                    raise statement.refuse(f"is {_DEEPEST} files deep: a file includes itself.")
                named = " ".join(words[1:-1] if word == ".lib" else words[1:])
                other = self._other(path, named, statement)
                inserted = self._statements(other)
                if word == ".lib":
                    inserted = _section(inserted, words[-1], statement)
                elif any(one.word == ".endl" for one in inserted) and not (keep_sections and depth == 0):
                    raise statement.refuse("includes a file with sections: name one of them, .lib 'file' section.")
                self._count(inserted, statement)
                yield from self._inserted(other, inserted, depth + 1)
            else:
                yield statement

    def _count(self, inserted: list[Statement], statement: Statement) -> None:
        self._size += sum(len(one.text) for one in inserted)
        if self._size > MOST:
            raise statement.refuse(f"makes it more than {MOST} characters, the most that are read.")

    def _other(self, path: Path, named: str, statement: Statement) -> Path:
        """The file of that name, beside or below the first one."""
        name = named.strip().strip("'\"")
        other = path.parent / name
        try:
            inside = bool(name) and not Path(name).is_absolute() and other.resolve().is_relative_to(self._root)
        except (OSError, ValueError, RuntimeError):  # a loop of links, a name that no file can have
            inside = False
        if not inside:
            raise statement.refuse(
                "leads out of the folder of the model file: put what it includes beside or below it, so that a copy of "
                "the study can carry it."
            )
        if not is_file(other):
            raise statement.refuse("names a file that is not there.")
        return other


def _section(given: list[Statement], name: str, call: Statement) -> list[Statement]:
    """What stands in a section of a file."""
    found: list[Statement] = []
    names, now = [], ""
    for statement in given:
        words = statement.text.split(" ")
        if statement.word == ".lib" and len(words) == 2:
            now = words[1].lower()
            names.append(now)
        elif statement.word == ".endl":
            now = ""
        elif now == name.lower():
            found.append(statement)
    if name.lower() not in names:
        raise call.refuse(f"names a section that is not there; there are: {', '.join(names) or 'none'}.")
    return found

"""SPICE files of a user: a file and what it includes as one text, and its statements with their lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pyspice_models.errors import RequestError, quoted
from pyspice_models.foreign.source import MOST, Source, lies_in, refused
from pyspice_models.inputs.carried import Carried
from pyspice_models.inputs.text import is_file, read_text, shown

_INCLUDE = re.compile(r"^\s*\.(include|inc|lib)\s+(?:\"([^\"]+)\"|'([^']+)'|(\S+))\s*$", re.IGNORECASE)
_DEEPEST = 16


@dataclass(frozen=True)
class Statement:
    """One statement, its continuation lines joined and its comment cut off.

    Attributes:
        text: of it.
        line: of the source at which it begins, counted from 1.
    """

    text: str
    line: int

    @property
    def word(self) -> str:
        """Its first word, in small letters."""
        return self.text.split(None, 1)[0].lower()


def read_spice(path: Path) -> Source:
    """A file and the files of its folder that it includes.

    Raises:
        RequestError: a file that cannot be read, an include that leaves the folder, is not there or includes itself.
    """
    lines: list[str] = []
    origins: list[tuple[str, int]] = []
    _splice(path, path.parent, (), lines, origins)
    return Source(path, "".join(line + "\n" for line in lines), tuple(origins))


def statements(source: Source) -> Iterator[Statement]:
    """The statements of a file, without comments."""
    held: Statement | None = None
    for number, line in enumerate(source.text.split("\n"), 1):
        plain = re.sub(r"\s*(;|\$\s|//).*$", "", line).strip()
        if not plain or plain.startswith(("*", "#")):
            continue
        if plain.startswith("+"):
            if held is None:
                raise refused(source, number, "a line that goes on begins the file")
            held = Statement(f"{held.text} {plain[1:].strip()}", held.line)
            continue
        if held is not None:
            yield held
        held = Statement(plain, number)
    if held is not None:
        yield held


def _splice(
    path: Path, folder: Path, above: tuple[Path, ...], lines: list[str], origins: list[tuple[str, int]]
) -> None:  # fmt: skip
    real = path.resolve()
    if real in above or len(above) > _DEEPEST:
        raise RequestError(f"{shown(path)} includes itself. Take the include out.")
    for number, line in enumerate(read_text(path, "SPICE file", MOST).split("\n"), 1):
        match = _INCLUDE.match(line)
        if match is None:
            lines.append(line)
            origins.append((path.name, number))
            continue
        name = next(filter(None, match.groups()[1:]))
        wanted = path.parent / name
        inside = not Path(name).is_absolute() and lies_in(folder, wanted)
        if not (inside and is_file(wanted)):
            why = "is not there" if inside else f"leaves the folder {shown(folder)}"
            raise RequestError(
                f"{shown(path)}, line {number}: the include file {quoted(name)} {why}. Put it beside the model file."
            )
        _splice(wanted, folder, (*above, real), lines, origins)


def carried_subcircuit(path: Path) -> Carried:
    """The text of a SPICE file with all that it includes.

    Raises:
        RequestError: it, or a file that it includes, cannot be read or does not lie beside or below it.
    """
    return Carried(path.name, read_spice(path).text.rstrip("\n") + "\n")


def defined_in(text: str) -> tuple[str, ...]:
    """What statements outside of every subcircuit bring: subcircuits, models, parameters, functions."""
    found: dict[str, None] = {}
    depth = 0
    for one in statements(Source(Path("text"), text, (("text", 1),))):
        if not depth:
            pattern = _DEFINED.get(one.word)
            found |= dict.fromkeys(pattern.findall(one.text.lower()) if pattern else ())
        depth += {".subckt": 1, ".ends": -1}.get(one.word, 0)
    return tuple(found)


_DEFINED = {
    ".subckt": re.compile(r"^\.subckt\s+(\S+)"), ".model": re.compile(r"^\.model\s+(\S+)"),
    ".func": re.compile(r"^\.func\s+(\w+)"), ".param": re.compile(r"(\w+)\s*="),
}  # fmt: skip

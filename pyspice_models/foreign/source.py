"""Verilog-A files of a user: the file and what it includes as one text, its modules, and where each line came from."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from pyspice_models.errors import RequestError, quoted
from pyspice_models.foreign.osdi.module import Compiled
from pyspice_models.inputs.text import read_text, shown

MOST = 4_000_000
"""Bytes of a model file; the largest public ones have a tenth of it."""

_OF_THE_COMPILER = {"constants.vams", "disciplines.vams", "constants.h", "discipline.h", "disciplines.h"}
_INCLUDE = re.compile(r'^[ \t]*`include[ \t]+"([^"\n]*)"[^\n]*$', re.MULTILINE)
_DEEPEST = 16


@dataclass(frozen=True)
class Source:
    """A Verilog-A text whose own include files are spliced in.

    Attributes:
        path: the file.
        text: all of it.
        origins: file and line of each line of the text.
    """

    path: Path
    text: str
    origins: tuple[tuple[str, int], ...]

    def at(self, line: int) -> tuple[str, int]:
        """File and line that a line of the text, counted from 1, came from."""
        return self.origins[min(max(line, 1), len(self.origins)) - 1]

    def modules(self) -> tuple[str, ...]:
        """Names of the modules, in order."""
        return modules_of(self.text)


def read_source(path: Path) -> Source:
    """A file and the files of its folder that it includes.

    Raises:
        RequestError: a file that cannot be read, an include that leaves the folder, is not there or includes itself.
    """
    lines: list[str] = []
    origins: list[tuple[str, int]] = []
    _splice(path, path.parent, (), lines, origins)
    return Source(path, "".join(line + "\n" for line in lines), tuple(origins))


def read_module(path: Path, module: str = "") -> Compiled:
    """A module of a Verilog-A file; see `chosen`."""
    return chosen(read_source(path), module)


def chosen(source: Source, module: str = "") -> Compiled:
    """A module of a text.

    Args:
        source: the text.
        module: its name; may be left out where the text has one alone.

    Raises:
        RequestError: no module, no such module, or several and no name.
    """
    names = source.modules()
    where = shown(source.path)
    if not names:
        raise RequestError(
            f"{where} has no module of Verilog-A. Give a file with `module NAME(top, bottom); ... endmodule`."
        )
    if module and module not in names:
        raise RequestError.for_value("module", module, allowed=f"one of {', '.join(names)}, in {where}")
    if not module and len(names) > 1:
        raise RequestError(f"{where} has {len(names)} modules: {', '.join(names)}. Name one of them.")
    return Compiled(source.text, module or names[0], where)


def modules_of(text: str) -> tuple[str, ...]:
    """Names of the modules in a text, in order."""
    return tuple(
        re.findall(r"^\s*(?:\(\*.*?\*\)\s*)?(?:module|macromodule)\s+(\w+)", bare(text), re.MULTILINE | re.DOTALL)
    )


def bare(text: str) -> str:
    """Verilog-A without comments and with texts emptied; every line keeps its place."""

    def blank(match: re.Match[str]) -> str:
        found = match[0]
        if found.startswith('"'):
            return '""'
        return "\n" * found.count("\n")

    return re.sub(r'"(?:\\.|[^"\\\n])*"|//[^\n]*|/\*.*?\*/', blank, text, flags=re.DOTALL)


def _splice(
    path: Path, folder: Path, above: tuple[Path, ...], lines: list[str], origins: list[tuple[str, int]]
) -> None:  # fmt: skip
    real = path.resolve()
    if real in above or len(above) > _DEEPEST:
        raise RequestError(f"{shown(path)} includes itself. Take the `include out.")
    for number, line in enumerate(read_text(path, "Verilog-A file", MOST).split("\n"), 1):
        match = _INCLUDE.match(line)
        if match is None:
            lines.append(line)
            origins.append((path.name, number))
            continue
        wanted = path.parent / match[1]
        inside = not Path(match[1]).is_absolute() and wanted.resolve().is_relative_to(folder.resolve())
        if inside and wanted.is_file():
            _splice(wanted, folder, (*above, real), lines, origins)
        elif match[1] in _OF_THE_COMPILER:
            lines.append(line)
            origins.append((path.name, number))
        else:
            why = "is not there" if inside else f"leaves the folder {shown(folder)}"
            raise RequestError(
                f"{shown(path)}, line {number}: the include file {quoted(match[1])} {why}. "
                "Put it beside the model file."
            )

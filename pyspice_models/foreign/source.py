"""Verilog-A files of a user: the file and what it includes as one text, its modules, and where each line came from."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from pyspice_models.errors import RequestError, quoted
from pyspice_models.foreign.osdi.module import Compiled
from pyspice_models.inputs.text import is_file, read_text, shown

MOST = 4_000_000
"""Bytes of a model file; the largest public ones have a tenth of it."""

_OF_THE_COMPILER = {"constants.vams", "disciplines.vams", "constants.h", "discipline.h", "disciplines.h"}
_INCLUDE = re.compile(r'^[ \t]*`include[ \t]+"([^"\n]*)"[^\n]*$', re.MULTILINE)
_DEEPEST = 16


class UnreadableError(RequestError):
    """A line of a model file that no simulator here can have, and that no safe edit mends.

    Attributes:
        kind: a word for it.
        where: file and line.
        what, advice: what it is, and what to write instead.
    """

    def __init__(self, kind: str, where: str, what: str, advice: str) -> None:
        """See the class."""
        self.kind, self.where, self.what, self.advice = kind, where, what, advice
        super().__init__(f"{where}: {what}. {advice}")


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

    def places(self) -> tuple[tuple[str, str], ...]:
        """Names of the modules in lower case, each with its file and line."""
        text, found, at = bare(self.text), [], 0
        for name in self.modules():
            match = re.compile(rf"module\s+{name}\b").search(text, at)
            at = match.end() if match else at
            file, line = self.at(text.count("\n", 0, at) + 1)
            found.append((name.lower(), f"{shown(file)}, line {line}"))
        return tuple(found)


def refused(
    source: Source, line: int, what: str, advice: str = "Take it out, or write it otherwise.", kind: str = "statement"
) -> UnreadableError:
    """The error for a line of a text, counted from 1."""
    file, number = source.at(line)
    return UnreadableError(kind, f"{shown(file)}, line {number}", what, advice)


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


def chosen(source: Source, module: str = "", key: str = "module") -> Compiled:
    """A module of a text.

    Args:
        source: the text.
        module: its name; may be left out where the text has one alone.
        key: by which a user gives the name.

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
        raise RequestError.for_value(key, module, allowed=f"one of {', '.join(names)}, in {where}")
    if not module and len(names) > 1:
        raise RequestError(f"{where} has {len(names)} modules: {', '.join(names)}. Name one of them: {key} = ...")
    return Compiled(source.text, module or names[0], where)


def modules_of(text: str) -> tuple[str, ...]:
    """Names of the modules in a text, in order."""
    return tuple(
        re.findall(r"^\s*(?:\(\*.*?\*\)\s*)?(?:module|macromodule)\s+(\w+)", bare(text), re.MULTILINE | re.DOTALL)
    )


def bare(text: str) -> str:
    """Verilog-A with blanks for comments and for what texts say; every letter keeps its place."""

    def blank(match: re.Match[str]) -> str:
        found = match[0]
        text = found.startswith('"')
        inside = re.sub(r"[^\n]", " ", found[1:-1] if text else found)
        return f'"{inside}"' if text else inside

    return re.sub(r'"(?:\\.|[^"\\\n])*"|//[^\n]*|/\*.*?\*/', blank, text, flags=re.DOTALL)


def arguments(text: str, at: int) -> list[str]:
    """Arguments of a call, without blanks around them; `at` is behind its opening bracket."""
    found, depth = [""], 0
    for letter in text[at:]:
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if depth < 0:
            break
        if letter == "," and not depth:
            found.append("")
        else:
            found[-1] += letter
    return [one.strip() for one in found]


def lies_in(folder: Path, path: Path) -> bool:
    """Whether a file lies in a folder or below it, links followed."""
    try:
        return path.resolve().is_relative_to(folder.resolve())
    except (OSError, ValueError, RuntimeError):  # a name that no file can have, or links in a circle
        return False


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
        inside = not Path(match[1]).is_absolute() and lies_in(folder, wanted)
        if inside and is_file(wanted):
            _splice(wanted, folder, (*above, real), lines, origins)
        elif match[1] in _OF_THE_COMPILER:
            lines.append(line)
            origins.append((path.name, number))
        else:
            why = "is not there" if inside else f"leaves the folder {shown(folder)}"
            raise RequestError(
                f"{shown(path)}, line {number}: the include file {quoted(match[1])} {why}. Put it beside the model "
                "file."
            )

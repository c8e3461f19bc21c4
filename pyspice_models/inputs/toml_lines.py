"""Where a key stands in a TOML file, so that an error about it can name the line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pyspice_models.errors import RequestError
from pyspice_models.inputs.text import MOST_TEXT, read_text, shown

_HEADER = re.compile(r"^\s*(\[\[?)\s*([^\]#]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"""^\s*((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*=""")
_UNKNOWN = re.compile(r"^unknown key '([^']+)'(?: in \[([^\]]+)\])?")
_NAMED = re.compile(r"^([A-Za-z_]\w*(?:\.[\w-]+)+)")
_TABLE = re.compile(r"^\[([\w.]+)\] needs")


def line_of(text: str, key: str) -> int | None:
    """The line of a key, counted from 1, or of the nearest table around it; None where there is neither.

    Args:
        text: of a TOML file.
        key: with dots, such as `cell.states.w.node`; steps of a list of tables by number, from 0.
    """
    wanted = tuple(key.split("."))
    best, found = 0, None
    table: tuple[str, ...] = ()
    counted: dict[tuple[str, ...], int] = {}
    for number, line in enumerate(text.split("\n"), 1):
        if match := _HEADER.match(line):
            table = _parts(match[2])
            if match[1] == "[[":
                counted[table] = counted.get(table, -1) + 1
                table = (*table, str(counted[table]))
            path = table
        elif match := _KEY.match(line):
            path = (*table, *_parts(match[1]))
        else:
            continue
        if len(path) > best and wanted[: len(path)] == path:
            best, found = len(path), number
    return found


def key_of(message: str) -> str:
    """The key that an error begins with; empty if it begins otherwise."""
    if match := _UNKNOWN.match(message):
        return f"{match[2]}.{match[1]}" if match[2] else match[1]
    match = _NAMED.match(message) or _TABLE.match(message)
    return match[1] if match else ""


@contextmanager
def about(key: str) -> Iterator[None]:
    """Errors from within are about this key of a study, unless they name another one."""
    try:
        yield
    except RequestError as error:
        error.key = error.key or key
        raise


@contextmanager
def told_where(path: Path | None, changes: Iterable[str] = ()) -> Iterator[None]:
    """A note on errors from within: which line of a file they are about.

    Args:
        path: a TOML file; without one nothing is noted.
        changes: `KEY=VALUE` that were made to it: what these set stands in no line.
    """
    try:
        yield
    except RequestError as error:
        if path is not None and not getattr(error, "__notes__", ()):
            _note(error, path, [change.partition("=")[0].strip() for change in changes])
        raise


def _note(error: RequestError, path: Path, changed: list[str]) -> None:
    try:
        text = read_text(path, "study", MOST_TEXT)
    except RequestError:  # it is gone by now
        return
    for key in filter(None, (key_of(str(error)), error.key)):
        if any(f"{key}.".startswith(f"{one}.") or f"{one}.".startswith(f"{key}.") for one in changed):
            return
        if (line := line_of(text, key)) is not None:
            error.add_note(f"See {shown(path)}, line {line}.")
            return


def _parts(key: str) -> tuple[str, ...]:
    return tuple(part.strip().strip("\"'") for part in key.split("."))

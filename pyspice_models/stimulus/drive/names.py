"""Names of lines as a user writes them: wl0 for a word line, bl3 for a bit line, wl* for all of a side."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pyspice_models.errors import RequestError, cut, did_you_mean, quoted

SIDES = ("word", "bit")
_LETTERS = {"word": "wl", "bit": "bl"}
_SHORT = 40  # characters of a name that resembles another one
_NAME = re.compile(r"\s*(wl|bl)_?(\d{1,9}|\*)\s*", re.IGNORECASE)


def line_name(side: str, line: int) -> str:
    """Such as wl0."""
    return f"{_LETTERS[side]}{line}"


def line_named(name: object, where: str) -> tuple[str, int | None]:
    """Side and number of a line, None for all of its side; RequestError for no name of a line."""
    match = _NAME.fullmatch(name) if isinstance(name, str) else None
    if match is None:
        short = name.lower() if isinstance(name, str) and len(name) < _SHORT else ""
        hint = did_you_mean(short, ("wl0", "bl0"), 0.5)
        raise RequestError(
            f"{cut(where)}: {quoted(name)} names no line{hint} Word lines are wl0, wl1, ..., bit lines bl0, bl1, ..., "
            "all of a side wl* or bl*."
        )
    side = "word" if match[1].lower() == "wl" else "bit"
    return side, None if match[2] == "*" else int(match[2])


def lines_named(name: str, shape: tuple[int, int], where: str) -> Iterator[tuple[str, int]]:
    """Side and number of each line that a name stands for in an array of this shape.

    Raises:
        RequestError: a line outside the array, with the nearest that is inside.
    """
    side, line = line_named(name, where)
    count = shape[SIDES.index(side)]
    if line is not None and line >= count:
        last = line_name(side, count - 1)
        raise RequestError(
            f"{cut(where)}: {quoted(name)} names no line of this array: its {side} lines are {line_name(side, 0)} to "
            f"{last}; the nearest is {last}."
        )
    for number in range(count) if line is None else (line,):
        yield side, number

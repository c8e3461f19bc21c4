"""Whether what a step is given fits the array that it is done to."""

from __future__ import annotations

from collections.abc import Sequence

from pyspice_models.array import Crossbar
from pyspice_models.errors import RequestError
from pyspice_models.stimulus.steps.fields import ALL, Which


def pulse_width(crossbar: Crossbar, seconds: float, where: str) -> float:
    """The width of a pulse [s]; RequestError unless it is longer than the drivers' edge."""
    if seconds <= crossbar.driver.t_edge:
        raise RequestError.for_value(where, seconds, unit="s", allowed=f"> driver.t_edge, {crossbar.driver.t_edge:g}")
    return seconds


def lines_of(which: Which, size: int, where: str) -> list[int]:
    """Numbers of the lines in rising order; RequestError for one outside the array, or named twice."""
    if which == ALL:
        return list(range(size))
    lines = list(which) if isinstance(which, tuple) else [which]
    for line in lines:
        if not 0 <= line < size:  # type: ignore[operator]  # whole numbers by then
            raise RequestError.for_value(where, line, allowed=f"a whole number from 0 to {size - 1}")
    if len(set(lines)) < len(lines):
        raise RequestError.for_value(where, which, allowed="each line once")
    return sorted(int(line) for line in lines)


def check_pairs(pairs: Sequence[tuple[int, int]], size: int, where: str) -> list[tuple[int, int]]:
    """The pairs; RequestError for a line outside the array, or one that is paired with itself."""
    for number, pair in enumerate(pairs):
        for line in pair:
            if not 0 <= line < size:
                allowed = f"bit lines from 0 to {size - 1}"
                raise RequestError.for_value(f"{where}[{number}]", list(pair), allowed=allowed)
        if pair[0] == pair[1]:
            raise RequestError.for_value(f"{where}[{number}]", list(pair), allowed="two bit lines that differ")
    return list(pairs)


def check_size(where: str, vector: Sequence[float], size: int) -> None:
    """Raise RequestError unless there is one entry for each of `size` lines."""
    if len(vector) != size:
        raise RequestError.for_value(f"length of {where}", len(vector), allowed=f"{size}, one for each line")


def check_rest(shape: tuple[int, int], rows: Sequence[int], cols: Sequence[int], scheme: str, where: str) -> None:
    """Refuse a scheme that floats unselected lines where several lines are selected and none is left over."""
    for side, chosen, size in (("word", rows, shape[0]), ("bit", cols, shape[1])):
        floats = scheme == "floating" or scheme.endswith(f"float-{side}s")
        if floats and len(chosen) == size > 1:
            raise RequestError(
                f"{where}.scheme = {scheme!r} leaves the unselected {side} lines floating, and all {size} are "
                "selected: choose fewer, or another scheme."
            )

"""A deck with places in it: which numbers of it follow which sliders is found by asking the generator.

A deck is written at several values of each slider. A number that moves with one must move along a straight line, or the
slider moves in steps, at each of which the deck is written; the deck that the places give is then compared with the
generator's at another point. So a page fills in numbers, and its deck is the one that `ag2s netlist` would write.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

Place = tuple[float, dict[str, float], int, int] | tuple[str, list[str]]
"""A constant, factors of sliders by their keys, the digits that are written, and the width to which spaces fill it up,
0 where there are none; or the key of a slider that moves in steps, and what stands there at each."""

Piece = str | Place

_NUMBER = re.compile(r"(?<![\w.])([-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)(?![\w.])(  +)?")


@dataclass(frozen=True)
class Slid:
    """A value that a slider moves.

    Attributes:
        key: of the slider.
        value: where it begins.
        others: two more values within its range, at which the deck is written too; of one that moves in steps, all.
        steps: whether these are the only ones.
    """

    key: str
    value: float
    others: tuple[float, ...]
    steps: bool = False


def template(write: Callable[[Mapping[str, float]], str], sliders: Sequence[Slid]) -> list[Piece]:
    """The deck as pieces of text and places.

    Args:
        write: gives the deck for a value of each slider, by key.
        sliders: that may move.

    Raises:
        ValueError: a number does not follow its sliders along a straight line, or the deck's words change with one.
    """
    base = {one.key: one.value for one in sliders}
    words, numbers = _parts(write(base))
    factors: list[dict[str, float]] = [{} for _ in numbers]
    tables: dict[int, tuple[str, list[str]]] = {}
    for one in sliders:
        seen = []
        for value in one.others:
            others, found = _parts(write(base | {one.key: value}))
            if others != words:
                raise ValueError(f"the deck has other words where {one.key} is {value:g}")
            seen.append(found)
        for n, first, *moved in zip(range(len(numbers)), numbers, *seen, strict=True):
            if one.steps and len(set(moved)) > 1:
                tables[n] = (one.key, list(moved))
            elif {first} != set(moved):
                factors[n][one.key] = _factor(one, *map(float, (first, *moved)))
    pieces: list[Piece] = [words[0]]
    for n, (word, number, moving) in enumerate(zip(words[1:], numbers, factors, strict=True)):
        if n in tables:
            if moving:
                raise ValueError(f"a number of the deck follows {tables[n][0]} and {', '.join(moving)}")
            pieces += [tables[n], word]
        elif moving:
            rest = float(number) - sum(factor * base[key] for key, factor in moving.items())
            constant = float(f"{rest:.13g}") if abs(rest) > _ROUNDING * abs(float(number) or 1) else 0.0
            digits = _DIGITS if number.strip() == f"{float(number):.{_DIGITS}g}" else 6  # those of :g, in comments
            pieces += [(constant, moving, digits, len(number) if number.endswith(" ") else 0), word]
        else:
            pieces[-1] = f"{pieces[-1]}{number}{word}"
    for place in (0, 1):
        point = {one.key: one.others[place] for one in sliders}
        if fill(pieces, point, sliders) != write(point):
            raise ValueError(f"the places do not give the generator's deck at {point}")
    return pieces


_ROUNDING = 1e-9
_DIGITS = 12
_STRAIGHT = 1e-9
_DENOMINATOR = 12  # halves, thirds and sixths of a voltage


def _parts(deck: str) -> tuple[list[str], list[str]]:
    """Words between the numbers of a deck, one more than numbers, and these, with the spaces that fill them up."""
    parts = _NUMBER.split(deck)
    return parts[::3], [f"{number}{spaces or ''}" for number, spaces in zip(parts[1::3], parts[2::3], strict=True)]


def _factor(slider: Slid, start: float, first: float, second: float) -> float:
    """What a number moves by where a slider moves by 1; exactly, where that is a simple fraction."""
    low, high = slider.others
    slope = (second - first) / (high - low)
    plain = round(slope * _DENOMINATOR) / _DENOMINATOR
    if plain and abs(slope - plain) <= _STRAIGHT * abs(plain):
        slope = plain
    if not slope or abs(first - slope * (low - slider.value) - start) > _STRAIGHT * max(abs(first), abs(start)):
        raise ValueError(f"a number of the deck does not follow {slider.key} along a straight line")
    return slope


def fill(pieces: Sequence[Piece], values: Mapping[str, float], sliders: Sequence[Slid]) -> str:
    """The deck at these values; the page's script does the same."""
    steps = {one.key: one.others for one in sliders}

    def number(place: Place) -> str:
        if len(place) == 2:
            key, table = place
            return table[steps[key].index(values[key])]
        constant, factors, digits, width = place
        return f"{constant + sum(factor * values[key] for key, factor in factors.items()):.{digits}g}".ljust(width)

    return "".join(piece if isinstance(piece, str) else number(piece) for piece in pieces)

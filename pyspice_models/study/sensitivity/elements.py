"""The elements of an array in the order of what they do to a current."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyspice_models.engine.nodal.static.sensitivity import Sensitivity

Array = NDArray[np.float64]

_NAMES = {
    "cell": "cell ({row}, {col})",
    "word segment": "word segment before ({row}, {col})",
    "bit segment": "bit segment after ({row}, {col})",
    "word end": "driver of word {row}",
    "word far end": "far driver of word {row}",
    "bit end": "sense circuit of bit {col}",
    "bit far end": "far end of bit {col}",
    "word short": "short from ({row}, {col}) to the next word line",
    "bit short": "short from ({row}, {col}) to the next bit line",
}


@dataclass(frozen=True)
class Element:
    """One element of the network, and what a current makes of it.

    Attributes:
        kind: "cell", "word segment", "bit segment", "word end", "bit end" (with "far" for the other end of a line),
            "word short", "bit short".
        row, col: its place; -1 for what belongs to a whole line.
        value, unit: conductance of a cell [S], resistance of everything else [ohm].
        derivative: of the current by that [A/S] or [A/ohm].
    """

    kind: str
    row: int
    col: int
    value: float
    unit: str
    derivative: float

    @property
    def effect(self) -> float:
        """By the logarithm of the value [A]: where the value is 1 % larger, the current changes by 0.01 of it."""
        return self.value * self.derivative

    @property
    def name(self) -> str:
        """For people."""
        return _NAMES[self.kind].format(row=self.row, col=self.col)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        place = {key: value for key, value in (("row", self.row), ("col", self.col)) if value >= 0}
        return {
            "kind": self.kind, **place, "value": self.value, "unit": self.unit,
            "derivative": self.derivative, "effect": self.effect,
        }  # fmt: skip


@dataclass(frozen=True)
class Group:
    """All elements of one kind, in arrays of one shape."""

    kind: str
    unit: str
    values: Array
    derivatives: Array
    rows: NDArray[np.intp]
    cols: NDArray[np.intp]

    def element(self, number: int) -> Element:
        """One of them."""
        value, by, row, col = (a.ravel()[number] for a in (self.values, self.derivatives, self.rows, self.cols))
        return Element(self.kind, int(row), int(col), float(value), self.unit, float(by))


def groups(found: Sensitivity, conductances: Array) -> Iterator[Group]:
    """All elements of a network, kind by kind.

    Args:
        found: the derivatives.
        conductances: of the cells, shape (rows, cols) [S].
    """
    network, bar = found.solution.network, found.solution.network.crossbar
    rows, cols = np.indices(bar.shape)
    yield Group("cell", "S", conductances, found.cells, rows, cols)
    for kind, by, segments in (
        ("word segment", found.word_segments, network.word_segments()),
        ("bit segment", found.bit_segments, network.bit_segments()),
    ):
        if by is not None:
            yield Group(kind, "ohm", 1 / segments.conductance, by, rows, cols)
    ohms = 1 / found.solution.ends.conductance
    for side, by, own in (("word", found.word_ends, ohms[:, : bar.rows]), ("bit", found.bit_ends, ohms[:, bar.rows :])):
        none, lines = np.full(own.shape[1], -1), np.arange(own.shape[1])
        place = (lines, none) if side == "word" else (none, lines)
        for far, values, each in zip(("", "far "), own, by, strict=False):
            yield Group(f"{side} {far}end", "ohm", values, each, *place)
    for side, by, places in (
        ("word", found.word_shorts, bar.faults.shorted_words), ("bit", found.bit_shorts, bar.faults.shorted_bits),
    ):  # fmt: skip
        at = np.array(places, dtype=np.intp).reshape(-1, 2)
        yield Group(f"{side} short", "ohm", np.full(len(at), bar.faults.r_short), by, at[:, 0], at[:, 1])


def strongest(found: Sensitivity, conductances: Array, most: int) -> list[Element]:
    """The elements of which a small relative change does most to the current, the first of them at most `most`.

    Arguments as of `groups`.
    """
    chosen: list[Element] = []
    for group in groups(found, conductances):
        effects = np.abs(group.values * group.derivatives).ravel()
        count = min(most, effects.size)
        if count:
            top = np.argpartition(effects, effects.size - count)[effects.size - count :]
            chosen += [group.element(int(number)) for number in top]
    return sorted(chosen, key=lambda one: (-abs(one.effect), one.kind, one.row, one.col))[:most]

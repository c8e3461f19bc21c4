"""Points that a transient kept: everything that a result may show of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyspice_models.engine.nodal.ends.base import Terminals
from pyspice_models.engine.nodal.run_state import Kept

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Layout:
    """What stands where in the arrays of `run_state.Kept`.

    Attributes:
        shape: (rows, cols).
        planes: of the devices.
        losses: whose energies follow them.
        sums: how many energies and charges the books have beside these.
        ends: how many numbers the ends keep.
    """

    shape: tuple[int, int]
    planes: int
    losses: tuple[str, ...]
    sums: int
    ends: int

    @property
    def fields(self) -> int:
        """How many numbers a point has at every crossing."""
        return 2 + self.planes + len(self.losses)

    @property
    def widths(self) -> tuple[int, int, int, int, int]:
        """Of what a point has beside: currents from ends, powers, books, drawn charges, and what the ends keep."""
        lines = sum(self.shape)
        return 2 * lines, self.sums, self.sums, lines, self.ends

    def room(self, points: int) -> Kept:
        """Arrays for so many points."""
        # planes that belong to no device of a place stay what they are
        fields = np.full((points, self.fields, *self.shape), np.nan)
        return Kept(np.zeros(points, dtype=np.int64), np.zeros(points), fields, np.zeros((points, sum(self.widths))))


@dataclass(frozen=True)
class Points:
    """Points in order.

    Attributes:
        layout: of the arrays.
        time: floats that stand for the moments, shape (point,) [s].
        kept: the arrays.
    """

    layout: Layout
    time: Array
    kept: Kept

    def __len__(self) -> int:
        """How many there are."""
        return len(self.time)

    def picked(self, which: Sequence[int] | slice) -> Points:
        """Some of them: copied, but for a slice."""
        return Points(self.layout, self.time[which], self.kept.picked(which))

    def empty(self, count: int) -> Points:
        """Room for so many of the same layout."""
        parts = (np.empty((count, *part.shape[1:]), dtype=part.dtype) for part in self.kept)
        return Points(self.layout, np.empty(count), Kept(*parts))

    def put(self, place: int, points: Points, which: Sequence[int]) -> None:
        """Copy some of others to a place, one after the other."""
        span = slice(place, place + len(which))
        taken: Any = which
        if len(which) == which[-1] + 1 - which[0]:  # in a row: nothing is copied twice
            taken = slice(which[0], which[-1] + 1)
        self.time[span] = points.time[taken]
        for part, source in zip(self.kept, points.kept, strict=True):
            part[span] = source[taken]

    @property
    def word(self) -> Array:
        """Voltages of the word lines, shape (point, row, col) [V]."""
        return self.kept.fields[:, 0]

    @property
    def bit(self) -> Array:
        """Of the bit lines."""
        return self.kept.fields[:, 1]

    @property
    def planes(self) -> Array:
        """What the devices keep, shape (point, plane, row, col)."""
        return self.kept.fields[:, 2 : 2 + self.layout.planes]

    def lost(self, name: str) -> Array:
        """Energy lost since the start in "cells" or "selectors", shape (point, row, col) [J]."""
        return self.kept.fields[:, 2 + self.layout.planes + self.layout.losses.index(name)]

    def _part(self, number: int) -> Array:
        first = sum(self.layout.widths[:number])
        return self.kept.lines[:, first : first + self.layout.widths[number]]

    @property
    def into(self) -> Terminals:
        """Currents from the ends, each of shape (point, line) [A]."""
        rows, cols = self.layout.shape
        return Terminals(*np.split(self._part(0), [rows, 2 * rows, 2 * rows + cols], axis=1))

    @property
    def powers(self) -> Array:
        """Of everything but the devices, see `SUMS`, shape (point, sum) [W], [A]."""
        return self._part(1)

    @property
    def books(self) -> Array:
        """Likewise energies and charges since the start [J], [C]."""
        return self._part(2)

    @property
    def drawn(self) -> tuple[Array, Array]:
        """Charges that sources of word and bit lines have delivered while these stood on rails, (point, line) [C]."""
        charges = self._part(3)
        return charges[:, : self.layout.shape[0]], charges[:, self.layout.shape[0] :]

    @property
    def ends(self) -> Array:
        """What the ends keep, shape (point, number)."""
        return self._part(4)

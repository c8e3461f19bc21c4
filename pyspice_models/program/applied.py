"""What steps that were done to a live array came to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pyspice_models.displayed import Displayed
from pyspice_models.units import shown

if TYPE_CHECKING:
    from pyspice_models.engine.nodal.live import Passed

Array = NDArray[np.float64]


@dataclass(frozen=True, repr=False)
class Applied(Displayed):
    """What a step, or some steps, came to.

    Attributes:
        time: that they took [s].
        cells: energy dissipated in each cell, shape (rows, cols) [J].
        selectors: likewise in each selector; zeros without any.
        lines: dissipated in the lines' segments [J].
        drivers: dissipated in drivers and sense circuits [J].
        delivered: by all sources, which take back what lines give back [J].
        moved: the same, every source in every step counted without its sign: what books are measured by [J].
        currents: settled currents of every read and product, in their order: of each those of the lines that it senses,
            into the sense circuits [A].
    """

    time: float
    cells: Array
    selectors: Array
    lines: float
    drivers: float
    delivered: float
    moved: float
    currents: Sequence[Array]

    def __repr__(self) -> str:
        """One line for people."""
        told = f"{shown(self.dissipated, 'J')} dissipated, {shown(self.delivered, 'J')} delivered"
        return f"<Applied for {shown(self.time, 's')}: {told}, reads and products: {len(self.currents)}>"

    @property
    def dissipated(self) -> float:
        """In everything [J]."""
        return float(self.cells.sum() + self.selectors.sum()) + self.lines + self.drivers


def applied_by(passed: Passed, stop: float, shape: tuple[int, int]) -> Applied:
    """What the solver says of a program that ended at `stop` [s] on an array of this shape."""
    selectors = passed.selectors if passed.selectors.size else np.zeros(shape)
    lines, ends, delivered, moved = passed[2:6]
    return Applied(stop, passed.cells, selectors, lines, ends, delivered, moved, passed.sensed)

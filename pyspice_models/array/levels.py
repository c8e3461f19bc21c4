"""Levels: where a conductance lies in a window, 0 for its lowest and 1 for its highest.

There are two windows. Each cell has its own, which no hardware knows: it says what a cell can hold. The nominal cell's
is common to all: it says what a level is, as a conductance.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pyspice_models.array.crossbar import Crossbar
from pyspice_models.errors import RequestError
from pyspice_models.numeric import real_array

Array = NDArray[np.float64]

_SLACK = 1e-3
"""A bound that was written with four digits is meant to be the bound."""


@dataclass(frozen=True)
class Scale:
    """What levels are: conductances between two of a common window.

    Attributes:
        low, high: conductance of the levels 0 and 1 [S].
    """

    low: float
    high: float

    @classmethod
    def nominal(cls, crossbar: Crossbar, voltage: float) -> Scale:
        """From the crossbar's common cell at level 0 to level 1, at this voltage [V].

        Raises:
            RequestError: a cell without equations in Python.
        """
        model = crossbar.model
        cell = model.solved(crossbar.cell, crossbar.temperature, asked="a scale of levels")
        low, high = (float(cell.conductance(voltage, *model.at_level(level))) for level in (0.0, 1.0))
        return cls(low, high)

    def levels(self, conductance: ArrayLike) -> Array:
        """Levels of these conductances [S]; one beyond the window gives a level outside [0, 1]."""
        return (np.asarray(conductance, dtype=float) - self.low) / (self.high - self.low)

    def conductances(self, levels: ArrayLike) -> Array:
        """Conductances of these levels [S]."""
        return self.low + self.difference(levels)

    def difference(self, share: ArrayLike) -> Array:
        """A difference of levels, in siemens."""
        return np.asarray(share, dtype=float) * (self.high - self.low)

    def within(self, name: str, siemens: float) -> float:
        """The level of a conductance that the nominal cell can hold, in [0, 1].

        Raises:
            RequestError: it lies outside the window.
        """
        level = float(self.levels(siemens))
        if not -_SLACK <= level <= 1 + _SLACK:
            raise RequestError.for_value(
                name, siemens, unit="S", allowed=f">= {self.low:.4g} and <= {self.high:.4g}",
                advice="That is the window of the nominal cell at the read voltage.",
            )  # fmt: skip
        return min(max(level, 0.0), 1.0)


def window(crossbar: Crossbar, voltage: float) -> tuple[Array, Array]:
    """Each cell's own: its conductance at level 0 and at level 1, at this voltage [V].

    Shape (rows, cols) [S]; a faulty cell counts as if it were sound.
    """
    cells, at_level = crossbar.equations, crossbar.model.at_level
    low, high = (np.broadcast_to(cells.conductance(voltage, *at_level(n)), crossbar.shape) for n in (0.0, 1.0))
    return low, high


def checked_levels(crossbar: Crossbar, target: ArrayLike, *, name: str = "target") -> Array:
    """The target as an array of levels.

    Raises:
        RequestError: of another shape than the crossbar, or outside [0, 1].
    """
    array = _shaped(crossbar, target, name)
    if len(bad := np.argwhere(~((array >= 0) & (array <= 1)))):
        row, col = map(int, bad[0])
        raise RequestError.for_value(f"{name}[{row}, {col}]", float(array[row, col]), allowed=">= 0 and <= 1")
    return array


def levels_for(crossbar: Crossbar, conductance: ArrayLike, voltage: float, *, name: str = "target") -> Array:
    """The levels at which the cells, each in its own window, have these conductances.

    Raises:
        RequestError: of another shape than the crossbar, or a conductance outside its cell's window [S].
    """
    array = _shaped(crossbar, conductance, name, "S")
    low, high = window(crossbar, voltage)
    levels = (array - low) / (high - low)
    if len(bad := np.argwhere(~((levels >= -_SLACK) & (levels <= 1 + _SLACK)))):
        row, col = map(int, bad[0])
        bounds = f">= {low[row, col]:.4g} and <= {high[row, col]:.4g}"
        raise RequestError.for_value(f"{name}[{row}, {col}]", float(array[row, col]), unit="S", allowed=bounds)
    return np.clip(levels, 0, 1)


def _shaped(crossbar: Crossbar, values: ArrayLike, name: str, unit: str = "") -> Array:
    array = real_array(values, unit, name=name)
    if array.shape != crossbar.shape:
        raise RequestError.for_value(f"{name}'s shape", array.shape, allowed=f"{crossbar.shape}, rows x columns")
    return array

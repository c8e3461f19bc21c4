"""Levels: where a conductance lies in a window, 0 for its lowest and 1 for its highest.

There are two windows. Each cell has its own, which no hardware knows: it says what a cell can hold. The nominal cell's
is common to all: it says what a level is, as a conductance.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pyspice_models.array.crossbar import Crossbar
from pyspice_models.array.kinds import Population
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
            RequestError: a cell without equations in Python, or cells of several kinds.
        """
        crossbar.check_one_kind("a scale of levels")
        return cls.of_kind(crossbar.populations[0], crossbar.temperature, voltage)

    @classmethod
    def of_kind(cls, one: Population, temperature: float, voltage: float) -> Scale:
        """The same of one kind of cells at a temperature [K]."""
        cell = one.model.solved(one.cell, temperature, asked="a scale of levels")
        low, high = (float(cell.conductance(voltage, *one.model.at_level(level))) for level in (0.0, 1.0))
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


def nominal_windows(crossbar: Crossbar, voltage: float | None = None) -> tuple[Array, Array]:
    """Of each cell the ends of the nominal window of its kind, shape (rows, cols) [S].

    At a voltage [V], or without one at that at which the kind states conductances. Cells of an array of several kinds
    that have no state have no window: NaN.

    Raises:
        RequestError: a kind without equations in Python.
    """
    low, high = (np.full(crossbar.shape, np.nan) for _ in range(2))
    for one in crossbar.populations:
        if one.states or one.whole:
            volts = one.model.read_voltage if voltage is None else voltage
            scale = Scale.of_kind(one, crossbar.temperature, volts)
            low[one.where], high[one.where] = scale.low, scale.high
    return low, high


def read_voltages(crossbar: Crossbar) -> Array:
    """At which the kind of each cell states conductances, shape (rows, cols) [V]."""
    found = np.empty(crossbar.shape)
    for one in crossbar.populations:
        found[one.where] = one.model.read_voltage
    return found


def highest(crossbar: Crossbar, voltage: float) -> float:
    """The largest conductance of a nominal cell of any kind at a voltage [V], in siemens.

    Raises:
        RequestError: a kind without equations in Python.
    """
    return max(Scale.of_kind(one, crossbar.temperature, voltage).high for one in crossbar.populations)


def window(crossbar: Crossbar, voltage: float) -> tuple[Array, Array]:
    """Each cell's own: its conductance at level 0 and at level 1, at this voltage [V].

    Shape (rows, cols) [S]; a faulty cell counts as if it were sound.
    """
    cells = crossbar.equations
    low, high = (
        np.broadcast_to(cells.conductance(voltage, *_states_at(crossbar, level)), crossbar.shape)
        for level in (0.0, 1.0)
    )  # fmt: skip
    return low, high


def _states_at(crossbar: Crossbar, level: float) -> tuple[ArrayLike, ...]:
    return crossbar.at_level(level).initial_states if crossbar.kinds else crossbar.model.at_level(level)


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
    """The levels at which the cells, each in its own window, have these conductances; 0 for cells without a state.

    Raises:
        RequestError: of another shape than the crossbar, or a conductance outside its cell's window [S].
    """
    array = _shaped(crossbar, conductance, name, "S")
    low, high = window(crossbar, voltage)
    levels = np.zeros(crossbar.shape)
    for one in crossbar.populations:
        if one.states or one.whole:
            levels[one.where] = ((array - low) / (high - low))[one.where]
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

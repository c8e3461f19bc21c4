"""Levels: where a cell's conductance lies in its window, 0 for its lowest and 1 for its highest."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pyspice_models.array import Crossbar
from pyspice_models.device import Equations
from pyspice_models.errors import RequestError
from pyspice_models.numeric import real_array

Array = NDArray[np.float64]


def window(crossbar: Crossbar, voltage: float) -> tuple[Array, Array]:
    """Conductance of every cell at w = 0 and at w = 1 with an empty filament, at this voltage [S]; shape (row, col)."""
    own: dict[str, Any] = {k: np.asarray(v) for k, v in crossbar.per_cell.items() if k not in {"w0", "x0"}}
    cells = Equations(replace(crossbar.cell, **own), crossbar.temperature)
    low, high = (np.broadcast_to(cells.conductance(voltage, w, 0.0), crossbar.shape) for w in (0.0, 1.0))
    return low, high


def to_levels(crossbar: Crossbar, conductance: ArrayLike, voltage: float) -> Array:
    """Levels of cells with these conductances [S], read at `voltage` [V]: their interface states, if no cell has a
    filament. One beyond the window gives a level outside [0, 1]."""
    low, high = window(crossbar, voltage)
    return np.asarray((np.asarray(conductance) - low) / (high - low))


def to_conductances(crossbar: Crossbar, levels: ArrayLike, voltage: float) -> Array:
    """Conductances of cells that hold these levels [S]."""
    low, high = window(crossbar, voltage)
    return np.asarray(low + np.asarray(levels) * (high - low))


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
    """The levels at which the cells have these conductances [S].

    Raises:
        RequestError: of another shape than the crossbar, or a conductance outside its cell's window.
    """
    array = _shaped(crossbar, conductance, name, "S")
    levels = to_levels(crossbar, array, voltage)
    # a bound that was written with four digits is meant to be the bound
    if len(bad := np.argwhere(~((levels >= -1e-3) & (levels <= 1 + 1e-3)))):
        row, col = map(int, bad[0])
        low, high = (float(bound[row, col]) for bound in window(crossbar, voltage))
        raise RequestError.for_value(
            f"{name}[{row}, {col}]", float(array[row, col]), unit="S", allowed=f">= {low:.4g} and <= {high:.4g}"
        )
    return np.clip(levels, 0, 1)


def _shaped(crossbar: Crossbar, values: ArrayLike, name: str, unit: str = "") -> Array:
    array = real_array(values, unit, name=name)
    if array.shape != crossbar.shape:
        raise RequestError.for_value(f"{name}'s shape", array.shape, allowed=f"{crossbar.shape}, rows x columns")
    return array

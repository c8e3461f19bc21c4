"""What fluctuates in a run: what one pulse after another does to a cell, and what one read after another shows."""

from __future__ import annotations

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from pyspice_models.measure.read import sense_current
from pyspice_models.measure.write import level_name
from pyspice_models.result import windows
from pyspice_models.stimulus import Window

Array = NDArray[np.float64]


def levels_by_pulse(dataset: xr.Dataset, window: Window) -> Array:
    """Level of the first cell that a write is aimed at, before its first pulse and after each, shape (pulses + 1,)."""
    moments = np.linspace(window.start, window.stop, window.pulses + 1)
    level = dataset[level_name(dataset)].isel(row=window.rows[0], col=window.cols[0]).values
    return np.asarray(np.interp(moments, dataset["time"].values, level))


def repeated_reads(dataset: xr.Dataset) -> tuple[Array, Array]:
    """Of the row that is read most often in the same way: moments [s], and currents, shape (reads, cols) [A].

    Both are empty if no row is read twice.
    """
    alike: dict[tuple[object, ...], list[Window]] = {}
    for one in windows(dataset, "read"):
        alike.setdefault((one.rows, one.cols, one.voltage, one.scheme), []).append(one)
    most = max(alike.values(), key=len, default=[])
    if len(most) < 2:
        return np.zeros(0), np.zeros((0, 0))
    return np.array([one.settled for one in most]), np.array([sense_current(dataset, one).values for one in most])

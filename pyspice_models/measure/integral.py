"""Integrals over time that respect the corners of the sources."""

from __future__ import annotations

import numpy as np
import xarray as xr
from numpy.typing import NDArray


def integral(dataset: xr.Dataset, values: xr.DataArray, start: float, stop: float) -> xr.DataArray:
    """Integral of `values` over time from `start` to `stop` [s]; the other dimensions stay.

    Trapezoids, except right after a corner of a source: there a displacement current jumps, the sample at the corner
    belongs to the time before it, and the simulator itself takes a backward-Euler step; so the right end counts.
    Source: Nagel, SPICE2, UCB/ERL M520 (1975), on breakpoints and the order of integration.
    """
    weights = weights_of(dataset["time"].values, dataset["corner"].values, start, stop)
    return xr.dot(values, xr.DataArray(weights, dims="time"), dim="time")


def weights_of(
    time: NDArray[np.float64], corners: NDArray[np.float64], start: float, stop: float
) -> NDArray[np.float64]:
    """Weight of every sample in such an integral, shape (time,) [s]; `start` and `stop` are samples or corners."""
    # a simulator hits its breakpoints to within rounding
    slack = 1e-11 * float(time[-1])
    inside = (time >= start - slack) & (time <= stop + slack)
    step = np.where(inside[:-1] & inside[1:], np.diff(time), 0.0)
    after_corner = _near(time[:-1], corners, slack)
    weights = np.zeros(len(time))
    weights[:-1] += np.where(after_corner, 0.0, 0.5) * step
    weights[1:] += np.where(after_corner, 1.0, 0.5) * step
    return weights


def _near(times: NDArray[np.float64], corners: NDArray[np.float64], slack: float) -> NDArray[np.bool_]:
    if len(corners) == 0:
        return np.zeros(len(times), dtype=bool)
    after = np.searchsorted(corners, times).clip(0, len(corners) - 1)
    before = (after - 1).clip(0)
    return np.asarray(np.minimum(np.abs(times - corners[after]), np.abs(times - corners[before])) <= slack)

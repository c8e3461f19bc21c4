"""Integrals over time, summed as the simulator integrated."""

from __future__ import annotations

import numpy as np
import xarray as xr
from numpy.typing import NDArray


def integral(dataset: xr.Dataset, values: xr.DataArray, start: float, stop: float) -> xr.DataArray:
    """Integral of `values` over time from `start` to `stop` [s], two samples of the run; the other dimensions stay."""
    return xr.dot(values, xr.DataArray(weights_of(dataset, start, stop), dims="time"), dim="time")


def weights_of(dataset: xr.Dataset, start: float, stop: float) -> NDArray[np.float64]:
    """Weight of every sample in such an integral, shape (time,) [s]."""
    time = dataset["time"].values
    # a simulator hits its breakpoints to within rounding
    slack = 1e-11 * float(time[-1])
    inside = (time >= start - slack) & (time <= stop + slack)
    whole = inside[:-1] & inside[1:]
    weights = np.zeros(len(time))
    weights[:-1] += np.where(whole, dataset["weight_left"].values[:-1], 0.0)
    weights[1:] += np.where(whole, dataset["weight_right"].values[:-1], 0.0)
    return weights

"""Integrals over time, summed as the simulator integrated."""

from __future__ import annotations

import numpy as np
import xarray as xr
from numpy.typing import NDArray


def integral(dataset: xr.Dataset, values: xr.DataArray, start: float, stop: float) -> xr.DataArray:
    """Integral of `values` over time from `start` to `stop` [s], two samples of the run; the other dimensions stay."""
    return xr.dot(values, xr.DataArray(weights_of(dataset, start, stop), dims="time"), dim="time")


def work(dataset: xr.Dataset, voltage: xr.DataArray, current: xr.DataArray, start: float, stop: float) -> xr.DataArray:
    """Voltage times current over time between two samples of the run [s] [J]; the other dimensions stay.

    With trapezoids each step contributes its mean voltage times the charge that the simulator moved. Mean voltages keep
    Kirchhoff's voltage law and those charges his current law, so that the charging of capacitances in a few steps
    leaves no gap between what sources give and what is stored (Tellegen); a sum of v i at the samples would. An engine
    with weights of its own (`quadrature` is "samples") states them for v i.
    """
    if dataset.attrs["quadrature"] == "samples":
        return integral(dataset, voltage * current, start, stop)
    voltage, current = (wave.transpose("time", ...) for wave in xr.broadcast(voltage, current))
    v, i = voltage.values, current.values
    whole = _whole_steps(dataset, start, stop)
    left, right = (np.where(whole, dataset[f"weight_{end}"].values[:-1], 0.0) for end in ("left", "right"))
    mean = 0.5 * (v[:-1] + v[1:])
    total = np.einsum("t,t...,t...->...", left, mean, i[:-1]) + np.einsum("t,t...,t...->...", right, mean, i[1:])
    return voltage.isel(time=0, drop=True).copy(data=total)


def weights_of(dataset: xr.Dataset, start: float, stop: float) -> NDArray[np.float64]:
    """Weight of every sample in such an integral, shape (time,) [s]."""
    whole = _whole_steps(dataset, start, stop)
    weights = np.zeros(len(whole) + 1)
    weights[:-1] += np.where(whole, dataset["weight_left"].values[:-1], 0.0)
    weights[1:] += np.where(whole, dataset["weight_right"].values[:-1], 0.0)
    return weights


def _whole_steps(dataset: xr.Dataset, start: float, stop: float) -> NDArray[np.bool_]:
    """Which of the steps between samples lie inside, shape (time - 1,)."""
    time = dataset["time"].values
    # a simulator hits its breakpoints to within rounding
    slack = 1e-11 * float(time[-1])
    inside = (time >= start - slack) & (time <= stop + slack)
    return np.asarray(inside[:-1] & inside[1:])

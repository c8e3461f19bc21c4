"""What a sense circuit sees: currents, sneak share, read margin, recovery after a write."""

from __future__ import annotations

import math

import numpy as np
import xarray as xr

from pyspice_models.bench import Window
from pyspice_models.measure.write import cell_voltage


def sense_current(dataset: xr.Dataset, window: Window) -> xr.DataArray:
    """Settled current into the sense circuit of every bit line that this read senses, shape (col,) [A]."""
    current = dataset["i_sense"].interp(time=window.settled)
    return current.sel(col=list(window.cols))


def cell_current(dataset: xr.Dataset, window: Window) -> xr.DataArray:
    """Settled current of the cells that this read is meant to read, shape (col,) [A]."""
    then = dataset["p"].sel(row=window.rows[0]).interp(time=window.settled)
    # in the settled state all power is v i
    current = then / cell_voltage(dataset).sel(row=window.rows[0]).interp(time=window.settled)
    return current.sel(col=list(window.cols))


def sneak_share(dataset: xr.Dataset, window: Window) -> xr.DataArray:
    """Share of the sensed current that does not come from the cell that is read, shape (col,)."""
    sensed = sense_current(dataset, window)
    return (sensed - cell_current(dataset, window)) / sensed


def read_margin(dataset: xr.Dataset, reads: list[Window], threshold: float = 0.5) -> float:
    """(smallest "one" current - largest "zero" current) / smallest "one" current over all these reads.

    A cell whose state is at least `threshold` is a one. 1 is perfect, 0 or less is unreadable. NaN if ones or zeros
    are missing.
    """
    ones, zeros = [], []
    for window in reads:
        sensed = abs(sense_current(dataset, window))
        state = dataset["w"].sel(row=window.rows[0]).interp(time=window.settled).sel(col=sensed["col"])
        ones.append(sensed.values[state.values >= threshold])
        zeros.append(sensed.values[state.values < threshold])
    one, zero = np.concatenate(ones), np.concatenate(zeros)
    if len(one) == 0 or len(zero) == 0:
        return math.nan
    return float((one.min() - zero.max()) / one.min())


def recovery_time(dataset: xr.Dataset, write: Window, read: Window, col: int, within: float = 0.05) -> float:
    """Time from the end of a write pulse until the sensed current of a bit line stays within `within` of its value [s].

    The value is that at the end of the read. Source: Note S1.
    """
    current = dataset["i_sense"].sel(col=col)
    final = float(current.interp(time=read.settled))
    time = dataset["time"].values
    span = (time >= read.start) & (time <= read.settled)
    t, away = time[span], np.abs(current.values[span] - final) - within * abs(final)
    outside = np.flatnonzero(away > 0)
    if len(outside) == 0:
        return float(read.start - write.pulse_end)
    last = outside[-1]
    if last + 1 == len(t):
        return math.inf
    # the deviation crosses the band between these two samples
    crossing = t[last] + (t[last + 1] - t[last]) * away[last] / (away[last] - away[last + 1])
    return float(crossing - write.pulse_end)


def product_error(sensed: xr.DataArray, ideal: np.ndarray) -> tuple[float, float]:
    """Root mean square and largest deviation of a vector-matrix product, both over the largest ideal output.

    Args:
        sensed: currents into the sense circuits, shape (col,) [A].
        ideal: sums of input voltage times conductance, same shape [A].
    """
    top = float(np.abs(ideal).max())
    if top == 0:
        return math.nan, math.nan
    deviation = np.abs(sensed.values - ideal) / top
    return float(np.sqrt(np.mean(deviation**2))), float(deviation.max())

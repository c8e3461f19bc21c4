"""What a sense circuit sees: currents, sneak share, read margin, recovery after a write."""

from __future__ import annotations

import math

import numpy as np
import xarray as xr

from pyspice_models.bench import Window
from pyspice_models.bench.timeline import nearest
from pyspice_models.measure.integral import Array, at, wave

_EDGE = 10.0  # a current that comes nearer to its settled value by more than this in one sample is on an edge


def sense_current(dataset: xr.Dataset, window: Window) -> xr.DataArray:
    """Settled current into the sense circuit of every bit line that this read senses, shape (col,) [A]."""
    return _over(window, sensed(dataset, window))


def cell_current(dataset: xr.Dataset, window: Window) -> xr.DataArray:
    """Settled current of the cells that this read is meant to read, shape (col,) [A]."""
    return _over(window, wanted(dataset, window))


def sneak_share(dataset: xr.Dataset, window: Window) -> xr.DataArray:
    """Share of the sensed current that does not come from the cell that is read, shape (col,)."""
    total = sensed(dataset, window)
    with np.errstate(all="ignore"):
        return _over(window, (total - wanted(dataset, window)) / total)


def sensed(dataset: xr.Dataset, window: Window) -> Array:
    """`sense_current` as a bare array."""
    return at(dataset, "i_sense", window.settled)[list(window.cols)]


def wanted(dataset: xr.Dataset, window: Window) -> Array:
    """`cell_current` as a bare array."""
    row, cols = window.rows[0], list(window.cols)
    low = "v_mid" if "v_mid" in dataset.variables else "v_bit"
    power, word, bit = (at(dataset, name, window.settled)[row, cols] for name in ("p", "v_word", low))
    # in the settled state all power is v i
    with np.errstate(all="ignore"):
        return np.asarray(power / (word - bit))


def _over(window: Window, values: Array) -> xr.DataArray:
    """Labelled with the bit lines that the window is aimed at."""
    return xr.DataArray(values, {"col": list(window.cols)}, ("col",))


def read_margin(dataset: xr.Dataset, reads: list[Window], threshold: float = 0.5) -> float:
    """(smallest "one" current - largest "zero" current) / smallest "one" current over all these reads.

    A cell whose state is at least `threshold` is a one. 1 is perfect, 0 or less is unreadable. NaN if ones or zeros
    are missing.
    """
    ones, zeros = [], []
    for window in reads:
        current = np.abs(sensed(dataset, window))
        state = at(dataset, "w", window.settled)[window.rows[0], list(window.cols)]
        ones.append(current[state >= threshold])
        zeros.append(current[state < threshold])
    one, zero = np.concatenate(ones), np.concatenate(zeros)
    if len(one) == 0 or len(zero) == 0:
        return math.nan
    return float((one.min() - zero.max()) / one.min())


def recovery_time(dataset: xr.Dataset, write: Window, read: Window, col: int, within: float = 0.05) -> float:
    """Time from the end of a write pulse until the sensed current of a bit line stays within `within` of its value [s].

    The value is that at the end of the read. Source: Note S1.
    """
    current, time = wave(dataset, "i_sense")[:, col], wave(dataset, "time")
    final = float(at(dataset, current, read.settled))
    first, end = nearest(time, (read.start, read.settled))
    part = slice(int(first), int(end) + 1)
    t, away, band = time[part], current[part] - final, within * abs(final)
    outside = np.flatnonzero(np.abs(away) > band)
    if len(outside) == 0:
        return float(read.start - write.pulse_end)
    last = outside[-1]
    if last + 1 == len(t):
        return math.inf
    # the deviation crosses the band between these two samples: a decay has a straight logarithm, an edge is straight,
    # and may come out on the other side of the band's middle
    here, behind = abs(away[last]), away[last + 1] * np.sign(away[last])
    decays = behind > 0 and band > 0 and here < _EDGE * behind
    share = math.log(here / band) / math.log(here / behind) if decays else (here - band) / (here - behind)
    return float(t[last] + share * (t[last + 1] - t[last]) - write.pulse_end)


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

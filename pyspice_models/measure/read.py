"""What a sense circuit sees: currents, sneak share, latency, recovery after a write."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike

from pyspice_models.array import Crossbar
from pyspice_models.measure.integral import Array, at, wave
from pyspice_models.stimulus import Window
from pyspice_models.stimulus.timeline import nearest

SETTLED = 0.05
"""Share of its final value within which a current counts as settled; Note S1 has no number, so it is a choice."""

_EDGE = 10.0  # a current that comes nearer to its settled value by more than this in one sample is on an edge


def sense_current(dataset: xr.Dataset, window: Window) -> xr.DataArray:
    """Settled current into the sense circuit of every line that this read or product senses [A].

    Shape (col,); of a transposed product, which senses word lines, (row,).
    """
    side, lines = window.sensed
    dim = "row" if side == "word" else "col"
    return xr.DataArray(sensed(dataset, window), {dim: list(lines)}, (dim,))


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
    side, lines = window.sensed
    if side == "word":  # what a source takes is what its driver senses
        return -at(dataset, "i_word_source", window.settled)[list(lines)]
    return at(dataset, "i_sense", window.settled)[list(lines)]


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


@dataclass(frozen=True)
class ReadFigures:
    """What one read gave, for the cells where its word line crosses its bit lines, in their order; shape (col,).

    Attributes:
        cols: the bit lines.
        sensed: settled current into each sense circuit [A].
        through_cell: settled current of the cell itself, at the voltage that lines and circuits leave it [A].
        nominal: its current at the read's own voltage, from its equations and state [A]; NaN without equations.
        conductance: the same over that voltage [S].
        latency: from the pulse's start at half height until the sensed current stays within 5 % of settled [s].
    """

    cols: tuple[int, ...]
    sensed: Array
    through_cell: Array
    nominal: Array
    conductance: Array
    latency: Array

    @property
    def sneak(self) -> Array:
        """What of the sensed current is not the cell's own [A]."""
        return self.sensed - self.through_cell

    @property
    def sneak_share(self) -> Array:
        """The same, over the sensed current."""
        with np.errstate(all="ignore"):
            return np.asarray(self.sneak / self.sensed)

    @property
    def droop(self) -> Array:
        """Share of its nominal current that the cell loses to the resistance of lines, drivers and sense circuits."""
        with np.errstate(all="ignore"):
            return np.asarray(1 - self.through_cell / self.nominal)


def measure_read(crossbar: Crossbar, dataset: xr.Dataset, window: Window, within: float = SETTLED) -> ReadFigures:
    """Figures of one read.

    Args:
        crossbar: that was read.
        dataset: the run.
        window: of kind "read".
        within: share of its settled value that a current has to stay within to count as settled.
    """
    cols = window.cols
    if not crossbar.solvable:
        conductance = np.full(len(cols), np.nan)
    else:
        conductance = conductances(crossbar, dataset, window.settled, window.voltage)[window.rows[0], list(cols)]
    start = window.start + crossbar.driver.t_edge / 2
    latency = [max(then - start, 0.0) for then in _settlings(dataset, window, cols, within)]
    return ReadFigures(
        cols, sensed(dataset, window), wanted(dataset, window), conductance * window.voltage, conductance,
        np.array(latency),
    )  # fmt: skip


def conductances(crossbar: Crossbar, dataset: xr.Dataset, moment: float, voltage: ArrayLike) -> Array:
    """I/V of all cells by their equations, at their states of a moment of the run and this voltage [V].

    The voltage may differ from cell to cell.
    Of the cell alone, without its selector; faulty cells as they are. Shape (row, col) [S].
    """
    states = (at(dataset, name, moment) for name in crossbar.states)
    return np.broadcast_to(crossbar.conductance(voltage, *states), crossbar.shape)


def recovery_time(dataset: xr.Dataset, write: Window, read: Window, col: int, within: float = SETTLED) -> float:
    """Time from the end of a write pulse until the sensed current of a bit line stays within `within` of its value [s].

    The value is that at the end of the read. Source: Note S1.
    """
    return settling(dataset, read, col, within) - write.pulse_end


def settling(dataset: xr.Dataset, read: Window, col: int, within: float = SETTLED) -> float:
    """The moment from which on a bit line's sensed current stays within `within` of its value at the read's end [s].

    The read's start if it never leaves that band, infinite if it is on its way in at the last sample.
    """
    return _settlings(dataset, read, [col], within)[0]


def _settlings(dataset: xr.Dataset, read: Window, cols: Sequence[int], within: float) -> list[float]:
    """`settling` of several bit lines."""
    time, sense = wave(dataset, "time"), wave(dataset, "i_sense")
    first, end = nearest(time, (read.start, read.settled))
    part = slice(int(first), int(end) + 1)
    final = at(dataset, sense, read.settled)
    return [_settling(time[part], sense[part, col], float(final[col]), within, read.start) for col in cols]


def _settling(t: Array, current: Array, final: float, within: float, start: float) -> float:
    away, band = current - final, within * abs(final)
    outside = np.flatnonzero(np.abs(away) > band)
    if len(outside) == 0:
        return start
    last = outside[-1]
    if last + 1 == len(t):
        return math.inf
    # the deviation crosses the band between these two samples: a decay has a straight logarithm, an edge is straight,
    # and may come out on the other side of the band's middle
    here, behind = abs(away[last]), away[last + 1] * np.sign(away[last])
    decays = behind > 0 and band > 0 and here < _EDGE * behind
    share = math.log(here / band) / math.log(here / behind) if decays else (here - band) / (here - behind)
    return float(t[last] + share * (t[last + 1] - t[last]))

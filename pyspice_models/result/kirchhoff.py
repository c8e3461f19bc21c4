"""What leaves a line at a crossing, by Kirchhoff's law for the resistances of its segments."""

from __future__ import annotations

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from pyspice_models.errors import RequestError

Array = NDArray[np.float64]


def into_cell(dataset: xr.Dataset, row: int, col: int) -> Array:
    """Current from the word line into the cell at a crossing, shape (time,) [A].

    The segments of the word line tell it, or where that has no resistance those of the bit line. Everything that leaves
    the line there is in it: what the cell conducts, what charges it, and while voltages change what charges the
    capacitance of the line itself.

    Args:
        dataset: of a run.
        row, col: places of the lines in it; none may have been cut out.

    Raises:
        RequestError: neither line has resistance, so that each is one node; or lines were cut out of the run.
    """
    for side, kept in (("row", "row"), ("col", "col")):
        if not np.array_equal(dataset[kept].values, np.arange(dataset.sizes[side])):
            raise RequestError("currents of cells follow from all segments of a line: ask the whole run for them.")
    if float(dataset.attrs["r_word"]) > 0:
        flow, before = _along_word(dataset, row), col
    elif float(dataset.attrs["r_bit"]) > 0:
        flow, before = _along_bit(dataset, col), row
    else:
        raise RequestError(
            "lines without resistance are single nodes, and a run does not tell their cells' currents apart. Ask for "
            "current(row=...) or current(col=...), or give the lines a small resistance."
        )
    here = flow[:, before] - flow[:, before + 1]
    if float(dataset.attrs["r_word"]) > 0:
        return here - _into_shorts(dataset["v_word"].values[:, :, col], dataset, "word", row, col)
    return -here + _into_shorts(dataset["v_bit"].values[:, row, :], dataset, "bit", row, col)


def _along_word(dataset: xr.Dataset, row: int) -> Array:
    """Current along a word line into each crossing, and behind the last one, shape (time, cols + 1) [A]."""
    volts, terminal = dataset["v_word"].values[:, row, :], dataset["v_word_terminal"].values[:, row, None]
    flow = -np.diff(volts, axis=1, prepend=terminal) / _ohms(dataset, "word")[row]
    behind = np.zeros((len(volts), 1))
    if int(dataset.attrs["both_ends"]):
        source, g = (dataset[name].values[:, row, None] for name in ("v_word_source", "g_word_driver"))
        behind = (volts[:, -1:] - source) * g
    return np.concatenate([flow, behind], axis=1)


def _along_bit(dataset: xr.Dataset, col: int) -> Array:
    """Current down a bit line into each crossing, and behind the last one into its end, shape (time, rows + 1) [A]."""
    volts, terminal = dataset["v_bit"].values[:, :, col], dataset["v_bit_terminal"].values[:, col, None]
    flow = -np.diff(volts, axis=1, append=terminal) / _ohms(dataset, "bit")[:, col]
    before = np.zeros((len(volts), 1))
    if int(dataset.attrs["both_ends"]):
        source, g = (dataset[name].values[:, col, None] for name in ("v_bit_source", "g_bit_driver"))
        before = (source - volts[:, :1]) * g
    return np.concatenate([before, flow], axis=1)


def _ohms(dataset: xr.Dataset, side: str) -> Array:
    """Resistances of segments, shape (rows, cols); broken lines have some of their own."""
    shape = dataset.sizes["row"], dataset.sizes["col"]
    if f"r_{side}_segment" in dataset:
        return np.asarray(dataset[f"r_{side}_segment"].values)
    return np.full(shape, float(dataset.attrs[f"r_{side}"]))


def _into_shorts(volts: Array, dataset: xr.Dataset, side: str, row: int, col: int) -> Array:
    """What flows from a line at a crossing into its neighbours that it touches there; `volts` of all lines there."""
    name, line = f"g_{side}_short", row if side == "word" else col
    found = np.zeros(len(volts))
    if name in dataset:
        short = dataset[name].values[:, col] if side == "word" else dataset[name].values[row, :]
        if line + 1 < volts.shape[1]:
            found += short[line] * (volts[:, line] - volts[:, line + 1])
        if line:
            found += short[line - 1] * (volts[:, line] - volts[:, line - 1])
    return found

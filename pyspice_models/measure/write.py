"""What a write does to the cell that is meant, and to all the others."""

from __future__ import annotations

import numpy as np
import xarray as xr

from pyspice_models.bench import Window


def state_change(dataset: xr.Dataset, window: Window) -> float:
    """Change of the interface state, mean over the written cells."""
    w = dataset["w"].sel(row=list(window.rows), col=list(window.cols))
    return float((w.interp(time=window.stop) - w.interp(time=window.start)).mean())


def disturb(dataset: xr.Dataset, window: Window) -> xr.DataArray:
    """Largest change of either state of each cell during a write; NaN at the written cells. Shape (row, col)."""
    states = dataset[["w", "x"]]
    change = np.abs(states.interp(time=window.stop) - states.interp(time=window.start))
    largest = np.maximum(change["w"], change["x"])
    written = largest["row"].isin(window.rows) & largest["col"].isin(window.cols)
    return largest.where(~written)


def disturb_by_selection(disturbed: xr.DataArray, window: Window) -> tuple[float, float]:
    """Largest disturb among half-selected cells (same row or column) and among unselected cells; NaN if none."""
    half = disturbed["row"].isin(window.rows) | disturbed["col"].isin(window.cols)
    return _largest(disturbed.where(half)), _largest(disturbed.where(~half))


def _largest(values: xr.DataArray) -> float:
    known = values.values[np.isfinite(values.values)]
    return float(known.max()) if len(known) else float("nan")


def effective_voltage(dataset: xr.Dataset, window: Window) -> xr.DataArray:
    """Voltage across every cell at the end of the last pulse of a write or read, shape (row, col) [V]."""
    return cell_voltage(dataset).interp(time=window.settled)


def cell_voltage(dataset: xr.Dataset) -> xr.DataArray:
    """Voltage across every cell, without its selector if it has one, shape (time, row, col) [V]."""
    return dataset["v_word"] - dataset["v_mid" if "v_mid" in dataset else "v_bit"]


def ir_drop(dataset: xr.Dataset, window: Window) -> xr.DataArray:
    """What drivers and lines take from the voltage of the sources, at the end of the last pulse, shape (row, col) [V].

    Positive where a crossing sees less, in magnitude, than its two sources offer. Floating lines offer nothing and are
    counted with their source's voltage.
    """
    then = dataset[["v_word_source", "v_bit_source", "v_word", "v_bit"]].interp(time=window.settled)
    offered = then["v_word_source"] - then["v_bit_source"]
    return abs(offered) - abs(then["v_word"] - then["v_bit"])

"""What a write does to the cell that is meant, and to all the others."""

from __future__ import annotations

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from pyspice_models.measure.integral import at
from pyspice_models.stimulus import Window


def level_name(dataset: xr.Dataset) -> str:
    """Name of the state that writes set."""
    return str(dataset.attrs.get("level", "w"))


def state_names(dataset: xr.Dataset) -> tuple[str, ...]:
    """Names of the states of the cells."""
    return tuple(str(dataset.attrs.get("states", "w x")).split())


def cell_kinds(dataset: xr.Dataset) -> dict[str, NDArray[np.bool_]]:
    """Where the cells of each kind stand, by its name, shape (row, col); empty for an array of one kind."""
    if "cell_kind" not in dataset:
        return {}
    numbers = dataset["cell_kind"]
    names = str(numbers.attrs["flag_meanings"]).split()
    return {name: numbers.values == number for number, name in enumerate(names)}


def state_change(dataset: xr.Dataset, window: Window) -> float:
    """Change of the state that writes set, mean over the written cells that have one; NaN without any."""
    level = level_name(dataset)
    change = at(dataset, level, window.stop) - at(dataset, level, window.start)
    written = change[np.ix_(window.rows, window.cols)]
    having = written[np.isfinite(written)]
    return float(having.mean()) if having.size < written.size and having.size else float(written.mean())


def disturb(dataset: xr.Dataset, window: Window) -> xr.DataArray:
    """Largest change of any state of each cell during a write; NaN at the written cells. Shape (row, col)."""
    return xr.DataArray(disturbs(dataset, window), {dim: dataset[dim] for dim in ("row", "col")}, ("row", "col"))


def disturbs(dataset: xr.Dataset, window: Window) -> NDArray[np.float64]:
    """`disturb` as a bare array."""
    # fmax: a cell of one kind has no number where another kind has a state
    largest = np.fmax.reduce(
        [np.abs(at(dataset, name, window.stop) - at(dataset, name, window.start)) for name in state_names(dataset)],
        axis=0,
    )
    largest[np.ix_(window.rows, window.cols)] = np.nan
    return np.asarray(largest)


def disturb_by_selection(disturbed: xr.DataArray | NDArray[np.float64], window: Window) -> tuple[float, float]:
    """Largest disturb among half-selected cells (same row or column) and among unselected cells; NaN if none."""
    each = np.asarray(disturbed)
    half = np.zeros(disturbed.shape, dtype=bool)
    half[list(window.rows)] = half[:, list(window.cols)] = True
    return _largest(each[half]), _largest(each[~half])


def _largest(values: NDArray[np.float64]) -> float:
    known = values[np.isfinite(values)]
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

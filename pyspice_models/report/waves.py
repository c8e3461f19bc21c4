"""Waveforms of one cell's write and of the read that follows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from pyspice_models.measure import level_name, recovery_time
from pyspice_models.report import style
from pyspice_models.stimulus import Window

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_voltages(ax: Axes, dataset: xr.Dataset, row: int, col: int) -> None:
    """Word line, bit line and their difference at a cell [V] against time [µs]."""
    here = dataset.sel(row=row, col=col)
    time = _micro(here["time"])
    ax.plot(time, here["v_word"], color=style.BLUE, label=f"word line {row}")
    ax.plot(time, here["v_bit"], color=style.ORANGE, label=f"bit line {col}")
    ax.plot(time, here["v_word"] - here["v_bit"], color=style.BLACK, ls="--", label="across the cell")
    ax.set_ylabel("voltage (V)")
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3, borderaxespad=0.1)


def draw_states(ax: Axes, dataset: xr.Dataset, row: int, col: int) -> None:
    """State of a cell that writes set, and of its half-selected neighbours."""
    name = level_name(dataset)
    time, w = _micro(dataset["time"]), dataset[name]
    others_in_row = w.sel(row=row).drop_sel(col=col).values
    others_in_col = w.sel(col=col).drop_sel(row=row).values
    neighbours = np.concatenate([others_in_row, others_in_col], axis=1)
    if neighbours.size:
        ax.plot(time, neighbours - neighbours[0], color="0.6", lw=0.5)
        ax.plot([], [], color="0.6", lw=0.5, label="half-selected cells")
    cell = w.sel(row=row, col=col)
    ax.plot(time, cell - cell[0], color=style.GREEN, label=f"cell ({row}, {col}), from {name} = {float(cell[0]):.2f}")
    ax.set_ylabel(f"change of state {name}")
    ax.legend(loc="best")


def draw_power(ax: Axes, dataset: xr.Dataset, row: int, col: int) -> None:
    """Power of a cell without a declared state [µW]."""
    power = dataset["p"].sel(row=row, col=col) * 1e6
    ax.plot(_micro(dataset["time"]), power, color=style.GREEN, label=f"cell ({row}, {col})")
    ax.set_ylabel("power (µW)")
    ax.legend(loc="best")


def draw_sense_current(ax: Axes, dataset: xr.Dataset, write: Window | None, read: Window, col: int) -> None:
    """Magnitude of the current into a sense circuit during a read [nA], its settled value and the recovery time."""
    span = dataset.sel(time=slice(read.start, read.settled))
    current = np.abs(span["i_sense"].sel(col=col)) * 1e9
    final = float(current[-1])
    ax.semilogy(_micro(span["time"]), current, color=style.RED)
    within = f"settled: {style.told(final * 1e-9, 'A', 3)} ± 5 %"
    ax.axhspan(final * 0.95, final * 1.05, color=style.GREEN, alpha=0.35, lw=0, label=within)
    if write is not None:
        settled = recovery_time(dataset, write, read, col)
        if np.isfinite(settled):
            ax.axvline(
                (write.pulse_end + settled) * 1e6, color=style.BLACK, lw=0.8, ls=":",
                label=f"{style.told(settled, 's', 3)} after the pulse",
            )  # fmt: skip
    ax.set_ylabel("|sense current| (nA)")
    ax.legend(loc="best")


def _micro(time: xr.DataArray) -> np.ndarray:
    return np.asarray(time) * 1e6

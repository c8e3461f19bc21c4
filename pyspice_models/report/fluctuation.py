"""A picture of what fluctuates in a run: pulses of which each does something else, reads that never show the same."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from pyspice_models.measure import levels_by_pulse, repeated_reads
from pyspice_models.report import style
from pyspice_models.report.blank import blank
from pyspice_models.report.save import save_figures
from pyspice_models.result import windows

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def fluctuation_figure(dataset: xr.Dataset) -> Figure:
    """Steps of a cell's level by pulse, of all writes of several pulses, and read currents of a row by the time."""
    trains = [one for one in windows(dataset, "write") if one.pulses > 1]
    moments, currents = repeated_reads(dataset)
    panels = [n for n, there in enumerate((trains, len(moments))) if there]
    figure = blank(figsize=(3.5 * len(panels), 2.6), layout="constrained")
    for ax, panel in zip(figure.subplots(1, len(panels), squeeze=False)[0], panels, strict=True):
        if panel == 0:
            _steps(ax, dataset)
        else:
            _reads(ax, moments, currents)
    figure.suptitle(style.words(str(dataset.attrs["title"])), fontsize=9)
    return figure


def save_fluctuation(dataset: xr.Dataset, folder: Path) -> list[Path]:
    """Draw fluctuation.png, if something fluctuates in a study with several pulses or reads.

    Returns the paths written.

    Raises:
        PictureError: it cannot be drawn.
    """
    several = any(one.pulses > 1 for one in windows(dataset, "write")) or len(repeated_reads(dataset)[0]) > 0
    if not (dataset.attrs.get("fluctuation") and several):
        return []
    return save_figures(folder, {"fluctuation.png": partial(fluctuation_figure, dataset)})


def _steps(ax: Axes, dataset: xr.Dataset) -> None:
    first = 0
    for one in (window for window in windows(dataset, "write") if window.pulses > 1):
        steps = np.diff(levels_by_pulse(dataset, one))
        number = first + 1 + np.arange(len(steps))
        name = f"{style.told(one.voltage, 'V')} on {one.aim}"
        ax.bar(number, steps, width=0.8, color=style.LINES[0] if one.voltage > 0 else style.LINES[1], label=name)
        first += len(steps)
    ax.axhline(0, color=style.BLACK, linewidth=0.6)
    ax.set(xlabel="pulse", ylabel="change of the level", title="each pulse draws anew")
    ax.legend(loc="best")


def _reads(ax: Axes, moments: np.ndarray, currents: np.ndarray) -> None:
    since = 1e3 * (moments - moments[0])
    for col, current in enumerate(currents.T):
        share = 100 * (current / current.mean() - 1)
        ax.plot(since, share, marker=".", markersize=3, color=style.LINES[col % len(style.LINES)], label=f"bit {col}")
    ax.set(xlabel="time (ms)", ylabel="off its mean (%)", title="currents of one row, read by read")
    if currents.shape[1] <= len(style.LINES):
        ax.margins(y=0.15)
        ax.legend(loc="upper center", ncols=4, borderpad=0.1)

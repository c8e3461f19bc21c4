"""The picture of a search: the measure at all values that were tried, its bound, and where it crosses it."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import xarray as xr

from pyspice_models.report import style
from pyspice_models.report.blank import blank
from pyspice_models.report.campaign.sweep import draw_sweep
from pyspice_models.report.save import save_figures

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def save_find_picture(dataset: xr.Dataset, path: Path) -> None:
    """Draw what was tried and found."""
    save_figures(path.parent, {path.name: lambda: find_figure(dataset)})


def find_figure(dataset: xr.Dataset) -> Figure:
    """One panel."""
    figure = blank(figsize=(3.6, 2.7), layout="constrained")
    draw_search(figure.subplots(), dataset)
    return figure


def draw_search(ax: Axes, dataset: xr.Dataset) -> None:
    """The measure where it was tried, its bound, and between which values it crosses it."""
    draw_sweep(ax, dataset[dataset.attrs["measure"]])
    ax.axhline(dataset.attrs["bound"], color=style.RED, lw=0.8, ls="--", label=style.words(dataset.attrs["until"]))
    ends = [dataset.attrs[name] for name in ("holds_at", "fails_at")]
    if all(math.isfinite(end) for end in ends):
        ax.axvspan(min(ends), max(ends), color=style.ORANGE, alpha=0.4, lw=1, label="where it changes")
    ax.legend()

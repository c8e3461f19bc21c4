"""What cells hold after very many reads, and after a long rest."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from pyspice_models.report import style
from pyspice_models.report.blank import blank
from pyspice_models.report.save import save_figures

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Array = NDArray[np.float64]


def save_lasting_picture(dataset: xr.Dataset, kind: str, asked: Mapping[str, Any], path: Path) -> None:
    """Draw levels of cells on the left; on the right what the answer hangs on."""
    save_figures(path.parent, {path.name: lambda: lasting_figure(dataset, kind, asked)})


def lasting_figure(dataset: xr.Dataset, kind: str, asked: Mapping[str, Any]) -> Figure:
    """Two panels."""
    figure = blank(figsize=(6.8, 2.8), layout="constrained")
    left, right = figure.subplots(1, 2)
    if kind == "disturb":
        draw_bands(left, dataset["rounds"].values, {"": dataset["state_level"].values}, "rounds of reads")
        draw_change(right, dataset, float(asked["loss"]))
    else:
        kelvins = dataset["temperature"].values
        levels = dataset["state_level"].values
        bands = {style.told(float(kelvin), "K"): levels[n] for n, kelvin in enumerate(kelvins)}
        draw_bands(left, dataset["moment"].values, bands, "time at rest (s)")
        draw_lost(right, dataset)
    return figure


def draw_bands(ax: Axes, along: Array, levels: Mapping[str, Array], label: str) -> None:
    """Levels of ones and zeros, the median as a line between the tenth and the ninetieth percentile.

    Args:
        ax: axes.
        along: shape (n,); a first one of 0 is left out, since the axis is logarithmic.
        levels: by name, each of shape (n, row, col).
        label: of the axis.
    """
    shown = along > 0
    for number, (name, values) in enumerate(levels.items()):
        colour = style.LINES[number % len(style.LINES)]
        flat = values.reshape(len(values), -1)
        flat = flat[:, np.isfinite(flat[0])]
        high = flat[0] >= 0.5
        for line, words, group in (("-", "ones", high), ("--", "zeros", ~high)):
            if not group.any():
                continue
            low, middle, top = np.quantile(flat[:, group], (0.1, 0.5, 0.9), axis=1)
            # where several lie on each other, their names belong to the first kind of line
            told = f"{name}, {words}" if name and line == "-" else words if not name else None
            ax.plot(along[shown], middle[shown], line, color=colour, label=told)
            ax.fill_between(along[shown], low[shown], top[shown], color=colour, alpha=0.2, lw=0)
    ax.set_xscale("log")
    ax.set_ylim(-0.02, 1.02)
    ax.set_xlabel(label)
    ax.set_ylabel("level of a cell")
    if ax.get_legend_handles_labels()[1]:
        ax.legend()


def draw_change(ax: Axes, dataset: xr.Dataset, loss: float) -> None:
    """By how much reads alone have moved a state, the most of any cell, on both logarithmic scales."""
    counts = dataset["rounds"].values
    for number, name in enumerate(state for state in dataset if str(state).startswith("moved_")):
        most = np.nanmax(np.abs(dataset[name].values), axis=(1, 2))
        if (most[1:] > 0).any():
            word = str(name).removeprefix("moved_")
            ax.plot(counts[1:], most[1:], "o-", ms=3, color=style.LINES[number], label=f"state {style.words(word)}")
    ax.set_xscale("log")
    ax.set_yscale("log")
    if ax.get_ylim()[1] > loss / 100:
        ax.axhline(loss, color=style.BLACK, lw=0.8, ls=":", label=f"{loss:g}")
    ax.set_xlabel("rounds of reads")
    ax.set_ylabel("way of the cell that moves most")
    if ax.get_legend_handles_labels()[1]:
        ax.legend()


def draw_lost(ax: Axes, dataset: xr.Dataset) -> None:
    """Share of the ones that are lost, over the time: their distribution, at each temperature."""
    moments, shown = dataset["moment"].values, dataset["moment"].values > 0
    for number, kelvin in enumerate(dataset["temperature"].values):
        colour = style.LINES[number % len(style.LINES)]
        share = 100 * dataset["lost"].values[number]
        ax.plot(moments[shown], share[shown], color=colour, label=style.told(float(kelvin), "K"))
    ax.set_xscale("log")
    ax.set_ylim(-2, 102)
    ax.set_xlabel("time at rest (s)")
    ax.set_ylabel("ones that are lost (%)")
    ax.legend()

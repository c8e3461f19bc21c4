"""Pictures of causes: bars of Sobol indices with their intervals, or of one cause at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from pyspice_models.campaign.assumptions import tornado
from pyspice_models.report import style
from pyspice_models.report.blank import blank
from pyspice_models.report.campaign.tornado import bars_of, tornado_figure
from pyspice_models.report.save import save_figures

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MOST_BARS = 12
_MOST_PANELS = 6


def save_causes_pictures(dataset: xr.Dataset, folder: Path, measures: Sequence[str]) -> list[Path]:
    """Write causes.png with a panel for each measure, or a tornado_MEASURE.png for each that any cause moves; see
    `save_figures`."""
    figures: dict[str, Callable[[], Figure]] = {}
    if dataset.attrs["samples"]:
        if measures:
            figures["causes.png"] = partial(indices_figure, dataset, measures[:_MOST_PANELS])
    else:
        for one in (tornado(dataset, name) for name in measures):
            if bars_of(one):
                figures[f"tornado_{one.measure}.png"] = partial(tornado_figure, one, "cause", "at its")
    return save_figures(folder, figures)


def indices_figure(dataset: xr.Dataset, measures: Sequence[str]) -> Figure:
    """A panel for each measure; causes in one order, those that move any of them most first."""
    total = np.array([dataset[name].sel(index="total").values for name in measures])
    order = [int(n) for n in np.argsort(-np.nan_to_num(total).max(axis=0), kind="stable")][:_MOST_BARS]
    figure = blank(figsize=(min(1.6 + 1.4 * len(measures), 7.2), 1.2 + 0.24 * len(order)), layout="constrained")
    for ax, name in zip(figure.subplots(1, len(measures), sharey=True, squeeze=False)[0], measures, strict=True):
        draw_indices(ax, dataset, name, order)
    figure.supxlabel("share of the variance", fontsize=8)
    figure.legend(*ax.get_legend_handles_labels(), loc="outside lower center", ncols=2, fontsize=7)
    return figure


def draw_indices(ax: Axes, dataset: xr.Dataset, name: str, order: Sequence[int]) -> None:
    """First order and total index of each cause, with intervals."""
    values, widths = dataset[name].values[:, list(order)], dataset[f"{name}_width"].values[:, list(order)]
    places = np.arange(len(order))
    kinds = (("by itself", style.BLUE, -0.18), ("with interactions", style.ORANGE, 0.18))
    for row, (label, colour, shift) in enumerate(kinds):
        ax.barh(places + shift, values[row], 0.34, xerr=widths[row], color=colour, label=label, error_kw={"lw": 0.7})
    ax.set_yticks(places, [str(dataset["cause"].values[n]).replace("_", " ") for n in order], fontsize=6.5)
    ax.set_ylim(len(order) - 0.5, -0.5)
    ax.grid(visible=False, axis="y")
    ax.set_xlim(left=min(0.0, float(np.nanmin(values)) if values.size else 0.0))
    ax.set_title(name.replace("_", " "), fontsize=7)

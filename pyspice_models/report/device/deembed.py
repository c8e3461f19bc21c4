"""Maps of recovered cells: conductance, and how far it is known."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from pyspice_models.lab.deembed import Deembedded
from pyspice_models.lab.deembed.deembed import AT_MOST, NO, YES
from pyspice_models.report import style
from pyspice_models.report.blank import blank
from pyspice_models.report.maps import draw_map
from pyspice_models.report.save import save_figures

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MARKS = {NO: ("x", style.RED, "not determined"), AT_MOST: ("v", style.ORANGE, "an upper bound alone")}
_DECADES = 6  # that a map shows at most


def deembedded_figure(found: Deembedded) -> Figure:
    """Conductance [S] on the left, standard deviation over conductance [%] on the right."""
    with style.house_style():
        figure = blank(figsize=(7.0, 3.1), layout="constrained")
        left, right = figure.subplots(1, 2)
        sure = found.determined == YES
        _draw(left, np.where(sure, 1e6 * found.conductances, np.nan), "conductance (µS)", "viridis")
        _draw(right, 100 * found.relative, "68 % interval, ± (%)", "magma")
        for ax in (left, right):
            _mark(ax, found)
        name = style.words(found.readings.name)
        words = (
            f"{found.count(YES)} of {found.conductances.size} cells"
            if not sure.all()
            else f"all {found.conductances.size} cells"
        )
        figure.suptitle(f"{name}: {words} recovered", fontsize=9)
        handles, labels = left.get_legend_handles_labels()
        if handles:
            figure.legend(handles, labels, loc="outside lower center", ncols=len(labels))
    return figure


def save_deembedded_figure(found: Deembedded, path: Path) -> None:
    """Write the figure as PNG or PDF, as the path's suffix says.

    Raises:
        PictureError: it could not be drawn.
    """
    save_figures(path.parent, {path.name: lambda: deembedded_figure(found)})


def _draw(ax: Axes, values: np.ndarray, label: str, cmap: str) -> None:
    """A map, logarithmic where it spans more than a factor of three; what has no value stays grey."""
    from matplotlib.colors import LogNorm, Normalize
    from matplotlib.ticker import FuncFormatter, LogLocator

    seen = values[np.isfinite(values) & (values > 0)]
    low, high = (float(seen.min()), float(seen.max())) if seen.size else (1.0, 1.0)
    low = max(low, high * 10.0**-_DECADES)
    wide = high > 3 * low
    norm = LogNorm(low, high) if wide else Normalize(*((low, high) if high > low else (0.9 * low, 1.1 * high)))
    colours = style.colours(cmap).with_extremes(bad="0.85")
    bar = draw_map(ax, xr.DataArray(values, dims=("row", "col")), label=label, norm=norm, cmap=colours)
    if wide:
        bar.locator = LogLocator(subs=(1, 3))
        bar.formatter = FuncFormatter(lambda value, _: f"{value:g}")
        bar.minorticks_off()
        bar.update_ticks()


def _mark(ax: Axes, found: Deembedded) -> None:
    size = float(np.clip(300 / max(found.conductances.shape), 2, 30))
    for which, (marker, colour, words) in _MARKS.items():
        rows, cols = np.nonzero(found.determined == which)
        if len(rows):
            ax.scatter(cols, rows, s=size, marker=marker, color=colour, linewidths=1.0, label=words)

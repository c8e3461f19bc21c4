"""The picture of a sweep: measures against the first axis, a line per value of the second, panels for the third."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from pyspice_models.errors import cut
from pyspice_models.report import style
from pyspice_models.report.blank import blank
from pyspice_models.report.save import save_figures
from pyspice_models.units import printed

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

USUAL = (
    "sneak_share", "read_margin", "energy_per_switch", "energy_selected_cell", "vmm_error", "recovery_time",
    "disturb_half_selected", "disturb_unselected", "state_change",
)  # fmt: skip
_MOST_MEASURES, _MOST_PANELS = 4, 4
_MAP_FROM = 5
"""So many values on each of two numeric axes are a map: as many lines would not be told apart."""


def save_sweep_picture(dataset: xr.Dataset, path: Path, measures: Sequence[str] = ()) -> None:
    """Draw up to four measures, those given or the usual ones; axes after the third are taken at their first value.

    Where every point failed there is nothing to draw, and no picture.
    """
    known = [name for name in measures if name in dataset] or [name for name in USUAL if name in dataset]
    shown = [dataset[name].isel(dict.fromkeys(dataset[name].dims[3:], 0)) for name in known[:_MOST_MEASURES]]
    if shown:
        save_figures(path.parent, {path.name: lambda: sweep_figure(shown)})


def sweep_figure(shown: Sequence[xr.DataArray]) -> Figure:
    """Panels of measures over the same axes, with one legend for all."""
    panels = [_panels(values) for values in shown]
    # a third axis: a row for each measure; else the measures side by side
    wide = len(panels[0]) if shown[0].ndim > 2 else min(len(shown), 2)
    flat = [panel for row in panels for panel in row]
    high = -(-len(flat) // wide)
    figure = blank(figsize=(3.1 * wide + 0.4, 2.5 * high + 0.2), layout="constrained")
    grid = figure.subplots(high, wide, squeeze=False, sharey="row" if shown[0].ndim > 2 else False)
    for ax, (values, title) in zip(grid.ravel(), flat, strict=False):
        draw_sweep(ax, values, legend=len(flat) == 1)
        ax.set_title(title)
    curves, labels = grid[0, 0].get_legend_handles_labels()
    if len(flat) > 1 and labels:  # the same for all panels
        second = shown[0][shown[0].dims[1]]
        figure.legend(
            curves, labels, loc="outside upper center", ncols=min(len(labels), 2 * wide + 1), title=_label(second),
            title_fontsize=7, frameon=False,
        )  # fmt: skip
    for ax in grid.ravel()[len(flat) :]:
        ax.set_visible(False)
    return figure


def _panels(values: xr.DataArray) -> list[tuple[xr.DataArray, str]]:
    if values.ndim < 3:
        return [(values, "")]
    third = values[values.dims[2]]
    return [
        (values.isel({third.name: n}), f"{_label(third)}: {_value(third, n)}")
        for n in range(min(third.size, _MOST_PANELS))
    ]


def draw_sweep(ax: Axes, values: xr.DataArray, *, legend: bool = True) -> None:
    """One measure over one or two axes: lines, or a map where both are numeric and have many values."""
    from matplotlib.ticker import EngFormatter, LogLocator, NullFormatter

    first = values[values.dims[0]]
    second = values[values.dims[1]] if values.ndim > 1 else None
    if second is not None and all(_numeric(axis) and axis.size >= _MAP_FROM for axis in (first, second)):
        _map(ax, values, first, second)
        return
    along = first.values if _numeric(first) else np.arange(first.size)
    for n in range(1 if second is None else second.size):
        curve, label = (values, None) if second is None else (values.isel({second.name: n}), _value(second, n))
        ax.plot(along, curve.values, marker="osv^Dx+*"[n % 8], ms=3, label=label)
    _scale(ax, first)
    unit = values.attrs.get("units", "1")
    finite = values.values[np.isfinite(values.values)]
    if len(finite) and finite.min() > 0 and finite.max() / finite.min() > 20:
        ax.set_yscale("log")
        ax.yaxis.set_minor_formatter(NullFormatter())
        if finite.max() / finite.min() < 1e4:
            ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if finite.max() / finite.min() < 100 else (1,)))
            if unit == "1":
                ax.yaxis.set_major_formatter("{x:g}")
    if unit != "1":
        ax.yaxis.set_major_formatter(EngFormatter(printed(unit)))
    ax.set_ylabel(str(values.name).replace("_", " "))
    if second is not None and legend:
        # many entries stand on the curves somewhere
        crowded = second.size > 4
        ax.legend(title=_label(second), title_fontsize=7, frameon=crowded, framealpha=0.85, edgecolor="none")


def _map(ax: Axes, values: xr.DataArray, first: xr.DataArray, second: xr.DataArray) -> None:
    from matplotlib.colors import LogNorm
    from matplotlib.ticker import EngFormatter

    shades = values.transpose(second.name, first.name).values
    finite = shades[np.isfinite(shades)]
    wide = len(finite) > 0 and finite.min() > 0 and finite.max() / finite.min() > 20
    image = ax.pcolormesh(
        np.arange(first.size), np.arange(second.size), shades, shading="nearest", norm=LogNorm() if wide else None
    )
    for axis, labelled in ((ax.xaxis, first), (ax.yaxis, second)):
        axis.set_ticks(range(labelled.size), [_value(labelled, n) for n in range(labelled.size)])
        axis.set_label_text(_label(labelled))
    ax.grid(visible=False)
    unit = values.attrs.get("units", "1")
    name = str(values.name).replace("_", " ")
    ax.figure.colorbar(image, ax=ax, label=name, format=EngFormatter(printed(unit)) if unit != "1" else None)


def _scale(ax: Axes, values: xr.DataArray) -> None:
    """Ticks where the values are; logarithmic where they span much."""
    from matplotlib.ticker import NullLocator

    ax.set_xlabel(_label(values))
    places = values.values if _numeric(values) else np.arange(values.size)
    if _numeric(values) and places.min() > 0 and places.max() / places.min() >= 8:
        ax.set_xscale("log")
    if values.size <= 8:
        words = [_value(values, n) for n in range(values.size)]
        crowded = sum(map(len, words)) > 36
        ax.set_xticks(places, words, rotation=25 if crowded else 0, ha="right" if crowded else "center")
        ax.xaxis.set_minor_locator(NullLocator())


def _numeric(values: xr.DataArray) -> bool:
    return bool(np.issubdtype(values.dtype, np.number))


def _value(values: xr.DataArray, place: int) -> str:
    value = values.values[place]
    if not _numeric(values):
        return style.words(cut(str(value), 40))
    if _area(values):
        return style.told(float(value) * 1e12, digits=3)
    return style.told(float(value), _short_unit(values), 3).replace("*", "·")


def _area(values: xr.DataArray) -> bool:
    return str(values.attrs.get("units", "1")) == "m^2"


def _short_unit(values: xr.DataArray) -> str:
    """The unit, if it can take a prefix; an area stands with its unit in the label."""
    unit = values.attrs.get("units", "1")
    return "" if "^" in unit else unit


def _label(values: xr.DataArray) -> str:
    """`rows = cols` for array.rows+array.cols, `scheme of step 0` for program.0.scheme."""
    words = []
    for key in str(values.name).split("+"):
        table, *rest = key.split(".")
        of_step = table == "program" and len(rest) == 2
        words.append(f"{rest[1]} of step {rest[0]}" if of_step else key.rpartition(".")[2])
    unit = "µm²" if _area(values) else printed(values.attrs.get("units", "1"))
    return style.words(" = ".join(dict.fromkeys(words)).replace("_", " ")) + (
        f" ({unit})" if unit != printed(_short_unit(values)) else ""
    )

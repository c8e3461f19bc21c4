"""Maps of one drawn array: the parts that its deviations are sums of, and the sums."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from pyspice_models.report.blank import blank
from pyspice_models.report.maps import draw_map
from pyspice_models.report.save import save_figures

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST = 3
"""Causes on a picture: those with the most parts, and of these those that are the widest."""


def save_drawn_picture(dataset: xr.Dataset, path: Path) -> None:
    """A row for each cause: what each cell has for itself, what it shares, and the sum of both."""
    save_figures(path.parent, {path.name: lambda: _figure(dataset)})


SHARED = "lot and gradient"
"""One map for both: the plane that an array lies on."""


def chosen(dataset: xr.Dataset) -> list[str]:
    """The causes that are shown: of which cells share something, or where there are none of these, any."""
    causes = [str(name) for name, values in dataset.items() if "part" in values.dims]
    counts = {name: int(dataset[name].any(("row", "col")).sum()) for name in causes}
    most = max(counts.values(), default=0)
    some = [name for name in causes if counts[name] > 1 or most < 2]
    return sorted(some, key=lambda name: (-counts[name], -float(dataset[name].sum("part").std())))[:MOST]


def maps_of(values: xr.DataArray) -> dict[str, xr.DataArray]:
    """The maps of one cause: of each part that there is, and of the sum where there are several."""
    plane = values.sel(part=["lot", "gradient"]).sum("part")
    every = {"each cell": values.sel(part="each cell"), SHARED: plane, "field": values.sel(part="field")}
    found = {name: one for name, one in every.items() if one.any()}
    return found | {"sum": values.sum("part")} if len(found) > 1 else found


def _figure(dataset: xr.Dataset) -> Figure:
    every = {name: maps_of(dataset[name]) for name in chosen(dataset)}
    count = max(map(len, every.values()))
    shape = dataset.sizes["row"] / dataset.sizes["col"]
    height = min(max(1.35 * shape, 0.3), 2.6) + 0.75
    figure = blank(figsize=(1.2 + 1.5 * count, height * len(every)), layout="constrained")
    for axes, (name, maps) in zip(figure.subplots(len(every), count, squeeze=False), every.items(), strict=True):
        draw_parts(axes, name, maps)
    return figure


def draw_parts(axes: Sequence[Axes], name: str, maps: Mapping[str, xr.DataArray]) -> None:
    """The maps of one cause side by side, all on one scale about 0 [%]; axes that are left over are taken away."""
    from matplotlib.colors import Normalize

    percent = {part: 100 * values for part, values in maps.items()}
    top = max(float(np.abs(values).max()) for values in percent.values())
    last = len(percent) - 1
    for number, (ax, (part, values)) in enumerate(zip(axes, percent.items(), strict=False)):
        bar = draw_map(ax, values, label=f"{name} (%)", norm=Normalize(-top, top), cmap="RdBu_r")
        if number < last:
            bar.remove()
        if number:
            ax.set_ylabel("")
        ax.set_title(part)
    for ax in axes[len(percent) :]:
        ax.remove()

"""Datasets: waves of a run, and what campaigns gave; what each variable is, and the picture of it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from pyspice_models.errors import RequestError
from pyspice_models.measure import level_name
from pyspice_models.report import style
from pyspice_models.report.campaign.find import draw_search
from pyspice_models.report.campaign.montecarlo import draw_distribution
from pyspice_models.report.campaign.sweep import USUAL, draw_sweep
from pyspice_models.report.objects.canvas import Drawing
from pyspice_models.report.objects.card import Card, squares
from pyspice_models.report.page.blocks import Block, Cell, Number, Paragraph, Table
from pyspice_models.report.page.kinds.campaign.sweep import figures_of, key, places
from pyspice_models.report.sensitivity import draw_effects, effects
from pyspice_models.report.study import first_of_interest, map_panels, wave_panels
from pyspice_models.result import windows
from pyspice_models.result.accessor import Ag2sDataset
from pyspice_models.units import micro, printed, shown

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_NOT_MEASURES = {"failure", "array_seed", "cycle", "drawn"}


def card_of_ag2sdataset(held: Ag2sDataset) -> Card:
    """What is in it: waves, or measures over what was varied."""
    dataset, kind = held.dataset, held.kind
    blocks: list[Block] = []
    if warning := str(dataset.attrs.get("warning", "")):
        blocks.append(Paragraph(f"Do not trust these numbers: {warning}", "warning"))
    if kind == "run":
        level = level_name(dataset)
        if level:
            blocks.append(
                squares("after", f"{level} at the end", dataset[level].isel(time=-1).values, low=0.0, high=1.0)
            )
        blocks += [_steps(dataset), variables(dataset)]
    elif kind in ("sweep", "search"):
        blocks += _of_sweep(dataset)
    elif kind == "montecarlo":
        blocks += _of_runs(dataset)
    else:
        blocks.append(variables(dataset))
    return Card(repr(held).strip("<>"), blocks, "the dataset")


def variables(dataset: xr.Dataset, *, short: bool = False) -> Table:
    """Every variable with its dimensions, its unit and what it is; a short one is folded, and without the last."""
    rows = [
        [str(name), ", ".join(map(str, held.dims)), printed(str(held.attrs.get("units", ""))),
         micro(str(held.attrs.get("long_name", "")))][: 3 if short else 4]
        for name, held in dataset.data_vars.items() if not str(name).startswith("window_")
    ]  # fmt: skip
    sizes = " x ".join(f"{size} {dim}" for dim, size in dataset.sizes.items() if dim != "window")
    head = ["variable", "over", "unit", "what it is"][: 3 if short else 4]
    return Table("dataset", f"Dataset: {sizes}", head, rows, folded=short)


def _steps(dataset: xr.Dataset) -> Table:
    every = windows(dataset)
    rows: list[list[Cell]] = [
        [str(n), window.kind, window.aim if len(window.rows) and len(window.cols) else "", Number(window.start, "s"),
         Number(window.stop, "s")]
        for n, window in enumerate(every)
    ]  # fmt: skip
    return Table("windows", "", ["window", "kind", "at", "from", "to"], rows)


def measures_in(dataset: xr.Dataset) -> list[str]:
    """Names of measures that have a value somewhere, those that are asked for most first."""
    there = [
        str(name) for name, held in dataset.data_vars.items()
        if name not in _NOT_MEASURES and np.issubdtype(held.dtype, np.number) and np.isfinite(held.values).any()
    ]  # fmt: skip
    first = [name for name in USUAL if name in there]
    return [*first, *(name for name in there if name not in first)]


def _ends(values: xr.DataArray) -> tuple[float, float]:
    known = values.values[np.isfinite(values.values)]
    return float(known.min()), float(known.max())


def _unit(values: xr.DataArray) -> str:
    unit = str(values.attrs.get("units", ""))
    return "" if unit == "1" else unit


def _failed(dataset: xr.Dataset, what: str) -> list[Block]:
    reasons = [str(text) for text in dataset["failure"].values.ravel() if str(text)]
    if not reasons:
        return []
    return [Paragraph(f"{len(reasons)} of {dataset['failure'].size} {what} failed; the first: {reasons[0]}", "warning")]


def _of_sweep(dataset: xr.Dataset) -> list[Block]:
    dims = [str(dim) for dim in dataset["failure"].dims]
    axes = [[dim, ", ".join(places(dataset[dim]))] for dim in dims]
    names = measures_in(dataset)
    rows: list[list[Cell]] = []
    for name in names:
        low, high = _ends(dataset[name])
        unit = _unit(dataset[name])
        rows.append([name, Number(low, unit), Number(high, unit), micro(str(dataset[name].attrs["long_name"]))])
    pictures: list[Block] = [next(figures_of(dataset[name])) for name in names[:2]]
    return [
        *_failed(dataset, "points"), Table("axes", "", ["what varies", "values"], axes), *pictures,
        Table("measures", "", ["measure", "lowest", "highest", "what it means"], rows),
    ]  # fmt: skip


def _of_runs(dataset: xr.Dataset) -> list[Block]:
    rows: list[list[Cell]] = []
    for name in measures_in(dataset):
        unit, values = _unit(dataset[name]), dataset[name].values
        low, middle, high = np.quantile(values[np.isfinite(values)], [0.05, 0.5, 0.95])
        rows.append([
            name, Number(float(middle), unit), Number(float(low), unit, 3), Number(float(high), unit, 3),
            micro(str(dataset[name].attrs["long_name"])),
        ])  # fmt: skip
    head = ["measure", "median", "5 % below", "95 % below", "what it means"]
    note = Paragraph("summarize(dataset, limits) gives intervals, yield and what moves what.", "note")
    return [*_failed(dataset, "runs"), Table("measures", "", head, rows), note]


def drawing_of_ag2sdataset(held: Ag2sDataset, what: str) -> Drawing:
    """Of a run see `drawing_of_run`; else a measure: over what was varied, or its distribution."""
    kind, dataset = held.kind, held.dataset
    if kind == "run":
        return drawing_of_run(dataset, what)
    if kind == "sensitivity":
        return drawing_of_sensitivity(dataset, what)
    if kind == "other":
        raise RequestError("the dataset is none of a run or of a campaign: xarray's own .plot draws its variables")
    if kind == "search":
        return Drawing([partial(draw_search, dataset=dataset)])
    known = measures_in(dataset)
    if not known:
        raise RequestError("there is nothing to draw: no run has a measure. `failure` of the dataset says why.")
    name = what or known[0]
    if name not in known:
        raise RequestError.for_value("what", what, allowed=f"a measure of the dataset: {', '.join(known)}")
    if kind == "montecarlo":
        return Drawing([partial(_distribution, values=dataset[name])])
    return _of_swept(dataset[name])


def _of_swept(values: xr.DataArray) -> Drawing:
    """A panel for each value of a third axis, four at most; those behind it are taken at their first."""
    values = values.isel(dict.fromkeys(values.dims[3:], 0))
    if values.ndim < 3:
        return Drawing([partial(draw_sweep, values=values)], size=(4.2, 3.0))
    third = values[values.dims[2]]
    panels = [
        partial(_titled, values=values.isel({third.name: n}), title=f"{key(str(third.name))} = {name}")
        for n, name in enumerate(places(third)[:4])
    ]
    return Drawing(panels, cols=min(2, len(panels)), title=str(values.name).replace("_", " "))


def _titled(ax: Axes, *, values: xr.DataArray, title: str) -> None:
    draw_sweep(ax, values)
    ax.set_title(style.words(title))


def _distribution(ax: Axes, *, values: xr.DataArray) -> None:
    draw_distribution(ax, values, [])
    ax.set_ylabel("share of all runs")


_PICTURES = {"states": "maps before and after", "maps": "all maps", "waves": "waves of the first write"}


def drawing_of_run(dataset: xr.Dataset, what: str) -> Drawing:
    """Maps before and after ("states"), with those of the first step ("maps"), or waves of the first write."""
    what = what or "states"
    if what not in _PICTURES:
        told = ", ".join(f"{name} ({about})" for name, about in _PICTURES.items())
        raise RequestError.for_value("what", what, allowed=told)
    size = f"{dataset.sizes['row']} x {dataset.sizes['col']}"
    title = ", ".join(filter(None, [str(dataset.attrs.get("title", "")), size]))
    if what == "waves":
        writes = windows(dataset, "write")
        if not writes:
            raise RequestError(
                "the program has no write, so that there are no waves of one; what='maps' shows its steps"
            )
        return Drawing(wave_panels(dataset, writes[0]), size=(6.5, 1.9), title=title)
    panels = map_panels(dataset, first_of_interest(dataset))
    if what == "states":
        if not level_name(dataset):
            raise RequestError("the cells have no declared state to draw; what='maps' shows voltages and energies")
        panels = panels[:2]
    if not panels:
        raise RequestError("there is nothing to draw: no declared state, and no write, read or product")
    return Drawing(panels, cols=min(3, len(panels)), size=(3.3, 2.8), title=title)


def drawing_of_sensitivity(dataset: xr.Dataset, what: str) -> Drawing:
    """What 1 % of every cell and segment changes an output current by: the first output, or the one of this name."""
    outputs = [str(output) for output in dataset["output"].values]
    if what and what not in outputs:
        raise RequestError.for_value("what", what, allowed=f"an output: {', '.join(outputs)}")
    output = what or outputs[0]
    one = dataset.sel(output=output)
    panels = [partial(draw_effects, values=values, title=title) for title, values in effects(one)]
    title = f"current of {output}, {shown(float(one['current']), 'A')}"
    return Drawing(panels, cols=len(panels), size=(3.4, 3.0), title=title, least=1)

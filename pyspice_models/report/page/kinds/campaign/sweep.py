"""A sweep: every measure over the first axis, a line for each value of the second."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product

import numpy as np
import xarray as xr

from pyspice_models.folders.found import Found
from pyspice_models.report.campaign.sweep import USUAL
from pyspice_models.report.page.blocks import (
    Axis,
    Block,
    Curve,
    Curves,
    Map,
    Number,
    Paragraph,
    Report,
    Scale,
    Section,
    Table,
)
from pyspice_models.report.page.kinds.common import again_section, number, warnings_section
from pyspice_models.report.page.kinds.sources import asked_in, settings_of, sources_section
from pyspice_models.result import load
from pyspice_models.units import micro, shown

_LINES = 8
"""More values of the second axis than can be told apart as lines are a map."""

_PANELS = 6
_TICKS = 14
_POINTS = 3000


def sweep_report(found: Found) -> Report:
    """The report of `ag2s sweep`."""
    dataset, asked = load(found.folder / "sweep.nc"), asked_in(found.folder)
    attrs, failures = dataset.attrs, dataset["failure"]
    axes = [str(dim) for dim in failures.dims]
    names = [str(name) for name in dataset if name != "failure"]
    failed = [str(reason) for reason in failures.values.ravel() if reason]
    told = f"{len(failed)} of {failures.size} points failed; the first: {failed[0]}" if failed else ""
    facts = [
        f"{failures.size} points: {' x '.join(str(size) for size in failures.shape)}",
        f"simulated by {attrs.get('engine', '?')}",
        f"form of the cell: {attrs.get('form', '?')}",
    ]
    figures: list[Block] = [one for name in in_front(USUAL, names) for one in figures_of(dataset[name])]
    sections = [
        Section("question", "What was varied", [_axes(dataset, axes)]),
        warnings_section(str(attrs.get("warning", "")), told),
        Section("measures", "What came out", list(_tables(dataset, names, axes))),
        Section("figures", "Against what was varied", figures or [Paragraph("Every point failed.")]),
        sources_section(asked),
        again_section(found, str(attrs.get("versions", ""))),
    ]
    measures = {}
    for name in names:
        known = dataset[name].values[np.isfinite(dataset[name].values)]
        if known.size:
            unit = str(dataset[name].attrs.get("units", ""))
            about = f"{dataset[name].attrs.get('long_name', '')}; median of all points"
            measures[name] = (Number(float(np.median(known)), "" if unit == "1" else unit), about)
    return Report(
        found.folder.name, "A sweep", str(attrs.get("title", found.folder.name)), facts,
        [one for one in sections if one is not None], measures, settings_of(asked.tables),
    )  # fmt: skip


def _axes(dataset: xr.Dataset, axes: list[str]) -> Table:
    rows = [[axis, str(dataset[axis].size), ", ".join(places(dataset[axis]))] for axis in axes]
    return Table("axes", "", ["key of the study", "values", "which"], rows, last_explains=True)


def _tables(dataset: xr.Dataset, names: list[str], axes: list[str]) -> Iterator[Block]:
    rows = []
    for name in names:
        values = dataset[name]
        known = np.isfinite(values.values)
        if known.any():
            unit = str(values.attrs.get("units", ""))
            flat = np.where(known, values.values, np.nan)
            low, high = float(np.nanmin(flat)), float(np.nanmax(flat))
            where = "the same everywhere"
            if low != high:
                ends = (_where(values, axes, int(end)) for end in (np.nanargmin(flat), np.nanargmax(flat)))
                where = "lowest at {}; highest at {}".format(*ends)
            about = micro(str(values.attrs.get("long_name", "")))
            rows.append([name, number(low, unit), number(high, unit), where, about])
    head = ["measure", "lowest", "highest", "where", "what it means"]
    yield Table("measures", "", head, rows, last_explains=True)
    if dataset["failure"].size <= _POINTS:
        units = [str(dataset[name].attrs.get("units", "")) for name in names]
        labels = [places(dataset[axis]) for axis in axes]
        points = []
        for place in product(*(range(dataset[axis].size) for axis in axes)):
            values_ = [
                number(float(dataset[name].values[place]), unit) for name, unit in zip(names, units, strict=True)
            ]
            points.append([*(label[n] for label, n in zip(labels, place, strict=True)), *values_])
        yield Table("points", "All points", [*axes, *names], points, folded=True)


def _where(values: xr.DataArray, axes: list[str], flat: int) -> str:
    place = np.unravel_index(flat, values.shape)
    return ", ".join(places(values[axis])[int(n)] for axis, n in zip(axes, place, strict=True))


def figures_of(values: xr.DataArray) -> Iterator[Curves | Map]:
    """A figure for each value of the third axis, the first of those behind it."""
    if not np.isfinite(values.values).any():
        return
    extra = dict.fromkeys(values.dims[3:], 0)
    left_out = ", ".join(f"{dim} = {places(values[dim])[0]}" for dim in extra)
    values = values.isel(extra)
    third = values.dims[2] if values.ndim > 2 else None
    count = min(values.sizes[third], _PANELS) if third else 1
    for n in range(count):
        one = values.isel({third: n}) if third else values
        title = words(str(values.name)) + (f", {key(str(third))} = {places(values[third])[n]}" if third else "")
        more = third is not None and values.sizes[third] > count
        about = str(values.attrs.get("long_name", "")) if n == 0 else ""
        about += f"; {left_out}" * bool(left_out) + f"; the first {count} values alone" * (more and n == 0)
        yield _figure(one, f"{values.name}{f'_{n}' if third else ''}", title, about)


def _figure(values: xr.DataArray, name: str, title: str, about: str) -> Curves | Map:
    unit = str(values.attrs.get("units", ""))
    first = values[values.dims[0]]
    second = values[values.dims[1]] if values.ndim > 1 else None
    if second is not None and second.size > _LINES:
        known = values.values[np.isfinite(values.values)]
        wide = known.size > 0 and known.min() > 0 and known.max() / known.min() > 20
        return Map(
            name, title, np.asarray(values.values, dtype=float), unit, about, axis_of(first, words_only=True),
            axis_of(second, words_only=True), scale="log" if wide else "linear",
        )  # fmt: skip
    lines = [(values.values, "")]
    if second is not None:
        named = key(str(second.name))
        lines = [(values.isel({second.name: n}).values, f"{named} = {one}") for n, one in enumerate(places(second))]
    curves = [Curve(label, along(first), np.asarray(y, dtype=float), "both", n) for n, (y, label) in enumerate(lines)]
    return Curves(
        name, title, axis_of(first), Axis(words(str(values.name)), unit, _scale(values.values)), curves, about
    )


def _scale(values: np.ndarray) -> Scale:
    known = values[np.isfinite(values)]
    return "log" if known.size and known.min() > 0 and known.max() / known.min() > 20 else "linear"


def axis_of(values: xr.DataArray, *, words_only: bool = False) -> Axis:
    """An axis of a sweep: numbers, or the words that were put in place of each other."""
    if words_only or not numeric(values):
        return Axis(key(str(values.name)), "", "words", places(values))
    known = values.values.astype(float)
    wide = known.min() > 0 and known.max() / known.min() >= 8
    unit = str(values.attrs.get("units", ""))
    few = tuple(known.tolist()) if values.size <= _TICKS else ()
    return Axis(key(str(values.name)), "" if unit == "1" else unit, "log" if wide else "linear", ticks=few)


def numeric(values: xr.DataArray) -> bool:
    """Whether the values are numbers."""
    return bool(np.issubdtype(values.dtype, np.number))


def places(values: xr.DataArray) -> list[str]:
    """All values as text."""
    unit = str(values.attrs.get("units", ""))
    if not numeric(values):
        return [str(value) for value in values.values]
    return [shown(float(value), unit) if unit not in {"", "1"} else f"{float(value):g}" for value in values.values]


def along(values: xr.DataArray) -> np.ndarray:
    """Where the values stand on their axis: numbers where they are, words one beside the other."""
    return values.values.astype(float) if numeric(values) else np.arange(values.size, dtype=float)


def in_front(first: Iterable[str], names: Iterable[str]) -> list[str]:
    """All names, those of the first that are among them in front."""
    every = list(names)
    front = [name for name in first if name in every]
    return [*front, *(name for name in every if name not in front)]


def words(name: str) -> str:
    """The name of a measure as words."""
    return name.replace("_", " ")


def key(name: str) -> str:
    """A key of a study in few words: `rows = cols` for array.rows+array.cols."""
    found = []
    for one in name.split("+"):
        table, *rest = one.split(".")
        of_step = table == "program" and len(rest) == 2
        found.append(f"{rest[1]} of step {rest[0]}" if of_step else one.rpartition(".")[2])
    return words(" = ".join(dict.fromkeys(found)))

"""A study that was simulated: measures, waves of every cell, maps."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import xarray as xr

from pyspice_models.folders.found import Found
from pyspice_models.measure import (
    cell_kinds,
    current_paths,
    effective_voltage,
    energy_split,
    ir_drop,
    level_name,
    state_names,
)
from pyspice_models.report.page.blocks import Axis, Block, Map, Number, Paragraph, Report, Section, Span, Table
from pyspice_models.report.page.kinds.channels import waves_of
from pyspice_models.report.page.kinds.common import (
    again_section,
    measured,
    measures_table,
    missing_table,
    number,
    read_json,
    warnings_section,
)
from pyspice_models.report.page.kinds.sources import asked_in, settings_of, sources_section
from pyspice_models.result import load, windows
from pyspice_models.stimulus import Window
from pyspice_models.stimulus.phase import DRIVE
from pyspice_models.units import shown

_WINDOWS, _LARGE, _OF_LARGE = 5, 5000, 2  # windows with maps of their own; of arrays with so many cells fewer
SQUARES = 128  # lines of a map; larger arrays are shown in blocks


def study_report(found: Found) -> Report:
    """The report of `ag2s simulate`."""
    told, dataset = read_json(found.folder / "measures.json"), load(found.folder / "result.nc")
    attrs, asked = dataset.attrs, asked_in(found.folder)
    rows, cols = dataset.sizes["row"], dataset.sizes["col"]
    measures = measured(told.get("measures", {}))
    facts = [
        f"{rows} x {cols} {'cell' if rows * cols == 1 else 'cells'} ({attrs.get('cell', 'cell')}, "
        f"{attrs.get('kind', '1R')})",
        f"simulated by {attrs.get('engine', told.get('engine', '?'))}",
        f"form of the cell: {attrs.get('form', told.get('form', '?'))}",
        f"{float(attrs.get('temperature', np.nan)):g} K",
        f"{dataset.sizes['time']} samples over {shown(float(dataset['time'][-1]), 's')}",
    ]
    sections = [
        Section("question", "What was asked", list(_program(told, dataset))),
        warnings_section(str(told.get("warning", ""))),
        Section("measures", "What came out", [*_tables(measures), *missing_table(told.get("missing", {}))]),
        Section("waves", "Waves", [Paragraph(_HOW, "note"), waves_of(dataset, _spans(dataset))]),
        Section("maps", "The array", list(_maps(dataset))),
        sources_section(asked),
        again_section(found, str(attrs.get("versions", "")), str(attrs.get("numerics", ""))),
    ]
    return Report(
        found.folder.name, "A simulated study", str(attrs.get("title", found.folder.name)), facts,
        [one for one in sections if one is not None], measures, settings_of(asked.tables),
    )  # fmt: skip


_HOW = (
    "Choose a cell by its lines or by a click on a map below. Drag across a chart to zoom, all charts follow; a double "
    "click shows all. Values stand under each chart while the pointer is on it, to four digits; those of cells no "
    "finer than 1e-7 of the largest in the array."
)
_COLUMNS = {
    "energy_dissipated": "dissipated", "energy_supply": "from supplies", "state_change": "change of state",
    "read_current": "read current", "sneak_share": "sneak share",
}  # fmt: skip


def _program(told: Mapping[str, Any], dataset: xr.Dataset) -> Iterator[Block]:
    """The program as a table: what each step does, and what it came to."""
    steps, columns = told.get("steps", []), told.get("columns", {})
    spans: dict[int, list[Window]] = {}
    for window in windows(dataset):
        spans.setdefault(window.step, []).append(window)
    used = [name for name in _COLUMNS if any(step.get(name) is not None for step in steps)]
    rows = []
    for step in steps:
        members = spans.get(step["step"], [])
        rows.append([
            f"{step['step']}", str(step["kind"]), _aims(members), number(step.get("voltage"), "V"),
            number(step.get("width"), "s"), number(step.get("pulses")), str(step.get("scheme") or ""),
            *(number(step.get(name), columns.get(name, {}).get("unit", "")) for name in used),
        ])  # fmt: skip
    head = ["step", "does", "at", "voltage", "width", "pulses", "other lines", *(_COLUMNS[name] for name in used)]
    yield Paragraph(
        f"The program of {len(steps)} {'step' if len(steps) == 1 else 'steps'}; energies are means over its pulses and "
        "cells.", "note",
    )  # fmt: skip
    yield Table("program", "", head, rows)


def _tables(measures: Mapping[str, tuple[Number, str]]) -> Iterator[Block]:
    """The measures; those of one way to read, of several, behind them."""
    ways = {name for name in measures if (way := _WAY.search(name)) and name[: way.start()] in measures}
    yield measures_table({name: one for name, one in measures.items() if name not in ways})
    if ways:
        own = {name: one for name, one in measures.items() if name in ways}
        yield measures_table(own, "The same for each way to read", folded=True)


_WAY = re.compile(r"_[a-z]+_[0-9.]+[a-z]?V$")
"""How names of measures of one way to read end: lines that are not read, and the voltage."""


def _aims(members: list[Window]) -> str:
    if not members:
        return ""
    aims = list(dict.fromkeys(window.aim for window in members))
    if len(aims) == 1:
        return aims[0]
    if all(len(window.rows) == 1 and len(window.cols) > 1 for window in members):
        return f"word lines {members[0].rows[0]} to {members[-1].rows[0]}"
    return f"{aims[0]} to {aims[-1]}"


def _spans(dataset: xr.Dataset) -> list[Span]:
    return [
        Span(f"{n + 1}: {_named(window)}", window.kind, window.start, window.stop)
        for n, window in enumerate(windows(dataset))
    ]


def _named(window: Window) -> str:
    kind = window.kind if window.kind != "write" else "set" if window.voltage > 0 else "reset"
    aim = f" of {window.aim}" if len(window.rows) and len(window.cols) else ""
    return f"{kind}{aim}" + (f", {shown(window.voltage, 'V')}" if window.voltage else "")


def _maps(dataset: xr.Dataset) -> Iterator[Block]:
    """States before and after; of the first windows of each sort voltage, current, energy, IR drop, change."""
    level = level_name(dataset)
    if level:
        for name, moment, word in (("before", 0, "before the program"), ("after", -1, "after the program")):
            yield _cells(
                f"{level}_{name}", f"state {level} {word}", dataset[level].isel(time=moment), low=0.0, high=1.0
            )
    if kinds := cell_kinds(dataset):
        numbers = np.sum([n * where for n, where in enumerate(kinds.values())], axis=0).astype(float)
        about = ", ".join(f"{n}: {name}" for n, name in enumerate(kinds))
        yield _cells("kinds", "kinds of cells", numbers, about=about, colours="cividis")
    for number_, window in enumerate(_chosen(dataset)):
        yield from _of_window(dataset, window, number_, level)


def _chosen(dataset: xr.Dataset) -> list[Window]:
    """The first window of each step."""
    first: dict[int, Window] = {}
    for window in windows(dataset):
        if window.pulses:
            first.setdefault(window.step, window)
    cells = dataset.sizes["row"] * dataset.sizes["col"]
    return list(first.values())[: _OF_LARGE if cells > _LARGE else _WINDOWS]


def _of_window(dataset: xr.Dataset, window: Window, place: int, level: str) -> Iterator[Block]:
    yield Paragraph(f"Step {window.step}: {_named(window)}" + (f", other lines {window.scheme}" * bool(window.scheme)))
    aim = (window.rows[0], window.cols[0]) if len(window.rows) == len(window.cols) == 1 else None
    if window.kind != DRIVE:  # waves have no plateau at whose end one could look
        volts = effective_voltage(dataset, window)
        top = float(np.abs(volts).max()) or 1.0
        yield _cells(
            f"{place}_voltage", "voltage across the cell, end of the pulse", volts, "V", colours="RdBu_r", low=-top,
            high=top, aim=aim,
        )  # fmt: skip
    if window.kind in {"read", "vmm"}:
        currents = current_paths(dataset, window)["cells"]
        top = float(np.abs(currents).max()) or 1e-18
        yield _cells(
            f"{place}_current", "settled current through the cell", currents, "A", colours="RdBu_r", scale="symlog",
            low=-top, high=top, small=top * 1e-3, aim=aim,
        )  # fmt: skip
    energy = energy_split(dataset, window.start, window.stop).cells
    top = max(float(energy.max()), 1e-24)
    yield _cells(
        f"{place}_energy", "energy dissipated in the cell", energy, "J", colours="inferno", scale="log",
        low=top * 1e-6, high=top, aim=aim,
    )  # fmt: skip
    if window.kind != DRIVE:
        drop = ir_drop(dataset, window)
        yield _cells(f"{place}_drop", "IR drop: what lines and drivers take", drop, "V", colours="magma", aim=aim)
    if window.kind in {"write", DRIVE} and level:
        for name in state_names(dataset):
            state = dataset[name]
            change = state.interp(time=window.stop) - state.interp(time=window.start)
            top = float(np.abs(change).max())
            if name == level or top > 1e-4:
                top = max(top, 1e-6)
                yield _cells(
                    f"{place}_change_{name}", f"change of state {name}", change, colours="PuOr", scale="symlog",
                    low=-top, high=top, small=top * 1e-3, aim=aim,
                )  # fmt: skip


def _cells(name: str, title: str, values: xr.DataArray | np.ndarray, unit: str = "", **look: object) -> Map:
    """A map of the array, in blocks where it has more lines than squares can be seen."""
    array = np.asarray(getattr(values, "values", values), dtype=float)
    coarse = max(1, -(-max(array.shape) // SQUARES))
    if coarse > 1:
        array = furthest(array, coarse)
        look["about"] = f"a square stands for {coarse} x {coarse} cells, with the value furthest from 0"
        if (aim := look.get("aim")) is not None:
            look["aim"] = (aim[0] // coarse, aim[1] // coarse)  # type: ignore[index]
    return Map(f"map_{name}", title, array, unit, of_cells=True, coarse=coarse, rows=Axis("word line"),
               cols=Axis("bit line"), **look)  # type: ignore[arg-type]  # fmt: skip


def furthest(values: np.ndarray, size: int) -> np.ndarray:
    """The value furthest from 0 of each block of so many rows and columns."""
    each = blocks(values, size)
    where = np.nan_to_num(np.abs(each), nan=-1.0).argmax(axis=2)
    return np.take_along_axis(each, where[..., None], axis=2)[..., 0]


def blocks(values: np.ndarray, size: int) -> np.ndarray:
    """Blocks of so many rows and columns, shape (rows, cols, size^2); NaN where those at the far edges are smaller."""
    rows, cols = (-(-length // size) for length in values.shape)
    padded = np.full((rows * size, cols * size), np.nan)
    padded[: values.shape[0], : values.shape[1]] = values
    return padded.reshape(rows, size, cols, size).swapaxes(1, 2).reshape(rows, cols, -1)

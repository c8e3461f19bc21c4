"""Programming algorithms side by side: what each came to, cell by cell and in sum."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from pyspice_models.folders.found import Found
from pyspice_models.report.page.blocks import (
    Axis,
    Block,
    Cell,
    Curve,
    Curves,
    Map,
    Number,
    Paragraph,
    Report,
    Section,
    Table,
)
from pyspice_models.report.page.kinds.common import again_section, number, read_json, warnings_section
from pyspice_models.report.page.kinds.sheet import pictures
from pyspice_models.report.page.kinds.sources import asked_in, settings_of, sources_section
from pyspice_models.result import load


def compared_report(found: Found) -> Report:
    """The report of `ag2s program`."""
    told, asked = read_json(found.folder / "program.json"), asked_in(found.folder)
    every, meanings = told["algorithms"], told.get("meanings", {})
    measures = {
        f"{name} {key}": (value, str(meanings.get(key, "")))
        for name, one in every.items()
        for key, figure in one["figures"].items()
        if isinstance(value := number(figure.get("value"), figure.get("unit", "")), Number)
    }
    facts = [
        f"{told['rows']} x {told['cols']} cells", f"{told.get('levels') or 'no'} levels",
        ", ".join(every), f"simulated by {told.get('engine', '?')}",
    ]  # fmt: skip
    off = [name for name, one in every.items() if not one["converged"]]
    warning = f"Not all cells read their level with {', '.join(off)}: the table of reasons says why." if off else ""
    tolerance = number(told["tolerance"]["value"], "S")
    question = f"Bring every cell to its level within {tolerance}, by each algorithm on the same array."
    shown = list(pictures(found))
    sections = [
        Section("question", "What was asked", [Paragraph(question), _sources(told)]),
        warnings_section(warning),
        Section("measures", "What came out", [_figures(every, meanings), *_reasons(every)]),
        Section("pictures", "Pictures", shown) if shown else None,
        Section("figures", "Round by round", [_rounds(found, every)]),
        Section("maps", "The cells", list(_maps(found, every))),
        sources_section(asked),
        again_section(found),
    ]
    title = asked.study.title if asked.study is not None else str(told.get("study", found.folder.name))
    return Report(
        found.folder.name, "Programming algorithms side by side", title, facts,
        [one for one in sections if one is not None], measures, settings_of(asked.tables),
    )  # fmt: skip


def _figures(every: Mapping[str, Any], meanings: Mapping[str, str]) -> Table:
    rows: list[list[Cell]] = []
    for key, about in meanings.items():
        figures = [one["figures"].get(key, {}) for one in every.values()]
        values = [number(figure.get("value"), figure.get("unit", "")) for figure in figures]
        if any(isinstance(value, Number) for value in values):
            rows.append([key, *values, about])
    return Table("figures", "", ["figure", *every, "what it means"], rows, last_explains=True)


def _reasons(every: Mapping[str, Any]) -> list[Block]:
    rows: list[list[Cell]] = [
        [name, number(count), why] for name, one in every.items() for why, count in one.get("off", {}).items()
    ]
    return [Table("reasons", "Cells that are not at their level", ["algorithm", "cells", "why"], rows)] if rows else []


def _sources(told: Mapping[str, Any]) -> Table:
    rows: list[list[Cell]] = [[name, str(source)] for name, source in told.get("sources", {}).items()]
    return Table("algorithms", "", ["algorithm", "where the idea comes from"], rows, last_explains=True)


def _rounds(found: Found, every: Mapping[str, Any]) -> Curves:
    curves = []
    for place, name in enumerate(every):
        left = np.asarray(read_json(found.folder / name / "report.json")["cells_off"], dtype=float)
        curves.append(Curve(name, np.arange(len(left), dtype=float), left, "both", place))
    return Curves("cells_left", "Cells still beyond the tolerance", Axis("round"), Axis("cells"), curves)


def _maps(found: Found, every: Mapping[str, Any]) -> Iterator[Map]:
    """Of each algorithm what cells hold beside what they should, and what each cost, on common scales."""
    cells = {name: load(found.folder / name / "cells.nc") for name in every}
    for key, title, colours in (
        ("error", "held less asked for", "RdBu_r"), ("energy", "energy", "magma"), ("pulses", "pulses", "magma"),
    ):  # fmt: skip
        top = max(float(np.nanmax(np.abs(one[key].values))) for one in cells.values()) or 1e-30
        for name, one in cells.items():
            unit = str(one[key].attrs.get("units", ""))
            low = -top if key == "error" else 0.0
            yield Map(
                f"map_{key}_{name.replace('-', '_')}", f"{name}: {title}", np.asarray(one[key].values, dtype=float),
                "" if unit == "1" else unit, str(one[key].attrs.get("long_name", "")), colours=colours, low=low,
                high=top,
            )  # fmt: skip

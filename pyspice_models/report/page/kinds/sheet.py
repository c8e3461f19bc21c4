"""The device sheet: every published number of the cell beside the one that simulations gave."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from pyspice_models.folders.found import Found
from pyspice_models.report.page.blocks import (
    Axis,
    Block,
    Curve,
    Curves,
    Number,
    Paragraph,
    Picture,
    Report,
    Section,
    Table,
)
from pyspice_models.report.page.kinds.common import again_section, number, read_json, warnings_section
from pyspice_models.units import micro

_MOST_PICTURES = 2_300_000  # bytes: as text they take a third more
_FEWEST = 4  # numbers that are worth a figure
_LINE = 100  # more are points without a line


def sheet_report(found: Found) -> Report:
    """The report of `ag2s characterize`."""
    told = read_json(found.folder / "sheet.json")
    rows: list[Mapping[str, Any]] = told.get("targets", [])
    bad = [str(row["id"]) for row in rows if not row["ok"]]
    facts = [
        f"{len(rows)} rows, {len(rows) - len(bad)} as demanded", f"form of the cell: {told.get('form', '?')}",
        f"seed {told.get('seed', '?')}",
    ]  # fmt: skip
    figures = [one for row in rows for one in _figures(row)]
    sections = [
        Section("question", "What was asked", [Paragraph(_ASKED), Paragraph(str(told.get("closing", "")))]),
        warnings_section(f"Not as demanded: {', '.join(bad)}." if bad else ""),
        Section("measures", "Published and simulated", [_table(rows)]),
        Section("figures", "The numbers behind the rows", figures or [Paragraph("No row has more than a number.")]),
        Section("pictures", "As in the paper's supporting information", list(pictures(found))),
        Section("sources", "Where the numbers come from", [Paragraph(_TAGS, "note"), _sources(rows)]),
        again_section(found),
    ]
    measures = {
        str(row["id"]): (value, f"{row['quantity']}; {row['criterion']}")
        for row in rows
        if isinstance(value := number(row.get("simulated"), row.get("unit", "")), Number)
    }
    title = "The Ag2S cell: published numbers, simulated anew"
    return Report(
        found.folder.name, "A device sheet", title, facts, [one for one in sections if one is not None], measures
    )  # fmt: skip


_ASKED = "Each number that is published of the cell is measured again on the model, as an experiment would measure it."
_TAGS = (
    "Calibrated: parameters were tuned until this row agreed, so that it says nothing about the model's power to "
    "predict. Built in: it follows from what was put in. Check: a law that every model must keep. Chosen: a choice of "
    "this package."
)


def _table(rows: list[Mapping[str, Any]]) -> Table:
    found = []
    for row in rows:
        unit = str(row.get("unit", ""))
        published = number(row.get("published"), unit)
        trend = "–" if row["criterion"] == "shown only" else "a trend"
        note = f" ({row['note']})" if row.get("note") else ""
        found.append([
            str(row["id"]), trend if published == "" else str(published), number(row.get("simulated"), unit),
            str(row["criterion"]), "yes" if row["ok"] else "no", micro(str(row["quantity"]) + note),
        ])  # fmt: skip
    return Table(
        "sheet", "", ["row", "published", "simulated", "demanded", "so it is", "what"], found, last_explains=True
    )


def _sources(rows: list[Mapping[str, Any]]) -> Table:
    found = [
        [str(row["id"]), str(row["provenance"]), str(row["basis"]), ", ".join(row.get("tuned_parameters") or []),
         str(row["source"])]
        for row in rows
    ]  # fmt: skip
    return Table(
        "sources", "", ["row", "the number is", "the agreement is", "tuned", "source"], found, last_explains=True
    )


def _figures(row: Mapping[str, Any]) -> Iterator[Block]:
    """Series of a row over their own number, or over the first one of them where that is what was varied."""
    series = {
        name: np.asarray(values, dtype=float)
        for name, values in row.get("values", {}).items()
        if isinstance(values, list) and len(values) >= _FEWEST and not isinstance(values[0], list)
    }
    if not series:
        return
    base, along = next(((n, v) for n, v in series.items() if n.startswith("compliance")), ("", np.zeros(0)))
    units = {name: _unit(name) for name in series}
    alike = {name: (units[name], len(values)) for name, values in series.items() if name != base}
    for unit, count in dict.fromkeys(alike.values()):
        own = {name: series[name] for name, which in alike.items() if which == (unit, count)}
        curves = []
        for n, (name, values) in enumerate(own.items()):
            x = along if len(along) == len(values) else np.arange(1, len(values) + 1, dtype=float)
            samples = "thresholds" in name or len(values) > _LINE
            curves.append(Curve(_bare(name), x, values, "points" if samples else "both", n))
        of_base = all(len(along) == len(values) for values in own.values())
        known = np.concatenate([np.abs(values[values != 0]) for values in own.values()])
        low = min(float(values.min()) for values in own.values())
        wide = low > 0 and known.size > 0 and known.max() / known.min() > 20
        x_axis = Axis(_bare(base), _unit(base), "log") if of_base else Axis("number")
        label = _bare(next(iter(own))).partition(",")[0] if len(own) == 1 else str(row["id"])
        name = f"{row['id']}_{_bare(next(iter(own)))}".replace(" ", "_").replace(",", "").replace("'", "")
        yield Curves(name, f"{row['id']}: {', '.join(_bare(one) for one in own)}", x_axis,
                     Axis(label, unit, "log" if wide else "linear"), curves, micro(str(row["quantity"])))  # fmt: skip


def _unit(name: str) -> str:
    return name.rpartition("[")[2].rstrip("]") if name.endswith("]") else ""


def _bare(name: str) -> str:
    return name.rpartition(" [")[0] if name.endswith("]") else name


def pictures(found: Found) -> Iterator[Block]:
    """The pictures that the command drew, as many as fit."""
    room, left_out = _MOST_PICTURES, []
    for path in sorted(found.folder.glob("*.png")):
        if path.stat().st_size > room:
            left_out.append(path.name)
            continue
        room -= path.stat().st_size
        yield Picture(path.stem, path.stem.replace("_", " "), path.read_bytes())
    if left_out:
        yield Paragraph(f"Left out, to keep the page below 4 MB: {', '.join(left_out)}.", "note")

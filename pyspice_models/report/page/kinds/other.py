"""Any other result: the numbers of its JSON file and the pictures that its command drew."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pyspice_models.folders.found import Found
from pyspice_models.report.page.blocks import Cell, Number, Paragraph, Report, Section, Table
from pyspice_models.report.page.kinds.common import again_section, number, read_json, warnings_section
from pyspice_models.report.page.kinds.sheet import pictures
from pyspice_models.report.page.kinds.sources import asked_in, settings_of, sources_section

_TITLES = {
    "infer": "A trained network on the array", "sensitivity": "What a current answers to", "margin": "Read margins",
    "assumptions": "What the assumed numbers move", "bench": "Speed, side by side", "fit": "A fit to measured data",
    "cell check": "A cell of one's own, checked", "export": "An export",
    "rare": "Rare failures",
}  # fmt: skip
_MOST_ROWS, _MOST_TABLES = 2000, 40


def other_report(found: Found) -> Report:
    """The report of a command that has no page of its own."""
    asked = asked_in(found.folder)
    told: dict[str, Any] = {}
    for path in sorted(found.folder.glob("*.json")):
        told |= read_json(path)
    title = str(asked.tables.get("study", {}).get("title") or told.get("study") or found.folder.name)
    facts = [f"{key.replace('_', ' ')}: {told[key]}" for key in ("study", "engine", "form", "seed") if key in told]
    measures = {
        name: (value, str(one.get("about", "")))
        for name, one in told.items()
        if isinstance(one, Mapping) and isinstance(value := number(one.get("value"), one.get("unit", "")), Number)
    }
    shown = list(pictures(found))
    sections = [
        warnings_section(str(told.get("warning", ""))),
        Section("measures", "What came out", list(_tables(told)) or [Paragraph("The numbers are in the folder.")]),
        Section("pictures", "Pictures", shown) if shown else None,
        sources_section(asked),
        again_section(found),
    ]
    kind = _TITLES.get(found.kind, f"A result of ag2s {found.kind}")
    return Report(
        found.folder.name, kind, title, facts, [one for one in sections if one is not None], measures,
        settings_of(asked.tables),
    )  # fmt: skip


def _tables(told: Mapping[str, Any]) -> Iterator[Table]:
    """Numbers of the top level first; then a table for each list of rows, and for each group of numbers."""
    single = [[key.replace("_", " "), _cell(value)] for key, value in told.items() if _is_single(value)]
    if single:
        yield Table("numbers", "", ["number", "value"], single)
    groups = [(key, value) for key, value in told.items() if not _is_single(value)]
    for key, value in groups[:_MOST_TABLES]:
        title = key.replace("_", " ")
        if isinstance(value, list) and value and all(isinstance(one, Mapping) for one in value):
            heads = list(dict.fromkeys(name for one in value for name in one if _is_single(one[name])))
            rows = [[_cell(one.get(name, "")) for name in heads] for one in value[:_MOST_ROWS]]
            if heads:
                yield Table(key, title, [head.replace("_", " ") for head in heads], rows, folded=len(rows) > 40)
        elif isinstance(value, Mapping):
            rows = [[name, _cell(one)] for name, one in _flat(value)][:_MOST_ROWS]
            if rows:
                yield Table(key, title, ["number", "value"], rows, folded=len(rows) > 40)


def _flat(value: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    for key, one in value.items():
        if _is_single(one):
            yield f"{path}{key}".replace("_", " "), one
        elif isinstance(one, Mapping):
            yield from _flat(one, f"{path}{key}, ")


def _is_single(value: Any) -> bool:
    if isinstance(value, Mapping):
        return "value" in value and not isinstance(value["value"], list | Mapping)
    return not isinstance(value, list)


def _cell(value: Any) -> Cell:
    if isinstance(value, Mapping):
        return number(value.get("value"), str(value.get("unit", "")))
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return number(value)
    return "" if value is None else str(value)

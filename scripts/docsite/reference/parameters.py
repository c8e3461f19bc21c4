"""Every key of a study file that is a number or a choice, from its declaration."""

from __future__ import annotations

from collections.abc import Sequence

from docsite.reference.text import code, plain, row, table
from pyspice_models.campaign.parameters import Parameter, Sheet, parameter_sheets

_INTRODUCTION = """
The numbers and choices that a study file may state, with what the package takes where it does not. The tables are
those of the file; [Studies](../../studies.md) explains them, and the keys that are neither, such as names of files.
`ag2s params` prints the same.

| tag | meaning |
|---|---|
| measured | stated in the supporting information of the Ag2S crossbar paper, Nano-Micro Letters 17 (2025) 69 |
| derived | arithmetic on measured numbers alone |
| assumed | not stated, or a reading of what is; a plausible choice, yours to change |
| calibrated | tuned to a published number, which is named |
| choice | one of a few words |
"""


def parameter_pages() -> dict[str, str]:
    """The pages, by place in the site: one for each table of a study file, with the tables inside of it."""
    groups: dict[str, list[Sheet]] = {}
    for sheet in parameter_sheets():
        groups.setdefault(sheet.table.partition(".")[0], []).append(sheet)
    index = [
        "# Parameters of a study",
        _INTRODUCTION,
        *table("table of a study file", "keys"),
        *(
            row(f"[{plain(_header(group))}]({group}.md)", ", ".join(code(name) for name in _keys(sheets)))
            for group, sheets in groups.items()
        ),
        "",
        "```{toctree}", ":hidden:", "", *groups, "```", "",
    ]  # fmt: skip
    pages = {f"reference/parameters/{group}.md": _page(group, sheets) for group, sheets in groups.items()}
    return pages | {"reference/parameters/index.md": "\n".join(index)}


def _header(group: str) -> str:
    return "[[program]]" if group == "program" else f"[{group}]"


def _keys(sheets: Sequence[Sheet]) -> list[str]:
    return list(dict.fromkeys(one.name for sheet in sheets for one in sheet.parameters))


def _page(group: str, sheets: Sequence[Sheet]) -> str:
    lines = [f"# {plain(_header(group))}", ""]
    for sheet in sheets:
        if sheet.title != _header(group):
            lines += [f"## {plain(sheet.title)}", ""]
        lines += [
            *table("key", "default", "range", "what it is; where the default comes from"),
            *map(_row, sheet.parameters),
            "",
        ]
    return "\n".join(lines)


def _row(one: Parameter) -> str:
    unit = f" {one.unit}" if one.unit and any(letter.isdigit() for letter in one.allowed) else ""
    origin = f"*{one.tag}*: {plain(one.source)}." + (f" Plausible: {plain(one.plausible)}." if one.plausible else "")
    about = f"{plain(one.declared.about)}<br>{origin}"
    return row(code(one.name), plain(one.shown()), plain(f"{one.allowed}{unit}"), about)

"""Where every number of a study comes from: its value, its tag, its source, and whether it was changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from pyspice_models.cells.model import CellModel
from pyspice_models.cells.presets import Preset, preset, preset_names
from pyspice_models.declare.quantity import ParameterSet, Quantity
from pyspice_models.errors import Ag2sError, cut
from pyspice_models.report.page.blocks import Block, Number, Paragraph, Section, Table
from pyspice_models.study.study import Study
from pyspice_models.study.tables.change import read_tables, values_by_key
from pyspice_models.study.tables.read import nominal_study
from pyspice_models.study.tables.registry import TABLES
from pyspice_models.units import shown

STUDY = "study.toml"
_OWN = {"variability", *(table.name for table in TABLES), "program", "kinds", "sweep", "montecarlo"}
_OWN |= {"yield", "disturb", "retain"}
_LONG = 200

Row = tuple[str, Number | str, str, str, str]


@dataclass(frozen=True)
class Asked:
    """The study of a folder.

    Attributes:
        study: as designed, None if it cannot be read here.
        tables: of its file; empty if there is none.
        problem: why it cannot be read.
    """

    study: Study | None
    tables: Mapping[str, Any] = field(default_factory=dict)
    problem: str = ""


def asked_in(folder: Path) -> Asked:
    """Read the study that lies beside a result; a result is told without it, too."""
    if not (folder / STUDY).is_file():
        return Asked(None)
    tables: dict[str, Any] = {}
    try:
        tables = read_tables(folder / STUDY, ())
        known = {name: table for name, table in tables.items() if name in _OWN}
        return Asked(nominal_study(known, folder=folder, name=folder.name), tables)
    except Ag2sError as error:
        return Asked(None, tables, cut(str(error), 400))


def settings_of(tables: Mapping[str, Any]) -> dict[str, str]:
    """What a study file says, by key."""
    return {key: _text(value) for key, value in sorted(values_by_key(tables), key=lambda one: one[0])}


def _text(value: object) -> str:
    return cut(f"{value:g}" if isinstance(value, float) else str(value), 60)


def sources_section(asked: Asked) -> Section | None:
    """Every parameter with where it comes from, the cell's first; None without a study."""
    if asked.problem:
        text = f"The study beside the result cannot be read on this machine: {asked.problem}"
        return Section("sources", _TITLE, [Paragraph(text, "warning")])
    if asked.study is None:
        return None
    blocks: list[Block] = [Paragraph(_ABOUT, "note")]
    counts: dict[str, int] = {}
    tables = list(_tables(asked.study))
    for _, _, rows in tables:
        for row in rows:
            word = row[2].partition(",")[0]
            counts[word] = counts.get(word, 0) + 1
    told = ", ".join(f"{number} {word}" for word, number in sorted(counts.items(), key=lambda one: (-one[1], one[0])))
    blocks.append(Paragraph(f"Of {sum(counts.values())} parameters: {told}."))
    for name, title, rows in tables:
        blocks.append(Table(f"sources_{name}", title, _HEAD, rows, folded=name != "cell", last_explains=True))
    return Section("sources", _TITLE, blocks)


_TITLE = "Where the numbers come from"
_HEAD = ("parameter", "value", "comes from", "what it is", "source")
_ABOUT = (
    "Measured: stated by the device paper. Derived: arithmetic on measured numbers. Assumed: not stated anywhere, a "
    "plausible choice. Calibrated: tuned so that the model gives a published number. Set: changed in this study. A "
    "result that rests on assumed numbers is a what-if and no prediction of a device."
)
_WORDS = {
    "study": "Limits and thresholds", "array": "Array", "cell": "Cell", "wire": "Lines", "driver": "Drivers",
    "transistor": "Transistor", "selector": "Selector", "faults": "Faults", "sensing": "Sense circuits",
    "aging": "Forgetting and wear", "accuracy": "Numerics", "variability": "Spread",
}  # fmt: skip


def _tables(study: Study) -> Iterator[tuple[str, str, list[Row]]]:
    """The cell first, then the tables of the study file in their order."""
    for one in study.crossbar.populations:
        title = f"Cell: {one.model.title}" + (f", kind {one.name}" if study.crossbar.kinds else "")
        rows = list(_rows(one.cell, _preset_of(one.model, one.cell), one.per_cell))
        yield ("cell" if one.whole or one.name == "cell" else f"cell_{one.name}"), title, rows
    done: dict[str, list[Row]] = {}
    for table in TABLES:
        values = None if table.name == "cell" else table.of(study)
        if isinstance(values, ParameterSet):
            done.setdefault(table.name, []).extend(_rows(values, None, {}))
    for name, rows in done.items():
        if rows:
            yield name, _WORDS.get(name, name), rows


def _preset_of(model: CellModel, cell: ParameterSet) -> Preset | None:
    """The preset that gives all of the cell's numbers but the initial states, None if there is no such."""
    own, initial = cell.as_dict(), {state.initial for state in model.states}
    for name in preset_names(model.name):
        known = preset(name, model.name)
        theirs = known.cell.as_dict()
        if theirs.keys() == own.keys() and all(
            own[key] == value for key, value in theirs.items() if key not in initial
        ):
            return known
    return None


def _rows(values: ParameterSet, known: Preset | None, per_cell: Mapping[str, Any]) -> Iterator[Row]:
    declared_values = {f: getattr(type(values), f, None) for f in values.quantities()}
    for name, declared in values.quantities().items():
        value = getattr(values, name)
        if name in per_cell:
            own = np.asarray(per_cell[name], dtype=float)
            low, high = (shown(float(end), declared.unit) for end in (own.min(), own.max()))
            text = low if low == high else f"{low} to {high}, by cell"
            yield name, text, "set, cell by cell", declared.about, _default(declared_values[name], declared)
        elif value is None:
            yield name, "not stated", "left out", declared.about, ""
        else:
            yield name, Number(float(value), declared.unit), *_from(name, value, declared, declared_values[name], known)
    for name, option in values.choices().items():
        yield name, str(getattr(values, name)).lower(), "chosen", option.about, ""


def _from(
    name: str, value: float, declared: Quantity, default: float | None, known: Preset | None
) -> tuple[str, str, str]:
    if known is not None and getattr(known.cell, name) == value and (told := known.provenance.get(name)) is not None:
        return f"{told.tag}, preset {known.name}", declared.about, cut(f"{told.source} {told.note}".strip(), _LONG)
    if default is not None and value != default:
        return "set, in this study", declared.about, _default(default, declared)
    tag = declared.tag + (f", calibrated to {declared.calibrated_to}" if declared.calibrated_to else "")
    return tag, declared.about, cut(declared.source, 2 * _LONG)


def _default(default: float | None, declared: Quantity) -> str:
    if default is None:
        return ""
    return f"by default {shown(float(default), declared.unit)}: {declared.tag}, {cut(declared.source, _LONG)}"

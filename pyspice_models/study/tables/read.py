"""A study from its TOML file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyspice_models.accuracy import Accuracy
from pyspice_models.array import Crossbar, Faults
from pyspice_models.array.driver import DriverParams
from pyspice_models.array.sensing import SensingParams
from pyspice_models.array.wire import WireParams
from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.cells.ag2s.presets import load_preset, preset, preset_names
from pyspice_models.cells.selectors.params import Selector, ThresholdParams, TransistorParams
from pyspice_models.declare.quantity import ParameterSet, quantity, refuse_unknown
from pyspice_models.errors import RequestError
from pyspice_models.study.limits import Limits
from pyspice_models.study.study import Study
from pyspice_models.study.tables.change import read_tables
from pyspice_models.study.tables.faults import faults_from
from pyspice_models.study.tables.initial import initial_states
from pyspice_models.study.tables.steps import program_from
from pyspice_models.study.tables.variation import drawn_faults, variation_from
from pyspice_models.study.variation import vary
from pyspice_models.units import parse

_TABLES = {
    "study", "array", "cell", "wire", "driver", "transistor", "selector", "faults", "sensing", "variability",
    "accuracy", "program",
    "sweep", "montecarlo",  # of other commands
}  # fmt: skip


def load_study(path: Path, changes: Iterable[str] = ()) -> Study:
    """Read a study file and apply changes such as `"array.rows=32"` or `"program.0.voltage=0.25 V"`.

    Raises:
        RequestError: no such file, not TOML, unknown key, wrong unit, value out of range.
    """
    return study_from(read_tables(path, changes), folder=path.parent, name=path.stem)


def study_from(tables: Mapping[str, Any], *, folder: Path = Path(), name: str = "study") -> Study:
    """Build a study from TOML tables; files that it names are looked for in `folder`."""
    nominal = nominal_study(tables, folder=folder, name=name)
    variation = variation_from(tables, nominal.crossbar)
    return nominal if variation is None else vary(nominal, variation)[0]


def nominal_study(tables: Mapping[str, Any], *, folder: Path = Path(), name: str = "study") -> Study:
    """The same without what `[variability]` draws: cells, lines and drivers as designed, no faults of its own."""
    for key in tables:
        refuse_unknown(key, _TABLES)
    head = dict(_table(tables, "study"))
    limits = Limits.from_mapping(
        {key: head.pop(key) for key in list(head) if key in Limits.quantities()}, where="study"
    )
    for key in head:
        refuse_unknown(key, {"name", "title", "form", "engine", *Limits.quantities()}, "study")
    cell = _cell(_table(tables, "cell"), folder)
    crossbar = _crossbar(tables, cell, folder)
    name = head.get("name", name)
    return Study(
        name=name,
        crossbar=crossbar,
        program=program_from(tables.get("program", []), crossbar.shape, folder),
        form=head.get("form", "osdi"),
        engine=head.get("engine", "ngspice"),
        accuracy=_accuracy(_table(tables, "accuracy")),
        limits=limits,
        sensing=SensingParams.from_mapping(_table(tables, "sensing"), where="sensing"),
        title=head.get("title", f"Ag2S crossbar, {name}"),
        settings=tables,
    )


def _accuracy(table: Mapping[str, Any]) -> Accuracy:
    """The settings for the error that the table states, with the table's own values on top."""
    own = dict(table)
    base = Accuracy.for_error(parse(own.pop("error"), "", name="accuracy.error")) if "error" in own else Accuracy()
    return Accuracy.from_mapping(own, where="accuracy", base=base)


def _cell(table: Mapping[str, Any], folder: Path) -> CellParams:
    """The preset that the table names, or the default cell, with the table's own values on top."""
    own = dict(table)
    if (name := own.pop("preset", None)) is None:
        return CellParams.from_mapping(own, where="cell")
    if not isinstance(name, str):
        raise RequestError.for_value(
            "cell.preset", name, allowed=f"one of {', '.join(preset_names())}, or a .toml file"
        )
    base = load_preset(folder / name) if name.endswith(".toml") else preset(name)
    return CellParams.from_mapping(own, where="cell", base=base.cell)


def _crossbar(tables: Mapping[str, Any], cell: CellParams, folder: Path) -> Crossbar:
    array = dict(_table(tables, "array"))
    for key in array:
        refuse_unknown(key, {"rows", "cols", "temperature", "initial"}, "array")
    for key in ("rows", "cols"):
        if key not in array:
            raise RequestError(f"[array] needs {key}: the number of {'word' if key == 'rows' else 'bit'} lines")
    ambient = _Ambient.from_mapping(
        {"temperature": array["temperature"]} if "temperature" in array else {}, where="array"
    )
    bare = Crossbar(
        rows=array["rows"],
        cols=array["cols"],
        cell=cell,
        wire=WireParams.from_mapping(_table(tables, "wire"), where="wire"),
        driver=DriverParams.from_mapping(_table(tables, "driver"), where="driver"),
        temperature=ambient.temperature,
        selector=_selector(tables),
    )
    return bare.replace(
        per_cell=initial_states(array.get("initial", {}), bare, folder),
        faults=Faults() if drawn_faults(tables) else faults_from(_table(tables, "faults"), bare.shape),
    )


def _selector(tables: Mapping[str, Any]) -> Selector | None:
    """None (1R), a [transistor] (1T1R) or a [selector] (1S1R)."""
    if "transistor" in tables and "selector" in tables:
        raise RequestError("[transistor] and [selector] contradict each other: a cell has one of them")
    if "transistor" in tables:
        return TransistorParams.from_mapping(_table(tables, "transistor"), where="transistor")
    if "selector" in tables:
        return ThresholdParams.from_mapping(_table(tables, "selector"), where="selector")
    return None


@dataclass(frozen=True)
class _Ambient(ParameterSet):
    temperature: float = quantity(
        300.0, "K", low=200, high=500, tag="assumed", source="room temperature", about="of the whole array",
    )  # fmt: skip


def _table(tables: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    table = tables.get(key, {})
    if not isinstance(table, dict):
        raise RequestError(f"{key} must be a table: write it as [{key}]")
    return table

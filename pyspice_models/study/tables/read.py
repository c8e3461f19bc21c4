"""A study from its TOML file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pyspice_models.accuracy import Accuracy
from pyspice_models.array import Crossbar, Faults
from pyspice_models.array.driver import DriverParams
from pyspice_models.array.fluctuation import FluctuationParams
from pyspice_models.array.kinds import common_forms
from pyspice_models.array.sensing import SensingParams
from pyspice_models.array.wire import WireParams
from pyspice_models.cells.aging.params import AgingParams
from pyspice_models.cells.selectors.foreign import ForeignTransistor
from pyspice_models.cells.selectors.kinds import Selector
from pyspice_models.cells.selectors.params import ThresholdParams, TransistorParams
from pyspice_models.declare.quantity import refuse_unknown
from pyspice_models.errors import RequestError
from pyspice_models.foreign.selector import selector_from
from pyspice_models.inputs.text import MOST_TEXT, read_text, text_of
from pyspice_models.inputs.toml_lines import about, told_where
from pyspice_models.netlist.own_lines import own_lines
from pyspice_models.study.limits import Drawn, Limits
from pyspice_models.study.study import Study
from pyspice_models.study.tables.cells.common import cell_in, instances_in, per_cell_parameters
from pyspice_models.study.tables.cells.kinds import cells_of_kinds, kinds_in
from pyspice_models.study.tables.change import read_tables
from pyspice_models.study.tables.faults import faults_from
from pyspice_models.study.tables.initial import initial_states
from pyspice_models.study.tables.registry import LINES, TABLES, WORDS, ArrayParams, declared_keys, set_in, table_in
from pyspice_models.study.tables.steps import program_from
from pyspice_models.study.tables.variation import drawn_faults, variation_from
from pyspice_models.study.variation import vary
from pyspice_models.units import parse

_OF_COMMANDS = {"sweep", "montecarlo", "yield", "disturb", "retain"}
_KNOWN = {table.name for table in TABLES} | {"program", "kinds"} | _OF_COMMANDS
"""Tables of a study file."""


def load_study(path: Path | str, changes: Iterable[str] = ()) -> Study:
    """Read a study file and apply changes such as `"array.rows=32"` or `"program.0.voltage=0.25 V"`.

    Raises:
        RequestError: no such file, not TOML, unknown key, wrong unit, value out of range.
    """
    path, changes = Path(path), tuple(changes)
    with told_where(path, changes):
        return study_from(read_tables(path, changes), folder=path.parent, name=path.stem)


def study_from(tables: Mapping[str, Any], *, folder: Path = Path(), name: str = "study") -> Study:
    """Build a study from TOML tables; files that it names are looked for in `folder`."""
    nominal = nominal_study(tables, folder=folder, name=name)
    variation = variation_from(tables, nominal.crossbar)
    return nominal if variation is None else vary(nominal, variation)[0]


def nominal_study(tables: Mapping[str, Any], *, folder: Path = Path(), name: str = "study") -> Study:
    """The same without what `[variability]` draws: cells, lines and drivers as designed, no faults of its own."""
    for key in tables:
        refuse_unknown(key, _KNOWN)
    head = table_in(tables, "study")
    for key in head:
        refuse_unknown(key, {*WORDS, *LINES, *declared_keys("study")}, "study")
    crossbar = _crossbar(tables, folder)
    words = {key: head[key] for key in WORDS if key in head}
    forms = common_forms(crossbar.populations)
    if "osdi" not in forms:
        words.setdefault("form", forms[0])
    name = words.setdefault("name", name)
    return Study(
        crossbar=crossbar,
        program=program_from(tables.get("program", []), crossbar.shape, folder),
        accuracy=_accuracy(table_in(tables, "accuracy")),
        limits=set_in(tables, Limits),
        sensing=SensingParams.from_mapping(table_in(tables, "sensing"), where="sensing"),
        aging=AgingParams.from_mapping(table_in(tables, "aging"), where="aging") if "aging" in tables else None,
        fluctuation=FluctuationParams.from_mapping(table_in(tables, "fluctuation"), where="fluctuation"),
        settings=tables,
        amplitude=set_in(tables, Drawn).amplitude,
        spice=_spice(head.get("spice", []), folder),
        **{"title": f"{_titles(crossbar)} crossbar, {name}", **words},
    )


def _spice(given: object, folder: Path) -> tuple[str, ...]:
    """Lines of SPICE, listed or in a file."""
    if isinstance(given, str):
        text = read_text(folder / text_of(given, "study.spice"), "lines of SPICE", MOST_TEXT)
        return own_lines(text.split("\n"))
    if not isinstance(given, list | tuple):
        raise RequestError.for_value("study.spice", given, allowed="a list of lines, or the name of a file")
    return own_lines(given)


def _titles(crossbar: Crossbar) -> str:
    return " and ".join(dict.fromkeys(one.model.title for one in crossbar.populations))


def _accuracy(table: Mapping[str, Any]) -> Accuracy:
    """The settings for the error that the table states, with the table's own values on top."""
    own = dict(table)
    base = Accuracy.for_error(parse(own.pop("error"), "", name="accuracy.error")) if "error" in own else Accuracy()
    return Accuracy.from_mapping(own, where="accuracy", base=base)


def _crossbar(tables: Mapping[str, Any], folder: Path) -> Crossbar:
    array = table_in(tables, "array")
    for key in array:
        refuse_unknown(key, {*declared_keys("array"), "initial", "cells", "kinds", "instances"}, "array")
    for key in ("rows", "cols"):
        if key not in array:
            raise RequestError(f"[array] needs {key}: the number of {'word' if key == 'rows' else 'bit'} lines")
    size: ArrayParams = set_in(tables, ArrayParams)
    shape = size.rows, size.cols
    # all at once, before the initial states: what differs from cell to cell may be what makes the whole possible
    with about("cell"):
        cell = cell_in(table_in(tables, "cell"), folder)
    of_kinds = cells_of_kinds(tables)
    cells = array.get("cells", {})
    if of_kinds:
        cells = {name: value for name, value in cells.items() if name not in of_kinds}
    designed = Crossbar(
        *shape,
        cell=cell,
        per_cell=per_cell_parameters(cells, shape, folder, type(cell)),
        kinds=kinds_in(tables, shape, folder),
        wire=WireParams.from_mapping(table_in(tables, "wire"), where="wire"),
        driver=DriverParams.from_mapping(table_in(tables, "driver"), where="driver"),
        selector=_selector(tables, folder),
        faults=Faults() if drawn_faults(tables) else faults_from(table_in(tables, "faults"), shape, folder),
        temperature=size.temperature,
        instances=instances_in(array.get("instances", {}), shape, folder),
    )
    states = initial_states(array.get("initial", {}), designed, folder)
    for one in designed.populations:
        if twice := [name for name in states.get(one.name, {}) if name in one.per_cell]:
            place = f"{one.name}.{twice[0]}" if one.name in designed.kinds else twice[0]
            raise RequestError(f"array.cells.{place} contradicts [array.initial]: give one or the other")
    return designed.with_parameters(states) if states else designed


def _selector(tables: Mapping[str, Any], folder: Path) -> Selector | None:
    """None (1R), a [transistor] (1T1R) or a [selector] (1S1R)."""
    if "transistor" in tables and "selector" in tables:
        raise RequestError("[transistor] and [selector] contradict each other: a cell has one of them")
    if "transistor" in tables:
        own = table_in(tables, "transistor")
        if "model" in own:
            with about("transistor.model"):
                return ForeignTransistor.from_table(own, folder)
        return TransistorParams.from_mapping(own, where="transistor")
    if "selector" in tables:
        own = table_in(tables, "selector")
        if "verilog_a" in own:
            with about("selector.verilog_a"):
                return selector_from(own, folder)
        return ThresholdParams.from_mapping(own, where="selector")
    return None

"""A study: what is simulated, what is done to it, with which tool. Read from TOML, checked before anything runs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
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
from pyspice_models.engine import check, engine
from pyspice_models.errors import RequestError, cut
from pyspice_models.inputs.text import parse_toml, read_toml
from pyspice_models.netlist import dialect
from pyspice_models.netlist.crossbar import check_title
from pyspice_models.stimulus import Schedule, Step, schedule
from pyspice_models.stimulus.outline import Outline, outline
from pyspice_models.stimulus.program import Told
from pyspice_models.study.bounds import check_program
from pyspice_models.study.faults import faults_from
from pyspice_models.study.initial import initial_states
from pyspice_models.study.steps import program_from
from pyspice_models.study.variation import drawn_faults, variation_from, vary
from pyspice_models.units import parse

_TABLES = {
    "study", "array", "cell", "wire", "driver", "transistor", "selector", "faults", "sensing", "variability",
    "accuracy", "program",
    "sweep", "montecarlo",  # of other commands
}  # fmt: skip
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,79}")


@dataclass(frozen=True)
class Limits(ParameterSet):
    """Limits and thresholds of a study."""

    time_limit: float = quantity(
        600.0, "s", above=0, high=1e6, tag="assumed", source="choice of the user",
        about="after which the simulator is stopped",
    )  # fmt: skip
    memory_limit: float = quantity(
        0.0, "B", low=0, high=1e16, tag="assumed", source="choice of the user",
        about="of a run, by its estimate; 0: most of what is free on the machine",
    )  # fmt: skip
    disk_limit: float = quantity(
        0.0, "B", low=0, high=1e18, tag="assumed", source="choice of the user",
        about="of the files of a run, by their estimate; 0: what is free where they go",
    )  # fmt: skip
    success_within: float = quantity(
        0.1, "", above=0, high=1, tag="assumed", source="choice of the user",
        about="a write does what it does to a lone cell if the states change as that one's, to within this share",
    )  # fmt: skip
    g_threshold: float = quantity(
        0.0, "S", low=0, high=10, tag="assumed", source="choice of the user",
        about="conductance from which a cell is a one; 0: the arithmetic middle of the nominal cell's window",
    )  # fmt: skip
    target_within: float = quantity(
        0.05, "", above=0, high=1, tag="assumed", source="choice of the user",
        about="a write reaches its g_target within this share of the nominal cell's window",
    )  # fmt: skip
    feature_size: float = quantity(
        0.0, "m", low=0, high=1e-2, tag="assumed", source="choice of the user",
        about="F, in whose squares areas are told; 0: half the line pitch",
    )  # fmt: skip


@dataclass(frozen=True)
class Study:
    """A complete, checked description.

    Attributes:
        name: of files and folders.
        crossbar, program: what is simulated, and the steps done to it.
        form: of the cell, "osdi" or "subckt".
        engine: name of the simulator.
        accuracy: numerical settings; None for the default.
        limits: time limit and thresholds.
        sensing: noise, offset and converter of the sense circuits; they act on measures, not on waves.
        title: one line for deck and pictures.
        settings: the TOML tables it was made from, for the record.
        amplitude: factor of all voltages of `program` over those that were written, where one was drawn.
    """

    name: str
    crossbar: Crossbar
    program: Sequence[Step]
    form: str = "osdi"
    engine: str = "ngspice"
    accuracy: Accuracy | None = None
    limits: Limits = field(default_factory=Limits)
    sensing: SensingParams = field(default_factory=SensingParams)
    title: str = "Ag2S crossbar"
    settings: Mapping[str, Any] = field(default_factory=dict)
    amplitude: float = 1.0

    def __post_init__(self) -> None:
        """Refuse names that could leave their folder or smuggle a line into a deck, and steps that do not fit."""
        if not isinstance(self.name, str) or not _NAME.fullmatch(self.name):
            raise RequestError.for_value("study.name", self.name, allowed="letters, digits, - _ . (up to 80)")
        for name in ("title", "form", "engine"):
            if not isinstance(getattr(self, name), str):
                raise RequestError.for_value(f"study.{name}", getattr(self, name), allowed="text")
        for name, kind, what in (
            ("crossbar", Crossbar, "a Crossbar"), ("program", (list, tuple), "a list of steps"),
            ("accuracy", (Accuracy, type(None)), "an Accuracy"), ("limits", Limits, "Limits"),
            ("sensing", SensingParams, "SensingParams"),
        ):  # fmt: skip
            if not isinstance(getattr(self, name), kind):
                raise RequestError.for_value(f"study.{name}", getattr(self, name), allowed=what)
        for number, step in enumerate(self.program):
            if not isinstance(step, Step):
                raise RequestError.for_value(f"program[{number}]", step, allowed="a step, such as Write or Read")
        check_title(self.title)
        dialect(engine(self.engine).dialect).check_form(self.form)
        check(self.engine, self.crossbar, self.outline, self.form)

    @cached_property
    def outline(self) -> Outline:
        """How large the program is."""
        return outline(self.crossbar, self.program)

    def schedule(self, told: Told | None = None) -> Schedule:
        """The program laid out in time; `told` how many pulses are.

        Raises:
            RequestError: it does not fit into memory.
        """
        check_program(self.outline, self.limits)
        return schedule(self.crossbar, self.program, told)


def load_study(path: Path, changes: Iterable[str] = ()) -> Study:
    """Read a study file and apply changes such as `"array.rows=32"` or `"program.0.voltage=0.25 V"`.

    Raises:
        RequestError: no such file, not TOML, unknown key, wrong unit, value out of range.
    """
    return study_from(read_tables(path, changes), folder=path.parent, name=path.stem)


def read_tables(path: Path, changes: Iterable[str] = ()) -> dict[str, Any]:
    """The tables of a study file with the changes applied.

    Raises:
        RequestError: no such file, not TOML, or a change that leads nowhere.
    """
    tables = read_toml(Path(path), "study")
    for change in changes:
        change_tables(tables, change)
    return tables


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


def change_tables(tables: dict[str, Any], change: str) -> None:
    """Apply `KEY=VALUE` to the tables of a study, in place.

    Raises:
        RequestError: not of that form, or a key that leads nowhere.
    """
    key, equals, text = change.partition("=")
    path = key.strip().split(".")
    if not equals or not all(path) or len(path) > _DEEPEST_KEY:
        raise RequestError.for_value("--set", change, allowed="KEY=VALUE, for example array.rows=32")
    value = _value_of(text, f"--set {cut(key)}")
    place: Any = tables
    for number, part in enumerate(path):
        last = number == len(path) - 1
        if isinstance(place, list):
            index: Any = place_in(place, part)
            if index is None:
                raise RequestError.for_value(f"--set {key}", part, allowed=f"a step from 0 to {len(place) - 1}")
        elif isinstance(place, dict):
            index = part
            if not last:
                place.setdefault(part, {})
        else:
            raise RequestError(f"--set {cut(key)}: {cut('.'.join(path[:number]))} is a value and has no keys")
        if last:
            place[index] = value
        else:
            place = place[index]


_DEEPEST_KEY = 20


def place_in(steps: Sequence[object], text: str) -> int | None:
    """The number that text gives, if it is that of one of the steps."""
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else len(steps)
    return number if number < len(steps) else None


def _value_of(text: str, where: str) -> object:
    """A value as TOML writes it, or as it stands: 0.25 V needs no quotes on a command line."""
    try:
        return parse_toml(f"value = {text}", where)["value"]
    except RequestError:
        return text.strip()

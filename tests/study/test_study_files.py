"""A study as an object and as a file: written, it is read back equal, whatever it holds."""

from __future__ import annotations

import tempfile
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from full_study import everything
from hypothesis import given, settings
from hypothesis import strategies as st
from random_studies import random_studies

from pyspice_models.accuracy import Accuracy
from pyspice_models.array import Crossbar, Faults, pattern
from pyspice_models.array.sensing import SensingParams
from pyspice_models.array.wire import WireParams
from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.cells.selectors.params import SWITCHING
from pyspice_models.declare.quantity import ParameterSet
from pyspice_models.errors import RequestError
from pyspice_models.folders.checkpoint import content_key
from pyspice_models.netlist import crossbar_deck
from pyspice_models.stimulus import Read, ReadAll, Wait, Write
from pyspice_models.study import Study, load_study, study_from, write_study
from pyspice_models.study.identity import identity, question
from pyspice_models.study.limits import Limits
from pyspice_models.study.tables.declared import quantity_at
from pyspice_models.study.tables.inputs import INPUTS
from pyspice_models.study.tables.registry import LINES, TABLES, WORDS


def again(study: Study) -> Study:
    """Written and read."""
    with tempfile.TemporaryDirectory() as folder:
        return load_study(write_study(study, folder))


def assert_same(study: Study, other: Study) -> None:
    assert other == study
    # by the bits, and in the order in which a netlist shows it: what `==` may call equal
    assert repr(other) == repr(replace(study, settings=other.settings))
    assert content_key(identity(other)) == content_key(identity(study))
    assert content_key(question(other)) == content_key(question(study))


@given(study=random_studies())
@settings(max_examples=60)
def test_any_study_is_read_back_equal(study: Study) -> None:
    assert_same(study, again(study))


def sets(kind: type[ParameterSet], *others: type[ParameterSet]) -> st.SearchStrategy[Any]:
    """Parameters at any values within their ranges, as far as they go together."""

    def make(values: dict[str, Any]) -> ParameterSet | None:
        try:
            return kind(**values)
        except RequestError:
            return None

    numbers = {
        name: st.integers(int(q.low), int(q.high))
        if q.whole
        else st.floats(max(q.low, -1e30), min(q.high, 1e30), exclude_min=q.open_low)
        for name, q in kind.quantities().items()
    }
    words = {name: st.sampled_from(choice.options) for name, choice in kind.choices().items()}
    optional: Mapping[str, st.SearchStrategy[Any]] = numbers | words
    return st.fixed_dictionaries({}, optional=dict(optional)).map(make).filter(lambda made: made is not None)


@given(
    name=st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,10}", fullmatch=True),
    title=st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1).filter(str.strip),
    limits=sets(Limits), sensing=sets(SensingParams), accuracy=sets(Accuracy),
    amplitude=st.floats(1e-3, 99.0), temperature=st.floats(250.0, 450.0),
    write=sets(Write), read=sets(ReadAll), wait=sets(Wait),
    tool=st.sampled_from([("ngspice", "osdi"), ("ngspice", "subckt"), ("vacask", "osdi"), ("nodal", "osdi")]),
)  # fmt: skip
@settings(max_examples=40)
def test_every_number_and_word_is_read_back_equal(
    name: str, title: str, limits: Any, sensing: Any, accuracy: Any, amplitude: float, temperature: float, write: Any,
    read: Any, wait: Any, tool: tuple[str, str],
) -> None:  # fmt: skip
    try:
        study = Study(
            name, Crossbar(2, 3, temperature=temperature), [write, read, wait], engine=tool[0], form=tool[1],
            accuracy=accuracy, limits=limits, sensing=sensing, title=title, amplitude=amplitude,
        )  # fmt: skip
    except RequestError:  # such as a pulse that is shorter than its edges
        return
    assert_same(study, again(study))


def test_a_study_with_everything_is_read_back_equal_and_gives_the_same_netlist(tmp_path: Path) -> None:
    study = everything()
    path = write_study(study, tmp_path)
    other = load_study(path)
    assert_same(study, other)
    decks = [
        crossbar_deck(one.crossbar, one.schedule(), form=one.form, accuracy=one.accuracy, title=one.title).text
        for one in (study, other)
    ]
    assert decks[0] == decks[1]
    assert sorted(file.name for file in (tmp_path / INPUTS).iterdir()) == [
        "area.npy", "shorted_words.npy", "stuck_off.npy", "stuck_on.npy", "target-2.npy", "target-3.npy", "w0.npy",
    ]  # fmt: skip
    written = tomllib.loads(path.read_text())
    assert written["array"]["cells"]["r_ion"] == 4e7, "where all cells have the same, it is a number"
    assert set(written["cell"]) == {"model", *CellParams.quantities()}, "a preset's values are written out"
    assert "area = 2.5e-11  # m^2\n" in path.read_text()
    assert list(other.crossbar.per_cell) == ["x0", "area", "w0", "r_ion"], "in their order"


def test_a_selector_that_remembers_and_a_lone_default_are_read_back_equal() -> None:
    assert_same(*(lambda s: (s, again(s)))(Study("a", Crossbar(1, 1, selector=SWITCHING), [Write(voltage=0.5)])))
    assert_same(*(lambda s: (s, again(s)))(Study("a", Crossbar(2, 2), (Read(),))))


def test_a_program_of_thousands_of_steps_has_a_file_of_its_own_whose_steps_can_be_changed(tmp_path: Path) -> None:
    steps = [Write(n % 2, n % 3, voltage=0.1 + 1e-5 * n) for n in range(3000)]
    study = Study("long", Crossbar(2, 3), steps, engine="nodal")
    path = write_study(study, tmp_path)
    assert_same(study, load_study(path))
    assert len(path.read_text()) < 10_000
    changed = load_study(path, ["program.1500.voltage=0.2 V"])
    assert [n for n, step in enumerate(changed.program) if step != steps[n]] == [1500]


def test_an_array_drawn_from_spreads_is_what_is_written() -> None:
    tables = {
        "array": {"rows": 8, "cols": 8, "initial": {"pattern": "random"}}, "faults": {"stuck_on": 0.1},
        "variability": {"seed": 3}, "program": [{"do": "write"}, {"do": "read"}, {"do": "read", "voltage": 0.1}],
    }  # fmt: skip
    drawn = study_from(tables)
    assert drawn.amplitude != 1
    assert_same(drawn, again(drawn))


# ---- equality


def test_studies_of_the_same_content_are_equal_and_others_are_not() -> None:
    def study(**changes: Any) -> Study:
        bar: dict[str, Any] = {"per_cell": {"w0": pattern("checkerboard", (2, 2))}} | changes
        return Study("a", Crossbar(2, 2, **bar), [Read()])

    assert study() == study()
    assert study(per_cell={"w0": [[0.95, 0.05], [0.05, 0.95]]}) == study()
    assert len({study().crossbar, study().crossbar, study(per_cell={}).crossbar}) == 2
    for other in (
        study(per_cell={}), study(per_cell={"x0": pattern("checkerboard", (2, 2))}), study(temperature=301.0),
        study(per_cell={"w0": pattern("checkerboard", (2, 2), high=0.951)}), study(cell=CellParams(alpha=0.3)),
        study(faults=Faults(stuck_on=((0, 0),))), replace(study(), program=(Read(1),)), replace(study(), title="b"),
    ):  # fmt: skip
        assert other != study()
    assert study().crossbar != "a crossbar"
    assert replace(study(), program=[Read()], settings={"a": 1}) == study(), "what it was made from is no part of it"


def test_a_common_parameter_that_differs_from_cell_to_cell_is_refused() -> None:
    with pytest.raises(RequestError, match=r"crossbar\.cell\.area = .* is refused; allowed: a single number.*per_cell"):
        Study("a", Crossbar(2, 2, cell=CellParams(area=np.full((2, 2), 2e-11))), [Read()])


def test_what_no_file_could_name_is_refused(tmp_path: Path) -> None:
    @dataclass(frozen=True)
    class Mine(WireParams):
        pass

    @dataclass(frozen=True)
    class Pause(Wait):
        pass

    for study, message in (
        (Study("a", Crossbar(2, 2, wire=Mine()), [Read()]), r"study\.crossbar\.wire = 'Mine' is refused"),
        (Study("a", Crossbar(2, 2), [Read(), Pause()]), r"program\[1\] = 'Pause' is refused; allowed: one of Write"),
    ):
        with pytest.raises(RequestError, match=message):
            write_study(study, tmp_path)
    assert not list(tmp_path.iterdir())


# ---- one registry


def test_every_field_of_a_study_and_its_crossbar_is_in_the_registry() -> None:
    """A field that nobody writes would be lost in a file without a word."""
    places = {table.place for table in TABLES if table.place is not None}
    loose = {
        (table.place, name) for table in TABLES if table.loose and table.place is not None for name in table.keys
    }  # fmt: skip
    of_study = {*WORDS, *LINES, "program", "settings", "crossbar"} | {name for place, name in loose if place == ""}
    assert {f.name for f in fields(Study)} == of_study | {place for place in places if place and "." not in place}
    of_crossbar = {"per_cell", "kinds", "instances"} | {name for place, name in loose if place == "crossbar"}
    assert {f.name for f in fields(Crossbar)} == of_crossbar | {p.partition(".")[2] for p in places if "." in p}


@pytest.mark.parametrize(
    ("key", "unit", "whole"),
    [
        ("array.temperature", "K", False), ("array.rows", "", True), ("array.cells.area", "m^2", False),
        ("sensing.bits", "", True), ("variability.seed", "", True), ("variability.device_area", "", False),
        ("faults.r_short", "ohm", False), ("study.amplitude", "", False), ("program.0.pulses", "", True),
        ("program.0.width", "s", False), ("transistor.v_gate", "V", False), ("selector.t_delay", "s", False),
    ],
)  # fmt: skip
def test_a_key_is_the_quantity_of_its_table(key: str, unit: str, whole: bool) -> None:
    declared = quantity_at({"program": [{"do": "write"}]}, key)
    assert declared is not None
    assert (declared.unit, declared.whole) == (unit, whole)


@pytest.mark.parametrize(
    "key",
    ["array", "array.initial.low", "array.cells.g", "study.name", "x.y", "program.0", "program.1.width", "faults.seed"],
)
def test_a_word_a_list_and_what_is_not_there_are_no_quantities(key: str) -> None:
    assert quantity_at({"program": [{"do": "write"}]}, key) is None

"""Cells of one's own in arrays, simulated: held against the built-in cell, a source of 0 V, and their own books."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from own_cases import AG2S_AS_FOREIGN, GAP_CELL, ROOT, STUDIES, THRESHOLD_CELL, tables
from PySpice.Spice.Netlist import Circuit
from zero_volt_sources import waves_with_sources

from pyspice_models import (
    celsius,
    crossbar_subcircuit,
    load_study,
    preset,
    run_study,
    simulator_options,
    study_from,
    sweep,
)
from pyspice_models.errors import RequestError
from pyspice_models.measure.integral import Span
from pyspice_models.study import Outcome, Study
from pyspice_models.study.tables.source import Source

ONLY_BUILT_IN = {f"disturb_{which}_{end}" for which in ("half_selected", "unselected") for end in ("low", "high")}
"""Ranges within what is published of Ag2S: of nothing else."""

_1R = (
    "write_read",
    "sneak_read",
    "vmm",
    "ir_drop",
    "write_pattern",
    "layer",
    "potentiation",
    "retention",
    "write_read_32",
)


def as_foreign(name: str, *changes: str) -> tuple[Study, Study]:
    """A shipped study, and the same with the shipped Verilog-A as a user's file."""
    source = Source.of(STUDIES / f"{name}.toml", changes)
    cell = dict(source.tables.get("cell", {}))
    if "preset" in cell:
        cell = preset(cell.pop("preset")).cell.as_dict() | cell
    other = replace(source, tables={**source.tables, "cell": AG2S_AS_FOREIGN | cell})
    return source.study(), other.study()


def check_alike(built_in: Study, foreign: Study, within: float) -> None:
    ours, theirs = run_study(built_in), run_study(foreign)
    assert set(ours.measures) - set(theirs.measures) <= ONLY_BUILT_IN
    for name, measure in theirs.measures.items():
        if name != "energy_imbalance":  # a rounding error
            assert measure.value == pytest.approx(ours.measures[name].value, rel=within, abs=1e-25), name
    assert [row.values for row in theirs.steps] == [
        {name: pytest.approx(value, rel=within, abs=1e-22) for name, value in row.values.items()} for row in ours.steps
    ]
    for name in ours.dataset.data_vars:
        if ours.dataset[name].dtype.kind == "f":
            scale = float(np.abs(ours.dataset[name]).max())
            # what is stored counts from the start, and not from an empty capacitance
            assert float(np.abs(ours.dataset[name] - theirs.dataset[name]).max()) <= within * scale, name


def test_the_shipped_cell_as_a_foreign_file_gives_every_measure() -> None:
    changes = ["array.rows=3", "array.cols=4", "program.0.row=1", "program.0.col=2", "program.1.row=1"]
    changes += ["program.1.col=2", "program.2.row=2", "program.2.col=2", "program.3.row=2", "program.3.col=2"]
    check_alike(*as_foreign("write_read", *changes), 1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("name", [*_1R, "write_read_1t1r", "write_read_1s1r"])
def test_every_shipped_study_gives_the_same_with_the_cell_as_a_foreign_file(name: str) -> None:
    check_alike(*as_foreign(name), 1e-3)


@pytest.mark.parametrize("cell", [GAP_CELL, AG2S_AS_FOREIGN], ids=["gap_cell", "ag2s"])
def test_heat_and_storage_make_what_a_source_of_0_v_in_each_cell_shows(cell: dict[str, Any], tmp_path: Path) -> None:
    study = study_from(tables(cell))
    dataset, current = waves_with_sources(study, tmp_path)
    span = Span.of(dataset, 0.0, float(dataset["time"][-1]))
    across = (dataset["v_word"] - dataset["v_bit"]).values
    measured = span.work_each(across, current)
    heat, stored = span.ohmic(span["p"], across), dataset["es"].values[-1]
    total = float(measured.sum())
    assert float((heat + stored).sum()) == pytest.approx(total, rel=2e-4, abs=0), (
        "heat is summed as squares of straight lines"
    )


def test_power_by_evaluation_is_that_of_a_source_of_0_v_in_each_cell(tmp_path: Path) -> None:
    study = study_from(tables(GAP_CELL))
    dataset, current = waves_with_sources(study, tmp_path)
    span = Span.of(dataset, 0.0, float(dataset["time"][-1]))
    across = (dataset["v_word"] - dataset["v_bit"]).values
    resistive = np.divide(span["p"], across, out=np.zeros_like(across), where=across != 0)
    evaluated = span.work_each(across, resistive) + dataset["es"].values[-1]
    measured = span.work_each(across, current)
    assert np.abs(evaluated - measured).max() <= 1e-6 * np.abs(measured).max()
    assert float(evaluated.sum()) == pytest.approx(float(measured.sum()), rel=1e-6, abs=0)


def balanced(outcome: Outcome) -> None:
    assert abs(outcome.measures["energy_imbalance"].value) < 1e-3


@pytest.mark.parametrize("name", ["own_cell", "own_subckt"])
def test_books_of_own_cells_balance(name: str, tmp_path: Path) -> None:
    outcome = run_study(load_study(STUDIES / f"{name}.toml", ["study.time_limit=60"]), tmp_path)
    balanced(outcome)
    level = outcome.study.crossbar.model.level
    assert outcome.measures["state_change"].value > 0.3
    assert outcome.dataset[level].values[0, 0, 0] == pytest.approx(
        outcome.study.crossbar.initial_states[0][0, 0], abs=1e-6
    )
    assert {"sneak_share", "recovery_time", "energy_per_switch", "disturb_half_selected"} <= set(outcome.measures)
    known = name == "own_cell"
    assert ("read_margin" in outcome.measures) == known
    assert ("read_margin" in outcome.missing) != known
    if not known:
        assert "needs the equations of the cell 'threshold_cell'" in outcome.missing["read_margin"]
    assert load_study(tmp_path / "study.toml") == outcome.study


@pytest.mark.slow
@pytest.mark.parametrize("name", ["own_cell", "own_subckt"])
def test_books_of_own_cells_balance_at_32_x_32(name: str) -> None:
    balanced(run_study(load_study(STUDIES / f"{name}.toml", ["array.rows=32", "array.cols=32"])))


@pytest.mark.parametrize(
    "more",
    [{"transistor": {}}, {"selector": {}}, {"driver": {"sense": "tia"}}, {"faults": {"stuck_on": [[0, 0]]}}],
    ids=["1T1R", "1S1R", "amplifiers", "faults"],
)  # fmt: skip
@pytest.mark.parametrize("cell", [GAP_CELL, THRESHOLD_CELL], ids=["verilog_a", "subckt"])
def test_they_stand_in_every_array(cell: dict[str, Any], more: dict[str, Any]) -> None:
    outcome = run_study(study_from(tables(cell, 2, 2) | more))
    balanced(outcome)
    assert np.isfinite([measure.value for measure in outcome.measures.values()]).all()


def test_vacask_agrees_with_ngspice() -> None:
    ours, theirs = (
        run_study(study_from(tables(GAP_CELL) | {"study": {"engine": name}})) for name in ("ngspice", "vacask")
    )
    balanced(theirs)
    for name in ("energy_per_switch", "state_change", "read_current", "own_current", "energy_selected_cell"):
        assert theirs.measures[name].value == pytest.approx(ours.measures[name].value, rel=5e-3, abs=0), name


def test_a_cell_far_above_its_lines_is_written_as_a_lone_cell() -> None:
    high = {**GAP_CELL, "r_on": 1e8}
    outcome = run_study(study_from(tables(high)))
    assert outcome.measures["writes_as_lone_cell"].value == 1.0


def test_a_volt_on_one_cell_alone_gives_the_current_of_its_equations() -> None:
    study = study_from(tables(GAP_CELL, 1, 1) | {"program": [{"do": "read", "voltage": 0.05}]})
    outcome = run_study(study)
    own, nominal = outcome.measures["own_current"].value, outcome.measures["own_current_nominal"].value
    bar = study.crossbar
    assert nominal == pytest.approx(0.05 * float(bar.conductance(0.05, bar.values("gap0"))[0, 0]), rel=1e-3, abs=0)
    assert own == pytest.approx(nominal, rel=0.5, abs=0)


def test_the_page_says_what_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    page = (ROOT / "docs" / "own-cell.md").read_text(encoding="utf-8")
    example = re.findall(r"```python\n(.*?)```", page, re.DOTALL)[0]
    monkeypatch.chdir(ROOT)
    held: dict[str, Any] = {}
    exec(compile(example, "own-cell.md", "exec"), held)
    balanced(held["outcome"])
    assert held["outcome"].measures["state_change"].value > 0.5
    table = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)[0]
    shown = tomllib.loads(table)["cell"]
    shipped = tomllib.loads((STUDIES / "own_cell.toml").read_text(encoding="utf-8"))["cell"]
    for key in ("verilog_a", "terminals", "read_voltage", "r_on"):
        assert shown[key] == shipped[key]
    assert shown["states"]["closed"].items() <= shipped["states"]["closed"].items()


def test_it_stands_in_a_users_pyspice_circuit() -> None:
    bar = study_from(tables(GAP_CELL, 2, 2)).crossbar
    inside = crossbar_subcircuit(bar, name="own")
    circuit = Circuit("own")
    inside.place(circuit, "one", word=["a", "b"], bit=[circuit.gnd, circuit.gnd])
    circuit.PieceWiseLinearVoltageSource("1", "a", circuit.gnd, values=[(0, 0), (1e-8, 0.4), (1e-6, 0.4), (1.01e-6, 0)])
    circuit.V("2", "b", circuit.gnd, 0)
    simulator = circuit.simulator(temperature=celsius(300.0))
    simulator.options("klu", **simulator_options())
    name = inside.vector("one", 0, 0, "closed")
    simulator.save(name)
    gap = np.array(simulator.transient(step_time=1e-9, end_time=1.1e-6)[name])
    assert gap[0] == pytest.approx(0.05, abs=1e-6), "on the scale of its own file"
    assert gap[-1] < 0.04
    with pytest.raises(RequestError, match=r"quantity = 'g' is refused; allowed: one of closed"):
        inside.vector("one", 0, 0, "g")
    with pytest.raises(RequestError, match=r"is read as ltpsa \(ngbehavior\), which a library that is loaded"):
        crossbar_subcircuit(study_from(tables(THRESHOLD_CELL)).crossbar, form="subckt", name="other")
    with pytest.raises(RequestError, match=r"engine pyspice cannot be told to read a deck as another simulator"):
        study_from(tables(THRESHOLD_CELL) | {"study": {"engine": "pyspice"}})


def test_a_sweep_and_monte_carlo_move_its_parameters(tmp_path: Path) -> None:
    few = tables(GAP_CELL | {"parameters": {"r_on": {"spread": 0.1}}}, 2, 2)
    found = sweep(few, {"cell.r_on": ["10 kohm", "40 kohm"]}, folder=tmp_path / "sweep", workers=1)
    assert found["cell.r_on"].values.tolist() == [1e4, 4e4]
    assert found["own_current_nominal"].values[0] == pytest.approx(
        4 * found["own_current_nominal"].values[1], rel=0.1, abs=0
    )
    drawn = study_from(few | {"variability": {"seed": 3}})
    assert len(set(drawn.crossbar.values("r_on").ravel())) == 4
    with pytest.raises(RequestError, match=r"variability\.device_area = 0\.2 is refused; .*Nothing in this study"):
        study_from(few | {"variability": {"device_area": 0.2}})

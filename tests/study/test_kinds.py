"""Arrays of several kinds of cells: the same as with one where they are alike, and by hand where they are not."""

from __future__ import annotations

import json
import pickle
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from kinds_cases import GAP, REFERENCE, STUDIES, SUBCIRCUIT, tables
from zero_volt_sources import waves_with_sources

from pyspice_models import (
    CellParams,
    Crossbar,
    Kind,
    Outcome,
    Read,
    ReadAll,
    Step,
    Study,
    Vmm,
    VteamParams,
    Write,
    WritePattern,
    continue_from,
    crossbar_deck,
    load_study,
    pattern,
    run_study,
    save_pictures,
    schedule,
    solve_operating_point,
    study_from,
    write_study,
)
from pyspice_models.errors import RequestError
from pyspice_models.measure.write import cell_kinds
from pyspice_models.netlist import dialect_names
from pyspice_models.netlist.dialects import dialect
from pyspice_models.stimulus.scheme import read_bias

SHAPE = (4, 4)
BOARD = pattern("checkerboard", SHAPE)
PROGRAM: list[Step] = [Write(1, 3), Read(1), Vmm()]


def check_alike(one: Outcome, other: Outcome, within: float) -> None:
    """The same measures and waves; books are rounding."""
    assert not set(one.measures) - set(other.measures)
    for name, measure in one.measures.items():
        if name != "energy_imbalance":
            assert other.measures[name].value == pytest.approx(
                measure.value, rel=within, abs=within if not measure.unit else 1e-24
            ), name
    for name in one.dataset.data_vars:
        if one.dataset[name].dtype.kind == "f" and not name.startswith("weight"):
            scale = float(np.abs(one.dataset[name]).max())
            assert float(np.abs(one.dataset[name] - other.dataset[name]).max()) <= within * scale, name


@pytest.mark.parametrize(
    ("engine", "form", "shape"),
    [("ngspice", "osdi", SHAPE), ("vacask", "osdi", (2, 4)), ("ngspice", "subckt", (1, 2))],
    ids=["ngspice", "vacask", "subckt"],
)
def test_two_kinds_of_the_same_model_are_one_kind(engine: str, form: str, shape: tuple[int, int]) -> None:
    plain = Crossbar(*shape).at_level(pattern("checkerboard", shape))
    mixed = plain.replace(kinds={"other": Kind(CellParams(), cols=(shape[1] - 1,))}).at_level(
        pattern("checkerboard", shape)
    )
    program = PROGRAM if form == "osdi" else [Write(0, 1, width=1e-7)]
    runs = [run_study(Study("alike", bar, program, engine=engine, form=form)) for bar in (plain, mixed)]
    # the text of a parameter has twelve digits, and integration follows it
    check_alike(*runs, 1e-8)


def test_kinds_of_other_parameters_are_cells_that_differ() -> None:
    area = np.where(np.arange(4) == 3, 5e-11, 2.5e-11) * np.ones(SHAPE)
    differing = Crossbar(*SHAPE, per_cell={"area": area}).at_level(BOARD)
    large = Kind(CellParams(area=5e-11), cols=(3,))
    kinds = Crossbar(*SHAPE, kinds={"large": large}).at_level(BOARD)
    assert kinds.cell_at(1, 3) == differing.cell_at(1, 3)
    one, other = (run_study(Study("area", bar, PROGRAM)) for bar in (differing, kinds))
    for name in ("v_word", "v_bit", "w", "x", "p", "es", "i_sense", "c_plates"):
        scale = float(np.abs(one.dataset[name]).max())
        assert float(np.abs(one.dataset[name] - other.dataset[name]).max()) <= 1e-8 * scale, name
    named = ("energy_per_switch", "state_change", "disturb_half_selected", "disturb_half_selected_high", "vmm_error")
    for name in named:
        assert other.measures[name].value == pytest.approx(one.measures[name].value, rel=1e-7, abs=0), name


def test_energy_of_each_cell_is_that_of_a_source_of_0_v_before_it(tmp_path: Path) -> None:
    """Held against currents that ngspice shows through sources of 0 V, whatever the kind is."""
    from pyspice_models.measure.integral import Span

    kinds = {"own": GAP, "dummy": REFERENCE, "v": {"model": "vteam"}}
    table = tables(kinds, {"own": {"cols": [0]}, "dummy": {"cols": ["last"]}, "v": [[0, 1]]})
    table["array"]["rows"] = 2
    study = study_from(table)
    dataset, current = waves_with_sources(study, tmp_path)
    span = Span.of(dataset, 0.0, float(dataset["time"][-1]))
    across = (dataset["v_word"] - dataset["v_bit"]).values
    measured = span.work_each(across, current)
    own = span.ohmic(span["p"], across) + dataset["es"].values[-1] - dataset["es"].values[0]
    for name, where in cell_kinds(dataset).items():
        assert own[where].sum() == pytest.approx(measured[where].sum(), rel=1e-3, abs=0), name


@pytest.mark.parametrize(
    ("kinds", "places"),
    [
        ({"own": GAP, "dummy": REFERENCE}, {"own": {"cols": [3]}, "dummy": {"rows": [3], "cols": [0, 1]}}),
        ({"corner": {"model": "gap"}, "v": {"model": "vteam"}}, {"corner": {"cols": [3]}, "v": [[0, 0], [0, 1]]}),
    ],
    ids=["own", "shipped"],
)
def test_ngspice_and_vacask_agree_on_every_kind(kinds: dict[str, Any], places: dict[str, Any]) -> None:
    study = study_from(tables(kinds, places))
    ours, theirs = (run_study(replace(study, engine=engine)) for engine in ("ngspice", "vacask"))
    for outcome in (ours, theirs):
        assert abs(outcome.measures["energy_imbalance"].value) < 1e-3
    names = [name for name in ours.measures if name.startswith("energy_cells_")]
    assert names == [f"energy_cells_{name}" for name in ("cell", *kinds)]
    for name in (*names, "energy_per_switch", "state_change", "disturb_half_selected", "read_current", "read_margin"):
        assert theirs.measures[name].value == pytest.approx(ours.measures[name].value, rel=2e-3, abs=0), name


def test_a_users_subcircuit_beside_the_shipped_cell() -> None:
    table = tables({"own": SUBCIRCUIT}, {"own": {"cols": [3]}})
    table["array"]["rows"] = 2
    table["program"] = [{"do": "write", "row": 1, "col": 3, "voltage": 0.4}, {"do": "read", "row": 1, "duration": 1e-7}]
    outcome = run_study(study_from(table))
    assert outcome.study.form == "subckt"
    assert abs(outcome.measures["energy_imbalance"].value) < 1e-3
    assert np.isfinite(outcome.dataset["i_cell"].values[:, :, 3]).all()
    assert np.isnan(outcome.dataset["i_cell"].values[:, :, :3]).all()
    assert np.isnan(outcome.dataset["x"].values[:, :, 3]).all(), "a user's cell has no filament"
    assert "'threshold_cell'" in outcome.missing["read_margin"]
    assert outcome.measures["state_change"].value > 0.01


def test_results_say_which_kind_a_cell_is(tmp_path: Path) -> None:
    study = study_from(tables({"own": GAP, "dummy": REFERENCE}, {"own": {"cols": [3]}, "dummy": [[0, 0]]}))
    outcome = run_study(study, tmp_path)
    dataset = outcome.dataset
    where = cell_kinds(dataset)
    assert list(where) == ["cell", "own", "dummy"]
    assert [int(cells.sum()) for cells in where.values()] == [11, 4, 1]
    said = json.loads((tmp_path / "measures.json").read_text())["kinds"]
    assert said["dummy"] == {"cell": "reference_cell", "cells": 1}
    assert dataset.attrs["states"] == "w x closed"
    assert dataset.attrs["level"] == "level"
    level = dataset["level"].values
    assert level[0][where["own"]] == pytest.approx(dataset["closed"].values[0][where["own"]], abs=1e-12)
    assert level[0][where["cell"]] == pytest.approx(np.where(BOARD == 0.95, 0.95, 0.05)[where["cell"]], abs=1e-3)
    assert np.isnan(level[:, where["dummy"]]).all()
    states = dataset["closed"].values[0][where["own"]]
    assert states == pytest.approx(BOARD[where["own"]], abs=1e-6), "levels are on the scale of the cell's own kind"
    assert {path.name for path in save_pictures(dataset, tmp_path)} >= {"kinds.png", "maps.png", "waves.png"}
    # its states are the start of another run
    again = continue_from(outcome)
    assert again.values("gap0")[1, 3] == pytest.approx(float(dataset["closed"].values[-1, 1, 3]), abs=1e-12)
    assert np.isnan(again.values("gap0")[1, 2])
    table = tables({"own": GAP, "dummy": REFERENCE}, {"own": {"cols": [3]}, "dummy": [[0, 0]]})
    table["array"]["initial"] = {"run": str(tmp_path)}
    assert study_from(table).crossbar.values("gap0")[1, 3] == pytest.approx(again.values("gap0")[1, 3], abs=1e-12)
    table["array"]["kinds"] = {"own": {"cols": [2]}, "dummy": [[0, 0]]}
    with pytest.raises(RequestError, match="holds no w of some cells where the kind 'cell'"):
        study_from(table)


def test_reads_and_patterns_are_told_by_the_window_of_each_kind() -> None:
    shape = (2, 2)
    target = pattern("checkerboard", shape) > 0.5
    program: list[Step] = [WritePattern(target=target, voltage=0.4), ReadAll(duration=2e-6)]
    kinds = {"v": Kind(VteamParams(v_on=0.3, v_off=0.3, k_on=3, k_off=3), cols=(1,))}
    bar = Crossbar(*shape, kinds=kinds).at_level(0.5)
    outcome = run_study(Study("pattern", bar, program))
    assert "the window of their own kind" in outcome.measures["pattern_reached"].about
    assert outcome.measures["pattern_reached"].value > 0.5
    found = continue_from(outcome).conductance(5e-3, *continue_from(outcome).initial_states)
    window = continue_from(outcome).with_states(w=1.0), continue_from(outcome).with_states(w=0.0)
    top, low = (one.conductance(5e-3, *one.initial_states) for one in window)
    assert (found >= low * 0.99).all()
    assert (found <= top * 1.01).all()
    assert top[0, 1] > 10 * top[0, 0], "VTEAM conducts far better"


def test_the_operating_point_knows_kinds() -> None:
    bar = study_from(tables({"dummy": REFERENCE}, {"dummy": {"cols": [3]}})).crossbar
    found = solve_operating_point(bar, read_bias("grounded", SHAPE, 1, [3], 5e-3))
    assert abs(float(found.cells[1, 3])) == pytest.approx(5e-3 / 5e6, rel=2e-2, abs=0)


def test_every_dialect_writes_every_kind() -> None:
    kinds = {"dummy": Kind(study_from(tables({"d": REFERENCE}, {"d": [[0, 0]]})).crossbar.kinds["d"].cell, cols=(3,))}
    shipped = {"v": Kind(VteamParams(), cols=(3,)), "hot": Kind(CellParams(area=5e-11), places=((0, 0),))}
    for name in dialect_names():
        form = dialect(name).forms[0]
        bar = Crossbar(
            *SHAPE, kinds=shipped if form == "subckt" else shipped | {"dummy": replace(kinds["dummy"], cols=(2,))}
        )
        plan = schedule(bar, [Write(1, 2), Read(1)])
        text = crossbar_deck(bar, plan, form=form, dialect_name=name, standalone=True).text
        for card in (f"kind_{one.name}" for one in bar.populations):
            assert len(re.findall(rf"\b{card}\b", text)) >= 2, (name, card)


def test_one_kind_writes_the_same_text() -> None:
    bar, program = Crossbar(*SHAPE), [Write(1, 2), Read(1)]
    text = crossbar_deck(bar, schedule(bar, program)).text
    assert "ag2s_cell" in text
    assert "kind_" not in text


# ---- study files


def test_a_written_study_is_equal(tmp_path: Path) -> None:
    for number, places in enumerate(
        ({"own": {"cols": [3]}, "d": [[0, 0], [1, 1]]}, {"own": [[0, 3]], "d": {"rows": [2]}})
    ):
        table = tables({"own": GAP, "d": REFERENCE}, places)
        table["array"]["cells"] = {"area": "30 um^2", "own": {"r_on": (np.arange(16.0).reshape(4, 4) + 1e4).tolist()}}
        study = study_from(table)
        assert study.crossbar.kinds["own"].per_cell["r_on"][0, 3] == 1e4 + 3
        again = load_study(write_study(study, tmp_path / str(number)))
        assert again == study
        assert hash(again.crossbar) == hash(study.crossbar)
        assert pickle.loads(pickle.dumps(study.crossbar)) == study.crossbar
        moved = study.crossbar.replace(
            kinds={**study.crossbar.kinds, "d": Kind(study.crossbar.kinds["d"].cell, cols=(1,))}
        )
        assert moved != study.crossbar


def test_a_large_list_of_places_has_a_file(tmp_path: Path) -> None:
    places = [[r, c] for r in range(8) for c in range(6)]
    table = tables({"v": {"model": "vteam"}}, {"v": places})
    table["array"] |= {"rows": 8, "cols": 8}
    study = study_from(table)
    written = write_study(study, tmp_path)
    assert (tmp_path / "study-inputs" / "v.npy").is_file()
    assert load_study(written) == study


def test_a_map_of_names_says_where_kinds_stand(tmp_path: Path) -> None:
    (tmp_path / "kinds.csv").write_text("cell,cell,cell,d\ncell,v,cell,d\ncell,cell,cell,d\ncell,cell,cell,d\n")
    table = tables({"d": REFERENCE, "v": {"model": "vteam"}}, {"file": "kinds.csv"})
    study = study_from(table, folder=tmp_path)
    assert [one.count for one in study.crossbar.populations] == [11, 4, 1]
    assert study.crossbar.population_at(1, 1).model.name == "vteam"
    assert load_study(write_study(study, tmp_path / "again")) == study
    (tmp_path / "kinds.csv").write_text("cell,cell,cell,d\ncell,v,cell,d\ncell,x,cell,d\ncell,cell,cell,d\n")
    with pytest.raises(RequestError, match=r"kinds.csv\[2, 1\] = 'x' .*one of cell, d, v"):
        study_from(table, folder=tmp_path)
    (tmp_path / "kinds.csv").write_text("cell,d\nv,cell\n")
    with pytest.raises(RequestError, match=r"shape of .*kinds.csv = \(2, 2\)"):
        study_from(table, folder=tmp_path)
    (tmp_path / "kinds.csv").write_text("cell,cell,cell,d\n" * 4)
    with pytest.raises(RequestError, match=r"cells of \[kinds.v\] stand nowhere"):
        study_from(table, folder=tmp_path)
    (tmp_path / "kinds.csv").write_text("cell,cell,cell,d\ncell\n")
    with pytest.raises(RequestError, match="line 2 has 1 fields"):
        study_from(table, folder=tmp_path)


def test_keys_of_a_kind_are_quantities() -> None:
    from pyspice_models.study.tables.declared import quantity_at

    table = tables({"v": {"model": "vteam"}}, {"v": {"cols": [3]}})
    declared = quantity_at(table, "kinds.v.v_on")
    assert declared is not None
    assert declared.unit == "V"
    assert quantity_at(table, "array.cells.v.w0") is not None
    assert quantity_at(table, "array.cells.x.w0") is None
    changed = load_study(STUDIES / "kinds.toml", ["kinds.corner.v_on=0.5 V", "array.kinds.corner=[[0, 0]]"])
    assert changed.crossbar.kinds["corner"].cell.as_dict()["v_on"] == 0.5
    assert changed.crossbar.populations[2].count == 1


def test_a_module_without_parameters_has_a_card_that_vacask_reads() -> None:
    assert dialect("vacask").model("kind_d", "own", {}) == "model kind_d own"  # type: ignore[attr-defined]

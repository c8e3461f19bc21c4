"""Sweeps: axes, points, failures, workers, and the command."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from sweep_cases import TABLES, _run
from typer.testing import CliRunner

from pyspice_models.campaign.axis import Axis, corners_told, parse_axis
from pyspice_models.campaign.montecarlo import montecarlo
from pyspice_models.campaign.runs import local
from pyspice_models.campaign.sweep import Sweep, load_sweep, points_of, sweep
from pyspice_models.cli.main import app
from pyspice_models.errors import RequestError
from pyspice_models.result import load, save
from pyspice_models.study import run_study
from pyspice_models.study.tables.read import study_from
from pyspice_models.study.tables.source import Source

SIZE, SCHEME = "array.rows+array.cols", "program.0.scheme"


@pytest.mark.parametrize(
    ("text", "keys", "values"),
    [
        ("array.rows=2,4", ("array.rows",), ("2", "4")),
        ("array.rows+array.cols=2, 4", ("array.rows", "array.cols"), ("2", "4")),
        ("array.rows=8:32:8", ("array.rows",), ("8", "16", "24", "32")),
        ("cell.alpha=0.1:0.3:0.1", ("cell.alpha",), ("0.1", "0.2", "0.3")),
        ("wire.tcr=log:1e-4:1e-2:3", ("wire.tcr",), ("0.0001", "0.001", "0.01")),
        ("program.0.width=log:0.1:10:3 us", ("program.0.width",), ("0.1 us", "1 us", "10 us")),
        ("array.temperature=-40:120:80 degC", ("array.temperature",), ("-40 degC", "40 degC", "120 degC")),
        ("program.0.scheme=V/2,V/3", ("program.0.scheme",), ("V/2", "V/3")),
        ("faults.stuck_on=[[0, 0], [1, 1]],[]", ("faults.stuck_on",), ("[[0, 0], [1, 1]]", "[]")),
    ],
)
def test_axes_are_read(text: str, keys: tuple[str, ...], values: tuple[str, ...]) -> None:
    assert parse_axis(text) == Axis(keys, values)


@pytest.mark.parametrize(
    "text",
    ["rows", "=2", "a=", "a=1,,2", "a=1,1", "a=1:2", "a=1:2:0", "a=log:0:1:3", "a+=1", "a+a=1", "a=1:2:-1",
     "a=0:1:1e-9", "a=log:1:2:99999999999", "a=1:inf:1"],
)  # fmt: skip
def test_what_is_no_axis_is_refused(text: str) -> None:
    with pytest.raises(RequestError, match="--over"):
        parse_axis(text)


@pytest.mark.parametrize(
    ("text", "values", "unit"),
    [
        ("program.0.voltage=200 mV,0.3", [0.2, 0.3], "V"),
        ("program.0.width=1 us,200n", [1e-6, 2e-7], "s"),
        ("wire.width+wire.width_bl=1e-6,2 um", ["1e-6", "2 um"], None),
        ("array.rows=2,4", [2, 4], None),
        ("array.temperature=300,310.5 K", [300.0, 310.5], "K"),
        ("program.0.row=first,last", ["first", "last"], None),
        ("study.engine=nan,inf", ["nan", "inf"], None),
    ],
)
def test_a_coordinate_is_a_number_with_its_unit_or_text(text: str, values: list[object], unit: str | None) -> None:
    found = parse_axis(text).coordinate(TABLES)
    assert found.values.tolist() == values
    assert found.attrs.get("units") == unit


def test_every_point_is_the_study_run_alone() -> None:
    found = sweep(TABLES, {SIZE: [2, 3], SCHEME: ["V/2", "V/3"]})
    assert found["energy_per_switch"].dims == (SIZE, SCHEME)
    assert found["energy_per_switch"].attrs["units"] == "J"
    assert (found["failure"] == "").all()
    alone = study_from(
        {
            "array": {**TABLES["array"], "rows": 3, "cols": 3},
            "program": [{"do": "write", "row": 2, "col": 2, "scheme": "V/3"}],
        }
    )
    there = found.sel({SIZE: 3, SCHEME: "V/3"})
    for name, measure in run_study(alone).measures.items():
        assert float(there[name]) == measure.value, name


def test_the_answer_does_not_depend_on_the_workers_and_survives_the_disk(tmp_path: Path) -> None:
    one, two = (sweep(TABLES, {"program.0.voltage": [0.2, "250 mV", 0.3]}, workers=workers) for workers in (1, 2))
    xr.testing.assert_identical(one, two)
    assert (np.diff(one["state_change"]) > 0).all()
    save(one, tmp_path / "s.nc")
    xr.testing.assert_identical(load(tmp_path / "s.nc"), one)


def test_a_point_that_fails_is_told_with_its_files_and_the_others_stay(tmp_path: Path) -> None:
    asked = Sweep(Source("s", TABLES | {"study": {"time_limit": "0.3 s"}}), [parse_axis(f"{SIZE}=2,40")])
    found = _run(asked, tmp_path / "s", crew=local(2))
    fine, failed = found["failure"].values
    assert fine == ""
    assert "stopped at its time limit of 0.3 s" in failed
    assert found["energy_per_switch"].values[0] > 0
    assert np.isnan(found["energy_per_switch"].values[1])
    assert (tmp_path / "s" / "failed" / "run-1" / "deck.cir").is_file()
    assert not (tmp_path / "s" / "failed" / "run-0").exists()


@pytest.mark.parametrize(
    ("over", "message"),
    [
        ({"array.rows": [2, 0]}, r"at array\.rows=0: array\.rows = 0 is refused"),
        ({"array.rws": [2]}, r"at array\.rws=2: unknown key 'rws'"),
        ({SIZE: [2], "program.0.row": [0, 7]}, r"array\.cols=2, program\.0\.row=7: program\[0\]\.row = 7 is refused"),
        ({"program.0.voltage": ["0.3 s"]}, r"at program\.0\.voltage=0\.3 s: program\[0\]\.voltage = '0\.3 s'"),
        ({"program.0.voltage": ["0.3", "300 mV"]}, "each value once"),
        ({"program.1.voltage": [0.3]}, "a step from 0 to 0"),
        ({"array.rows": [2], SIZE: [3]}, "array.rows.*each key in one axis only"),
        ({"array.rows": range(1, 200), "array.cols": range(1, 200)}, "points of the sweep = 39601"),
        ({"array.rows": []}, "at least one value"),
        ({"program.0.voltage": ["1" * 5000]}, r"^at program\.0\.voltage=1{10,40}\.\.\.1{20,40}: .{1,400}$"),
        ({"+".join(f"x{n}.y" for n in range(50)): [1]}, r"^at .{1,300}: .{1,400}$"),
        ({}, "no axis to sweep"),
    ],
)
def test_a_wrong_point_is_refused_before_anything_runs(
    over: dict[str, list[object]], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pyspice_models.campaign.sweep.work_through", None)
    with pytest.raises(RequestError, match=message):
        sweep(TABLES, over)


@pytest.mark.parametrize("workers", [0, 65, True, 1.5])
def test_a_senseless_number_of_workers_is_refused(workers: int) -> None:
    with pytest.raises(RequestError, match=r"workers = .*from 1 to 64"):
        sweep(TABLES, {"array.rows": [2]}, workers=workers)


def test_what_only_the_engine_can_refuse_names_its_point() -> None:
    with pytest.raises(RequestError, match=r"at array\.rows=2: .*vacask"):
        sweep(TABLES | {"driver": {"compliance": "mos", "i_limit": 1e-5}}, {"array.rows": [2]}, engine="vacask")


def test_corners_of_what_does_not_spread_are_refused_by_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("s.toml").write_text("[[program]]\ndo = 'write'\nrow = 0\ncol = 0\n", encoding="utf-8")
    refused = CliRunner().invoke(app, ["sweep", "s.toml", "--corners", "slow,hot"])
    assert refused.exit_code == 2
    assert "--corners = 'slow' is refused" in " ".join(refused.stderr.split())
    assert [path.name for path in tmp_path.iterdir()] == ["s.toml"]


def test_a_slow_corner_writes_less_and_a_cold_one_less_still(tmp_path: Path) -> None:
    asked = load_sweep(TABLES | {"variability": {}}, corners="typical,slow,slow+cold+worst-lines")
    typical, slow, worst = _run(asked, tmp_path / "s")["state_change"].values
    assert 0 < worst < slow < typical
    told = list(corners_told(asked.source, asked.axes))
    assert told[1].startswith("corner slow: area, nucleation")
    # what the folder holds asks the same again
    asked.write(tmp_path)
    assert points_of(load_sweep(tmp_path / "study.toml")).key == points_of(asked).key


@pytest.mark.slow
def test_the_slow_corner_lies_beyond_the_arrays_that_are_drawn() -> None:
    study = Path("scripts/studies/montecarlo.toml")
    drawn = montecarlo(study, 200, faults={"stuck_off": 0, "open_cells": 0})
    corner = sweep(study, corners="slow,fast")
    slow, fast = corner["state_change"].values
    assert 0 < slow < drawn["state_change"].min()
    assert drawn["state_change"].max() < fast
    slow, fast = corner["recovery_time"].values
    assert fast < drawn["recovery_time"].min()
    assert drawn["recovery_time"].max() < slow

"""Sweeps: axes, points, failures, and the command."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from pyspice_models.array import Crossbar
from pyspice_models.errors import RequestError
from pyspice_models.study import run_study
from pyspice_models.study.spec import study_from
from pyspice_models.study.sweep import Axis, load_sweep, parse_axis, sweep

AG2S = Path(sys.executable).with_name("ag2s")
SWEEPS = sorted((Path(__file__).parent.parent / "scripts" / "studies").glob("*_sweep.toml"))
TABLES = {
    "array": {"rows": 2, "cols": 2, "initial": {"pattern": "checkerboard"}},
    "program": [{"do": "write", "row": "last", "col": "last"}],
}


@pytest.mark.parametrize(
    ("text", "keys", "values"),
    [
        ("array.rows=2,4", ("array.rows",), ("2", "4")),
        ("array.rows+array.cols=2, 4", ("array.rows", "array.cols"), ("2", "4")),
        ("array.rows=8:32:8", ("array.rows",), ("8", "16", "24", "32")),
        ("cell.alpha=0.1:0.3:0.1", ("cell.alpha",), ("0.1", "0.2", "0.3")),
        ("wire.tcr=log:1e-4:1e-2:3", ("wire.tcr",), ("0.0001", "0.001", "0.01")),
        ("program.0.scheme=V/2,V/3", ("program.0.scheme",), ("V/2", "V/3")),
    ],
)
def test_axes_are_read(text: str, keys: tuple[str, ...], values: tuple[str, ...]) -> None:
    assert parse_axis(text) == Axis(keys, values)


@pytest.mark.parametrize("text", ["rows", "=2", "a=", "a=1,1", "a=1:2", "a=1:2:0", "a=log:0:1:3", "a+=1", "a=1:2:-1"])
def test_what_is_no_axis_is_refused(text: str) -> None:
    with pytest.raises(RequestError, match="--over"):
        parse_axis(text)


def test_every_point_is_the_study_run_alone() -> None:
    axes = [parse_axis("array.rows+array.cols=2,3"), parse_axis("program.0.scheme=V/2,V/3")]
    found = sweep(TABLES, axes, workers=2)
    assert found["energy_per_switch"].dims == ("array.rows+array.cols", "program.0.scheme")
    assert found["energy_per_switch"].attrs["units"] == "J"
    assert (found["failure"] == "").all()
    alone = study_from(
        {
            "array": {**TABLES["array"], "rows": 3, "cols": 3},
            "program": [{"do": "write", "row": 2, "col": 2, "scheme": "V/3"}],
        }
    )
    there = found.sel({"array.rows+array.cols": 3, "program.0.scheme": "V/3"})
    for name, measure in run_study(alone).measures.items():
        assert float(there[name]) == measure.value, name


def test_the_answer_does_not_depend_on_the_workers() -> None:
    axes = [parse_axis("program.0.voltage=0.2,0.25,0.3")]
    one, two = (sweep(TABLES, axes, workers=workers) for workers in (1, 2))
    xr.testing.assert_identical(one, two)
    assert (np.diff(one["state_change"]) != 0).all()


def test_a_point_that_fails_is_told_and_the_others_stay() -> None:
    axes = [parse_axis("array.rows+array.cols=2,40")]
    found = sweep(TABLES | {"study": {"time_limit": "0.3 s"}}, axes)
    assert str(found["failure"].values[0]) == ""
    assert "time limit" in str(found["failure"].values[1])
    assert found["energy_per_switch"].values[0] > 0
    assert np.isnan(found["energy_per_switch"].values[1])


@pytest.mark.parametrize(
    ("over", "message"),
    [
        ("array.rows=2,0", r"at array\.rows=0: array\.rows = 0 is refused"),
        ("array.rws=2", r"at array\.rws=2: unknown key 'rws'"),
        ("program.0.row=0,7", r"at program\.0\.row=7: program\[0\]\.row = 7 is refused"),
        ("cell.alpha=0:1:0.00001", r"points of the sweep|--over"),
    ],
)
def test_a_wrong_point_is_refused_before_anything_runs(over: str, message: str) -> None:
    with pytest.raises(RequestError, match=message):
        sweep(TABLES, [parse_axis(over)])


def test_a_crossbar_survives_the_way_to_a_worker() -> None:
    crossbar = Crossbar(2, 3, per_cell={"w0": [[0.1, 0.2, 0.3]] * 2})
    again = pickle.loads(pickle.dumps(crossbar))
    assert (again.w0 == crossbar.w0).all()
    assert again.wire == crossbar.wire


@pytest.mark.parametrize("path", SWEEPS, ids=lambda path: path.stem)
def test_every_shipped_sweep_is_valid_and_runs_at_its_first_point(path: Path) -> None:
    tables, axes, shown = load_sweep(path, [])
    first = [Axis(axis.keys, axis.values[:1]) for axis in axes]
    found = sweep(tables, first, folder=path.parent)
    assert (found["failure"] == "").all()
    assert set(shown) <= set(found.data_vars)


def test_the_command(tmp_path: Path) -> None:
    (tmp_path / "s.toml").write_text(
        '[array]\nrows = 2\ncols = 2\n[[program]]\ndo = "write"\nrow = 1\ncol = 1\n', encoding="utf-8"
    )

    def call(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [AG2S, "sweep", "s.toml", *words], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False,
            env=os.environ | {"NO_COLOR": "1"},
        )  # fmt: skip

    done = call("--over", "program.0.voltage=0.2,0.3", "--json")
    assert done.returncode == 0, done.stderr
    points = json.loads(done.stdout)["points"]
    assert [point["program.0.voltage"] for point in points] == [0.2, 0.3]
    assert {p.name for p in (tmp_path / "out" / "s-sweep").iterdir()} == {".ag2s", "sweep.nc", "sweep.csv", "sweep.png"}
    failed = call("--over", "array.rows+array.cols=2,40", "--set", "study.time_limit=0.3", "--out", "f")
    assert failed.returncode == 1
    assert "1 failed" in failed.stderr
    for words, message in (([], "no axis to sweep"), (["--over", "array.rows=0"], "array.rows = 0 is refused")):
        refused = call(*words, "--out", "r")
        assert refused.returncode == 2
        assert message in refused.stderr
        assert not (tmp_path / "r").exists()

"""Every folder of results holds the study that made it: the same command on FOLDER/study.toml gives the same again."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from click.testing import Result
from typer.testing import CliRunner

from pyspice_models.array import Crossbar, pattern
from pyspice_models.campaign.sweep import load_sweep, points_of, sweep
from pyspice_models.cells.presets import preset
from pyspice_models.cells.presets.write import write_preset
from pyspice_models.cli.main import app
from pyspice_models.errors import RequestError, SimulationError
from pyspice_models.result import load
from pyspice_models.stimulus import Read, Write
from pyspice_models.study import Study, load_study, run_study

pytestmark = pytest.mark.usefixtures("no_pictures")

STUDY = """
[study]
name = "s"
[array]
rows = 3
cols = 4
[array.initial]
file = "states.csv"
[array.cells]
area.file = "maps/area.npy"
[cell]
preset = "mine.toml"
[[program]]
do = "write_pattern"
file = "bits.npy"
[[program]]
do = "read"
row = 1
"""
SPREADS = "[variability]\nseed = 5\n[faults]\nstuck_on = 0.1\n"
MAP = np.linspace(2e-11, 3e-11, 9).reshape(3, 3)
OWN = Study(
    "own", Crossbar(3, 3, per_cell={"w0": pattern("checkerboard", (3, 3)), "area": MAP}), [Write(1, 2), Read(1, 2)]
)  # fmt: skip

Call = Callable[..., Result]


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    """A command in this process, in a folder with the inputs of STUDY in `in`."""
    given = tmp_path / "in"
    (given / "maps").mkdir(parents=True)
    dice = np.random.default_rng(2)
    np.savetxt(given / "states.csv", dice.random((3, 4)), delimiter=",")
    np.save(given / "maps" / "area.npy", dice.uniform(2e-11, 3e-11, (3, 4)))
    np.save(given / "bits.npy", dice.random((3, 4)) < 0.5)
    np.save(given / "levels.npy", dice.random((3, 4)))
    write_preset(preset("250nm-160C"), given / "mine.toml")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")

    def run(*words: str) -> Result:
        done = CliRunner().invoke(app, words)
        assert done.exit_code == 0, done.output
        return done

    return run


def _study(more: str = "") -> Path:
    Path("in/s.toml").write_text(f"{STUDY}{more}")
    return Path("in/s.toml")


def _move(folder: str) -> str:
    """The record of a folder that was moved elsewhere, after all that it was made from is gone."""
    shutil.rmtree("in")
    Path("elsewhere").mkdir()
    Path(folder).rename(f"elsewhere/{folder}")
    return f"elsewhere/{folder}/study.toml"


SET = ["--set", "program.0.voltage=0.25 V", "--set", "array.temperature=310"]


@pytest.mark.parametrize(
    ("more", "words"),
    [
        pytest.param(SPREADS, ["--run", "2", *SET, "--accuracy", "1%", "--form", "subckt"], id="all at once"),
        pytest.param("", ["--engine", "nodal"], id="engine"),
        pytest.param("", ["--form", "subckt"], id="form", marks=pytest.mark.slow),
        pytest.param("", [], id="plain", marks=pytest.mark.slow),
        pytest.param(SPREADS, [], id="spreads", marks=pytest.mark.slow),
        pytest.param("", SET, id="set", marks=pytest.mark.slow),
        pytest.param(SPREADS, ["--run", "2"], id="run", marks=pytest.mark.slow),
        pytest.param("", ["--accuracy", "1%"], id="accuracy", marks=pytest.mark.slow),
    ],
)
def test_a_result_can_be_simulated_again_when_its_inputs_are_gone(call: Call, more: str, words: list[str]) -> None:
    first = call("simulate", str(_study(more)), *words, "--json", "--out", "r")
    kept = load(Path("r/result.nc"))
    again = call("simulate", _move("r"), "--json", "--out", "again")
    assert json.loads(again.stdout) == json.loads(first.stdout)
    other = load(Path("again/result.nc"))
    xr.testing.assert_equal(other, kept)
    assert Path("again/study.toml").read_bytes() == Path("elsewhere/r/study.toml").read_bytes()


def test_a_run_that_fails_leaves_its_study_beside_its_deck(tmp_path: Path) -> None:
    study = Study("s", OWN.crossbar, OWN.program, engine="ngspice", limits=OWN.limits.replace(time_limit=1e-3))
    with pytest.raises(SimulationError, match="time limit"):
        run_study(study, tmp_path)
    assert load_study(tmp_path / "study.toml") == study


def test_a_run_does_not_replace_a_study_of_the_users_own(tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text("[array]\nrows = 3\n")
    with pytest.raises(RequestError, match=r"study\.toml is there and was not written by ag2s"):
        run_study(OWN, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["study.toml"], "nothing was begun"
    (tmp_path / "other").mkdir()
    run_study(OWN, tmp_path / "other")
    assert load_study(tmp_path / "other" / "study.toml") == OWN


# ---- campaigns


@pytest.mark.slow
def test_a_sweep_can_be_made_again_with_files_on_its_axes(call: Call) -> None:
    _study()
    np.savetxt("in/other, or not.csv", np.full((3, 4), 0.25), delimiter=",")
    over = {"array.initial.file": ["states.csv", "other, or not.csv"], "array.temperature": [300, "320 K"]}
    first = sweep(Path("in/s.toml"), over, folder="r", workers=1)
    assert first["array.temperature"].attrs["units"] == "K"
    again = call("sweep", _move("r"), "--json", "--out", "again", "--workers", "1")
    other = load(Path("again/sweep.nc"))
    for name in first:
        np.testing.assert_array_equal(other[name].values, first[name].values, err_msg=str(name))
    assert [Path(str(name)).name for name in other["array.initial.file"].values] == ["states.csv", "other__or_not.csv"]
    axes = json.loads(again.stdout)["axes"]
    assert (axes[1]["unit"], axes[1]["values"]) == ("K", [300.0, 320.0])


def test_a_sweep_goes_on_from_its_own_unfinished_folder(call: Call) -> None:
    asked = load_sweep(_study(), ["array.temperature=300,320"])
    folder = Path("r-unfinished")
    folder.mkdir()
    asked.write(folder)
    again = load_sweep(folder / "study.toml")
    assert points_of(again).key == points_of(asked).key
    again.write(folder)
    assert points_of(load_sweep(folder / "study.toml")).key == points_of(asked).key
    assert sorted(path.name for path in (folder / "study-inputs").iterdir()) == [
        "area.npy", "bits.npy", "mine.toml", "states.csv",
    ]  # fmt: skip


@pytest.mark.slow
def test_a_series_can_be_made_again(call: Call) -> None:
    limits = '[montecarlo]\nruns = 2\n[montecarlo.limits]\nstate_change = [">= 0.01", "<= 0.9"]\n'
    first = call("montecarlo", str(_study(SPREADS + limits)), "--seed", "9", "--workers", "1", "--json", "--out", "r")
    alone = call("simulate", "in/s.toml", "--run", "1", "--set", "variability.seed=9", "--json", "--out", "one")
    record = _move("r")
    again = call("montecarlo", record, "--workers", "1", "--json", "--out", "again")
    assert json.loads(again.stdout) == json.loads(first.stdout)
    assert again.stdout == Path("again/report.json").read_text()
    xr.testing.assert_equal(load(Path("again/montecarlo.nc")), load(Path(record).parent / "montecarlo.nc"))
    one = call("simulate", record, "--run", "1", "--json", "--out", "one-again")
    assert json.loads(one.stdout) == json.loads(alone.stdout)


@pytest.mark.parametrize(
    "more",
    [
        "[sensing]\nbandwidth = 34000\n[variability]\nseed = 3\n[faults]\nstuck_on = 0.05\n",
        pytest.param("", marks=pytest.mark.slow),
    ],
)
def test_programming_can_be_made_again(call: Call, more: str) -> None:
    own = '[write_verify]\nfile = "levels.npy"\nlevels = 4\nrounds = 2\nread_voltage = "0.1 V"\n'
    Path("in/s.toml").write_text(STUDY.partition("[[program]]")[0] + f"{more}{own}[driver]\nr_feedback = 1e6\n")
    done = CliRunner().invoke(app, ["write-verify", "in/s.toml", "--json", "--out", "r"])
    again = CliRunner().invoke(app, ["write-verify", _move("r"), "--json", "--out", "again"])
    assert done.exit_code in (0, 1), done.output
    assert again.exit_code == done.exit_code, again.output
    assert json.loads(again.stdout) == json.loads(done.stdout)
    for name in ("states.csv", "report.json", "study.toml"):
        assert Path("again", name).read_bytes() == Path("elsewhere/r", name).read_bytes()


def test_a_sweep_that_starts_where_a_run_ended_keeps_its_states(call: Call) -> None:
    Path("in/run").mkdir()
    run_study(OWN, Path("in/run"))
    Path("in/s.toml").write_text(
        '[study]\nengine = "nodal"\n[array]\nrows = 3\ncols = 3\ninitial = {run = "run"}\n[[program]]\ndo = "read"\n'
    )
    asked = load_sweep(Path("in/s.toml"), ["program.0.voltage=5m,10m"])
    asked.write(Path("r"))
    key = points_of(asked).key
    assert points_of(load_sweep(_move("r"))).key == key

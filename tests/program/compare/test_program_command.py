"""`ag2s program`: table, picture, a folder like others, a resume; on the package's own solver and on ngspice."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from typer.testing import CliRunner, Result

from pyspice_models.cli.main import app
from pyspice_models.folders.checkpoint import Checkpoint
from pyspice_models.program.compare.compared import FIGURES
from pyspice_models.program.compare.request import load_comparison
from pyspice_models.program.compare.run import compare

STUDY = """
[study]
engine = "nodal"
[array]
rows = 3
cols = 3
[array.initial]
pattern = "uniform"
low = 0.3
[driver]
r_feedback = "1 Mohm"
[sensing]
[variability]
seed = 1
[write_verify]
pattern = "random"
levels = 4
read_voltage = "50 mV"
high = 0.8
[programming.slow]
algorithm = "ispp"
rounds = 2
"""


def _call(*words: str) -> Result:
    return CliRunner().invoke(app, ["program", *words], env={"COLUMNS": "200", "AG2S_PICTURES": ""})


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("program")
    (folder / "s.toml").write_text(STUDY)
    return folder


@pytest.fixture(scope="module")
def done(place: Path) -> Result:
    """Three algorithms, of which one has too few rounds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        return _call("s.toml", "--compare", "width,history,slow", "--json")


def test_the_report_has_every_figure_of_every_algorithm(done: Result, place: Path) -> None:
    assert done.exit_code == 1, done.stderr
    told = json.loads(done.stdout)
    assert list(told["algorithms"]) == ["width", "history", "slow"]
    for name, one in told["algorithms"].items():
        assert set(one["figures"]) == set(FIGURES)
        assert one["converged"] == (name != "slow")
        assert one["figures"]["energy_supply"]["unit"] == "J"
        assert one["figures"]["energy_cell"]["value"] == pytest.approx(
            one["figures"]["energy_supply"]["value"] / 9, rel=1e-9, abs=0
        )
        assert 0 < one["figures"]["rms_error"]["value"] < 200e-9
    slow, width = told["algorithms"]["slow"], told["algorithms"]["width"]
    assert slow["figures"]["rounds"]["value"] == 2
    assert set(slow["off"]) == {"rounds used up"}
    assert sum(slow["off"].values()) == slow["figures"]["missed_cells"]["value"] > 2
    assert width["off"] == {}
    assert "slow: cells that are not at their level: " in done.stderr
    assert " rounds used up" in done.stderr
    assert (place / "out" / "s-program" / "program.png").stat().st_size > 20_000


def test_the_folder_is_like_others_and_says_what_was_asked(done: Result, place: Path) -> None:
    folder = place / "out" / "s-program"
    assert {path.name for path in folder.iterdir()} == {
        ".ag2s", "study.toml", "program.json", "algorithms.csv", "cells.csv", "program.png", "width", "history", "slow",
    }  # fmt: skip
    assert [path.name for path in (place / "out").iterdir()] == ["s-program"], "checkpoints go with the end"
    for name in ("width", "history", "slow"):
        assert {"report.json", "states.npz", "cells.nc", "study.toml"} <= {p.name for p in (folder / name).iterdir()}
    again, first = (
        load_comparison(folder / "study.toml"),
        load_comparison(place / "s.toml", names=["width", "history", "slow"]),
    )
    assert list(again.asked) == list(first.asked)
    for one, two in zip(again.asked.values(), first.asked.values(), strict=True):
        assert one.way == two.way
        assert np.array_equal(one.target, two.target)


def test_cells_add_up_to_the_sums(done: Result, place: Path) -> None:
    folder = place / "out" / "s-program"
    rows = list(csv.DictReader((folder / "cells.csv").read_text().splitlines()))
    sums = {row["algorithm"]: row for row in csv.DictReader((folder / "algorithms.csv").read_text().splitlines())}
    assert len(rows) == 27
    for name, total in sums.items():
        mine = [row for row in rows if row["algorithm"] == name]
        for cell, whole in (
            ("energy [J]", "energy_supply [J]"), ("pulses", "pulses"), ("pulse_time [s]", "pulse_time [s]"),
        ):  # fmt: skip
            assert sum(float(row[cell]) for row in mine) == pytest.approx(float(total[whole]), rel=1e-4, abs=0)
        error = [float(row["held [S]"]) - float(row["target [S]"]) for row in mine]
        assert max(map(abs, error)) == pytest.approx(float(total["largest_error [S]"]), rel=1e-3, abs=1e-14)
        assert sum(bool(row["off because"]) for row in mine) >= float(total["missed_cells"])
    cells = xr.load_dataset(folder / "width" / "cells.nc")
    assert cells["energy"].attrs["units"] == "J"
    assert float(cells["energy"].sum()) == pytest.approx(float(sums["width"]["energy_supply [J]"]), rel=1e-9, abs=0)


def test_rows_at_once_cost_less_of_the_same_array(done: Result) -> None:
    told = {name: one["figures"] for name, one in json.loads(done.stdout)["algorithms"].items()}
    assert told["history"]["energy_supply"]["value"] < 0.9 * told["width"]["energy_supply"]["value"]
    assert told["history"]["time"]["value"] < told["width"]["time"]["value"]


def test_a_stopped_command_goes_on_and_does_not_do_again_what_had_ended(
    done: Result, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    """Stopped right behind the first round of the second algorithm."""
    monkeypatch.chdir(place)
    words = ["s.toml", "--compare", "slow,width", "--out", "out/again", "--json"]
    save, seen = Checkpoint.save, []

    def once(self, values):
        save(self, values)
        seen.append(self.path.name)
        if "width" in self.path.name:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Checkpoint, "save", once)
        assert _call(*words).exit_code == 130
    assert {path.name for path in (place / "out").glob("again*")} == {
        "again-checkpoint-width.npz", "again-checkpoint-slow.npz",
    }  # fmt: skip
    more: list[str] = []
    monkeypatch.setattr(Checkpoint, "save", lambda self, values: more.append(self.path.name))
    resumed = _call(*words)
    assert resumed.exit_code == 1, resumed.stderr
    assert "going on from" in resumed.stderr
    told, whole = json.loads(resumed.stdout), json.loads(done.stdout)
    rounds = int(told["algorithms"]["width"]["figures"]["rounds"]["value"])
    assert more == ["again-checkpoint-width.npz"] * rounds, "none of what was done is done again"
    for name in ("width", "slow"):
        assert told["algorithms"][name] == whole["algorithms"][name]


def test_a_file_of_conductances_is_programmed_end_to_end(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(place)
    (place / "g.csv").write_text("conductance [nS]\n60,90\n120,75\n")
    words = ["--set", "array.rows=2", "--set", "array.cols=2", "--set", "write_verify.levels=4"]
    ended = _call("s.toml", *words, "--algorithm", "history", "--target", "g.csv", "--out", "out/own")
    assert ended.exit_code == 0, ended.stderr
    assert "history: all cells read their level after" in ended.stdout
    rows = list(csv.DictReader((place / "out" / "own" / "cells.csv").read_text().splitlines()))
    assert [float(row["target [S]"]) for row in rows] == pytest.approx([60e-9, 100e-9, 120e-9, 80e-9], rel=1e-6, abs=0)
    assert [float(row["held [S]"]) for row in rows] == pytest.approx([60e-9, 100e-9, 120e-9, 80e-9], abs=9e-9)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--compare", "width,isp"], "Did you mean 'ispp'"),
        (["--compare", "width,width"], "each once"),
        (["--compare", "row", "--algorithm", "pi"], "give one of them"),
        (["--target", "missing.csv"], "missing.csv"),
        (["--unit", "nS"], "--unit is of the numbers of a file"),
        (["--set", "programming.patience=9", "--set", "programming.rounds=5"], "contradict each other"),
        (["--set", "cell.model=threshold"], "threshold"),
    ],
)
def test_bad_input_leaves_nothing(
    place: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], message: str
) -> None:  # fmt: skip
    monkeypatch.chdir(place)
    refused = _call("s.toml", *words, "--out", "out/refused")
    assert refused.exit_code == 2, refused.stderr
    assert message in refused.stderr
    assert not list((place / "out").glob("refused*"))


def test_ngspice_programs_by_other_algorithms_too(place: Path) -> None:
    """Two cells, two rounds of a ladder and of a controller: what the package's own solver says."""
    found = {}
    for engine in ("ngspice", "nodal"):
        asked = load_comparison(
            {
                "study": {"engine": engine}, "array": {"rows": 1, "cols": 2, "initial": {"low": 0.3}},
                "write_verify": {"target": [[0.5, 0.2]]},
                "programming": {"rounds": 2, "pulses": "rows"},
            },
            names=["row"],
        )  # fmt: skip
        found[engine] = compare(asked).programmed["row"]
    spice, own = found["ngspice"], found["nodal"]
    assert spice.held == pytest.approx(own.held, abs=2e-3)
    assert spice.energy_supply == pytest.approx(own.energy_supply, rel=0.01, abs=0)
    assert spice.energy_cells == pytest.approx(own.energy_cells, rel=0.02, abs=0)
    assert spice.pulses.tolist() == own.pulses.tolist() == [[2, 2]]

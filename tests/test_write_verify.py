"""Closed-loop programming: it converges, says what did not, and survives being stopped."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from pyspice_models.array import Crossbar, Faults, pattern
from pyspice_models.bench import ReadAll
from pyspice_models.errors import RequestError
from pyspice_models.study import Study
from pyspice_models.study import write_verify as module
from pyspice_models.study.write_verify import Budget, write_verify
from pyspice_models.study.write_verify_file import load_write_verify

AG2S = Path(sys.executable).with_name("ag2s")
TARGET = np.array([[0.2, 0.8, 0.5], [0.9, 0.1, 0.35], [0.6, 0.45, 0.7]])


def _study(**changes) -> Study:
    return Study("wv", Crossbar(3, 3, per_cell={"w0": 0.4}, **changes), [ReadAll()])


def test_every_cell_gets_its_level() -> None:
    report, crossbar = write_verify(_study(), TARGET, Budget())
    assert report.converged
    assert np.abs(report.states - TARGET).max() < 0.02 + 0.005
    assert (crossbar.w0 == report.states).all()
    assert report.errors[0] > 0.4
    assert report.errors[-1] <= 0.02
    assert len(report.errors) <= 8


def test_a_cell_that_holds_its_level_gets_no_pulse() -> None:
    report, _ = write_verify(_study(), np.full((3, 3), 0.4), Budget())
    assert report.pulses.sum() == 0
    assert len(report.errors) == 1


def test_a_stuck_cell_is_listed_and_the_others_get_there() -> None:
    study = _study(faults=Faults(stuck_off=((1, 1),)))
    target = np.where(np.eye(3, dtype=bool), 0.6, 0.3)
    report, _ = write_verify(study, target, Budget(rounds=6))
    assert not report.converged
    assert report.missed == [(1, 1)]


def test_a_stopped_run_goes_on_as_if_it_had_not_been(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, _ = write_verify(_study(), TARGET, Budget())
    checkpoint = tmp_path / "c.npz"
    runs: list[int] = []
    real = module._round

    def counted(*arguments):
        runs.append(1)
        if len(runs) == 3:
            raise KeyboardInterrupt
        return real(*arguments)

    monkeypatch.setattr(module, "_round", counted)
    with pytest.raises(KeyboardInterrupt):
        write_verify(_study(), TARGET, Budget(), checkpoint=checkpoint)
    resumed, _ = write_verify(_study(), TARGET, Budget(), checkpoint=checkpoint)
    assert (resumed.states == whole.states).all()
    assert resumed.errors == whole.errors
    assert resumed.energy == whole.energy
    assert len(runs) == len(whole.errors) + 1, "nothing is done twice but the round in flight"


def test_a_checkpoint_that_is_damaged_or_anothers_is_refused(tmp_path: Path) -> None:
    checkpoint = tmp_path / "c.npz"
    write_verify(_study(), TARGET, Budget(rounds=1), checkpoint=checkpoint)
    with pytest.raises(RequestError, match="belongs to another request"):
        write_verify(_study(), TARGET, Budget(rounds=2), checkpoint=checkpoint)
    whole = checkpoint.read_bytes()
    checkpoint.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(RequestError, match="is damaged"):
        write_verify(_study(), TARGET, Budget(rounds=1), checkpoint=checkpoint)


@pytest.mark.parametrize(
    ("target", "message"),
    [
        (np.full((2, 2), 0.5), r"target's shape = \(2, 2\) is refused; allowed: \(3, 3\)"),
        (np.full((3, 3), 1.5), r"target\[0, 0\] = 1\.5 is refused; allowed: >= 0 and <= 1"),
        (np.full((3, 3), np.nan), r"target\[0, 0\] = nan is refused"),
    ],
)
def test_a_target_that_cannot_be_is_refused(target: np.ndarray, message: str) -> None:
    with pytest.raises(RequestError, match=message):
        write_verify(_study(), target, Budget())


FILE = """
[array]
rows = 2
cols = 2
[array.initial]
pattern = "uniform"
low = 0.3
[write_verify]
pattern = "identity"
"""


def test_study_files_say_what_to_program(tmp_path: Path, studies: Path) -> None:
    (tmp_path / "s.toml").write_text(FILE)
    _, target, budget = load_write_verify(tmp_path / "s.toml", ["write_verify.levels=2", "write_verify.rounds=3"])
    assert target == pytest.approx(pattern("identity", (2, 2), low=0.1, high=0.9))
    assert budget.rounds == 3
    for change, message in (
        ("write_verify.tolerance=0", r"write_verify\.tolerance = 0\.0 is refused"),
        ("write_verify.low=0.95", "0 <= low < high <= 1"),
        ("write_verify.levels=1", r"write_verify\.levels = 1 is refused"),
        ("write_verify.file=x.csv", "needs one of file, pattern"),
        ("write_verify.speed=1", "unknown key 'speed'"),
    ):
        with pytest.raises(RequestError, match=message):
            load_write_verify(tmp_path / "s.toml", [change])
    with pytest.raises(RequestError, match=r"has no \[write_verify\] table"):
        load_write_verify(studies / "vmm.toml")


def test_the_command(tmp_path: Path) -> None:
    (tmp_path / "s.toml").write_text(FILE)

    def call(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [AG2S, "write-verify", "s.toml", *words], cwd=tmp_path, capture_output=True, text=True, timeout=120,
            check=False, env=os.environ | {"NO_COLOR": "1"},
        )  # fmt: skip

    done = call("--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["converged"]
    assert {p.name for p in (tmp_path / "out" / "s").iterdir()} == {
        ".ag2s", "report.json", "states.csv", "states.npz", "write_verify.png",
    }  # fmt: skip
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["s"], "the checkpoint goes with the end"
    short = call("--set", "write_verify.rounds=1", "--set", "write_verify.longest=1us", "--out", "short")
    assert short.returncode == 1
    assert "cells beyond the tolerance of 0.02" in short.stderr
    assert (tmp_path / "short" / "states.csv").exists()


@pytest.mark.slow
def test_16_levels_into_16_by_16() -> None:
    levels = np.random.default_rng(0).integers(0, 16, (16, 16)) / 15
    study = Study("wv16", Crossbar(16, 16, per_cell={"w0": 0.3}), [ReadAll()])
    report, _ = write_verify(study, 0.1 + 0.8 * levels, Budget())
    assert report.converged

"""Write-verify that is stopped, its files and its command."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from fakes import hanging_ngspice
from PIL import Image
from small_studies import IDENTITY, UNIFORM, array
from typer.testing import CliRunner
from write_verify_cases import TARGET, _study

from pyspice_models.array import pattern
from pyspice_models.cli.main import app
from pyspice_models.errors import RequestError, SimulationError
from pyspice_models.program import rounds as module
from pyspice_models.program.file import load_write_verify
from pyspice_models.program.programming import Budget, Programming
from pyspice_models.program.write_verify import write_verify
from pyspice_models.study import Study
from pyspice_models.study.limits import Limits

pytestmark = pytest.mark.usefixtures("no_pictures")

AG2S = Path(sys.executable).with_name("ag2s")


# ---- it survives being stopped


def test_a_stopped_run_goes_on_as_if_it_had_not_been(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, held = write_verify(Programming(_study(), TARGET))
    checkpoint = tmp_path / "c.npz"
    runs: list[int] = []
    real = module.simulate_study

    def counted(*arguments):
        runs.append(1)
        if len(runs) == 3:
            raise KeyboardInterrupt
        return real(*arguments)

    monkeypatch.setattr(module, "simulate_study", counted)
    with pytest.raises(KeyboardInterrupt):
        write_verify(Programming(_study(), TARGET), checkpoint=checkpoint)
    resumed, again = write_verify(Programming(_study(), TARGET), checkpoint=checkpoint)
    for name, states in whole.states.items():
        assert (resumed.states[name] == states).all()
    for name in ("read", "pulses"):
        assert (getattr(resumed, name) == getattr(whole, name)).all()
    for name in ("errors", "typical", "off", "energy_source", "energy_supply", "time", "missed"):
        assert getattr(resumed, name) == getattr(whole, name)
    assert (again.values("x0") == held.values("x0")).all()
    assert len(runs) == len(whole.errors) + 1, "nothing is done twice but the round in flight"


def test_a_checkpoint_of_another_request_is_refused(tmp_path: Path) -> None:
    checkpoint = tmp_path / "c.npz"
    write_verify(Programming(_study(), TARGET, Budget(rounds=1)), checkpoint=checkpoint)
    other = TARGET.copy()
    other[2, 2] += 1e-9
    for study, target, budget in (
        (_study(), TARGET, Budget(rounds=2)),
        (_study(), other, Budget(rounds=1)),
        (_study({"g_int_max": 0.3e-6}), TARGET, Budget(rounds=1)),
        (_study(temperature=310.0), TARGET, Budget(rounds=1)),
    ):
        with pytest.raises(RequestError, match="belongs to another request"):
            write_verify(Programming(study, target, budget), checkpoint=checkpoint)


def test_a_failed_round_keeps_its_deck_and_the_rounds_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, _ = write_verify(Programming(_study(), TARGET))
    checkpoint, real, runs = tmp_path / "c.npz", module.simulate_study, []

    def too_slow_at_last(study: Study, folder: Path | None) -> xr.Dataset:
        runs.append(study)
        if len(runs) != 3:
            return real(study, folder)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("AG2S_NGSPICE", hanging_ngspice(tmp_path))
            return real(replace(study, limits=Limits(time_limit=1.0)), folder)

    monkeypatch.setattr(module, "simulate_study", too_slow_at_last)
    with pytest.raises(SimulationError, match="time limit") as caught:
        write_verify(Programming(_study(), TARGET), folder=tmp_path, checkpoint=checkpoint)
    assert caught.value.folder == tmp_path / "round-002"
    for number in range(3):
        assert {p.name for p in (tmp_path / f"round-{number:03d}").iterdir()} >= {"deck.cir", "ngspice.log"}
    report, _ = write_verify(Programming(_study(), TARGET), checkpoint=checkpoint)
    assert report.errors == whole.errors
    assert len(runs) == len(whole.errors) + 1


FILE = array(2, 2, UNIFORM) + IDENTITY


def _call(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [AG2S, "write-verify", *words], cwd=folder, capture_output=True, text=True, timeout=120, check=False,
        env=os.environ | {"NO_COLOR": "1"} | environment,
    )  # fmt: skip


KILLED = """
import os, signal
from pyspice_models.cli.main import app
from pyspice_models.folders.checkpoint import Checkpoint
save = Checkpoint.save
def once(*arguments):
    save(*arguments)
    os.kill(os.getpid(), signal.SIGKILL)
Checkpoint.save = once
app()
"""
"""The command, and a SIGKILL right behind its first checkpoint: no clock decides whether it comes in time."""


@pytest.mark.slow
def test_a_killed_command_goes_on_where_it_was(tmp_path: Path) -> None:
    """SIGKILL leaves no time to say goodbye."""
    words = ["s.toml", "--set", "array.rows=6", "--set", "array.cols=6", "--set", "write_verify.tolerance=0.002"]
    (tmp_path / "s.toml").write_text(FILE)
    undisturbed = _call(tmp_path, *words, "--out", "whole", "--json")
    assert undisturbed.returncode == 0, undisturbed.stderr
    checkpoint = tmp_path / "out" / "s-checkpoint.npz"
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, "write-verify", *words], cwd=tmp_path, stderr=subprocess.DEVNULL, timeout=120,
        check=False,
    )  # fmt: skip
    assert killed.returncode == -signal.SIGKILL
    assert checkpoint.exists()
    resumed = _call(tmp_path, *words, "--json")
    assert resumed.returncode == 0, resumed.stderr
    assert "going on from" in resumed.stderr
    assert resumed.stdout == undisturbed.stdout
    for name in ("report.json", "states.csv"):
        assert (tmp_path / "out" / "s" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    assert (tmp_path / "whole" / "round-000").exists()
    assert not (tmp_path / "out" / "s" / "round-000").exists(), "the round before the kill was not done again"
    assert not checkpoint.exists()


# ---- files and the command


def test_a_command_whose_simulator_fails_says_where_the_round_lies(tmp_path: Path) -> None:
    (tmp_path / "s.toml").write_text(FILE)
    failed = _call(tmp_path, "s.toml", "--set", "study.time_limit=2", AG2S_NGSPICE=hanging_ngspice(tmp_path))
    assert failed.returncode == 1
    folder = tmp_path / "out" / "s-failed" / "round-000"
    assert str(folder) in failed.stderr.replace("\n", "")
    assert (folder / "deck.cir").exists()


def test_study_files_say_what_to_program(tmp_path: Path, studies: Path) -> None:
    (tmp_path / "s.toml").write_text(FILE)
    asked = load_write_verify(tmp_path / "s.toml", ["write_verify.levels=2", "write_verify.rounds=3"])
    assert asked.target == pytest.approx(pattern("identity", (2, 2), low=0.1, high=0.9), rel=1e-6, abs=0)
    assert asked.budget.rounds == 3
    siemens = ["write_verify.quantity=conductance", "write_verify.low=50 nS"]
    for changes, message in (
        (["write_verify.tolerance=0"], r"write_verify\.tolerance = 0\.0 is refused"),
        (["write_verify.rounds=2.5"], r"rounds = 2\.5 is refused; allowed: a whole number"),
        (["write_verify.low=0.95"], "0 <= low < high <= 1"),
        (["write_verify.levels=1"], r"write_verify\.levels = 1 is refused"),
        (["write_verify.seed=-1"], r"write_verify\.seed = -1 is refused"),
        (["write_verify.file=x.csv"], "needs one of file, pattern"),
        (["write_verify.scheme=V/5"], r"write_verify\.scheme = 'V/5' is refused; allowed: one of auto, V/2, V/3"),
        (["write_verify.speed=1"], "unknown key 'speed'"),
        (["write_verify.quantity=charge"], r"write_verify\.quantity = 'charge' is refused"),
        (siemens, r"\[write_verify\] needs high"),
        ([*siemens, "write_verify.high=0.9"], r"write_verify\.high = 0\.9 S is refused; allowed: >= .* and <= .* S"),
        ([*siemens, "write_verify.high=150 uA"], r"write_verify\.high = '150 uA' is refused"),
    ):
        with pytest.raises(RequestError, match=message):
            load_write_verify(tmp_path / "s.toml", changes)
    with pytest.raises(RequestError, match=r"has no \[write_verify\] table"):
        load_write_verify(studies / "vmm.toml")


@pytest.mark.parametrize("kind", ["png", "npy", "csv"])
def test_targets_from_files(tmp_path: Path, kind: str) -> None:
    grey = np.array([[0, 17], [136, 255]], dtype=np.uint8)  # of 16 levels: 0, 1, 8, 15
    if kind == "png":
        Image.fromarray(grey).save(tmp_path / "t.png")
    elif kind == "npy":
        np.save(tmp_path / "t.npy", grey / 255)
    else:
        np.savetxt(tmp_path / "t.csv", grey / 255, delimiter=",")
    (tmp_path / "s.toml").write_text(FILE.replace('pattern = "identity"', f'file = "t.{kind}"'))
    target = load_write_verify(tmp_path / "s.toml").target
    assert target == pytest.approx(0.1 + 0.8 * np.array([[0, 1], [8, 15]]) / 15, rel=1e-6, abs=0)
    (tmp_path / f"t.{kind}").write_bytes(b"not what its name says")
    with pytest.raises(RequestError, match="cannot be read"):
        load_write_verify(tmp_path / "s.toml")


@pytest.mark.usefixtures("pictures")
def test_the_command(tmp_path: Path) -> None:
    (tmp_path / "s.toml").write_text(FILE)
    done = _call(tmp_path, "s.toml", "--json")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["converged"]
    assert answer["missed"] == []
    assert answer["measures"]["energy_supply"]["unit"] == "J"
    names = {p.name for p in (tmp_path / "out" / "s").iterdir() if not p.name.startswith("round-")}
    assert names == {
        ".ag2s", "cells.nc", "report.json", "states.csv", "states.npz", "study.toml", "write_verify.png",
    }  # fmt: skip
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["s"], "the checkpoint goes with the end"


def test_the_command_ends_with_its_report_when_it_cannot_get_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    (tmp_path / "s.toml").write_text(FILE)
    monkeypatch.chdir(tmp_path)
    words = ["s.toml", "--json", "--set", "write_verify.rounds=1", "--set", "write_verify.longest=2us"]
    short = CliRunner().invoke(app, ["write-verify", *words])
    assert short.exit_code == 1, short.output
    assert "row 0, col 0: should be " in short.stderr
    assert "1 pulses: rounds used up" in short.stderr
    answer = json.loads(short.stdout)
    assert not answer["converged"]
    assert [(cell["row"], cell["col"]) for cell in answer["missed"]] == [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert answer["missed"][0]["target_conductance"]["unit"] == "S"
    # the states are kept, and another run may go on from them
    kept = np.load(tmp_path / "out" / "s" / "states.npz")
    assert (kept["w"] != 0.3).all()
    (tmp_path / "t.toml").write_text(FILE.replace('pattern = "uniform"\nlow = 0.3', 'run = "out/s"'))
    study = load_write_verify(tmp_path / "t.toml").study
    assert (study.crossbar.values("w0") == kept["w"]).all()
    assert (study.crossbar.values("x0") == kept["x"]).all()


@pytest.mark.slow
def test_an_image_of_16_levels_into_16_by_16(tmp_path: Path) -> None:
    grey = np.random.default_rng(0).integers(0, 16, (16, 16)).astype(np.uint8) * 17
    Image.fromarray(grey).save(tmp_path / "t.png")
    text = FILE.replace("= 2", "= 16").replace('pattern = "identity"', 'file = "t.png"')
    (tmp_path / "s.toml").write_text(text)
    began = time.monotonic()
    done = _call(tmp_path, "s.toml", "--json")
    assert done.returncode == 0, done.stderr
    assert time.monotonic() - began < 120
    kept = np.load(tmp_path / "out" / "s" / "states.npz")
    assert np.abs(kept["w"] - (0.1 + 0.8 * grey / 255)).max() < 0.02 + 0.02 / 4

"""Limits of a study: memory, time, and what the machine has."""

from __future__ import annotations

import json
import os
import sys
import time
from contextlib import nullcontext, suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from bounds_cases import STUDIES, sixteen  # noqa: F401
from typer.testing import CliRunner

from pyspice_models import machine
from pyspice_models.array import Crossbar
from pyspice_models.campaign.montecarlo import load_montecarlo, montecarlo
from pyspice_models.campaign.sweep import sweep
from pyspice_models.cli.main import app
from pyspice_models.errors import RequestError, SimulationError
from pyspice_models.program.file import load_write_verify
from pyspice_models.program.write_verify import write_verify
from pyspice_models.result import write_waves
from pyspice_models.stimulus import Read, ReadAll, Write
from pyspice_models.study import Study, bounds, program_size, run_study
from pyspice_models.study.bounds import check_campaign, check_run
from pyspice_models.study.limits import Limits
from pyspice_models.study.size import estimate

# ---- limits


def _small(**limits: float) -> Study:
    return Study("small", Crossbar(4, 4), [Write(0, 0), Read(0)], limits=Limits(**limits))


@pytest.mark.usefixtures("sixteen")
def test_a_stated_limit_takes_the_place_of_what_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    check_run(_small())
    with pytest.raises(RequestError, match=r"10 MB are allowed \(study.memory_limit\)"):
        check_run(_small(memory_limit=10e6))
    with pytest.raises(RequestError, match=r"room on the disk; 1 kB are allowed \(study.disk_limit\)"):
        check_run(_small(disk_limit=1e3))
    monkeypatch.setattr(program_size, "free_memory", lambda: 10_000_000)
    monkeypatch.setattr(bounds, "free_disk", lambda place: 1000)
    with pytest.raises(RequestError, match="9 MB are 90% of what is free"):
        check_run(_small())
    with pytest.raises(RequestError, match="1 kB are free in"):
        check_run(_small(memory_limit=1e9))
    check_run(_small(memory_limit=1e9, disk_limit=1e9))


@pytest.mark.usefixtures("sixteen")
def test_a_program_that_does_not_fit_is_not_laid_out() -> None:
    with pytest.raises(RequestError, match=r"100000 pulses.*study.memory_limit"):
        Study("long", Crossbar(1, 1), [Write(pulses=100_000)], limits=Limits(memory_limit=20e6)).schedule()


@pytest.mark.usefixtures("sixteen")
def test_runs_at_once_share_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    one = estimate(_small()).memory
    monkeypatch.setattr(program_size, "free_memory", lambda: int(3 * one))
    named = [(f"run {n}", _small()) for n in range(8)]
    check_campaign(named, 2)
    with pytest.raises(RequestError, match=r"4 runs at once need about .* fewer workers"):
        check_campaign(named, 4)
    with pytest.raises(RequestError, match=r"at run 1: .*10 MB are allowed"):
        check_campaign([("run 0", _small()), ("run 1", _small(memory_limit=10e6))], 1)
    with pytest.raises(RequestError, match=r"4 runs at once of .*fewer workers"):
        check_run(_small(), at_once=4)


def test_campaigns_are_refused_before_their_first_run(tmp_path: Path) -> None:
    tables = {
        "study": {"memory_limit": "10 MB"}, "array": {"rows": 2, "cols": 2}, "variability": {},
        "program": [{"do": "read_all"}],
    }  # fmt: skip
    with pytest.raises(RequestError, match="memory_limit"):
        montecarlo(tables, 4)
    with pytest.raises(RequestError, match=r"at array.rows=3: .*memory_limit"):
        sweep(tables, {"array.rows": [2, 3]})
    for words in (
        ["montecarlo", "montecarlo.toml"], ["sweep", "sneak_sweep.toml"], ["write-verify", "write_verify.toml"],
        ["simulate", "vmm.toml"],
    ):  # fmt: skip
        command = [words[0], str(STUDIES / words[1]), "--set", "study.memory_limit=10 MB", "--out", str(tmp_path / "o")]
        said = CliRunner().invoke(app, command)
        assert said.exit_code == 2, said.output
        assert "10 MB are allowed (study.memory_limit)" in " ".join(said.output.split())
        assert not list(tmp_path.iterdir())


def test_a_closed_loop_counts_the_cells_that_it_will_write(tmp_path: Path) -> None:
    asked = load_write_verify(STUDIES / "write_verify.toml")
    reading = replace(asked.study, program=[ReadAll()])
    only_reading = replace(asked, study=replace(asked.study, limits=Limits(memory_limit=estimate(reading).memory)))
    with pytest.raises(RequestError, match=r"6[0-9] pulses or reads|7[0-9] pulses or reads"):
        write_verify(only_reading, folder=tmp_path)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["montecarlo", "montecarlo.toml", "--runs", "1000000000"], "runs = 1000000000"),
        (["sweep", "sneak_sweep.toml", "--over", "program.0.voltage=0:1:1e-9"], "up to 10000 values"),
        (["sweep", "sneak_sweep.toml", "--over", "program.0.voltage=log:1:2:1000000000"], "up to 10000 values"),
        (["simulate", "vmm.toml", "--set", "array.rows=1000000000"], "4096"),
        (["netlist", "--rows", "1000000000"], "4096"),
    ],
)
def test_a_thousand_million_of_anything_is_refused_at_once(words: list[str], said: str) -> None:
    words = [str(STUDIES / word) if word.endswith(".toml") else word for word in words]
    began = time.monotonic()
    found = CliRunner().invoke(app, words)
    assert found.exit_code == 2
    assert said in " ".join(found.output.split())
    assert time.monotonic() - began < 30


def test_a_netlist_and_a_file_of_waves_that_do_not_fit_onto_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "free_disk", lambda place: 2_000_000)
    monkeypatch.setattr("pyspice_models.result.waves.free_disk", lambda place: 2_000_000)
    small, large = (["netlist", "--rows", n, "--cols", n, "-o", str(tmp_path / f"{n}.cir")] for n in ("8", "128"))
    assert CliRunner().invoke(app, small).exit_code == 0
    refused = CliRunner().invoke(app, large)
    assert refused.exit_code == 2
    assert "2 MB are free" in refused.output
    assert [path.name for path in tmp_path.iterdir()] == ["8.cir"]
    waves = xr.Dataset({"w": (("time", "row", "col"), np.zeros((3000, 10, 10)))}, {"time": np.arange(3000.0)})
    for ending in ("csv", "raw"):
        with pytest.raises(RequestError, match="GB are free there"):
            write_waves(waves, tmp_path / f"w.{ending}")
    write_waves(waves, tmp_path / "w.mat")
    assert (tmp_path / "w.mat").stat().st_size < 0.1 * waves.nbytes, "compressed"
    assert not list(tmp_path.glob("w.csv*"))
    for room, fits in ((8 * 300_000, True), (8 * 300_000 - 1, False)):
        monkeypatch.setattr("pyspice_models.result.waves.free_disk", lambda place, room=room: room)
        with nullcontext() if fits else pytest.raises(RequestError, match="GB are free there"):
            write_waves(waves, tmp_path / "w.raw")


# ---- building: time limit and progress


@pytest.mark.parametrize("engine", ["ngspice", "nodal"])
def test_building_obeys_the_time_limit(engine: str, tmp_path: Path) -> None:
    study = Study(
        "long", Crossbar(2, 2), [Write(pulses=100_000)], engine=engine,
        limits=Limits(time_limit=0.2, memory_limit=1e12, disk_limit=1e12),
    )  # fmt: skip
    began = time.monotonic()
    with pytest.raises(SimulationError, match=r"time limit of 0.2 s was over before the simulation began"):
        run_study(study, tmp_path)
    assert time.monotonic() - began < 20
    assert [path.name for path in tmp_path.iterdir()] == ["study.toml"], "what was asked, to ask it again"


def test_the_text_of_a_netlist_counts_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    study = Study("wide", Crossbar(8, 8), [Write()])
    seconds = iter([0.0] * 8)
    # laid out and paced in no time, and then a text that takes an hour
    monkeypatch.setattr("pyspice_models.study.building.time.monotonic", lambda: next(seconds, 3600.0))
    with pytest.raises(SimulationError, match="time limit of 600 s was over before the simulation began"):
        run_study(study, tmp_path)
    assert not list(tmp_path.glob("*.cir"))


def test_building_tells_how_far_it_is(tmp_path: Path) -> None:
    shares: list[float] = []
    study = Study("told", Crossbar(1, 1), [Write(pulses=3000), Read()], engine="nodal", limits=Limits(time_limit=3.0))
    with suppress(SimulationError):  # the run itself takes longer
        run_study(study, tmp_path, building=shares.append)
    assert shares == sorted(shares)
    assert len(shares) >= 5
    assert shares[-1] == 1.0


# ---- the machine


def test_memory_of_control_groups_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = machine.memory()
    assert 0 < machine.free_memory() <= whole
    monkeypatch.setattr(machine, "CGROUPS", tmp_path)
    monkeypatch.setattr(machine, "OWN_CGROUP", tmp_path / "own")
    _group(tmp_path, {"own": "0::/outer/inner\n", "outer/memory.max": "3000000\n", "outer/memory.current": "2000000"})
    _group(tmp_path, {"outer/memory.stat": "anon 1\ninactive_file 500000\n", "outer/inner/memory.max": "max\n"})
    assert (machine.memory(), machine.free_memory()) == (3_000_000, 1_500_000)
    _group(tmp_path, {"own": "9:name=systemd:/\n4:cpu,memory:/box\n"})
    _group(tmp_path, {"memory/box/memory.limit_in_bytes": "1000000", "memory/box/memory.usage_in_bytes": "250000"})
    assert (machine.memory(), machine.free_memory()) == (1_000_000, 750_000)
    # a container sees its own group at the root, and no limit as a huge number
    _group(tmp_path, {"memory/box/memory.limit_in_bytes": str(2**63 - 4096), "memory/memory.usage_in_bytes": "5"})
    assert machine.memory() == whole
    _group(tmp_path, {"memory/memory.limit_in_bytes": "2000000"})
    assert machine.memory() == 2_000_000
    _group(tmp_path, {"own": ""})
    assert machine.memory() == whole


def _group(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="ascii")


def test_room_on_a_disk_is_asked_of_the_nearest_folder_that_is_there(tmp_path: Path) -> None:
    there = machine.free_disk(tmp_path)
    assert machine.free_disk(tmp_path / "a" / "b.nc") == pytest.approx(there, rel=0.2, abs=0)
    assert there > 0
    assert machine.free_disk(Path("/proc/nowhere/out")) == sys.maxsize
    assert machine.free_disk(tmp_path / ("x" * 3000)) == pytest.approx(there, rel=0.2, abs=0)
    os.mkfifo(tmp_path / "fifo")
    assert machine.free_disk(tmp_path / "fifo") == machine.free_disk(Path("/dev/null")) == sys.maxsize


def test_no_result_holds_a_netlist() -> None:
    outcome = run_study(Study("short", Crossbar(1, 1), [Read()], engine="ngspice"))
    assert not [name for name, value in outcome.dataset.attrs.items() if "\n.tran" in str(value)]
    assert json.loads(outcome.as_json())["measures"]


def test_a_montecarlo_is_loaded_whatever_its_size_and_refused_by_its_memory() -> None:
    asked = load_montecarlo(STUDIES / "montecarlo.toml", ["study.memory_limit=10 MB"], runs=1_000_000)
    with pytest.raises(RequestError, match="runs at once of"):
        asked.check_size(4)

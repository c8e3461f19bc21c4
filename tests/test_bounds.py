"""Bounds before work: what a run will cost is known before it is laid out, and refused where it cannot fit."""

from __future__ import annotations

import json
import os
import sys
import time
import tracemalloc
from contextlib import nullcontext, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from pyspice_models import machine
from pyspice_models.array import Crossbar, pattern
from pyspice_models.bench import Read, ReadAll, Vmm, Wait, Waveform, Write, WritePattern, schedule
from pyspice_models.bench.outline import outline
from pyspice_models.bench.phases import phases_of
from pyspice_models.cli.main import app
from pyspice_models.errors import RequestError, SimulationError
from pyspice_models.params import TransistorParams
from pyspice_models.result import write_waves
from pyspice_models.study import Study, bounds, load_study, run_study, spec
from pyspice_models.study.bounds import check_campaign, check_run, estimate, program_memory
from pyspice_models.study.montecarlo import load_montecarlo, montecarlo
from pyspice_models.study.run import simulate_study
from pyspice_models.study.spec import Limits
from pyspice_models.study.sweep import sweep
from pyspice_models.study.write_verify import write_verify
from pyspice_models.study.write_verify_file import load_write_verify

STUDIES = Path(__file__).parents[1] / "scripts" / "studies"
GB = 1e9


@pytest.fixture
def sixteen(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with 16 GB of memory, all of it free, and 100 GB on its disks."""
    for name, size in (("free_memory", 16 * GB), ("memory", 16 * GB), ("raw_limit", 16 * GB)):
        monkeypatch.setattr(bounds, name, lambda size=size: int(size))
    monkeypatch.setattr(bounds, "free_disk", lambda place: int(100 * GB))


# ---- the three requests that took minutes and gigabytes before anything was simulated

_MANY_PULSES = [Write(3, 4, pulses=100_000, scheme="V/3")]
_LARGE = {
    "pulses": lambda **more: Study("pulses", Crossbar(64, 64), _MANY_PULSES, **more),
    "rows": lambda **more: Study("rows", Crossbar(4096, 1), [ReadAll()], **more),
    "pattern": lambda **more: Study(
        "pattern", Crossbar(1024, 1024), [WritePattern(target=pattern("checkerboard", (1024, 1024), low=0, high=1))],
        **more,
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "engine"), [("pulses", "ngspice"), ("pulses", "vacask"), ("rows", "ngspice"), ("pattern", "nodal")]
)
@pytest.mark.usefixtures("sixteen")
def test_what_cannot_fit_is_refused_by_name_before_it_is_laid_out(
    name: str, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def must_not(*_: object) -> None:
        raise AssertionError("laid out")

    monkeypatch.setattr(spec, "schedule", must_not)
    study = _LARGE[name](engine=engine)
    for ask in (run_study, simulate_study):
        with pytest.raises(RequestError) as refused:
            ask(study)
        said = str(refused.value)
        assert refused.value.exit_code == 2
        for part in ("time points", "TB of memory" if name != "rows" else "GB of memory", "14.4 GB", "fewer pulses"):
            assert part in said, said
        assert f"{study.crossbar.rows} x {study.crossbar.cols} cells" in said
        assert "study.memory_limit" in said


@pytest.mark.usefixtures("sixteen")
def test_the_refusal_recommends_nodal_only_where_it_fits() -> None:
    with pytest.raises(RequestError, match=r"engine nodal \(about"):
        check_run(_LARGE["pulses"](engine="ngspice"))
    with pytest.raises(RequestError) as refused:
        check_run(_LARGE["pattern"](engine="ngspice"))
    assert "nodal" not in str(refused.value)
    check_run(_LARGE["pulses"](engine="nodal"))


def test_a_hundred_thousand_pulses_are_laid_out_in_little_memory() -> None:
    tracemalloc.start()
    plan = schedule(Crossbar(64, 64), [Write(3, 4, pulses=5_000, scheme="V/3")])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(plan.word[0].times) == 3 * 5_000 + 1
    # selected, and all the others; a waveform for each line would be 127 of them
    assert len({id(wave) for wave in (*plan.word, *plan.bit)}) == 4
    assert peak < 15e6
    expected = program_memory(outline(Crossbar(64, 64), [Write(3, 4, pulses=5_000, scheme="V/3")]))
    assert 0.8 * peak < expected < 2 * peak


# ---- the outline is the schedule

_SHAPE = (3, 4)
_BOARD = pattern("checkerboard", _SHAPE, low=0, high=1)
_STEPS = st.lists(
    st.one_of(
        st.builds(
            Write, row=st.integers(0, 2), col=st.sampled_from([0, 3, (1, 2)]), pulses=st.integers(1, 5),
            width=st.sampled_from([50e-9, 1e-6, 3e-6]), gap=st.sampled_from([0.0, 1e-9, 2e-6]),
            voltage=st.sampled_from([0.3, -0.2, 0.0]), scheme=st.sampled_from(["V/2", "V/3", "floating", "grounded"]),
        ),
        st.builds(Read, row=st.integers(0, 2), col=st.sampled_from([None, 2]), duration=st.sampled_from([1e-6, 1e-5])),
        st.builds(ReadAll, scheme=st.sampled_from(["grounded", "float-words"])),
        st.builds(Vmm),
        st.builds(WritePattern, target=st.just(_BOARD), pulses=st.integers(1, 2)),
        st.builds(Wait, duration=st.sampled_from([1e-9, 1e-3])),
    ),
    min_size=1, max_size=6,
)  # fmt: skip


@given(_STEPS, st.booleans())
@settings(max_examples=60)
def test_an_outline_counts_what_the_schedule_has(program: list[Any], transistors: bool) -> None:
    crossbar = Crossbar(*_SHAPE, selector=TransistorParams() if transistors else None)
    plan, whole = schedule(crossbar, program), outline(crossbar, program)
    assert (whole.stop, whole.finest, whole.shortest_pulse) == (plan.stop, plan.finest, plan.shortest_pulse)
    assert (whole.windows, whole.stretches) == (len(plan.windows), len(plan.stretches))
    assert whole.pulses == sum(window.pulses for window in plan.windows)
    assert whole.aimed == sum(len(window.rows) + len(window.cols) for window in plan.windows)
    waves = [*plan.word, *plan.bit, *plan.word_gate, *plan.bit_gate, *plan.gate]
    assert sum(len(wave.times) for wave in waves) <= whole.corners
    assert whole.corners <= 4 / 3 * sum(len(wave.times) for wave in waves)
    assert whole.stored >= sum(len(wave.times) for wave in {id(wave): wave for wave in waves}.values())
    assert sum(count for phase, count in whole.kinds if phase.bias is not None) == whole.pulses


def test_lines_that_are_driven_alike_are_counted_once() -> None:
    crossbar, program = Crossbar(64, 48), [Write(3, 4, pulses=5), Write(3, 4, pulses=2)]
    plan, whole = schedule(crossbar, program), outline(crossbar, program)
    waves = [*plan.word, *plan.bit, *plan.word_gate, *plan.bit_gate, *plan.gate]
    held = sum(len(wave.times) for wave in {id(wave): wave for wave in waves}.values())
    # no more is known than how many levels each write has: 2 of word lines and 2 of bit lines, twice
    assert held <= whole.stored <= 4 * held < whole.corners / 4


@given(_STEPS)
@settings(max_examples=60)
def test_lines_that_share_a_waveform_are_driven_as_if_each_had_its_own(program: list[Any]) -> None:
    crossbar = Crossbar(*_SHAPE)
    plan = schedule(crossbar, program)
    alone: dict[str, list[Waveform]] = {}
    moments = iter(plan.stretches)
    for side, count, rest in (("word", 3, 0.0), ("bit", 4, 0.0), ("word_gate", 3, 1.0), ("bit_gate", 4, 1.0)):
        alone[side] = [Waveform(rest) for _ in range(count)]
    for phase in phases_of(crossbar, program):
        if phase.bias is None:
            next(moments)
            continue
        for _ in range(phase.pulses):
            rise, _, _, fall = (next(moments) for _ in range(4))
            if phase.gap:
                next(moments)
            corners = rise.start, rise.stop, fall.start, fall.stop
            for side, levels in (
                ("word", phase.bias.word), ("bit", phase.bias.bit), ("word_gate", phase.bias.word_driven),
                ("bit_gate", phase.bias.bit_driven),
            ):  # fmt: skip
                for wave, level in zip(alone[side], levels, strict=True):
                    _append(wave, corners, float(level))
    for side, waves in alone.items():
        assert getattr(plan, side) == waves


def _append(wave: Waveform, corners: tuple[float, ...], level: float) -> None:
    """As a line by itself would have it, corner by corner."""
    if level != wave.rest:
        for moment, value in zip(corners, (wave.rest, level, level, wave.rest), strict=True):
            if not wave.times or moment > wave.times[-1]:
                wave.times.append(moment)
                wave.values.append(value)


# ---- estimates against what happens


def _asked(which: str, engine: str) -> Study:
    if which == "products":
        return Study("products", Crossbar(6, 6), [Vmm(), Vmm(duration=2e-5)], engine=engine)
    cells = [f"program.{step}.{side}=3" for step in range(4) for side in ("row", "col")]
    study = load_study(STUDIES / "write_read.toml", ["array.rows=4", "array.cols=6", *cells])
    return replace(study, engine=engine)


@pytest.mark.parametrize("engine", ["ngspice", "vacask", "nodal"])
@pytest.mark.parametrize("which", ["products", "writes"])
def test_estimates_are_within_a_factor_of_two_of_what_happens(
    which: str, engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = _asked(which, engine)
    raw: list[int] = []
    unlink = Path.unlink

    def weighed(path: Path, missing_ok: bool = False) -> None:
        if path.suffix == ".raw" and path.exists():
            raw.append(path.stat().st_size)
        unlink(path, missing_ok=missing_ok)

    monkeypatch.setattr(Path, "unlink", weighed)
    expected = estimate(study)

    traced = engine != "nodal" or which == "products"  # its loops take long under a tracer
    if traced:
        tracemalloc.start()
    outcome = run_study(study, tmp_path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    points = outcome.dataset.sizes["time"]
    assert 0.7 * points < expected.points < 2 * points
    if engine == "nodal":
        assert (expected.raw, expected.deck) == (0, 0)
    else:
        assert 0.7 * raw[0] < expected.raw < 2 * raw[0]
        text = sum(path.stat().st_size for path in tmp_path.glob("deck.*"))
        assert 0.7 * text < expected.deck < 3 * text
    stored = (tmp_path / "result.nc").stat().st_size
    assert 0.5 * stored < expected.result < 2.5 * stored
    # libraries that a run loads are in the estimate, and traced only where they are loaded for the first time
    assert peak < 1.4 * expected.memory
    assert not traced or expected.memory - 60e6 < 3 * peak


@pytest.mark.parametrize("path", sorted(STUDIES.glob("*.toml")), ids=lambda path: path.stem)
def test_every_shipped_study_fits_into_eight_gigabytes(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "free_memory", lambda: int(8 * GB))
    monkeypatch.setattr(bounds, "free_disk", lambda place: int(8 * GB))
    study = load_write_verify(path).study if path.stem == "write_verify" else load_study(path)
    assert 60e6 < check_run(study).memory < 0.9 * 8 * GB


def test_tighter_accuracy_is_more_points() -> None:
    for engine in ("ngspice", "vacask", "nodal"):
        study = replace(load_study(STUDIES / "write_read.toml"), engine=engine)
        finer = replace(load_study(STUDIES / "write_read.toml", ["accuracy.error=0.02%"]), engine=engine)
        assert estimate(finer).points > 1.3 * estimate(study).points


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
    monkeypatch.setattr(bounds, "free_memory", lambda: 10_000_000)
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
    monkeypatch.setattr(bounds, "free_memory", lambda: int(3 * one))
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
    assert not list(tmp_path.iterdir())


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
    monkeypatch.setattr(machine, "_CGROUPS", tmp_path)
    monkeypatch.setattr(machine, "_OWN", tmp_path / "own")
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


def test_a_long_netlist_is_not_kept_in_the_result(monkeypatch: pytest.MonkeyPatch) -> None:
    study = Study("short", Crossbar(1, 1), [Read()], engine="nodal")
    assert run_study(study).dataset.attrs["deck"].startswith("*")
    monkeypatch.setattr("pyspice_models.study.run.MOST_RECORDED", 1000)
    assert "ag2s netlist" in run_study(study).dataset.attrs["deck"]
    assert json.loads(run_study(study).as_json())["measures"]


def test_a_montecarlo_is_loaded_whatever_its_size_and_refused_by_its_memory() -> None:
    asked = load_montecarlo(STUDIES / "montecarlo.toml", ["study.memory_limit=10 MB"], runs=1_000_000)
    with pytest.raises(RequestError, match="runs at once of"):
        asked.check_size(4)

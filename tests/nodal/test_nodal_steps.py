"""Steps of the nodal engine's transient: what happens when one fails, what they know, how they are compiled."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from nodal_cases import run_points

from pyspice_models.accuracy import Accuracy
from pyspice_models.array import Crossbar, pattern
from pyspice_models.engine import engine
from pyspice_models.engine.nodal import interval, run_state, sharing, transient
from pyspice_models.engine.nodal.crossings import cell_sweeps
from pyspice_models.engine.nodal.kept import marks_of
from pyspice_models.engine.nodal.points import Points
from pyspice_models.engine.nodal.run_state import Plan, State
from pyspice_models.engine.nodal.stages import Core, Found
from pyspice_models.engine.nodal.transient import Transient
from pyspice_models.errors import SimulationError
from pyspice_models.simulation import Simulation
from pyspice_models.stimulus import Read, Step, Wait, Write, schedule
from pyspice_models.study import Study, run_study

BAR = Crossbar(2, 3, per_cell={"w0": pattern("random", (2, 3), seed=4)})
PROGRAM = [Write(0, 1), Wait(1e-5), Read(0, 1)]
SHORT = [Write(0, 1, width=0.4e-6)]
TELLING = ("energy_per_switch", "energy_source", "energy_drivers", "state_change", "read_current")


def _run(program: Sequence[Step] = SHORT) -> Transient:
    return Transient(BAR, schedule(BAR, program), Accuracy())


def _plain(monkeypatch: pytest.MonkeyPatch, program: Sequence[Step] = SHORT) -> Transient:
    """A run by the templates as Python reads them: a test can stand in for a part of them there."""
    plain = SimpleNamespace(on=lambda *tuples: partial(interval.advance, *tuples))
    monkeypatch.setattr(transient, "assembled", lambda *of: (plain, sharing.assist))
    return _run(program)


def _ends(points: Points) -> list[float]:
    return [float(points.planes[-1, 0, 0, 1]), float(points.lost("cells")[-1].sum()), *points.books[-1, :4].tolist()]


def test_what_is_compiled_is_what_stands_in_the_templates(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled, plain = run_points(_run()), run_points(_plain(monkeypatch))
    assert compiled.time == pytest.approx(plain.time, rel=1e-12, abs=0)
    assert compiled.kept.fields == pytest.approx(plain.kept.fields, rel=1e-9, abs=1e-15)
    assert compiled.kept.lines == pytest.approx(plain.kept.lines, rel=1e-9, abs=1e-18)


def test_a_step_that_newton_does_not_solve_is_made_shorter_and_the_answer_is_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    usual = run_points(_run())
    solve, tried = interval.solve_stage, []

    def short_ones_only(core: Core, stage: float, *more) -> Found:
        tried.append(stage)
        found = solve(core, stage, *more)
        return found if stage < 2e-9 else found._replace(solved=False)

    monkeypatch.setattr(interval, "solve_stage", short_ones_only)
    run = _plain(monkeypatch)
    fine = run_points(run)
    assert max(tried) > 2e-9, "longer steps were tried"
    assert len(fine) > 2 * len(usual), "and shorter ones taken"
    assert run.effort["failed"] > 0
    assert np.diff(fine.time).max() < 2e-9 / (1 - np.sqrt(0.5))
    assert _ends(fine) == pytest.approx(_ends(usual), rel=2e-3, abs=0)
    assert fine.time[-1] == usual.time[-1]


def test_a_step_whose_error_is_too_large_is_made_shorter() -> None:
    run = _run(PROGRAM)
    points = run_points(run)
    assert 0 < run.effort["refused"] < 0.3 * run.effort["steps"]
    assert len(points) == 1 + run.effort["steps"]


def test_where_no_step_is_short_enough_the_run_ends_and_says_when(monkeypatch: pytest.MonkeyPatch) -> None:
    attempt = interval.attempt

    def until_a_tenth_of_a_microsecond(core: Core, plan: Plan, state: State, *more) -> float:
        error = attempt(core, plan, state, *more)
        return error if state.clock[run_state.SINCE] < 0.1e-6 else np.nan

    monkeypatch.setattr(interval, "attempt", until_a_tenth_of_a_microsecond)
    with pytest.raises(
        SimulationError, match=r"step became too small at 1\.\d*e-07 s \(\S+e-2\d s\): by cell \(\d, \d\)"
    ):
        run_points(_plain(monkeypatch))


def test_where_no_step_is_short_enough_the_run_says_at_which_cell() -> None:
    bar = Crossbar(2, 3, per_cell={"rate_int_set": np.full((2, 3), 5e4)})
    run = Transient(bar, schedule(bar, SHORT), Accuracy())
    run.crossings.devices.table["c_parallel"][4] = np.nan
    with pytest.raises(SimulationError, match=r"step became too small at 0 s .*: by cell \(1, 1\)"):
        run_points(run)


def test_an_error_that_is_no_number_is_no_good_step(monkeypatch: pytest.MonkeyPatch) -> None:
    judge = interval.step_error

    def blind(core: Core, stage: float, *more) -> tuple[float, int]:
        error, taken = judge(core, stage, *more)
        return (error if stage < 1e-9 else float("nan")), taken

    monkeypatch.setattr(interval, "step_error", blind)
    points = run_points(_plain(monkeypatch))
    assert np.diff(points.time).max() < 1e-9 / (1 - np.sqrt(0.5))
    assert np.isfinite(_ends(points)).all()


@pytest.mark.parametrize("later", [[Read(0, 1, voltage=1e-3)], [Wait(1.0), Write(1, 2, voltage=1.2)]])
def test_what_follows_changes_nothing_of_what_was(later: list[Step]) -> None:
    """Neither the smallest read nor the largest pulse of a program: errors and maps of the law knew them."""
    program = [Write(0, 1), Wait(1e-6)]
    alone, first = run_points(_run(program)), run_points(_run([*program, *later]))
    same = len(alone)
    assert (first.time[:same] == alone.time).all()
    assert (first.kept.fields[:same] == alone.kept.fields).all()
    assert (first.kept.lines[:same, : sum(alone.layout.widths)] == alone.kept.lines).all()


def test_a_program_is_fed_in_parts() -> None:
    whole = run_points(_run([Write(0, 1), Write(1, 2, voltage=-0.3), Write(0, 0)]), marks=True)
    run = _run([Write(0, 1)])
    energies = [run_points(run, marks=True).lost("cells")[-1]]
    run.feed(schedule(BAR, [Write(1, 2, voltage=-0.3)]))
    before = run.snapshot()
    for _ in range(2):
        run.restore(before)
        points = run_points(run, marks=True)
        assert points.time.tolist() == sorted(marks_of(run.schedule))
        run.feed(schedule(BAR, [Write(1, 2, voltage=-0.3)]))
    energies.append(points.lost("cells")[-1])
    run.feed(schedule(BAR, [Write(0, 0)]))
    last = run_points(run, marks=True)
    assert (last.planes[-1] == whole.planes[-1]).all()
    assert sum(energies) + last.lost("cells")[-1] == pytest.approx(whole.lost("cells")[-1], rel=1e-12, abs=0)


def test_the_step_knows_nothing_of_the_run() -> None:
    """The least step was a share of it: a wait of ten seconds could not be begun."""
    short, long = (
        run_study(Study("retention", Crossbar(2, 2), [Write(0, 0), Wait(wait), Read(0, 0)], engine="nodal"))
        for wait in (1e-4, 10.0)
    )
    for name in TELLING:
        assert long.measures[name].value == pytest.approx(short.measures[name].value, rel=1e-6, abs=0), name


def test_the_deadline_is_looked_at_before_steps_are_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = schedule(BAR, PROGRAM)
    with pytest.raises(SimulationError, match=r"reached its time limit at 0 s of 2\.102e-05 s"):
        Transient(BAR, plan, Accuracy()).run(time.monotonic() - 1, None, lambda points: pytest.fail("a point was kept"))
    asked, real = [], time.monotonic

    def clock() -> float:
        asked.append(len(asked))
        return real() + (1e6 if len(asked) > 60 else 0)

    monkeypatch.setattr("pyspice_models.engine.nodal.transient.clock.monotonic", clock)
    monkeypatch.setattr("pyspice_models.engine.nodal.transient.SECONDS", 0.0)
    done: list[float] = []
    with pytest.raises(SimulationError, match=r"reached its time limit at \d"):
        engine("nodal").run(Simulation(BAR, plan), tmp_path, time_limit=1e3, progress=done.append)
    assert len(done) > 20
    assert done == sorted(done)
    assert not list(tmp_path.iterdir()), "nothing half-written stays"


def test_how_often_the_clock_is_looked_at_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = run_points(_run())
    monkeypatch.setattr("pyspice_models.engine.nodal.transient.SECONDS", 0.0)
    monkeypatch.setattr("pyspice_models.engine.nodal.transient.ROOM", (2**25, 3))
    often = run_points(_run())
    assert (often.time == usual.time).all()
    assert (often.kept.fields == usual.kept.fields).all()
    assert (often.kept.lines == usual.kept.lines).all()


def test_a_second_process_compiles_nothing() -> None:
    run_points(_run())
    code = """
from numba.core import event
import numpy as np
compiled = []
event.register("numba:compile", type("Listener", (event.Listener,), {
    "on_start": lambda self, e: compiled.append(str(e.data["dispatcher"])), "on_end": lambda self, e: None})())
from pyspice_models.accuracy import Accuracy
from pyspice_models.array import Crossbar
from pyspice_models.engine.nodal.transient import Transient
from pyspice_models.stimulus import Write, schedule
bar = Crossbar(3, 2)
Transient(bar, schedule(bar, [Write(0, 1, width=4e-7)]), Accuracy()).run(np.inf, None, lambda points: None)
print(compiled)
"""
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_what_sources_moved_is_counted_source_by_source() -> None:
    data = run_study(Study("moved", BAR, PROGRAM, engine="nodal")).dataset
    powers = [np.abs(data[f"v_{side}_source"].values * data[f"i_{side}_source"].values) for side in ("word", "bit")]
    moved = np.trapezoid(sum(power.sum(axis=1) for power in powers), data["time"].values)
    assert float(data["moved"][-1]) == pytest.approx(moved, rel=0.02, abs=0)
    assert float(data["moved"][-1]) > 1.05 * float(data["delivered"][-1])


def test_a_state_that_is_not_found_is_no_state() -> None:
    """Newton's method with one slope does not settle in six turns where a step is far too long."""
    setting = {"factor": 1.0, "direction": 1.0, "setting": 1.0, "resetting": 1.0, "exponent": 0.514, "width": 0.01}
    states = [cell_sweeps.settle(0.3, 0.3, step, *setting.values()) for step in np.geomspace(1e-9, 1e9, 55)]
    found = np.isfinite(states)
    assert found[:20].all()
    assert not found.all()
    for step, state in zip(np.geomspace(1e-9, 1e9, 55)[found], np.array(states)[found], strict=True):
        moved = cell_sweeps.rate(1.0, 1.0, state, 1.0, 1.0, 0.514, 0.01)
        assert state == pytest.approx(0.3 + step * moved, abs=3e-6 * max(1.0, step))

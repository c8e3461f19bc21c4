"""What the transient of the nodal engine does when a step fails: it is halved, or the run ends with its reason."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from pyspice_models.accuracy import Accuracy
from pyspice_models.array import Crossbar, pattern
from pyspice_models.engine import engine
from pyspice_models.engine.nodal.crossings import cell_sweeps
from pyspice_models.engine.nodal.ends.base import SUMS
from pyspice_models.engine.nodal.transient import Point, Transient
from pyspice_models.errors import SimulationError
from pyspice_models.simulation import Simulation
from pyspice_models.stimulus import Read, Step, Wait, Write, schedule
from pyspice_models.study import Study, run_study

BAR = Crossbar(2, 3, per_cell={"w0": pattern("random", (2, 3), seed=4)})
PROGRAM = [Write(0, 1), Wait(1e-5), Read(0, 1)]
SHORT = [Write(0, 1, width=0.4e-6)]
TELLING = ("energy_per_switch", "energy_source", "energy_drivers", "state_change", "read_current")


def _points(program: Sequence[Step] = SHORT) -> list[Point]:
    points: list[Point] = []
    Transient(BAR, schedule(BAR, program), Accuracy()).run(np.inf, None, points.append)
    return points


def _ends(points: list[Point]) -> list[float]:
    last = points[-1]
    return [float(last.planes[0, 0, 1]), float(last.cells.sum()), *last.books[: len(SUMS)].tolist()]


def test_a_step_that_newton_does_not_solve_is_made_shorter_and_the_answer_is_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plain = _points()
    solve, tried = Transient.solve_stage, []

    def short_ones_only(self: Transient, stage: float, *more) -> bool:
        tried.append(stage)
        return solve(self, stage, *more) and stage < 2e-9

    monkeypatch.setattr(Transient, "solve_stage", short_ones_only)
    fine = _points()
    assert max(tried) > 2e-9, "longer steps were tried"
    assert len(fine) > 2 * len(plain), "and shorter ones taken"
    steps = np.diff([point.time for point in fine])
    assert steps.max() < 2e-9 / (1 - np.sqrt(0.5))
    assert _ends(fine) == pytest.approx(_ends(plain), rel=2e-3, abs=0)
    assert fine[-1].time == plain[-1].time


def test_a_step_whose_error_is_too_large_is_made_shorter(monkeypatch: pytest.MonkeyPatch) -> None:
    judge, refused = Transient.step_error, []

    def count(self: Transient, *what) -> float:
        error = judge(self, *what)
        refused.append(error > 1)
        return error

    monkeypatch.setattr(Transient, "step_error", count)
    points = _points(PROGRAM)
    assert 0 < sum(refused) < 0.3 * len(refused)
    assert len(points) == 1 + len(refused) - sum(refused)


def test_where_no_step_is_short_enough_the_run_ends_and_says_when(monkeypatch: pytest.MonkeyPatch) -> None:
    solve = Transient.solve_stage

    def until_a_tenth_of_a_microsecond(self: Transient, *more) -> bool:
        return solve(self, *more) and more[-1].since < 0.1e-6

    monkeypatch.setattr(Transient, "solve_stage", until_a_tenth_of_a_microsecond)
    with pytest.raises(SimulationError, match=r"step became too small at 1\.\d*e-07 s \(\S+e-2\d s\)"):
        _points()


def test_an_error_that_is_no_number_is_no_good_step(monkeypatch: pytest.MonkeyPatch) -> None:
    judge = Transient.step_error

    def blind(self: Transient, step: float, *more) -> float:
        return judge(self, step, *more) if step < 4e-9 else float("nan")

    monkeypatch.setattr(Transient, "step_error", blind)
    points = _points()
    assert np.diff([point.time for point in points]).max() < 4e-9
    assert np.isfinite(_ends(points)).all()


def test_the_step_knows_nothing_of_the_run() -> None:
    """The least step was a share of it: a wait of ten seconds could not be begun."""
    short, long = (
        run_study(Study("retention", Crossbar(2, 2), [Write(0, 0), Wait(wait), Read(0, 0)], engine="nodal"))
        for wait in (1e-4, 10.0)
    )
    for name in TELLING:
        assert long.measures[name].value == pytest.approx(short.measures[name].value, rel=1e-6, abs=0), name


def test_the_deadline_is_looked_at_before_every_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = schedule(BAR, PROGRAM)
    points: list[Point] = []
    with pytest.raises(SimulationError, match=r"reached its time limit at 0 s of 2\.102e-05 s"):
        Transient(BAR, plan, Accuracy()).run(time.monotonic() - 1, None, points.append)
    assert len(points) == 1
    asked, real = [], time.monotonic

    def clock() -> float:
        asked.append(len(asked))
        return real() + (1e6 if len(asked) > 60 else 0)

    monkeypatch.setattr("pyspice_models.engine.nodal.transient.clock.monotonic", clock)
    done: list[float] = []
    with pytest.raises(SimulationError, match=r"reached its time limit at \d"):
        engine("nodal").run(Simulation(BAR, plan), tmp_path, time_limit=1e3, progress=done.append)
    assert len(done) > 40
    assert done == sorted(done)
    assert not list(tmp_path.iterdir()), "nothing half-written stays"


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

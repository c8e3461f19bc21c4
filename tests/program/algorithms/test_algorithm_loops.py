"""The loop around every algorithm, on cells that follow the nominal kinetics: levels, reasons, divergence, resume."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from algorithm_cases import Bench, programming, run

from pyspice_models.array import Crossbar
from pyspice_models.array.fluctuation import FluctuationParams
from pyspice_models.array.sensing import SensingParams
from pyspice_models.errors import RequestError
from pyspice_models.folders.checkpoint import Checkpoint
from pyspice_models.program.algorithms.base import REASONS, SOUND
from pyspice_models.program.algorithms.how import How
from pyspice_models.program.algorithms.registry import ALGORITHMS
from pyspice_models.program.algorithms.reverify import Reverify
from pyspice_models.program.algorithms.row import IncrementalRow
from pyspice_models.program.algorithms.table import Way
from pyspice_models.program.loop import loop as module
from pyspice_models.program.programming import Budget, Programming
from pyspice_models.program.read_out import ReadOut
from pyspice_models.stimulus import ReadAll, Wait
from pyspice_models.study import Study

TARGET = np.array([[0.2, 0.8, 0.5], [0.9, 0.1, 0.35], [0.6, 0.45, 0.7]])
SPEED = np.array([[1.0, 1.3, 0.7], [0.8, 1.2, 1.0], [1.1, 0.6, 1.5]])


def way(name: str, **how: object) -> Way:
    return Way(name, ALGORITHMS[name](), How(**how))  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ALGORITHMS)
def test_every_algorithm_brings_every_cell_to_its_level(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(SPEED)
    loop, state = run(programming(TARGET, way(name)), bench, monkeypatch)
    assert state.off[-1] == 0, state.off
    assert (loop.given_up(state) == SOUND).all()
    assert np.abs(state.read - TARGET).max() <= 0.02
    assert state.round == len(bench.programs) - 1
    assert (state.pulses > 0).all()
    assert state.energy_cells.sum() == pytest.approx(state.energy_supply, rel=1e-9, abs=0)
    assert state.pulse_time_cells.sum() == pytest.approx(state.pulse_time, rel=1e-9, abs=0)


@pytest.mark.parametrize(("name", "reason"), [("width", "does not answer"), ("ispp", REASONS[2]), ("row", REASONS[2])])
def test_a_dead_cell_is_given_up_with_its_reason_and_the_others_are_not(
    name: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    speed = SPEED.copy()
    speed[1, 1] = 0.0
    loop, state = run(programming(TARGET, way(name)), Bench(speed), monkeypatch)
    codes = loop.given_up(state)
    assert REASONS[int(codes[1, 1])] == reason
    codes[1, 1] = SOUND
    assert (codes == SOUND).all()
    assert state.off[-1] == 1


def test_turns_and_pulses_are_limits_where_they_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    # a cell that answers forty times as fast as any goes to and fro over its level
    wild = np.where(np.eye(3, dtype=bool), 40.0, 1.0)
    loop, state = run(programming(TARGET, way("ispp", turns=2)), Bench(wild), monkeypatch)
    turned = loop.given_up(state)
    assert {REASONS[int(code)] for code in turned[turned != SOUND]} <= {"goes to and fro past its level"}
    assert state.turns.max() == 3
    loop, state = run(programming(TARGET, way("ispp", most_pulses=2)), Bench(SPEED), monkeypatch)
    assert state.pulses.max() == 2
    assert "has had its pulses" in {REASONS[int(code)] for code in loop.given_up(state).ravel() if code}


def test_a_loop_that_gets_worse_ends_and_keeps_its_best_state(monkeypatch: pytest.MonkeyPatch) -> None:
    class Worse(Bench):
        def __call__(self, study, rounds, folder):
            done = super().__call__(study, rounds, folder)
            if len(self.programs) > 3:  # something beyond the loop's reach drags all cells away, more in each round
                done.ended[0] = np.clip(done.ended[0] - 0.1 * (len(self.programs) - 3), 0, 1)
                done.sensed[:] = study.crossbar.conductance(5e-3, *done.ended) * 5e-3
            return done

    loop, state = run(programming(TARGET, way("ispp", patience=3)), Worse(SPEED), monkeypatch)
    assert loop.diverged(state)
    assert state.best.round == 2
    assert state.round == 5, "three rounds without a better state"
    assert np.abs(state.best.read - TARGET).mean() < np.abs(state.read - TARGET).mean()
    patient, state = run(programming(TARGET, way("ispp", rounds=9)), Worse(SPEED), monkeypatch)
    assert state.round == 9
    assert not patient.diverged(state), "nothing was asked"


def test_a_loop_whose_error_still_falls_has_not_diverged(monkeypatch: pytest.MonkeyPatch) -> None:
    """A ladder that begins so low that no cell is there for many rounds, while all come nearer."""
    asked = Way("row", IncrementalRow(start=0.1, step=2e-3), How(patience=2))
    loop, state = run(programming(np.full((2, 3), 0.9), asked), Bench(np.ones((2, 3))), monkeypatch)
    same = [one == other for one, other in pairwise(state.off)]
    assert any(one and other for one, other in pairwise(same)), "two rounds without fewer cells off"
    assert not loop.diverged(state)
    assert state.off[-1] == 0


def test_cells_of_a_row_that_need_less_ride_along(monkeypatch: pytest.MonkeyPatch) -> None:
    """All begin at 0.4. Within the tolerance, 0.02, but beyond its half: two cells of one row, of each sign one."""
    target = np.array([[0.6, 0.415, 0.405, 0.385], [0.4, 0.415, 0.405, 0.385]])
    _, alone = run(programming(target, way("history")), Bench(np.ones(target.shape)), monkeypatch)
    assert (alone.pulses > 0).tolist() == [[True, False, False, False], [False] * 4]
    _, along = run(programming(target, way("history", band=0.5)), Bench(np.ones(target.shape)), monkeypatch)
    assert (along.pulses > 0).tolist() == [[True, True, False, False], [False] * 4]
    assert along.errors[-1] < alone.errors[-1] + 1e-12
    assert abs(along.read - target)[0, 1] < 0.005 < abs(alone.read - target)[0, 1]


def test_a_dead_cell_does_not_drag_the_others_along_at_a_high_voltage(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its pulses grow until they are given up, but to no more than the longest would do at the voltage asked for."""
    speed, target = np.where(np.eye(3, dtype=bool), 1e-6, 1.0), np.full((3, 3), 0.8)
    bench = Bench(speed)
    asked = programming(target, Way("least-energy", ALGORITHMS["least-energy"](), How()), budget=Budget(rounds=8))
    loop, state = run(asked, bench, monkeypatch)
    volts = float(np.asarray(state.memory["voltage"]))
    known = loop.known(state)
    ratio = known.bounds(volts).rates[0] / known.bounds(known.voltage).rates[0]
    assert ratio > 2
    assert state.pulse_time_cells[0, 0] <= 3 * asked.budget.longest / ratio * (1 + 1e-9)
    assert (loop.given_up(state)[np.eye(3, dtype=bool)] != SOUND).all()


def test_reverify_finds_what_came_back_and_mends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(SPEED, back=0.3)
    _, plain = run(programming(TARGET, way("history")), Bench(SPEED, back=0.3), monkeypatch)
    asked = programming(TARGET, Way("reverify", Reverify(wait=2e-3)))
    _, state = run(asked, bench, monkeypatch)
    waits = [n for n, program in enumerate(bench.programs) if any(s == Wait(2e-3) for s in program)]
    assert len(waits) == 2
    assert state.off[waits[0]] > 0, "all read their level before the wait"
    assert state.off[waits[0] - 1] == 0 == state.off[waits[1]]
    assert plain.off[-1] == 0, "a loop that does not wait sees nothing of it"


def test_reads_are_averaged(monkeypatch: pytest.MonkeyPatch) -> None:
    bar = Crossbar(3, 3, per_cell={"w0": np.full((3, 3), 0.4)})
    bar = bar.replace(driver=bar.driver.replace(r_feedback=1e6))
    study = Study("s", bar, [ReadAll()], engine="nodal", sensing=SensingParams(offset=0.0, bits=16))
    off = {}
    for reads in (1, 16):
        asked = Programming(
            study, TARGET, Budget(read_voltage=0.05), read_out=ReadOut.of(study, 0.05), way=way("width", reads=reads)
        )
        monkeypatch.setattr(module, "executed", Bench(SPEED))
        loop = module.Loop(asked)
        state = loop.round(loop.start())
        held = bar.conductance(0.05, *bar.initial_states)
        off[reads] = float(np.sqrt(np.mean((state.read - asked.scale.levels(held)) ** 2)))
        assert loop.known(state).noise == pytest.approx(asked.noise / np.sqrt(reads), rel=1e-9, abs=0)
    assert off[16] < off[1] / 2, "a quarter of the noise, by nine draws"


def test_a_stopped_loop_goes_on_as_if_it_had_not_been(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("row", "history", "least-energy"):
        asked = programming(TARGET, way(name))
        _, whole = run(asked, Bench(SPEED), monkeypatch)
        loop = module.Loop(asked)
        state = loop.round(loop.round(loop.start()))
        kept = Checkpoint(tmp_path / f"{name}.npz", "key")
        kept.save(state.as_arrays())
        again = module.Loop(asked)
        resumed = again.resumed(kept)
        assert resumed is not None
        while again.goes_on(resumed):
            resumed = again.round(resumed)
        first, second = whole.as_arrays(), resumed.as_arrays()
        assert first.keys() == second.keys()
        for key, values in first.items():
            assert np.array_equal(values, second[key], equal_nan=True), (name, key)


def test_limits_that_contradict_each_other_are_refused() -> None:
    for how, message in (
        ({"patience": 60}, r"programming\.patience = 60 is refused; allowed: 0, or 1 to 59.*contradict"),
        ({"turns": 99}, r"programming\.turns = 99 is refused; allowed: 0, or 1 to 59.*contradict"),
        ({"reads": 2}, r"programming\.reads = 2 is refused; allowed: 1\. More are there to average"),
    ):
        with pytest.raises(RequestError, match=message):
            programming(TARGET, way("ispp", **how))


def test_reads_may_be_averaged_where_conductances_fluctuate() -> None:
    asked = programming(TARGET, way("ispp"))
    noisy = replace(asked.study, fluctuation=FluctuationParams(flicker=0.01))
    assert Programming(noisy, TARGET, way=way("ispp", reads=4)).way.how.reads == 4


@pytest.mark.parametrize("name", ALGORITHMS)
def test_what_needs_kinetics_is_refused_for_a_cell_that_states_none(name: str) -> None:
    bar = Crossbar(2, 2)
    object.__setattr__(bar.populations[0], "model", replace(bar.model, soft_bounds=None))
    study = Study("v", bar, [ReadAll()], engine="nodal")
    if ALGORITHMS[name].kinetics:
        with pytest.raises(RequestError, match=f"the algorithm '{name}' .* the cell 'ag2s' states none"):
            Programming(study, np.full((2, 2), 0.5), way=way(name))
    else:
        assert Programming(study, np.full((2, 2), 0.5), way=way(name)).rounds > 10

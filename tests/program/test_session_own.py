"""A live array of a user's own cell: its code runs in a process of its own, which may go."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import numpy as np
import pytest

from pyspice_models import Crossbar, Read, Session, Study, Wait, Write, foreign_cell, pattern
from pyspice_models.errors import RequestError, SimulationError
from pyspice_models.measure import energy_split
from pyspice_models.study.run import simulate_study

GAP = Path(__file__).parents[2] / "scripts" / "studies" / "models" / "gap_cell.va"
PROGRAM = [Write(1, 2, voltage=0.5), Read(1, 2, voltage=0.05), Wait(1e-6), Write(0, 1, voltage=-0.5)]


@pytest.fixture(scope="module")
def bar() -> Crossbar:
    closed = {"node": "gap", "initial": "gap0", "zero": 1.0, "one": 0.0}
    cell = foreign_cell(GAP, terminals=["top", "bottom"], states={"closed": closed})
    return Crossbar(2, 3, cell=cell).at_level(pattern("checkerboard", (2, 3), low=0.2, high=0.8))


def _children() -> list[int]:
    """Processes of live arrays that this one has started."""
    found = []
    for number in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split():
        if b"live_child" in Path(f"/proc/{number}/cmdline").read_bytes():
            found.append(int(number))
    return found


@pytest.fixture(scope="module")
def session(bar: Crossbar) -> Session:
    """One for all tests: a process takes seconds to start."""
    return Session(bar)


def test_steps_one_by_one_are_the_whole_program(bar: Crossbar, session: Session, tmp_path: Path) -> None:
    found = [session.apply(step) for step in PROGRAM[:2]]
    taken = session.snapshot()
    session.save(tmp_path / "kept.npz")
    session.apply(Write(0, 0, voltage=0.5))
    session.restore(taken)
    found += [session.apply(PROGRAM[2])]
    last = session.record(PROGRAM[3])
    data = simulate_study(Study("whole", bar, PROGRAM, engine="nodal"))
    states = session.states
    for name, values in states.items():
        assert np.abs(values - data[name].values[-1]).max() < 1e-6
    split = energy_split(data, 0.0, float(data["time"][-1]))
    ours = energy_split(last, 0.0, float(last["time"][-1]))
    assert sum(one.delivered for one in found) + ours.source == pytest.approx(split.source, rel=1e-3, abs=0)
    assert found[1].currents[0].shape == (1,)
    session.load(tmp_path / "kept.npz")
    session.apply(*PROGRAM[2:])
    assert all(np.abs(session.states[name] - values).max() < 1e-6 for name, values in states.items())
    session.set_states(closed=bar.initial_states[0])
    assert session.apply(PROGRAM[0]).cells == pytest.approx(found[0].cells, rel=1e-9, abs=0)


def test_a_process_that_goes_is_a_message_and_the_array_stands_where_it_stood(session: Session) -> None:
    before = session.snapshot()
    once = session.apply(PROGRAM[3])
    session.restore(before)
    states, steps, energies = session.states, session.steps, session.energies["delivered"]
    (number,) = _children()
    os.kill(number, signal.SIGSEGV)
    with pytest.raises(SimulationError, match=r"compiled code of the cell 'gap_cell' crashed \(SIGSEGV\)"):
        session.apply(PROGRAM[3])
    assert (session.steps, session.energies["delivered"]) == (steps, energies)
    assert all(np.array_equal(session.states[name], values) for name, values in states.items())
    again = session.apply(PROGRAM[3])
    assert again.cells == pytest.approx(once.cells, rel=1e-9, abs=0)
    states = session.states
    with pytest.raises(SimulationError, match="time limit"):
        session.apply(Write(0, 0, voltage=0.5, pulses=1000), time_limit=0.0)
    with pytest.raises(RequestError, match=r"program\[0\].row"):
        session.apply(Write(9, 9))
    assert all(np.array_equal(session.states[name], values) for name, values in states.items())
    assert len(_children()) == 1

"""A crossbar kept alive: the same as one long program, whatever it is interrupted by."""

from __future__ import annotations

import pickle
import re
from pathlib import Path

import numpy as np
import pytest

from pyspice_models import Crossbar, Read, ReadAll, Session, Study, Wait, Write, pattern
from pyspice_models.array import Faults
from pyspice_models.array.driver import DriverParams
from pyspice_models.errors import RequestError, SimulationError
from pyspice_models.measure import energy_split, sense_current
from pyspice_models.result import windows
from pyspice_models.stimulus import Apply
from pyspice_models.study.run import simulate_study

BAR = Crossbar(4, 5, per_cell={"w0": pattern("checkerboard", (4, 5))}, faults=Faults(stuck_on=[(0, 1)]))
PROGRAM = [Write(1, 2), Read(1, 2), Wait(3e-6), Write(3, 0, voltage=-0.3, pulses=3), ReadAll(duration=2e-6)]


def test_steps_one_by_one_are_the_whole_program() -> None:
    session = Session(BAR)
    found = [session.apply(step) for step in PROGRAM]
    data = simulate_study(Study("whole", BAR, PROGRAM, engine="nodal"))
    assert session.time == pytest.approx(float(data["time"][-1]), rel=1e-12, abs=0)
    for name, values in session.states.items():
        assert np.abs(values - data[name].values[-1]).max() < 1e-6
    split = energy_split(data, 0.0, float(data["time"][-1]))
    energies = session.energies
    assert energies["cells"] == pytest.approx(split.cells.values, rel=1e-3, abs=1e-20)
    for name, value in (("lines", split.lines), ("drivers", split.drivers), ("delivered", split.source)):
        assert energies[name] == pytest.approx(value, rel=1e-3, abs=0)
    currents = [current for one in found for current in one.currents]
    reads = windows(data, "read")
    assert len(currents) == len(reads) == 5
    for mine, window in zip(currents, reads, strict=True):
        assert mine == pytest.approx(sense_current(data, window).values, rel=1e-3, abs=1e-15)
    assert energies["cells"].sum() == pytest.approx(sum(one.cells.sum() for one in found), rel=1e-12, abs=0)


def test_snapshots_and_files_bring_everything_back(tmp_path: Path) -> None:
    session = Session(BAR)
    fresh = session.snapshot()
    session.apply(Write(2, 2))
    taken = pickle.loads(pickle.dumps(session.snapshot()))
    session.save(tmp_path / "s.npz")
    once = session.apply(Write(0, 0), Read(0))
    states = session.states
    session.restore(taken)
    again = session.apply(Write(0, 0), Read(0))
    assert np.array_equal(once.cells, again.cells)
    assert np.array_equal(once.currents[0], again.currents[0])
    other = Session(BAR)
    other.load(tmp_path / "s.npz")
    assert (other.time, other.steps) == (taken.totals["time"], 1)
    other.apply(Write(0, 0), Read(0))
    assert all(np.array_equal(other.states[name], values) for name, values in states.items())
    assert other.energies["lines"] == session.energies["lines"]
    session.restore(fresh)
    assert session.time == 0.0
    assert np.array_equal(session.states["w"], BAR.initial_states[0])


def test_what_fails_leaves_everything_as_it_was() -> None:
    session = Session(BAR)
    session.apply(Write(2, 2))
    before, energies = session.states, session.energies
    with pytest.raises(SimulationError, match="time limit"):
        session.apply(Write(0, 0, pulses=1000), time_limit=0.0)
    with pytest.raises(RequestError, match=r"program\[0\].row"):
        session.apply(Write(9, 9))
    with pytest.raises(RequestError, match="no steps"):
        session.apply()
    assert all(np.array_equal(session.states[name], values) for name, values in before.items())
    assert (session.steps, session.energies["delivered"]) == (1, energies["delivered"])


def test_reads_and_states_by_hand() -> None:
    session = Session(Crossbar(3, 4))
    assert session.read(1).shape == (4,)
    session.set_states(w=np.full((3, 4), 0.5))
    high = session.read_all(duration=2e-6)
    assert high.shape == (3, 4)
    assert session.conductances() == pytest.approx(np.abs(high) / 5e-3, rel=0.05, abs=0)
    assert (high > 3 * session.crossbar.with_states(w=0.0, x=0.0).conductance(5e-3, 0.0, 0.0) * 5e-3).all()
    with pytest.raises(RequestError, match="state"):
        session.set_states(y=0.1)


def test_states_by_hand_are_gone_where_a_snapshot_was_taken_before_them() -> None:
    session = Session(Crossbar(2, 2))
    fresh = session.snapshot()
    session.set_states(w=0.5)
    assert session.states["w"] == pytest.approx(0.5, rel=0, abs=1e-4)
    session.restore(fresh)
    assert np.array_equal(session.states["w"], session.crossbar.initial_states[0])


def test_states_that_are_not_named_stay_as_they_are() -> None:
    """At their bounds, too, where they are shown a little inside: else they would rise each time."""
    session = Session(Crossbar(2, 2).with_states(w=0.4, x=0.0))
    for w in (0.3, 0.5, 0.7):
        session.apply(Wait(1e-6))
        session.set_states(w=w)
    assert np.abs(session.states["x"] - Session(Crossbar(1, 1)).crossbar.equations.clip(0.0)).max() < 1e-9
    assert session.states["w"] == pytest.approx(np.full((2, 2), 0.7), rel=0, abs=1e-4)


def test_wider_pulses_than_before_are_followed_as_well() -> None:
    session, whole = Session(Crossbar(2, 2)), Session(Crossbar(2, 2))
    small, large = Apply((0.1, 0.0), (0.0, 0.0), width=1e-6), Apply((0.45, 0.0), (0.0, 0.0), width=1e-6)
    for step in (small, large):
        session.apply(step)
    whole.apply(small, large)
    assert np.abs(session.states["w"] - whole.states["w"]).max() < 1e-5


def test_steps_that_come_again_do_what_they_did_in_a_program() -> None:
    """They are laid out once, whatever came in between."""
    again, rails = Write(1, 1), Crossbar(3, 2, driver=DriverParams(kind="rail"))
    program = [again, Read(1), Write(2, 0, scheme="V/3"), again, Read(1), Write(0, 1, voltage=-0.3), again]
    for bar in (Crossbar(3, 2), rails):
        session, whole = Session(bar), Session(bar)
        found = [session.apply(step) for step in program]
        together = whole.apply(*program)
        assert np.abs(session.states["w"] - whole.states["w"]).max() < 1e-6
        assert sum(one.delivered for one in found) == pytest.approx(together.delivered, rel=1e-3, abs=0)
        for one, other in zip([found[1], found[4]], together.currents, strict=True):
            assert one.currents[0] == pytest.approx(other, rel=1e-3, abs=0)


def test_states_by_hand_are_the_start_of_a_new_array() -> None:
    """Nothing of what was before is left: charges, filters, what the solver had learned about its steps."""
    states = {"w": np.array([[0.1, 0.9], [0.4, 0.0]]), "x": np.full((2, 2), 0.1)}
    for driver in (DriverParams(), DriverParams(compliance="smooth", sense="tia")):
        used, fresh = (Session(Crossbar(2, 2, driver=driver)) for _ in range(2))
        used.apply(Apply((0.3, 0.0), (0.0, -0.1), width=1e-6))
        for session in (used, fresh):
            session.set_states(**states)
        one, other = used.apply(Write(0, 1), Read(0)), fresh.apply(Write(0, 1), Read(0))
        assert np.array_equal(one.cells, other.cells)
        assert np.array_equal(one.currents[0], other.currents[0])
        assert all(np.array_equal(used.states[name], values) for name, values in fresh.states.items())


def test_what_is_of_another_array_is_refused(tmp_path: Path) -> None:
    session, other = Session(BAR), Session(BAR.with_states(w=0.3))
    session.apply(Write(2, 2))
    with pytest.raises(RequestError, match="another crossbar"):
        other.restore(session.snapshot())
    session.save(tmp_path / "s.npz")
    with pytest.raises(RequestError, match="belongs to another"):
        other.load(tmp_path / "s.npz")
    with pytest.raises(RequestError, match="belongs to another"):
        other.save(tmp_path / "s.npz")
    with pytest.raises(RequestError, match="no session in"):
        other.load(tmp_path / "t.npz")


def test_the_example_of_the_page_runs(capfd: pytest.CaptureFixture[str]) -> None:
    page = Path(__file__).parents[2] / "docs" / "session.md"
    (block,) = re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    exec(block, {})
    assert len(capfd.readouterr().out.splitlines()) >= 3

"""Long times in the engines, and refusals of what they cannot follow."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from time_cases import DAY

from pyspice_models.accuracy import Accuracy
from pyspice_models.array import Crossbar, pattern
from pyspice_models.array.driver import DriverParams
from pyspice_models.cells.ag2s.imposed import states_after
from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.cells.ag2s.twin import simulate
from pyspice_models.cells.selectors.foreign import foreign_transistor
from pyspice_models.cells.selectors.params import ThresholdParams, TransistorParams
from pyspice_models.engine import engine
from pyspice_models.errors import RequestError, SimulationError
from pyspice_models.result import windows
from pyspice_models.simulation import Simulation
from pyspice_models.stimulus import Read, Step, Timeline, Wait, Waveform, Write, schedule
from pyspice_models.study import Outcome, Study, run_study
from pyspice_models.study.limits import Limits

TELLING = (
    "energy_per_switch", "energy_selected_cell", "energy_drivers", "energy_lines", "energy_source", "state_change",
    "disturb_half_selected", "read_current",
)  # fmt: skip


def _run(name: str, program: list[Step], *, edge: float = 10e-9, **options) -> Outcome:
    bar = Crossbar(2, 2, driver=DriverParams(t_edge=edge), per_cell={"w0": [[0.05, 0.6], [0.9, 0.2]]})
    return run_study(Study("time", bar, program, engine=name, **options))


def _write_wait_read(name: str, wait: float, edge: float = 10e-9) -> Outcome:
    return _run(name, [Write(0, 0), Wait(wait), Read(0, 0)], edge=edge)


def _same(one: Outcome, other: Outcome, within: float) -> None:
    for name in TELLING:
        assert one.measures[name].value == pytest.approx(other.measures[name].value, rel=within, abs=0), name
    # what one waits changes no state: the cells keep what they were given
    assert np.abs(one.dataset["w"].values[-1] - other.dataset["w"].values[-1]).max() < within


# ---- the engines


@pytest.fixture(scope="module")
def short() -> dict[tuple[str, float], Outcome]:
    """A write, a wait of 100 us in which all charge goes, and a read."""
    return {
        (name, edge): _write_wait_read(name, 1e-4, edge)
        for name, edge in [("nodal", 10e-9), ("nodal", 10e-12), ("ngspice", 10e-9), ("vacask", 10e-9)]
    }


WAITS = given(st.floats(-4, 6).map(lambda exponent: 10**exponent), st.sampled_from([10e-9, 10e-12]))


@WAITS
@example(DAY, 10e-12)
@example(1e6, 10e-9)
@settings(max_examples=3, derandomize=True)
def test_nodal_does_not_know_how_long_one_waits(short, wait: float, edge: float) -> None:
    _check_wait_in_nodal(short, wait, edge)


@pytest.mark.slow
@WAITS
@example(1e4, 10e-12)
@settings(max_examples=40, derandomize=True)
def test_nodal_does_not_know_it_for_many_waits(short, wait: float, edge: float) -> None:
    _check_wait_in_nodal(short, wait, edge)


def _check_wait_in_nodal(short, wait: float, edge: float) -> None:
    outcome, reference = _write_wait_read("nodal", wait, edge), short["nodal", edge]
    _same(outcome, reference, 1e-6)
    assert len(outcome.dataset["time"]) < len(reference.dataset["time"]) + 30, "a quiet day takes a few steps"
    assert (np.diff(outcome.dataset["time"].values) > 0).all()


@given(st.floats(-4, 2).map(lambda exponent: 10**exponent))
@example(100.0)
@settings(max_examples=3, derandomize=True)
def test_ngspice_does_not_know_how_long_one_waits(short, wait: float) -> None:
    outcome = _write_wait_read("ngspice", wait)
    _same(outcome, short["ngspice", 10e-9], 1e-4)
    assert abs(outcome.measures["energy_imbalance"].value) < 1e-3


@pytest.mark.parametrize("wait", [1e-2, 1e3])
def test_vacask_does_not_know_how_long_one_waits(short, wait: float) -> None:
    outcome = _write_wait_read("vacask", wait)
    _same(outcome, short["vacask", 10e-9], 1e-4)
    assert abs(outcome.measures["energy_imbalance"].value) < 1e-3


@pytest.mark.parametrize("name", ["ngspice", "vacask", "nodal", "pyspice"])
def test_a_wait_of_a_millisecond_keeps_the_books(name: str) -> None:
    outcome = run_study(Study("default", Crossbar(2, 2), [Write(0, 0), Wait(1e-3), Read(0, 0)], engine=name))
    assert abs(outcome.measures["energy_imbalance"].value) < 1e-3
    assert outcome.measures["state_change"].value == pytest.approx(0.06734, rel=2e-3, abs=0)


@pytest.mark.parametrize("wait", [1e-6, 1.0, 20_000.0])
def test_the_falling_edge_of_a_lone_write_is_kept(wait: float) -> None:
    """It was lost, and the cell saw 0.3 V for hours."""
    outcome = run_study(Study("lost", Crossbar(1, 1), [Write(0, 0), Wait(wait)], engine="nodal"))
    assert outcome.measures["state_change"].value == pytest.approx(0.06734, rel=1e-3, abs=0)
    assert outcome.measures["energy_per_switch"].value == pytest.approx(4.346e-15, rel=3e-3, abs=0)
    assert outcome.dataset["w"].values[-1, 0, 0] == pytest.approx(0.05 + 0.06734, rel=1e-3, abs=0)


@pytest.mark.parametrize("name", ["ngspice", "vacask", "nodal"])
@pytest.mark.parametrize("wait", [10e-6, 1.0])
def test_energies_of_a_short_write_are_the_same_before_a_long_wait(name: str, wait: float) -> None:
    """Samples within 1e-11 of the run counted as corners: 8 % were missing from the books."""
    bar = Crossbar(1, 1, driver=DriverParams(t_edge=0.1e-9))
    found = run_study(Study("tail", bar, [Write(0, 0, width=20e-9), Wait(wait)], engine=name)).measures
    assert found["energy_source"].value == pytest.approx(4.817e-16, rel=5e-3, abs=0)
    assert found["energy_per_switch"].value == pytest.approx(4.523e-16, rel=5e-3, abs=0)
    assert abs(found["energy_imbalance"].value) < 2e-3


def test_a_program_that_only_waits_runs() -> None:
    states = {"w0": pattern("checkerboard", (2, 2))}
    for name in ("nodal", "ngspice", "vacask"):
        outcome = run_study(Study("wait", Crossbar(2, 2, per_cell=states), [Wait(1e-6)], engine=name))
        assert outcome.measures["energy_source"].value == pytest.approx(0, abs=1e-24)
        assert outcome.dataset["w"].values[-1] == pytest.approx(outcome.dataset["w"].values[0], rel=1e-12, abs=0)


@pytest.mark.parametrize("tighter", [3, pytest.param(10, marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    "program",
    [
        [Write(0, 0, pulses=2, gap=1e6), Read(0, 0)],
        [Write(0, 0), Read(0, 0, duration=1e5), Read(0, 0)],
        [Wait(1e6), Wait(1.0), Write(0, 0), Wait(1e-5), Read(0, 0)],
        [Write(0, 0, voltage=0.0), Wait(DAY), Write(0, 0), Wait(1e-5), Read(0, 0, scheme="floating")],
    ],
    ids=["gaps", "long read", "waits before", "a pulse of nothing"],
)
def test_nodal_takes_whatever_a_program_may_ask_for(program: list[Step], tighter: int) -> None:
    outcome = _run("nodal", program, edge=10e-12)
    tight = _run("nodal", program, edge=10e-12, accuracy=Accuracy().tighter(tighter))
    for name in ("energy_per_switch", "energy_source", "state_change", "read_current"):
        assert outcome.measures[name].value == pytest.approx(tight.measures[name].value, rel=2e-3, abs=0), name
    assert outcome.measures["writes_as_lone_cell"].value == tight.measures["writes_as_lone_cell"].value
    assert abs(outcome.measures["energy_imbalance"].value) < 1e-3
    assert len(outcome.dataset["time"]) < 1000


def test_a_long_read_disturbs_as_the_states_alone_say() -> None:
    """Four hours at 0.1 V fill the window; the cell on an ideal source tells how far."""
    bar = Crossbar(1, 1, driver=DriverParams(r_driver=1e-3, r_sense=1e-3, r_contact=0))
    outcome = run_study(Study("long", bar, [Read(0, 0, voltage=0.05, duration=15_000.0)], engine="nodal"))
    drive, timeline = Waveform(), Timeline()
    drive.pulse(timeline.pulse(15_000.0, 10e-9), 0.05)
    w, x = states_after(CellParams(), {"w0": [0.05], "x0": [0.0]}, drive.times, drive.values)
    assert w[0] > 1e-3
    for name, change in (("w", w[0]), ("x", x[0])):
        moved = float(outcome.dataset[name].values[-1, 0, 0] - outcome.dataset[name].values[0, 0, 0])
        assert moved == pytest.approx(change, rel=5e-3, abs=1e-6), name


def test_recovery_after_a_day_of_pauses_is_that_of_a_lone_pulse() -> None:
    late = _run("nodal", [Wait(DAY), Write(0, 0), Read(0, 0)])
    early = _run("nodal", [Write(0, 0), Read(0, 0)])
    assert late.measures["recovery_time"].value == pytest.approx(early.measures["recovery_time"].value, rel=1e-4, abs=0)


# ---- refusals

RAILS = {"driver": DriverParams(kind="rail"), "selector": TransistorParams()}


@pytest.mark.parametrize(
    ("name", "wait", "parts", "message"),
    [
        (
            "ngspice", 1e4, {},
            r"engine ngspice follows a program for 120 s where its shortest edge or pause takes 10 ns, and this one "
            r"lasts 10 ks: .* \(driver\.t_edge, from 833 ns on\)\. Use engine nodal\.",
        ),
        ("pyspice", 1e4, {}, r"engine pyspice .* Use engine nodal\."),
        ("vacask", 1e4, {}, r"engine vacask follows a program for 1\.2 ks .* Use engine nodal\."),
        ("ngspice", 300.0, RAILS, r"engine ngspice .* Use engine nodal\."),
        ("ngspice", 1e5, {"selector": ThresholdParams()}, r"engine ngspice .* Use engine nodal\."),
        ("ngspice", 1e5, RAILS, r"engine ngspice .* Use engine nodal\."),
        ("vacask", 1.0, {"driver": DriverParams(compliance="mos")}, r"engine vacask has no .* Use engine nodal\."),
    ],
)  # fmt: skip
def test_what_an_engine_cannot_follow_is_refused_before_it_starts(
    name: str, wait: float, parts: dict, message: str, tmp_path: Path
) -> None:
    with pytest.raises(RequestError, match=message):
        Study("long", Crossbar(2, 2, **parts), [Write(0, 0), Wait(wait)], engine=name)
    crossbar = Crossbar(2, 2, **parts)
    plan = schedule(crossbar, [Write(0, 0), Wait(wait)])
    with pytest.raises(RequestError, match=f"engine {name} "):
        engine(name).run(Simulation(crossbar, plan), tmp_path, time_limit=1)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "wait", "message"),
    [
        ("ngspice", 1e5, r"engine ngspice .* No other engine can\."),
        ("nodal", 1.0, r"engine nodal solves .*Use engine ngspice\."),
    ],
)
def test_a_transistor_without_an_object_leaves_less_to_choose_from(
    name: str, wait: float, message: str, tmp_path: Path
) -> None:
    card = tmp_path / "old.lib"
    card.write_text(".model nold nmos (level=1 vto=0.5 kp=1e-4)\n")
    with pytest.raises(RequestError, match=message):
        Study("long", Crossbar(2, 2, selector=foreign_transistor(card, "nold")), [Write(0, 0), Wait(wait)], engine=name)


@pytest.mark.parametrize(("name", "most"), [("ngspice", 1.1e10), ("vacask", 1.1e11)])
def test_what_is_just_allowed_is_right(name: str, most: float) -> None:
    edge = 1e-9
    bar = Crossbar(2, 2, driver=DriverParams(t_edge=edge), selector=TransistorParams())
    found = [
        run_study(Study("limit", bar, [Write(0, 0), Wait(wait), Read(0, 0)], engine=name)).measures
        for wait in (1e-4, most * edge)
    ]
    for key in ("energy_per_switch", "energy_source", "state_change", "read_current"):
        assert found[1][key].value == pytest.approx(found[0][key].value, rel=1e-3, abs=0), key


# ---- a cell without lines


def test_the_twin_follows_an_edge_after_a_day() -> None:
    """Its least step was a share of what was left of the wait."""
    pulse = np.array([0.0, 1e-8, 1e-6, 1.01e-6])
    volts = [0.0, 0.3, 0.3, 0.0]
    alone = simulate(CellParams(), [*pulse, 1e-3], [*volts, 0.0])
    for wait in (1e-3, 1e4, 1e6):
        late = wait + pulse * 1e3  # edges that a float holds at that time
        run = simulate(CellParams(), [*pulse, *late, late[-1] + wait], [*volts, *volts, 0.0])
        assert np.interp(wait / 2, run.time, run.w) == pytest.approx(alone.w[-1], rel=1e-5, abs=0)
        assert np.interp(wait / 2, run.time, run.loss) == pytest.approx(alone.loss[-1], rel=1e-3, abs=0)
        assert (np.diff(run.time) > 0).all()
        assert len(run.time) < 1500


def test_states_on_an_ideal_source_keep_edges_that_come_late() -> None:
    drive, timeline = Waveform(), Timeline()
    drive.pulse(timeline.pulse(1e-6, 1e-8), 0.3)
    own = {"w0": [0.2], "x0": [0.0]}
    once = states_after(CellParams(), own, drive.times, drive.values)[0]
    timeline.rest(DAY)
    drive.pulse(timeline.pulse(1e-6, 1e-8), -0.3)
    both = states_after(CellParams(), own, drive.times, drive.values)[0]
    alone = states_after(CellParams(), {"w0": 0.2 + once, "x0": [0.0]}, drive.times[:4], [0, -0.3, -0.3, 0])[0]
    assert both[0] == pytest.approx(once[0] + alone[0], rel=1e-4, abs=0)
    assert alone[0] < -0.01


def test_marks_are_samples() -> None:
    for name in ("nodal", "ngspice"):
        data = _write_wait_read(name, 1e-2).dataset
        pulses = [window for window in windows(data) if window.kind != "wait"]
        assert [window.kind for window in pulses] == ["write", "read"]
        for window in pulses:
            assert {window.start, window.settled, window.stop} <= set(data["time"].values.tolist()), name


def test_a_time_limit_is_kept_within_a_long_program() -> None:
    with pytest.raises(SimulationError, match="time limit"):
        _run("nodal", [Write(0, 0, pulses=3000), Wait(DAY)], limits=Limits(time_limit=0.2))

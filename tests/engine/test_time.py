"""Time is exact: edges survive a day of waiting, and what is measured does not know how long one waited."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
import xarray as xr
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from time_cases import DAY

from pyspice_models.array import Crossbar
from pyspice_models.array.driver import DriverParams
from pyspice_models.engine.times import times_of
from pyspice_models.measure.integral import Span
from pyspice_models.netlist import Deck, dialect, dialect_names
from pyspice_models.result.quadrature import trapezoids
from pyspice_models.stimulus import Read, Timeline, Wait, Write, schedule
from pyspice_models.stimulus.pacing import paced
from pyspice_models.stimulus.timeline import nearest

# ---- the schedule


durations = st.floats(-11, 5).map(lambda exponent: float(f"{10**exponent:.3g}"))


@given(st.lists(st.tuples(durations, durations, st.one_of(st.just(0.0), durations)), min_size=1, max_size=12))
def test_every_stretch_is_as_long_as_it_was_written_however_late_it_comes(parts) -> None:
    timeline, pulses = Timeline(), []
    for edge, plateau, gap in parts:
        assume(edge + plateau > edge)
        timeline.rest(gap)
        pulses.append((edge, edge + plateau, timeline.pulse(edge + plateau, edge)))
    for edge, width, pulse in pulses:
        own = [s for s in timeline.stretches if pulse.start <= s.start < pulse.fallen]
        assert [s.width for s in own] == [width] * 4
        assert own[0].length == own[3].length == edge
        assert own[1].length + own[2].length == pytest.approx(width - edge, rel=1e-12, abs=math.ulp(width))
        assert list(pulse[:5]) == [own[0].start, *(s.stop for s in own)]
    moments = [0.0, *(s.stop for s in timeline.stretches)]
    assert all(a < b for a, b in pairwise(moments)), "no two moments are one"
    rounded = 2 * len(moments) * math.ulp(timeline.now)
    assert timeline.now == pytest.approx(math.fsum(s.length for s in timeline.stretches), rel=1e-12, abs=rounded)


@given(durations.filter(lambda edge: edge < 1e-3), durations)
@example(10e-12, DAY)
def test_an_edge_after_a_wait_is_the_edge_before_it(edge: float, wait: float) -> None:
    crossbar = Crossbar(2, 3, driver=DriverParams(t_edge=edge))
    plan = schedule(crossbar, [Write(0, 0, width=10 * edge), Wait(wait), Write(0, 0, width=10 * edge)])
    before, after = plan.stretches[:4], plan.stretches[5:]
    assert [s.length for s in before] == [s.length for s in after]
    assert before[0].length == edge
    assert plan.stretches[4].length == wait
    assert plan.finest == min(edge, plan.stretches[4].length)
    # the lines share their corners, to the last bit
    assert set(plan.word[0].times) == set(plan.bit[1].times) == set(plan.corners)
    assert len(plan.corners) == 8


def test_sums_are_those_of_the_decimal_numbers() -> None:
    plan = schedule(Crossbar(1, 1), [Write(0, 0, pulses=3, width=0.1e-6, gap=0.2e-6), Wait(DAY), Read(0, 0)])
    assert plan.windows[0].stop == 0.93e-6  # 3 x (0.1 + 0.01 + 0.2) us; floats add up to 9.300000000000001e-07
    assert plan.windows[1].stop == 86400.00000093
    assert plan.windows[2].stop == 86400.00001094
    assert plan.windows[0].gap == 0.2e-6


@given(st.floats(0, 1e12), st.sampled_from(dialect_names()))
def test_a_deck_holds_the_very_float(time: float, name: str) -> None:
    assert float(dialect(name).moment(time)) == time


def test_short_times_stay_short_in_decks() -> None:
    assert dialect("ngspice").moment(1.01e-6) == "1.01e-06"
    assert dialect("ngspice").moment(np.nextafter(DAY, 1e6)) == "86400.000000000015"


def test_restarts_stand_clear_of_corners() -> None:
    """5 % of this read is the end of its edge."""
    plan = schedule(Crossbar(1, 1), [Read(0, 0, duration=200e-9)])
    assert plan.restarts == [30e-9, 80e-9]
    assert len(schedule(Crossbar(1, 1), [Read(0, 0)]).restarts) == 3


# ---- restarts


@given(st.floats(-6, 6).map(lambda e: 10**e), st.floats(1e-4, 10), st.sampled_from([1e-3, 1.0, 1e3]))
@settings(max_examples=50)
def test_steps_are_held_down_in_pulses_and_after_corners(wait: float, width: float, longest: float) -> None:
    edge, steps = width / 50, 10.0
    crossbar = Crossbar(1, 1, driver=DriverParams(t_edge=edge))
    plan = schedule(crossbar, [Write(0, 0, width=width), Wait(wait), Write(0, 0, width=width, pulses=2, gap=wait)])
    finest = width / steps
    restarts = paced(plan, steps, max(longest, finest))
    marks = np.unique([*plan.corners, *restarts])
    settled = {stretch.start for stretch in plan.stretches if not stretch.bends}
    edges = [stretch for stretch in plan.stretches if stretch.bends and stretch.length <= finest]
    calm = {restart for edge in edges for restart in restarts if edge.start < restart < edge.stop}
    assert len(calm) == len(edges), "one in each edge"
    for restart in set(restarts) - settled - calm:
        others = marks[marks != restart]
        assert np.abs(others - restart).min() > 0.4 * finest, "none stands close to another one or to a corner"
    for stretch in plan.stretches:
        inside = marks[(marks >= stretch.start) & (marks <= stretch.stop)]
        if not math.isinf(stretch.width):
            assert np.diff([stretch.start, *inside, stretch.stop]).max() < 1.51 * finest
    first = marks[marks <= plan.windows[0].stop]
    last = marks[marks >= plan.windows[2].start][: len(first)] - plan.windows[2].start
    assert last == pytest.approx(first, rel=1e-6, abs=8 * math.ulp(plan.stop)), "the same before a wait and behind it"


def test_what_the_longest_step_does_needs_no_restarts() -> None:
    plan = schedule(Crossbar(1, 1), [Write(0, 0), Wait(1e-3)])
    few = paced(plan, 10, 50e-9)
    rise, fall = 0.0, plan.corners[2]
    assert few == pytest.approx([rise + 1e-9, plan.windows[0].settled, fall + 1e-9], rel=1e-12, abs=0)
    assert len(paced(plan, 10, 1e-4)) > 20


# ---- samples


def test_the_nearest_sample_needs_no_tolerance() -> None:
    time = np.array([0.0, 1.0, 1.0 + 1e-12, 3.0, DAY])
    assert nearest(time, [1.0 - 1e-13, 1.0 + 4e-13, 1.0 + 6e-13]).tolist() == [1, 1, 2]
    assert nearest(time, [-1.0, 2.0, 2.1, 2 * DAY]).tolist() == [0, 2, 3, 4]
    assert nearest(np.array([5.0]), [1.0, 9.0]).tolist() == [0, 0]
    assert nearest(time, []).tolist() == []


def test_only_the_sample_at_a_corner_takes_a_step_of_first_order() -> None:
    """Samples within 1e-11 of the run around a corner once counted as the corner."""
    time = np.array([0.0, 1e-8 - 1e-10, 1e-8, 1e-8 + 1e-10, 2e-8, DAY])
    left, right = trapezoids(time, [1e-8])
    assert (left == 0).tolist() == [False, False, True, False, False, True]
    assert (left + right)[:-1] == pytest.approx(np.diff(time), rel=1e-12, abs=0)
    assert right[2] == time[3] - time[2]


def test_a_span_holds_the_samples_from_its_first_to_its_last_moment_and_no_others() -> None:
    time = np.array([0.0, 1e-6, 1e-6 + 1e-9, 1.01e-6, 1.01e-6 + 1e-9, DAY])
    left, right = trapezoids(time, [])
    data = xr.Dataset({"weight_left": ("time", left), "weight_right": ("time", right)}, coords={"time": time})
    span = Span.of(data, 0.0, np.nextafter(1.01e-6, 0))
    assert (span.part.start, span.part.stop) == (0, 4)
    assert span.integral(np.ones(4)) == pytest.approx(1.01e-6, rel=1e-12, abs=0)


def _deck(stop: float, breakpoints: list[float]) -> Deck:
    return Deck(lambda: [], "osdi", stop, {}, {}, breakpoints=breakpoints)


def test_the_times_of_a_simulator_are_held_against_its_deck() -> None:
    corners = [1e-6, 1.01e-6, DAY]
    stop = DAY + 1e-5
    deck = _deck(stop, corners)
    good = [0.0, 1e-6 * (1 + 1e-13), 1.005e-6, 1.01e-6, 50.0, DAY, np.nextafter(stop, 0)]
    found = times_of(deck, np.array(good))
    assert found[-1] == stop
    assert set(corners) <= set(found.tolist()), "samples at corners carry the corners' own times"
    with pytest.raises(ValueError, match=r"stopped early, at 86400 s of 86400 s"):
        times_of(deck, np.array(good[:-1]))  # all that is missing is the read, a ten thousand millionth of the run
    with pytest.raises(ValueError, match=r"passed over the corner of a source at 1\.01e-06 s"):
        times_of(deck, np.array([*good[:3], *good[4:]]))
    with pytest.raises(ValueError, match=r"passed over the corner of a source at 1\.000001e-06 s"):
        times_of(_deck(stop, [1e-6, 1e-6 + 1e-12, DAY]), np.array(good))
    for wrong in (math.nan, 0.5e-6, 1e-6 * (1 + 1e-13)):
        with pytest.raises(ValueError, match="times that do not increase"):
            times_of(deck, np.array([*good[:2], wrong, *good[3:]]))
    with pytest.raises(ValueError, match="stopped early, at 0 s"):
        times_of(deck, np.array([]))

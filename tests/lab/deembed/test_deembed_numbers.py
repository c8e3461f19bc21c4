"""De-embedding finds what was there: exact data, noise, missing readings, segments, and what it says of its doubts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from deembed_cases import BIT_SEGMENT, END, KNOWN, NOISE, UNKNOWN, WORD_SEGMENT, bar, cells, only, readings

from pyspice_models.array.driver import DriverParams
from pyspice_models.engine.nodal.static.fields import LineValues
from pyspice_models.errors import RequestError
from pyspice_models.lab.deembed import Lines, Noise, deembed, lines_of, simulated_readings
from pyspice_models.lab.deembed.linear import Linearised, Point
from pyspice_models.lab.deembed.readings import BIT, OWN, WORD, combine
from pyspice_models.lab.deembed.response import Response

TRUTH = cells(8, 6)


@pytest.mark.parametrize("floating", [False, True], ids=["held", "floating"])
def test_exact_currents_give_the_cells_exactly(floating: bool) -> None:
    found = deembed(readings(floating=floating), KNOWN)
    assert found.conductances == pytest.approx(TRUTH, rel=1e-8, abs=0)
    assert (found.determined == "yes").all()
    assert found.turns < 15
    # the recovered array, by the other solver, gives the currents that were read
    again = simulated_readings(bar(8, 6), found.conductances, voltage=0.1, floating=floating)
    assert again.current == pytest.approx(readings(floating=floating).current, rel=1e-8, abs=0)


def test_exact_currents_give_the_segments_too() -> None:
    found = deembed(readings(), UNKNOWN, noise=Noise(1e-6, stated=True))
    assert found.conductances == pytest.approx(TRUTH, rel=1e-8, abs=0)
    assert [one.value for one in found.segments] == pytest.approx([WORD_SEGMENT, BIT_SEGMENT], rel=1e-6, abs=0)
    assert all(one.sigma is not None and one.sigma < 1e-3 for one in found.segments)


def test_one_side_may_be_known_and_lines_may_be_ideal() -> None:
    found = deembed(readings(), replace(KNOWN, bit_segment=None), noise=Noise(1e-5, stated=True))
    assert found.segments[0].sigma is None
    assert found.segments[1].value == pytest.approx(BIT_SEGMENT, rel=1e-6, abs=0)
    given = Response.of(TRUTH, LineValues(0.0, 0.0, END, END))
    assert given is not None
    made = only(readings(), lambda r: r.sensed != OWN)
    made = replace(made, current=made.voltage * given.through[made.driven, made.sensed])
    assert deembed(made, Lines(END, END, 0.0, 0.0)).conductances == pytest.approx(TRUTH, rel=1e-9, abs=0)


@pytest.mark.parametrize("floating", [False, True], ids=["held", "floating"])
def test_derivatives_are_those_of_differences(floating: bool) -> None:
    lines, g = LineValues(WORD_SEGMENT, BIT_SEGMENT, END, END), TRUTH
    response = Response.of(g, lines, floating=floating)
    assert response is not None
    direction = cells(8, 6, seed=1) * np.random.default_rng(2).choice([-1, 1], g.shape)
    step = 1e-3
    up, down = (Response.of(g + sign * step * direction, lines, floating=floating) for sign in (1, -1))
    assert up is not None
    assert down is not None
    slope = (up.through - down.through) / (2 * step)
    changed = response.changed(direction)
    assert changed == pytest.approx(slope, rel=1e-4, abs=1e-4 * np.abs(slope).max())
    # the adjoint is the same map the other way round
    weights = np.random.default_rng(3).standard_normal(g.shape)
    assert np.sum(weights * changed) == pytest.approx(np.sum(response.weighted(weights) * direction), rel=1e-12, abs=0)
    # and the blocks are parts of it
    assert response.row_block(3)[2] == pytest.approx(response.to_line(2, 3)[3], rel=1e-12, abs=0)
    assert response.col_block(2)[:, 3] == pytest.approx(response.to_line(2, 3)[:, 2], rel=1e-12, abs=0)


def test_variances_are_those_of_the_whole_inverse() -> None:
    data = combine(readings(noise=NOISE), NOISE)
    at = Linearised.at(Point(TRUTH, {}), data, KNOWN, 1e-4, floating=False)
    assert at is not None
    matrix = np.stack([at.inverse.forward(one.reshape(8, 6)).ravel() for one in np.eye(48)], axis=1)
    exact = np.square(np.linalg.inv(matrix)) @ at.variance.ravel()
    (found,) = at.inverse.variances(at.variance)
    assert found.ravel() == pytest.approx(exact, rel=1e-2, abs=0)


def test_intervals_cover_what_they_promise() -> None:
    """Over 8 draws of noise; segments recovered too."""
    inside, off = [], []
    for seed in range(8):
        found = deembed(readings(noise=NOISE, seed=seed), UNKNOWN, noise=NOISE)
        inside.append((found.low <= TRUTH) & (found.high >= TRUTH))
        off += [
            (s.value - t) / (s.sigma or 0) for s, t in zip(found.segments, (WORD_SEGMENT, BIT_SEGMENT), strict=True)
        ]
        assert found.freedom == 12
        assert not found.warnings
    assert 0.60 < np.mean(inside) < 0.76
    assert 0.5 < np.std(off) < 1.6


def test_the_noise_follows_from_the_data_where_they_tell() -> None:
    """Three rounds of readings, of which nobody says how noisy they are."""
    rounds = [readings(noise=Noise(3e-3, 1e-10), seed=seed) for seed in (1, 2, 3)]
    every = rounds[0].joined(*rounds[1:])
    found = deembed(every, KNOWN)
    assert found.noise_from_data
    assert found.noise.relative == pytest.approx(3e-3, rel=0.2, abs=0)
    assert found.freedom == 2 * 62 + 14
    assert 0.5 < np.mean((found.low <= TRUTH) & (found.high >= TRUTH)) < 0.85


def test_what_nobody_says_and_nothing_tells_is_said_to_be_assumed() -> None:
    found = deembed(only(readings(), lambda r: r.sensed != OWN), KNOWN)
    assert "assumed noise" in found.warnings[0]
    assert not found.noise_from_data


def test_both_directions_are_one_measurement() -> None:
    """Currents with bit lines driven alone give the cells, by reciprocity."""
    forth = only(readings(), lambda r: r.sensed != OWN)
    back = replace(forth, side=np.full_like(forth.side, BIT), driven=forth.sensed, sensed=forth.driven)
    assert deembed(back, KNOWN).conductances == pytest.approx(TRUTH, rel=1e-8, abs=0)


def test_a_current_that_was_not_read_leaves_its_cell_open_and_says_so() -> None:
    lost = only(
        readings(noise=NOISE), lambda r: ~((r.side == WORD) & (r.driven == 2) & (r.sensed == 4)) & (r.sensed != OWN)
    )
    found = deembed(lost, KNOWN, noise=NOISE)
    assert np.argwhere(found.determined == "no").tolist() == [[2, 4]]
    assert np.isinf(found.high[2, 4])
    assert "not determined: 1 cell," in found.warnings[0]
    others = np.ones((8, 6), dtype=bool)
    others[2, 4] = False
    # within what the open cell may be, the others are told rightly
    assert (np.abs(found.conductances - TRUTH)[others] < 3.5 * found.sigma[others]).all()
    assert found.from_unread[2, :4].min() > 0.5 > found.from_unread[7, 0]


def test_own_currents_tell_what_was_not_read() -> None:
    """The same cell, and a word line that was never driven: bit lines' own currents know of them."""
    whole = deembed(readings(noise=NOISE), KNOWN, noise=NOISE).relative[2, 4]
    for which in (
        lambda r: ~((r.side == WORD) & (r.driven == 2) & (r.sensed == 4)),
        lambda r: ~((r.side == WORD) & (r.driven == 2)),
    ):
        found = deembed(only(readings(noise=NOISE), which), KNOWN, noise=NOISE)
        assert (found.determined == "yes").all()
        assert (np.abs(found.conductances - TRUTH) < 4 * found.sigma).all()
        assert found.relative[2, 4] > 1.5 * whole


def test_an_open_cell_has_an_upper_bound() -> None:
    g = TRUTH.copy()
    g[1, 1], g[6, 3] = 0.0, 2e-9
    bounded = 0
    for seed in range(4):
        made = simulated_readings(bar(8, 6), g, voltage=0.1, noise=NOISE, seed=seed)
        found = deembed(made, KNOWN, noise=NOISE)
        bounded += found.count("at most")
        assert found.count("no") == 0
        assert (found.conductances < g + 4 * found.sigma)[[1, 6], [1, 3]].all()
        dark = found.determined == "at most"
        assert (found.low[dark] == 0).all()
        assert (found.high[dark] < 1e-7).all()
    # noise lifts a cell that is dark above three standard deviations now and then
    assert bounded >= 6


def test_noise_that_is_larger_than_stated_is_noticed() -> None:
    quiet = Noise(1e-4, 1e-10, stated=True)
    found = deembed(readings(noise=NOISE), KNOWN, noise=quiet)
    assert "do not fit the array as described" in found.warnings[0]


def test_what_is_known_of_the_lines_follows_from_a_crossbar() -> None:
    assert lines_of(bar(3, 4)) == KNOWN
    assert lines_of(bar(3, 4), recover=True) == UNKNOWN
    amplified = DriverParams(r_driver=100.0, sense="tia", gain=1e3, r_feedback=1e5, r_contact=5.0)
    assert lines_of(bar(3, 4).replace(driver=amplified)).bit_end == pytest.approx(1e5 / 1001 + 5, rel=1e-9, abs=0)
    with pytest.raises(RequestError, match="both_ends"):
        lines_of(bar(3, 4).replace(driver=DriverParams(both_ends=True)))


def test_simulated_currents_are_repeatable_and_as_noisy_as_stated() -> None:
    clean = readings(16, 12)
    noisy = [readings(16, 12, Noise(0.01), seed=seed) for seed in (1, 1, 2)]
    assert (noisy[0].current == noisy[1].current).all()
    assert (noisy[0].current != noisy[2].current).all()
    assert np.std(noisy[0].current / clean.current - 1) == pytest.approx(0.01, rel=0.15, abs=0)

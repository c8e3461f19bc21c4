"""Powers of the map of one round against the same round over and over."""

import numpy as np
import pytest

from pyspice_models import Crossbar
from pyspice_models.campaign.lasting.powers import Powers, StateMap, check_apart, maps_of, nodes
from pyspice_models.cells.ag2s.law import soft_bound
from pyspice_models.errors import RequestError, SimulationError

SHAPE = (2, 3)
RNG = np.random.default_rng(3)
STATES = RNG.random((40, *SHAPE))


def soft(step):
    """A round as of soft bounds, other in each cell."""
    way = soft_bound(1 - nodes()[:, None, None], 0.53, 0.01)
    return StateMap(nodes(), step * np.linspace(0.5, 1.5, 6).reshape(SHAPE) * way)


@pytest.mark.parametrize("rounds", [1, 2, 3, 64, 777])
def test_power_is_the_round_again_and_again(rounds):
    one, now = soft(2e-3), STATES.copy()
    for _ in range(rounds):
        now = now + one(now)
    assert Powers(one).moved(STATES, rounds) == pytest.approx(now - STATES, rel=1e-3, abs=1e-6)


def test_ways_that_a_state_beside_them_would_swallow_add_up():
    far = Powers(soft(1e-40)).moved(np.full(SHAPE, 0.5), 10**6)
    assert far == pytest.approx(1e6 * soft(1e-40)(np.full(SHAPE, 0.5)), rel=1e-9, abs=0)
    assert (far > 0).all()


def test_a_million_million_rounds_end_at_the_bound():
    assert STATES + Powers(soft(1e-4)).moved(STATES, 10**12) == pytest.approx(1.0, abs=1e-6)


def test_linear_decay_is_exact_over_fifteen_decades():
    at = nodes()[:, None, None] + np.zeros(SHAPE)
    moved = Powers(StateMap(nodes(), at * np.expm1(-1e-12))).moved(STATES, 10**12)
    assert moved == pytest.approx(STATES * np.expm1(-1.0), rel=1e-6, abs=0)


def test_a_map_that_turns_states_around_is_refused():
    at = nodes()[:, None, None] + np.zeros(SHAPE)
    with pytest.raises(SimulationError, match="not monotone"):
        StateMap(nodes(), -2.5 * (at - 0.5))


def test_map_of_a_wave_is_what_the_equations_say():
    bar = Crossbar(*SHAPE)
    alone = bar.model.alone
    times = np.array([0.0, 1e-8, 1e-6, 1.01e-6])
    for top in (0.2, -0.2):
        volts = np.array([0.0, top, top, 0.0])
        maps = maps_of(bar.equations.rates, 2, times, np.broadcast_to(volts[:, None, None], (4, *SHAPE)))
        w = STATES[:6].reshape(-1)
        found = alone(bar.cell, {"w0": w, "x0": w}, times, volts)
        for one, way in zip(maps, found, strict=True):
            assert one(STATES[:6]).reshape(-1) == pytest.approx(way, rel=2e-3, abs=2e-8)


def test_states_that_see_each_other_are_refused():
    def rates(v, a, b):
        return v * a, v * b * a

    with pytest.raises(RequestError, match="the rate of 'two' depends on 'one'"):
        check_apart(rates, ("one", "two"), SHAPE, 0.1, "ag2s disturb")

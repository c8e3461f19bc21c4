"""Distributions and courses of an array that forgets and wears, within 5 % of the stated laws."""

import numpy as np
import pytest
from scipy.stats import kstest

from pyspice_models import Crossbar, Faults
from pyspice_models.array.aging import Memory
from pyspice_models.cells.aging.laws import relaxed
from pyspice_models.cells.aging.params import AgingParams

OFF = {"relax_share": 0.0, "retain_time": 0.0, "wear_cycles": 0.0}


def states(bar, w):
    return {"w": np.full(bar.shape, w), "x": np.zeros(bar.shape)}


def memory(size=8, **given):
    bar = Crossbar(size, size)
    return bar, Memory(bar, AgingParams(**{**OFF, **given}))


def normal(logs, spread):
    return kstest(logs / spread, "norm").statistic


@pytest.mark.parametrize("law", ["log", "stretched"])
def test_relaxation_follows_its_law_whatever_the_steps(law):
    bar, past = memory(relax_share=0.2, relax_law=law, relax_spread=0.0)
    now = past.written(states(bar, 0.2), states(bar, 0.7))
    elapsed = 0.0
    for step in np.geomspace(1e-7, 1e3, 37):
        now, elapsed = past.rest(now, step, 300.0), elapsed + step
        back = (0.7 - now["w"][0, 0]) / (0.2 * 0.5)
        assert back == pytest.approx(float(relaxed(past.params, elapsed)), abs=0.01)


def test_writes_in_a_row_come_back_as_one():
    bar, once = memory(relax_share=0.2, relax_spread=0.0)
    _, often = memory(relax_share=0.2, relax_spread=0.0)
    one = once.written(states(bar, 0.0), states(bar, 0.6))
    for n in range(6):
        many = often.written(states(bar, 0.1 * n), states(bar, 0.1 * (n + 1)))
    assert often.rest(many, 1.0, 300.0)["w"] == pytest.approx(once.rest(one, 1.0, 300.0)["w"], rel=1e-6, abs=0)


def test_share_that_comes_back_is_lognormal_from_write_to_write_and_cell_to_cell():
    bar, past = memory(60, relax_share=0.05, relax_spread=0.3)
    shares = []
    for _ in range(3):
        now = past.written(states(bar, 0.0), states(bar, 1.0))
        before = past.copy().rest(now, 0.0, 300.0)["w"]
        shares.append(before - past.rest(now, 1e9, 300.0)["w"])
    shares = np.array(shares)
    assert np.median(shares) == pytest.approx(0.05, rel=0.02, abs=0)
    assert np.log(shares).std() == pytest.approx(0.3, rel=0.03, abs=0)
    assert normal(np.log(shares / 0.05).ravel(), 0.3) < 0.02
    between = np.corrcoef(shares.reshape(3, -1))[np.triu_indices(3, 1)]
    assert np.abs(between).max() < 0.06


def test_retention_is_a_stretched_exponential_with_arrhenius_and_spread():
    bar, past = memory(60, retain_time=1e6, retain_stretch=0.5, retain_energy=0.58, retain_spread=0.5)
    hot = past.copy()
    now = past.rest(states(bar, 0.8), 1e4, 300.0)["w"] / 0.8
    lives = 1e4 / np.log(now) ** 2
    assert np.median(lives) == pytest.approx(1e6, rel=0.05, abs=0)
    assert np.log(lives).std() == pytest.approx(0.5, rel=0.03, abs=0)
    assert normal(np.log(lives / 1e6).ravel(), 0.5) < 0.03
    warm = 1e4 / np.log(hot.rest(states(bar, 0.8), 1e4, 358.0)["w"] / 0.8) ** 2
    energy = 8.617333262e-5 * np.log(lives / warm) / (1 / 300 - 1 / 358)
    assert energy == pytest.approx(np.full(bar.shape, 0.58), rel=0.001, abs=0)


def test_retention_goes_on_from_where_it_was_and_begins_again_with_a_write():
    bar, past = memory(2, retain_time=1e3, retain_stretch=0.4, retain_spread=0.0, retain_level=0.3)
    now = states(bar, 1.0)
    for step in (1.0, 10.0, 89.0):
        now = past.rest(now, step, 300.0)
    assert now["w"] == pytest.approx(0.3 + 0.7 * np.exp(-(0.1**0.4)), rel=1e-6, abs=0)
    past.written(now, now)
    assert past.rest(now, 1.0, 300.0)["w"][0, 0] > 0.999 * now["w"][0, 0]
    fresh = past.written(now, states(bar, 1.0))
    assert past.rest(fresh, 100.0, 300.0)["w"] == pytest.approx(0.3 + 0.7 * np.exp(-(0.1**0.4)), rel=1e-6, abs=0)


def test_wear_closes_the_window_with_the_way_gone_and_its_spread():
    bar, past = memory(60, wear_cycles=100.0, wear_power=1.5, wear_spread=0.5, wear_level=0.0)
    for _ in range(50):
        past.written(states(bar, 0.0), states(bar, 1.0))
        past.written(states(bar, 1.0), states(bar, 0.0))
    assert past.cycles == pytest.approx(50.0, rel=0.5, abs=0)  # less where the window is smaller
    half = past.cycles / (-np.log2(past.window[1])) ** (1 / 1.5)
    assert np.median(half) == pytest.approx(100, rel=0.05, abs=0)
    assert np.log(half).std() == pytest.approx(0.5, rel=0.03, abs=0)
    assert normal(np.log(half / 100).ravel(), 0.5) < 0.03
    assert past.written(states(bar, 0.0), states(bar, 1.0))["w"] == pytest.approx(past.window[1], rel=0.02, abs=0)


def test_cycles_before_the_study_count():
    bar, past = memory(2, wear_cycles=1e6, wear_spread=0.0, cycles=1e6)
    assert past.bounded(states(bar, 1.0))["w"] == pytest.approx(0.75, rel=1e-6, abs=0)
    assert past.bounded(states(bar, 0.0))["w"] == pytest.approx(0.25, rel=1e-6, abs=0)


def test_broken_cells_and_the_same_seed():
    bar = Crossbar(3, 3, faults=Faults(stuck_on=((1, 1),)))
    one, two = (Memory(bar, AgingParams(seed=4)) for _ in range(2))
    told = [past.rest(past.written(states(bar, 0.0), states(bar, 0.9)), 1e5, 300.0)["w"] for past in (one, two)]
    assert np.array_equal(*told)
    assert told[0][1, 1] == 0.9
    assert (np.delete(told[0].ravel(), 4) < 0.9).all()

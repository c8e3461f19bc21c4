"""Odds of rare failures of real arrays, simulated by the nodal engine: minutes each."""

from __future__ import annotations

from pathlib import Path

import pytest

from pyspice_models.campaign.intervals import of_share
from pyspice_models.campaign.montecarlo import load_montecarlo
from pyspice_models.campaign.rare.run import rare
from pyspice_models.campaign.runs import Task, perform
from pyspice_models.study import run_study

SHIPPED = Path(__file__).parents[3] / "scripts" / "studies" / "rare_margin.toml"


@pytest.mark.slow
def test_of_real_arrays_one_in_a_thousand_agrees_with_brute_force() -> None:
    """Read margins of 4 x 4 arrays, of 8,000: five minutes of a processor, and three for the other way."""
    limits = {"read_margin": ">= 0.63"}
    drawn = load_montecarlo(SHIPPED, runs=8000, limits=limits)
    every = [Task("a run", drawn.nominal, drawn.drawn_as(n)) for n in range(drawn.runs)]
    below = sum(perform(one, ["read_margin"]).measures["read_margin"].value < 0.63 for one in every)
    low, high = of_share(below, drawn.runs)
    found = rare(SHIPPED, limits=limits, per_level=1000, weighted=1000)
    assert low < found.interval[1]
    assert found.interval[0] < high
    assert 3e-4 < found.value < 3e-3


@pytest.mark.slow
def test_of_real_arrays_one_in_a_hundred_thousand_is_found_by_two_ways_that_agree() -> None:
    found = rare(SHIPPED, per_level=1000, weighted=2000)
    assert found.odds.agree
    assert 2e-6 < found.value < 5e-5
    assert found.odds.how == "importance sampling"
    low, high = found.interval
    assert high / low < 1.5**2, "within a factor of 1.5 with 95 %"
    assert found.runs * 100 <= 1 / (found.value * 0.207**2), "what brute force draws for that"
    assert found.study is not None
    assert run_study(found.study).measures["read_margin"].value == pytest.approx(0.567, abs=0.002)

"""Causes that are rare or not monotonic are found, and what is chance is not called one."""

from __future__ import annotations

import numpy as np
import pytest
import scipy
from statistics_meaning_cases import _runs

from pyspice_models.campaign.causes.association import binned, dependence, spearman
from pyspice_models.campaign.statistics import summarize


def test_faulty_cells_in_3_of_200_runs_are_found_among_forty_causes() -> None:
    """Rank correlations cannot: three of 200 ranks are next to nothing."""
    found = missed = 0
    for seed in range(5):
        rng = np.random.default_rng(seed)
        faulty = np.zeros(200)
        faulty[rng.choice(200, 3, replace=False)] = 1
        margin = rng.normal(0.7, 0.05, 200) - 5 * faulty
        drawn = {f"c{n}": list(rng.normal(size=200)) for n in range(40)} | {"faults, stuck_on": list(faulty)}
        summary = summarize(_runs(read_margin=margin, drawn=drawn))
        found += bool(summary.significant.sel(cause="faults, stuck_on", measure="read_margin"))
        one = summary.dependences["faults, stuck_on", "read_margin"]
        assert (one.shape, one.runs) == ("rare", 3)
        assert one.shift == pytest.approx(-5, abs=0.2)
        assert one.share > 0.95, "of the variance of the values"
        assert summary.strongest("read_margin")[0][0] == "faults, stuck_on"
        missed += abs(one.correlation) > 0.3
    assert found == 5
    assert missed == 0


def test_faults_that_move_a_measure_to_either_side_are_found() -> None:
    rng = np.random.default_rng(4)
    faulty = np.r_[np.ones(6), np.zeros(294)]
    values = rng.normal(size=300) + np.r_[9, -9, 8, -8, 7, -7, np.zeros(294)]
    assert dependence(faulty, values).chance < 1e-6


def test_a_quadratic_effect_is_found_and_called_curved() -> None:
    rng = np.random.default_rng(1)
    drawn = {f"c{n}": list(rng.normal(size=200)) for n in range(40)}
    values = np.array(drawn["c7"]) ** 2 + 0.5 * np.array(drawn["c9"]) + rng.normal(0, 0.5, 200)
    summary = summarize(_runs(read_margin=values, drawn=drawn))
    assert {cause for cause, _ in summary.strongest("read_margin")[:2]} == {"c7", "c9"}
    one = summary.dependences["c7", "read_margin"]
    assert one.shape == "curved"
    assert abs(one.correlation) < 0.2 < one.share
    assert summary.dependences["c9", "read_margin"].shape == "monotonic"


@pytest.mark.parametrize(("studies", "most"), [(40, 6), pytest.param(400, 33, marks=pytest.mark.slow)])
def test_of_causes_that_move_nothing_at_most_one_study_in_twenty_names_one(studies: int, most: int) -> None:
    """Twenty causes, four of them rare, without any effect on a skewed measure, 100 runs; 5 % and three deviations."""
    rng, wrong = np.random.default_rng(3), 0
    for _ in range(studies):
        drawn = {f"c{n}": list(rng.normal(size=100)) for n in range(16)}
        drawn |= {f"faults, {n}": list(rng.permutation(np.r_[np.ones(n), np.zeros(100 - n)])) for n in (1, 2, 3, 8)}
        wrong += bool(summarize(_runs(read_margin=rng.lognormal(0, 1, 100), drawn=drawn)).significant.any())
    assert wrong <= most


@pytest.mark.parametrize("scale", [1e-18, 1.0, 1e12])
def test_the_unit_does_not_matter(scale: float) -> None:
    rng = np.random.default_rng(5)
    cause, values = np.r_[np.ones(3), np.zeros(97)], rng.normal(size=100)
    one, scaled = dependence(cause, values), dependence(cause, scale * values)
    assert scaled.share == pytest.approx(one.share, rel=1e-9, abs=0)
    assert scaled.chance == pytest.approx(one.chance, rel=1e-9, abs=0)


def test_ranks_and_bins_give_what_scipy_gives() -> None:
    rng = np.random.default_rng(6)
    x, y = rng.normal(size=90), np.round(rng.normal(size=90), 1)
    rho, odds = scipy.stats.spearmanr(x, y)
    found = spearman(scipy.stats.rankdata(x), scipy.stats.rankdata(y))
    assert found == pytest.approx((rho, odds), rel=1e-9, abs=0)
    of = np.searchsorted(np.quantile(x, np.arange(1, 4) / 4), x)
    by_scipy = scipy.stats.kruskal(*(y[of == n] for n in range(4)))
    assert binned(x, scipy.stats.rankdata(y))[1] == pytest.approx(by_scipy.pvalue, rel=1e-9, abs=0)

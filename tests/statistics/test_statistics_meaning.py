"""What the statistics of many runs say is true: who is worst, what counts as good, and what the numbers are about."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy
from hypothesis import given, settings
from hypothesis import strategies as st
from statistics_meaning_cases import _limit, _runs

from pyspice_models.campaign.montecarlo import Limit
from pyspice_models.campaign.statistics import summarize

# ---- the worst


def test_the_worst_run_fails_a_limit_even_if_the_first_limit_is_met_by_all() -> None:
    found = _runs(recovery_time=[3e-6, 1.2e-6, 2e-6, 4e-6], read_margin=[0.9, 0.8, 0.3, 0.4])
    summary = summarize(found, [_limit("recovery_time", ">= 1 us"), _limit("read_margin", ">= 0.5")])
    recovery, margin = summary.limits
    assert (recovery.missed, recovery.worst) == (0, [1, 2, 0, 3]), "nearest to the limit first"
    assert (margin.missed, margin.worst) == (2, [2, 3]), "none but those that miss it, the worst first"
    assert (summary.total.missed, summary.total.worst) == (2, [2, 3])
    assert summary.total.which == "the worst"


@pytest.mark.parametrize(("sign", "order"), [("<=", [1, 3, 0]), (">=", [4, 2, 0])])
def test_the_worst_is_the_furthest_on_the_wrong_side(sign: str, order: list[int]) -> None:
    """Values 3, 5, 2, 4, 1; a limit of 2.5 from above, or of 3.5 from below, is missed by three of them."""
    bound = "2.5" if sign == "<=" else "3.5"
    (share,) = summarize(_runs(read_margin=[3, 5, 2, 4, 1]), [_limit("read_margin", f"{sign} {bound}")]).limits
    assert share.worst == order
    assert (share.good, share.missed) == (2, 3)


def test_the_worst_of_all_takes_the_limits_in_turn() -> None:
    found = _runs(read_margin=[0.1, 0.2, 0.3, 0.9, 0.9], energy_per_switch=[1e-15, 1e-15, 1e-15, 9e-15, 8e-15])
    summary = summarize(found, [_limit("read_margin", ">= 0.5"), _limit("energy_per_switch", "<= 5 fJ")])
    assert summary.total.worst == [0, 3, 1, 4, 2]
    assert summary.total.good == 0


def test_where_all_are_good_the_nearest_to_a_limit_is_named_and_said_to_be_good() -> None:
    """Nearest in standard deviations of its measure: seconds and shares are not compared as numbers."""
    margins = [0.9, 0.7, 0.8, 0.6]  # 0.6 is 0.9 deviations from its limit
    times = [4e-6, 5e-6, 6e-6, 1.1e-6]  # 6 us is 1.1 deviations from its own, though the distance is 2e-6
    found = _runs(read_margin=margins, recovery_time=times)
    summary = summarize(found, [_limit("recovery_time", "<= 8 us"), _limit("read_margin", ">= 0.5")])
    assert (summary.total.good, summary.total.missed) == (4, 0)
    assert summary.total.worst == [3, 2, 1, 0]
    assert summary.total.which == "no run misses a limit; the nearest to one"


def test_a_failed_run_is_not_called_the_worst_as_it_has_nothing_to_show() -> None:
    found = _runs(["", "no convergence", ""], read_margin=[0.9, math.nan, 0.8])
    summary = summarize(found, [_limit("read_margin", ">= 0.5")])
    assert (summary.total.good, summary.total.missed, summary.total.worst) == (2, 0, [2, 0])
    assert summary.failed == [1]


def test_a_measure_that_does_not_vary_or_that_nobody_measured_names_no_worse_run() -> None:
    summary = summarize(_runs(read_margin=[0.7] * 3), [_limit("read_margin", ">= 0.5")])
    assert summary.total.worst == [0, 1, 2]
    summary = summarize(_runs(read_margin=[0.7] * 3), [_limit("recovery_time", "<= 1 us")])
    assert (summary.total.good, summary.total.missed) == (0, 3)


@given(
    values=st.lists(st.floats(-5, 5) | st.sampled_from([math.inf, -math.inf, math.nan]), min_size=1, max_size=25),
    others=st.lists(st.floats(-5, 5), min_size=25, max_size=25),
    failed=st.sets(st.integers(0, 24)),
    bounds=st.tuples(st.floats(-5, 5), st.floats(-5, 5)),
    signs=st.tuples(*[st.sampled_from(["<=", ">="])] * 2),
)  # fmt: skip
@settings(max_examples=60)
def test_whoever_is_named_misses_a_limit_if_anybody_does(
    values: list[float], others: list[float], failed: set[int], bounds: tuple[float, float], signs: tuple[str, str]
) -> None:
    count = len(values)
    failure = ["failed" if n in failed else "" for n in range(count)]
    found = _runs(failure, read_margin=values, energy_per_switch=others[:count])
    limits = [Limit(name, sign, repr(bound)) for name, sign, bound in zip(found, signs, bounds, strict=False)]
    summary = summarize(found, limits)

    def keeps(value: float, sign: str, bound: float) -> bool:
        return math.isfinite(value) and (value <= bound if sign == "<=" else value >= bound)

    good = {
        n
        for n in range(count)
        if not failure[n] and keeps(values[n], signs[0], bounds[0]) and keeps(others[n], signs[1], bounds[1])
    }
    missing = {n for n in range(count) if not failure[n]} - good
    assert summary.total.good == len(good)
    assert summary.total.missed == len(missing)
    assert set(summary.total.worst) <= (missing or good)
    assert bool(summary.total.worst) == bool(missing or good)
    for share, name, sign, bound in zip(
        summary.limits, ("read_margin", "energy_per_switch"), signs, bounds, strict=True
    ):
        mine = found[name].values
        bad = {n for n in range(count) if not failure[n] and not keeps(mine[n], sign, bound)}
        assert set(share.worst) <= (bad or set(range(count)))
        # ordered: nobody who is left out is further on the wrong side than the last who is named
        ahead = (mine - bound) * (1 if sign == "<=" else -1)
        rank = [math.inf if not math.isfinite(ahead[n]) else ahead[n] for n in share.worst]
        assert rank == sorted(rank, reverse=True)


# ---- what counts


@pytest.mark.parametrize("text", [">= 0", "<= 100"])
def test_eight_of_ten_are_good_if_two_values_are_not_finite(text: str) -> None:
    for bad in ((math.inf, math.nan), (-math.inf, math.nan), (math.inf, -math.inf)):
        summary = summarize(_runs(read_margin=[*range(1, 9), *bad]), [_limit("read_margin", text)])
        assert (summary.total.good, summary.total.runs, summary.total.missed) == (8, 10, 2)
        assert summary.total.worst == [8, 9]


def test_what_is_not_finite_is_counted_and_left_out_of_every_number() -> None:
    clean = [1.0, 2.0, 4.0, 8.0]
    failure = ["", "", "", "", "", "", "no convergence"]
    one = summarize(_runs(failure, read_margin=[*clean, math.inf, math.nan, math.nan])).distributions["read_margin"]
    alone = summarize(_runs(read_margin=clean)).distributions["read_margin"]
    assert (one.count, one.not_finite) == (4, 2), "a failed run is counted among the failed"
    assert (alone.count, alone.not_finite) == (4, 0)
    assert (one.mean, one.deviation) == (alone.mean, alone.deviation)
    assert (one.quantiles, one.mean_interval) == (alone.quantiles, alone.mean_interval)
    assert (one.lowest, one.highest) == ([0, 1, 2, 3], [3, 2, 1, 0])


def test_correlations_are_those_of_the_runs_with_finite_values() -> None:
    rng = np.random.default_rng(0)
    cause, noise = rng.normal(size=(2, 30))
    values = cause + 0.5 * noise
    expected = scipy.stats.spearmanr(cause, values).statistic
    with_holes = summarize(
        _runs(read_margin=[*values, math.inf, math.nan], drawn={"c": [*cause, 9.0, -9.0]})
    ).sensitivity  # fmt: skip
    assert float(with_holes.sel(cause="c", measure="read_margin")) == pytest.approx(expected, rel=1e-12, abs=0)


def test_a_cause_that_was_not_drawn_hides_no_other() -> None:
    rng = np.random.default_rng(1)
    cause = rng.normal(size=40)
    summary = summarize(_runs(read_margin=cause + 0.1 * rng.normal(size=40), drawn={"c": cause, "still": np.zeros(40)}))
    assert bool(summary.significant.sel(cause="c", measure="read_margin"))
    assert not bool(summary.significant.sel(cause="still", measure="read_margin"))

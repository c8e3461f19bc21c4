"""Confidence intervals that hold as often as they say, also for skewed measures; where none does, there is none."""

from __future__ import annotations

import math

import numpy as np
import scipy  # loads scipy.stats, a third of a second, where it is first used
from numpy.typing import NDArray

Array = NDArray[np.float64]
Interval = tuple[float, float]

CONFIDENCE = 0.95
FEWEST = 200
"""Of values that bound a mean: with 50 the interval of a lognormal of spread 1 holds 92.5 % of the time, not 93."""
_NO_GAP = 0.02
"""Odds that are given away sooner than to go into the gap before the most extreme value, which may be a long tail."""
UNKNOWN = (math.nan, math.nan)
_RESAMPLES = 999
_AT_ONCE = 40_000
"""Numbers that are drawn at once: a cache holds them, and it takes less than half of the time of a million."""
_OF_RESAMPLES = 0.965
"""Share of the resamples' t that an interval of CONFIDENCE takes in: samples know too little of a long tail. Calibrated
to 400 repeats each of 200, 400 and 1,000 values, normal, exponential, lognormal (spreads 0.3, 1, 1.5), of Student (3),
Pareto (3) and Weibull (0.5), so that 93 to 97 % hold; with 0.95 of those with the longest tails 91 to 93 % did."""
_NOTHING = 1e-9
"""Spread of a resample of equal values, in units of that of all: rounding."""
_MOST_OF_ONE = 0.8
"""Where one value makes more than this share of the variance, the mean is a matter of whether it was drawn."""


def of_mean(values: Array) -> Interval:
    """By studentised bootstrap (Efron and Tibshirani, chapter 12.5): mean - t s/sqrt(n), t of the resamples.

    NaN where it would not hold: fewer than FEWEST values, or one that makes most of the variance. Percentiles of the
    resampled means hold 91 % of the time for 50 values of a lognormal of spread 1, and BCa 92 %. SciPy has no
    studentised one. The standard deviation has none that holds: for 200 values of a lognormal of spread 0.6 BCa gives
    89 %, and the studentised bootstrap of its logarithm 92 %; for 50 of spread 1 they give 67 and 81 %.

    Args:
        values: finite, shape (n,).
    """
    count = len(values)
    if count < FEWEST:
        return UNKNOWN
    mean, spread = float(values.mean()), float(values.std(ddof=1))
    squares = (values - mean) ** 2
    if not spread > 0:
        return mean, mean
    if squares.max() > _MOST_OF_ONE * squares.sum():
        return UNKNOWN
    rng = np.random.default_rng(0)
    deviation = (values - mean) / spread  # a pure number, whatever the unit: squares stay finite
    t = np.empty(_RESAMPLES)
    for part in np.array_split(np.arange(_RESAMPLES), max(1, _RESAMPLES * count // _AT_ONCE)):
        drawn = deviation[rng.integers(0, count, (len(part), count))]
        scatter = drawn.std(axis=1, ddof=1)
        if not (scatter > _NOTHING).all():
            return UNKNOWN
        t[part] = drawn.mean(axis=1) / scatter
    high, low = np.quantile(t, [(1 - _OF_RESAMPLES) / 2, (1 + _OF_RESAMPLES) / 2])
    return mean - float(low) * spread, mean - float(high) * spread


def of_quantile(values: Array, probability: float) -> Interval:
    """Between values, by their order, whatever the distribution: ends lie between two neighbours (Nyblom 1992).

    Ends on values alone would hold more often than they say: of 200 values that of the median 96 %, of 30 that of the
    lower twentieth 98 %. An end that so few values do not bound is infinite, and all that may be missed is given to the
    other one. NaN for no values.
    """
    if len(values) == 0:
        return UNKNOWN
    ordered, miss = np.sort(values), (1 - CONFIDENCE) / 2
    low, high = _bound(ordered, probability, miss), -_bound(-ordered[::-1], 1 - probability, miss)
    if math.isinf(low) and math.isfinite(high):
        high = -_bound(-ordered[::-1], 1 - probability, 2 * miss)
    elif math.isinf(high) and math.isfinite(low):
        low = _bound(ordered, probability, 2 * miss)
    return low, high


def _bound(ordered: Array, probability: float, miss: float) -> float:
    """Below the quantile but for odds of `miss`; minus infinity where no value is."""
    count = len(ordered)
    # odds that value number r, counted from 1, lies above the quantile: fewer than r of all lie below it
    above = scipy.special.bdtr(np.arange(count), count, probability)
    rank = int(np.searchsorted(above, miss, side="right"))
    if rank == 0:
        return -math.inf
    if rank == count or (rank == count - 1 and miss - above[rank - 1] <= _NO_GAP):
        return float(ordered[rank - 1])
    weight = rank * (1 - probability) / ((count - rank) * probability)
    share = 1 / (1 + weight * (above[rank] - miss) / max(miss - above[rank - 1], 1e-300))
    return float((1 - share) * ordered[rank - 1] + share * ordered[rank])


def of_series(estimates: Array) -> Interval:
    """Of a mean over independent series of runs, from what each of them gives: by Student's t.

    Within a series runs may be drawn as evenly as one likes; NaN for one series.

    Args:
        estimates: shape (series,).
    """
    count = len(estimates)
    if count < 2:
        return UNKNOWN
    away = float(scipy.special.stdtrit(count - 1, (1 + CONFIDENCE) / 2) * estimates.std(ddof=1) / math.sqrt(count))
    return float(estimates.mean()) - away, float(estimates.mean()) + away


def of_share(good: int, runs: int) -> Interval:
    """Exact binomial (Clopper and Pearson): at least CONFIDENCE, and more where a yield is near 0 or 1."""
    exact = scipy.stats.binomtest(good, runs).proportion_ci(CONFIDENCE, method="exact")
    return float(exact.low), float(exact.high)

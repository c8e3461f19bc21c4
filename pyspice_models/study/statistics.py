"""What many runs come to: distributions with confidence intervals, yield, worst cases, and what moves what."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy  # loads scipy.stats, a third of a second, where it is first used
import xarray as xr
from numpy.typing import NDArray

from pyspice_models.study.montecarlo import Limit

CONFIDENCE = 0.95
QUANTILES = (0.01, 0.05, 0.5, 0.95, 0.99)
_RESAMPLES = 999
_WORST = 5
_FEWEST = 10
"""So many runs are needed for a correlation."""
_NOT_MEASURES = {"failure", "array_seed", "cycle", "drawn"}

Interval = tuple[float, float]


@dataclass(frozen=True)
class Distribution:
    """One measure over all runs, in its unit; intervals hold with CONFIDENCE.

    Attributes:
        name, unit, about: of the measure.
        count: runs with a finite value; the numbers below are about these.
        mean, mean_interval, deviation, deviation_interval: and standard deviation, by bootstrap (percentiles).
        quantiles: value and exact binomial interval by probability. An end that so few runs do not bound is infinite.
        lowest, highest: numbers of the runs with the extreme values, the most extreme first.
    """

    name: str
    unit: str
    about: str
    count: int
    mean: float
    mean_interval: Interval
    deviation: float
    deviation_interval: Interval
    quantiles: dict[float, tuple[float, Interval]]
    lowest: list[int]
    highest: list[int]


@dataclass(frozen=True)
class Share:
    """How many of all runs are good, by one limit or by all.

    Attributes:
        what: the limit as text.
        good, runs: numbers; runs that failed are not good.
        interval: of the share good/runs, exact binomial (Clopper and Pearson).
        worst: the runs that miss the limit by most, or come closest to it; the worst first. Failed ones are left out.
    """

    what: str
    good: int
    runs: int
    interval: Interval
    worst: list[int]

    @property
    def share(self) -> float:
        """Good runs over all."""
        return self.good / self.runs


@dataclass(frozen=True)
class Summary:
    """What the runs of a Monte Carlo study came to.

    Attributes:
        distributions: of every measure.
        total: runs that keep to all limits; without limits those that did not fail.
        limits: the same for each limit.
        failed: numbers of the runs that failed.
        sensitivity: Spearman's rank correlation between what was drawn and every measure, shape (cause, measure); NaN
            where either does not vary or fewer than ten runs have both.
        significant: where it is not by chance, with at most one false in twenty of those marked (Benjamini and
            Hochberg).
    """

    distributions: dict[str, Distribution]
    total: Share
    limits: list[Share]
    failed: list[int]
    sensitivity: xr.DataArray
    significant: xr.DataArray


def summarize(found: xr.Dataset, limits: Sequence[Limit] = ()) -> Summary:
    """Distributions, yield and sensitivity of what `run_montecarlo` gave.

    Raises:
        RequestError: a limit in another unit than its measure.
    """
    names = [str(name) for name in found if name not in _NOT_MEASURES]
    fine = found["failure"].values == ""
    good = fine.copy()
    shares = []
    for limit in limits:
        if limit.measure not in found:  # no run has come so far as to measure it
            good[:] = False
            shares.append(_share(f"{limit.measure} {limit.sign} {limit.text}", good, []))
            continue
        unit, values = found[limit.measure].attrs["units"], found[limit.measure].values
        kept = fine & limit.kept_by(values, unit)
        good &= kept
        order = _ordered(values)
        worst = order[::-1] if limit.sign == "<=" else order
        shares.append(_share(f"{limit.measure} {limit.shown(unit)}", kept, worst[:_WORST]))
    worst_of_all = list(dict.fromkeys(run for share in shares for run in share.worst[:2]))
    sensitivity, significant = _sensitivity(found, names)
    return Summary(
        {name: _distribution(found[name]) for name in names},
        _share("all limits" if limits else "not failed", good, worst_of_all),
        shares,
        [int(run) for run in np.flatnonzero(~fine)],
        sensitivity,
        significant,
    )


def _ordered(values: NDArray[np.float64]) -> list[int]:
    """Numbers of the runs with a value, the lowest first; infinite ones count."""
    order = np.argsort(values, kind="stable")
    return [int(run) for run in order if not math.isnan(values[run])]


def _share(what: str, good: NDArray[np.bool_], worst: Iterable[int]) -> Share:
    count, runs = int(good.sum()), len(good)
    exact = scipy.stats.binomtest(count, runs).proportion_ci(CONFIDENCE, method="exact")
    return Share(what, count, runs, (float(exact.low), float(exact.high)), list(worst))


def _distribution(values: xr.DataArray) -> Distribution:
    every = values.values
    finite = every[np.isfinite(every)]
    order = _ordered(np.where(np.isfinite(every), every, np.nan))
    mean_interval, deviation_interval = _bootstrapped(finite)
    return Distribution(
        str(values.name), values.attrs["units"], values.attrs["long_name"], len(finite),
        float(finite.mean()) if len(finite) else math.nan, mean_interval,
        float(finite.std(ddof=1)) if len(finite) > 1 else math.nan, deviation_interval,
        {p: _quantile(finite, p) for p in QUANTILES},
        order[:_WORST], order[::-1][:_WORST],
    )  # fmt: skip


def _bootstrapped(values: NDArray[np.float64]) -> tuple[Interval, Interval]:
    """Intervals of mean and standard deviation."""
    if len(values) < 2:
        return (math.nan, math.nan), (math.nan, math.nan)

    def moments(sample: NDArray[np.float64], axis: int) -> Any:
        return np.mean(sample, axis=axis), np.std(sample, axis=axis, ddof=1)

    found = scipy.stats.bootstrap(
        (values,), moments, n_resamples=_RESAMPLES, batch=max(1, 1_000_000 // len(values)), vectorized=True,
        confidence_level=CONFIDENCE, method="percentile", rng=np.random.default_rng(0),
    ).confidence_interval  # fmt: skip
    (mean_low, spread_low), (mean_high, spread_high) = found.low, found.high
    return (float(mean_low), float(mean_high)), (float(spread_low), float(spread_high))


def _quantile(values: NDArray[np.float64], probability: float) -> tuple[float, Interval]:
    if len(values) == 0:
        return math.nan, (math.nan, math.nan)
    interval = scipy.stats.quantile_test(values, p=probability).confidence_interval(CONFIDENCE)
    low, high = (float(end) for end in (interval.low, interval.high))
    # SciPy gives NaN for an end that no value bounds
    return (
        float(np.quantile(values, probability)),
        (-math.inf if math.isnan(low) else low, math.inf if math.isnan(high) else high),
    )


def _sensitivity(found: xr.Dataset, names: Sequence[str]) -> tuple[xr.DataArray, xr.DataArray]:
    causes = found["cause"].values if "drawn" in found else np.array([], dtype=str)
    rho = np.full((len(causes), len(names)), np.nan)
    chance = np.full_like(rho, np.nan)
    for column, name in enumerate(names):
        values = found[name].values
        for row in range(len(causes)):
            drawn = found["drawn"].values[:, row]
            both = np.isfinite(values) & np.isfinite(drawn)
            if both.sum() >= _FEWEST and np.ptp(values[both]) > 0 and np.ptp(drawn[both]) > 0:
                rho[row, column], chance[row, column] = scipy.stats.spearmanr(drawn[both], values[both])
    known = np.isfinite(chance)
    marked = np.zeros_like(known)
    if known.any():
        marked[known] = scipy.stats.false_discovery_control(chance[known]) < 1 - CONFIDENCE
    coords = {"cause": causes, "measure": list(names)}
    return xr.DataArray(rho, coords), xr.DataArray(marked, coords)

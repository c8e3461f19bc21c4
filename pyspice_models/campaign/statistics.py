"""What many runs come to: distributions with confidence intervals, yield, worst cases, and what moves what."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import zip_longest
from typing import Any

import numpy as np
import scipy  # loads scipy.stats, a third of a second, where it is first used
import xarray as xr
from numpy.typing import NDArray

from pyspice_models.campaign.causes.association import Dependence, dependence
from pyspice_models.campaign.intervals import CONFIDENCE, FEWEST, Interval, of_mean, of_quantile, of_series, of_share
from pyspice_models.campaign.limit import Limit
from pyspice_models.displayed import Displayed
from pyspice_models.study.draws.even import SERIES, series_of

QUANTILES = (0.01, 0.05, 0.5, 0.95, 0.99)
_WORST = 5
_NOT_MEASURES = {"failure", "array_seed", "cycle", "drawn"}

_OF_THE_SOLVER = {"energy_imbalance"}
_OF_OWN, _OF_UNIT = 1e-9, 1e-12
"""Differences that are rounding: of a measure's own size, and of the largest in its unit."""


@dataclass(frozen=True)
class Distribution:
    """One measure over all runs, in its unit; intervals hold with CONFIDENCE.

    Attributes:
        name, unit, about: of the measure.
        count: runs with a finite value; the numbers below, and correlations, are about these alone.
        not_finite: runs that did not fail and yet have none: infinite, such as a read that never settles, or not
            measured. They keep to no limit.
        varies: whether by more than rounding; a measure that does not has no cause.
        mean, mean_interval: by studentised bootstrap; NaN where it would not hold, see `of_mean`. Of runs that were
            drawn evenly from the scatter of their independent series.
        deviation: standard deviation. It has no interval: none holds for skewed measures.
        quantiles: value and exact binomial interval by probability, which holds with CONFIDENCE or more. An end that so
            few runs do not bound is infinite.
        lowest, highest: numbers of the runs with the extreme values, the most extreme first.
    """

    name: str
    unit: str
    about: str
    count: int
    not_finite: int
    varies: bool
    mean: float
    mean_interval: Interval
    deviation: float
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
        missed: runs that did not fail and miss the limit.
        worst: numbers of those of them that miss it by most, the worst first; if none does, of the runs that come
            nearest to missing it. Values that are not finite miss by most; failed runs are left out. For all limits
            together: the worst of each limit in turn, or the nearest in standard deviations of the measure.
    """

    what: str
    good: int
    runs: int
    interval: Interval
    missed: int
    worst: list[int]

    @property
    def which(self) -> str:
        """What the first of `worst` is, for people."""
        return "the worst" if self.missed else "no run misses a limit; the nearest to one"

    @property
    def share(self) -> float:
        """Good runs over all."""
        return self.good / self.runs


@dataclass(frozen=True, repr=False)
class Summary(Displayed):
    """What the runs of a Monte Carlo study came to.

    Attributes:
        distributions: of every measure.
        total: runs that keep to all limits; without limits those that did not fail.
        limits: the same for each limit.
        failed: numbers of the runs that failed.
        sensitivity: Spearman's rank correlation between what was drawn and every measure, shape (cause, measure); NaN
            where either does not vary by more than rounding, or fewer than ten runs have both.
        significant: where a measure depends on a cause, in whatever shape, and not by chance, with at most one false in
            twenty of those marked (Benjamini and Hochberg).
        dependences: the same in full, by cause and measure; those that nothing is known of are left out. Of runs that
            were drawn as Sobol points there are none.
    """

    distributions: dict[str, Distribution]
    total: Share
    limits: list[Share]
    failed: list[int]
    sensitivity: xr.DataArray
    significant: xr.DataArray
    dependences: Mapping[tuple[str, str], Dependence]

    def strongest(self, measure: str) -> list[tuple[str, Dependence]]:
        """Causes of a measure that are not by chance, the strongest first."""
        sure = [
            (cause, one)
            for (cause, name), one in self.dependences.items()
            if name == measure and (cause, name) in self.sure
        ]
        return sorted(sure, key=lambda pair: -abs(pair[1].strength))

    @cached_property
    def sure(self) -> frozenset[tuple[str, str]]:
        """Cause and measure of every dependence that is not by chance, see `significant`."""
        causes, measures = (list(self.significant[axis].values) for axis in ("cause", "measure"))
        return frozenset((str(causes[row]), str(measures[n])) for row, n in np.argwhere(self.significant.values))

    def strengths(self) -> NDArray[np.float64]:
        """Of every dependence, shape (cause, measure), see `Dependence.strength`; NaN where it may be chance."""
        found = np.full(self.sensitivity.shape, np.nan)
        causes, measures = (list(self.sensitivity[axis].values) for axis in ("cause", "measure"))
        for (cause, measure), one in self.dependences.items():
            found[causes.index(cause), measures.index(measure)] = one.strength
        return np.where(self.significant.values, found, np.nan)

    def __repr__(self) -> str:
        """One line for people."""
        total = self.total
        low, high = (100 * end for end in total.interval)
        told = f"{total.good} of {total.runs} good ({total.what}), yield {low:.3g} to {high:.3g} %"
        return f"<Summary of {len(self.distributions)} measures: {told}>"


def summarize(dataset: xr.Dataset, limits: Sequence[Limit] = ()) -> Summary:
    """Distributions, yield and sensitivity of what `run_montecarlo` gave.

    Raises:
        RequestError: a limit in another unit than its measure.
    """
    names = [str(name) for name in dataset if name not in _NOT_MEASURES]
    fine = dataset["failure"].values == ""
    good, nearest = fine.copy(), np.full(len(fine), np.inf)
    draws = dataset.attrs.get("draws", "random")
    series = None if draws == "random" else series_of(draws, len(fine))
    shares = []
    for limit in limits:
        if limit.measure not in dataset:  # no run has come so far as to measure it
            good[:] = False
            shares.append(_share(f"{limit.measure} {limit.sign} {limit.text}", good, fine, [], series))
            continue
        unit, values = dataset[limit.measure].attrs["units"], dataset[limit.measure].values
        kept = fine & limit.kept_by(values, unit)
        good &= kept
        room = limit.room(values, unit)
        shares.append(_share(f"{limit.measure} {limit.shown(unit)}", kept, fine, _ordered(room), series))
        nearest = np.fmin(nearest, _in_deviations(room))
    # the worst of each limit, then the second of each, and so on
    in_turn = [run for place in zip_longest(*(share.worst for share in shares if share.missed)) for run in place]
    order = [run for run in dict.fromkeys(in_turn) if run is not None] or (_ordered(nearest) if limits else [])
    varying = _varying(dataset, names)
    sensitivity, significant, dependences = _sensitivity(dataset, varying)
    return Summary(
        {name: _distribution(dataset[name], fine, varies, series) for name, varies in varying.items()},
        _share("all limits" if limits else "not failed", good, fine, order, series),
        shares,
        [int(run) for run in np.flatnonzero(~fine)],
        sensitivity,
        significant,
        dependences,
    )


def _ordered(room: NDArray[np.float64]) -> list[int]:
    """Numbers of the runs, those without a finite value first, then by their value, the lowest first."""
    return [int(run) for run in np.argsort(np.where(np.isfinite(room), room, -np.inf), kind="stable")]


def _in_deviations(room: NDArray[np.float64]) -> NDArray[np.float64]:
    """The same in standard deviations of all finite values; infinite where these do not vary: none is nearer then."""
    finite = room[np.isfinite(room)]
    spread = finite.std() if len(finite) else 0.0
    return room / spread if spread > 0 else np.full_like(room, np.inf)


def _share(
    what: str, good: NDArray[np.bool_], fine: NDArray[np.bool_], order: Iterable[int], series: Series
) -> Share:  # fmt: skip
    """One line of the yield; `order` has the worst first."""
    count, runs = int(good.sum()), len(good)
    missed = fine & ~good
    named = [run for run in order if (missed if missed.any() else fine)[run]]
    interval = of_share(count, runs)
    if series is not None and _FEWEST_OF_SERIES <= count <= runs - _FEWEST_OF_SERIES:
        low, high = of_series(_by_series(good, series))
        interval = interval if math.isnan(low) else (max(low, 0.0), min(high, 1.0))
    return Share(what, count, runs, interval, int(missed.sum()), named[:_WORST])


Series = NDArray[np.intp] | None
"""Number of the independent series that each run belongs to; None where every run is one."""

_FEWEST_OF_SERIES = 3 * SERIES
"""With fewer good or bad runs than so many the shares of series are too coarse for an interval of theirs."""


def _by_series(values: NDArray[Any], series: NDArray[np.intp]) -> NDArray[np.float64]:
    """The mean of each series that is as long as the longest, but for one run."""
    counts = np.bincount(series)
    sums = np.bincount(series, np.asarray(values, dtype=float))
    return np.asarray((sums / np.maximum(counts, 1))[counts >= counts.max() - 1])


def _distribution(values: xr.DataArray, fine: NDArray[np.bool_], varies: bool, series: Series) -> Distribution:
    every = values.values
    finite = every[np.isfinite(every)]
    if series is None or len(finite) < FEWEST:
        of_the_mean = of_mean(finite)
    else:
        of_the_mean = of_series(_by_series(finite, series[np.isfinite(every)]))
    order = [int(run) for run in np.argsort(every, kind="stable") if math.isfinite(every[run])]
    return Distribution(
        str(values.name), values.attrs["units"], values.attrs["long_name"], len(finite),
        int((fine & ~np.isfinite(every)).sum()), varies,
        float(finite.mean()) if len(finite) else math.nan, of_the_mean,
        float(finite.std(ddof=1)) if len(finite) > 1 else math.nan,
        {p: (_quantile(finite, p), of_quantile(finite, p)) for p in QUANTILES},
        order[:_WORST], order[::-1][:_WORST],
    )  # fmt: skip


def _quantile(values: NDArray[np.float64], probability: float) -> float:
    return float(np.quantile(values, probability)) if len(values) else math.nan


def _varying(dataset: xr.Dataset, names: Sequence[str]) -> dict[str, bool]:
    """Whether each measure differs from run to run by more than the rounding of the numbers that it is made of.

    A difference of two currents, say, is rounded as they are: what counts is the largest finite value of any measure in
    the same unit, and 1 for pure numbers. Nor is an error of the solver a result that has a cause.
    """
    scales = {"1": 1.0}
    finite, units = dict[str, NDArray[np.float64]](), dict[str, str]()
    for name in names:
        values, units[name] = dataset[name].values, dataset[name].attrs["units"]
        finite[name] = values[np.isfinite(values)]
        if units[name] != "1":
            largest = float(np.abs(finite[name]).max(initial=0.0))
            scales[units[name]] = max(scales.get(units[name], 0.0), largest)

    return {
        name: name not in _OF_THE_SOLVER and len(one) > 0
        and float(np.ptp(one)) > max(_OF_OWN * float(np.abs(one).max()), _OF_UNIT * scales[units[name]])
        for name, one in finite.items()
    }  # fmt: skip


def _sensitivity(
    dataset: xr.Dataset, varying: Mapping[str, bool]
) -> tuple[xr.DataArray, xr.DataArray, dict[tuple[str, str], Dependence]]:
    # of Sobol points coordinates go together in pairs within a series: what one of them does, both seem to do
    told = "drawn" in dataset and dataset.attrs.get("draws") != "sobol"
    causes = [str(cause) for cause in dataset["cause"].values] if told else []
    names = list(varying)
    rho = np.full((len(causes), len(names)), np.nan)
    chance = np.full_like(rho, np.nan)
    found: dict[tuple[str, str], Dependence] = {}
    values = {name: dataset[name].values for name, varies in varying.items() if varies}
    # cause by cause: SciPy keeps the exact odds of a rare cause for as long as it is asked for as many runs
    for row, cause in enumerate(causes):
        deviates = dataset["drawn"].values[:, row]
        for column, name in enumerate(names):
            if name not in values:
                continue
            one = dependence(deviates, values[name])
            if one.shape:
                rho[row, column], chance[row, column], found[cause, name] = one.correlation, one.chance, one
    known = np.isfinite(chance)
    marked = np.zeros_like(known)
    if known.any():
        marked[known] = scipy.stats.false_discovery_control(chance[known]) < 1 - CONFIDENCE
    coords = {"cause": causes, "measure": names}
    return xr.DataArray(rho, coords), xr.DataArray(marked, coords), found

"""Whether a measure depends on a cause at all: by rising or falling with it, by a curve, or because it is rare."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import scipy  # loads scipy.stats, a third of a second, where it is first used
from numpy.typing import NDArray

Array = NDArray[np.float64]

FEWEST = 10
"""So many runs are needed for a dependence."""
RARE = 0.1
"""A cause that has one value in all runs but this share of them, or fewer, is rare."""
_EXACT = 20
"""Up to so many runs with a rare cause its odds by chance are counted, not approximated."""
_FEWEST_CURVED = 40
_PER_BIN, _MOST_BINS = 20, 8


@dataclass(frozen=True)
class Dependence:
    """How a measure depends on a cause, over runs with finite values of both.

    Attributes:
        shape: "monotonic", "curved" or "rare"; "" where nothing can be told.
        correlation: Spearman's, whatever the shape; NaN where nothing can be told.
        share: of the variance of the measure's ranks that the cause explains by this shape; for a rare one of the
            variance of its values, since the ranks of a few runs weigh next to nothing however far they lie.
        chance: odds that so much, in any of the shapes, comes about without a dependence.
        runs: for a rare cause, how many have it.
        shift: for a rare cause, the median with it less the median without, in the measure's unit; else NaN.
    """

    shape: str = ""
    correlation: float = math.nan
    share: float = math.nan
    chance: float = math.nan
    runs: int = 0
    shift: float = math.nan

    @property
    def strength(self) -> float:
        """Between -1 and 1, to compare causes: the root of the share, with a sign where there is a direction."""
        if self.shape == "monotonic":
            return self.correlation
        return math.copysign(math.sqrt(self.share), self.shift if self.shape == "rare" else 1.0)

    @property
    def told(self) -> str:
        """The strength for people, with its shape where that is not monotonic."""
        if self.shape == "curved":
            return f"curved {self.strength:.2f}"
        rare = f" (in {self.runs} runs)" if self.shape == "rare" else ""
        return f"{self.strength:+.2f}{rare}"


def dependence(cause: Array, measure: Array) -> Dependence:
    """By ranks, so that the scale of neither matters.

    A cause with many values: Spearman's coefficient, and the test of Kruskal and Wallis between bins of the cause,
    which sees any curve. A rare one, such as a count of faults: the test of Mann and Whitney between the runs with and
    without, of the measure and of its distance from the median, which sees what moves it to either side. The better of
    two odds counts twice (Bonferroni).

    Args:
        cause, measure: shape (n,); what is not finite in either is left out.
    """
    both = np.isfinite(cause) & np.isfinite(measure)
    x, y = cause[both], measure[both]
    if len(y) < FEWEST or not np.ptp(x) > 0 or not np.ptp(y) > 0:
        return Dependence()
    ranks = scipy.stats.rankdata(y)
    rho, by_rank = spearman(scipy.stats.rankdata(x), ranks)
    values, counts = np.unique(x, return_counts=True)
    with_it = x != values[counts.argmax()]
    if with_it.sum() <= RARE * len(x):
        return _rare(y, with_it, rho)
    if len(y) < _FEWEST_CURVED:
        return Dependence("monotonic", rho, rho**2, by_rank)
    share, by_bins = binned(x, ranks)
    shape, explained = ("curved", share) if by_bins < by_rank else ("monotonic", rho**2)
    return Dependence(shape, rho, explained, min(1.0, 2 * min(by_bins, by_rank)))


def _rare(y: Array, with_it: NDArray[np.bool_], rho: float) -> Dependence:
    few, most = y[with_it], y[~with_it]
    away = np.abs(y - np.median(most))
    method = "exact" if len(few) <= _EXACT else "asymptotic"
    odds = [
        float(scipy.stats.mannwhitneyu(one, other, method=method).pvalue)
        for one, other in ((few, most), (away[with_it], away[~with_it]))
        if np.ptp(np.concatenate([one, other])) > 0
    ]
    deviation = (y - y.mean()) / np.abs(y - y.mean()).max()  # a pure number: squares stay finite
    between = sum(len(part) * part.mean() ** 2 for part in (deviation[with_it], deviation[~with_it]))
    return Dependence(
        "rare", rho, float(between / (deviation**2).sum()), min(1.0, 2 * min(odds)), len(few),
        float(np.median(few) - np.median(most)),
    )  # fmt: skip


def spearman(x: Array, y: Array) -> tuple[float, float]:
    """Of ranks; many pairs are looked at, and `scipy.stats.spearmanr` takes twenty times as long."""
    x, y = x - x.mean(), y - y.mean()
    rho = float(np.clip((x @ y) / math.sqrt((x @ x) * (y @ y)), -1, 1))
    free = len(x) - 2
    t = abs(rho) * math.sqrt(free / max((1 - rho) * (1 + rho), 1e-300))
    return rho, float(2 * scipy.special.stdtr(free, -t))


def binned(x: Array, ranks: Array) -> tuple[float, float]:
    """Share of the ranks' variance between bins of the cause, corrected for their number, and its odds by chance."""
    bins = min(max(len(x) // _PER_BIN, 3), _MOST_BINS)
    of = np.searchsorted(np.unique(np.quantile(x, np.arange(1, bins) / bins)), x)
    counts = np.bincount(of)
    away = np.bincount(of, ranks - ranks.mean())[counts > 0]
    groups = int((counts > 0).sum())
    if groups < 2:
        return math.nan, 1.0
    # of Kruskal and Wallis, with ties: what lies between the bins, in the variance of all ranks
    found = float((away**2 / counts[counts > 0]).sum() / ranks.var(ddof=1))
    share = (found - groups + 1) / (len(x) - groups)
    return min(max(share, 0.0), 1.0), float(scipy.special.chdtrc(groups - 1, found))

"""Odds of a rare failure by two ways, one held against the other."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from pyspice_models.campaign.intervals import CONFIDENCE, Interval
from pyspice_models.campaign.rare.importance import Weighted, centres_of, draw_about, importance_sampling
from pyspice_models.campaign.rare.nearest import Counted, likeliest, nearest_failures
from pyspice_models.campaign.rare.subset import KEPT, Rare, Response, subset_simulation

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Odds:
    """Odds of a rare failure.

    Attributes:
        subset: by subset simulation, which misses no failures that are as likely as those it met.
        weighted: by importance sampling about them, narrower; None where there was too little to go by.
        centres: where failures lie, shape (k, size).
        likeliest: the most probable place of failure, shape (size,); None if none was found.
        runs: of everything.
    """

    subset: Rare
    weighted: Weighted | None
    centres: Array
    likeliest: Array | None
    runs: int

    @property
    def agree(self) -> bool:
        """Whether they do not contradict each other; False also where there is one only.

        The weighted odds may lie outside of the other interval by half of its width, as one of them does by chance in a
        thousand times: what is to be found are directions of failure that were missed, which take a large part away.
        """
        low, high = self.subset.interval
        if self.weighted is None or not 0 < low < high:
            return False
        beyond = math.sqrt(high / low)
        return low / beyond <= self.weighted.odds <= high * beyond

    @property
    def _told(self) -> Weighted | Rare:
        """The narrower of two that agree; else subset simulation."""
        if not self.agree or self.weighted is None:
            return self.subset
        (low, high), (least, most) = self.weighted.interval, self.subset.interval
        return self.weighted if high * least < most * low else self.subset

    @property
    def how(self) -> str:
        """By which of them `odds` is."""
        return "subset simulation" if self._told is self.subset else "importance sampling"

    @property
    def odds(self) -> float:
        """The narrower of two that agree; else that of subset simulation."""
        return self._told.odds

    @property
    def interval(self) -> Interval:
        """Of `odds`, with CONFIDENCE."""
        return self._told.interval

    @property
    def brute_force(self) -> float:
        """So many independent arrays would give an interval as narrow."""
        return runs_for(self.odds, self.interval)

    @property
    def distance(self) -> float:
        """Of the most probable failure from the median array [standard deviations]; NaN without one."""
        return math.nan if self.likeliest is None else float(np.linalg.norm(self.likeliest))


def runs_for(odds: float, interval: Interval) -> float:
    """So many independent arrays give an interval as narrow in its logarithm; infinite where it has no ends."""
    low, high = interval
    if not 0 < low < high:
        return math.inf
    spread = math.log(high / low) / (2 * float(scipy.special.ndtri((1 + CONFIDENCE) / 2)))
    return (1 - odds) / (odds * spread**2)


def rare_odds(
    response: Response, size: int, *, per_level: int = 2000, weighted: int = 4000, seed: int = 0, floor: float = 1e-9,
    tell: Callable[[str], None] | None = None,
) -> Odds:  # fmt: skip
    """Find failures by subset simulation, then draw about them.

    Args:
        response, size, per_level, seed, floor, tell: see `subset_simulation`.
        weighted: runs of importance sampling; 0 for none.

    Raises:
        Stuck: see there.
    """
    subset = subset_simulation(response, size, per_level=per_level, seed=seed, floor=floor, tell=tell)
    if not len(subset.failing):
        return Odds(subset, None, np.empty((0, size)), None, subset.runs)
    counted = Counted(response)
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(2,)))

    def told(one: Array) -> None:
        if tell is not None:
            away = float(np.linalg.norm(one))
            tell(f"a most probable failure {away:.3g} standard deviations away: {subset.runs + counted.runs} runs")

    def searched(places: Array, known: Array) -> Array:
        most = _MOST_OF_SEARCH * per_level
        return nearest_failures(counted, places, subset.odds, rng, known=known, most=most, tell=told)

    centres = reached = searched(subset.failing, np.empty((0, size)))
    if not len(centres):  # no slope leads anywhere: the means of what fails are the next best
        found = centres_of(subset.failing, seed, round(KEPT * per_level))
        ways = [likeliest(counted, one) for one in found]
        reached = np.array([there for there in ways if there is not None]).reshape(-1, size)
        centres = np.array([one if there is None else there for one, there in zip(found, ways, strict=True)])
    drawn = None
    if weighted and centres.any():
        for _ in range(_TRIALS):
            known = len(centres)
            places, weights = draw_about(counted, centres, runs=max(weighted // _TRIAL, 1), rng=rng, spread=_WIDER)
            if (weights > 0).any():
                centres = searched(places[weights > 0], centres)
                reached = np.concatenate([reached, centres[known:]])
            if len(centres) == known:
                break
        if tell is not None:
            tell(f"importance sampling about {len(centres)} of them: {weighted} runs more")
        drawn = importance_sampling(counted, centres, runs=weighted, seed=seed)
    nearest = min(reached, key=lambda place: float(place @ place), default=None)
    return Odds(subset, drawn, centres, nearest, subset.runs + counted.runs)


_MOST_OF_SEARCH = 2
"""No search is begun after so many times the runs of a level."""
_TRIALS, _TRIAL = 4, 4
"""How often centres are tried at most before they count, each time by such a part of the runs."""
_WIDER = 2.0
"""Deviation of the places by which directions are sought that walks have not met."""

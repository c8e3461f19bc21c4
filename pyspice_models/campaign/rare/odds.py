"""Odds of a rare failure by two ways, one held against the other."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from pyspice_models.campaign.intervals import CONFIDENCE, Interval
from pyspice_models.campaign.rare.importance import Weighted, centres_of, importance_sampling, likeliest, straightened
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
    centres = centres_of(subset.failing, seed, round(KEPT * per_level))
    counted = _Counted(response)
    say = tell or (lambda line: None)
    say(f"failures lie in {len(centres)} direction{'s' * (len(centres) > 1)}: looking for the most probable")
    kept: list[Array] = []
    reached: list[Array] = []
    for number, one in enumerate(centres, 1):
        there, again = _nearest(counted, one, seed, reached)
        if again:  # groups of failures are more than directions where they lie far from the middle
            continue
        kept.append(one if there is None else there)
        reached += [] if there is None else [there]
        say(f"direction {number} of {len(centres)}: {subset.runs + counted.runs} runs")
    centres = np.array(kept)
    nearest = min(reached, key=lambda place: float(place @ place), default=None)
    drawn = None
    if weighted and centres.any():
        say(f"importance sampling about {'it' if len(centres) == 1 else 'them'}: {weighted} runs")
        drawn = importance_sampling(counted, centres, runs=weighted, seed=seed)
    return Odds(subset, drawn, centres, nearest, subset.runs + counted.runs)


def _nearest(
    response: Response, centre: Array, seed: int, known: Sequence[Array]
) -> tuple[Array | None, bool]:  # fmt: skip
    """The most probable failure near a centre; a plane is fitted again where it was reached, if that is elsewhere.

    Returns:
        The place, None if none was found; whether it is one of those that are known.
    """
    found = likeliest(response, centre)
    for attempt in range(_PLANES):
        at = centre if found is None else found
        moved = likeliest(response, straightened(response, at, seed + attempt))
        if moved is None or (found is not None and moved @ moved >= found @ found):
            break
        if any(_alike(moved, one) for one in known):
            return moved, True
        near, found = found is not None and _alike(moved, found), moved
        if near:
            break
    return found, False


def _alike(one: Array, other: Array) -> bool:
    return float(one @ other) > _SAME * float(np.linalg.norm(one) * np.linalg.norm(other))


_PLANES, _SAME = 3, 0.95
"""How often a plane is fitted, and from which cosine on two directions are one."""


class _Counted:
    """A response that counts its runs."""

    def __init__(self, response: Response) -> None:
        self.response, self.runs = response, 0

    def __call__(self, places: Array) -> Array:
        self.runs += len(places)
        return self.response(places)

"""Odds of rare failures by subset simulation: down to the failure in steps of one in ten, each by walks from the last.

Au and Beck, Probabilistic Engineering Mechanics 16, 263 (2001); steps by conditional sampling of correlated normal
numbers, whose length adapts: Papaioannou, Betz, Zwirglmaier and Straub, ibid. 41, 89 (2015).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from pyspice_models.campaign.intervals import CONFIDENCE, Interval

Array = NDArray[np.float64]
Response = Callable[[Array], Array]
"""From places, shape (n, size), in independent standard normal coordinates, to how far each is from failing, shape
(n,): 0 or less where it fails, minus infinity where it cannot be said by how much."""

REPEATS = 10
"""Independent simulations of which the odds are a mean: their scatter gives an interval that leaves nothing out."""
KEPT = 0.1
"""Share of the places of a level from which the next one starts."""
FEWEST, MOST = 20 * REPEATS, 100_000
"""Places of a level, over all repeats."""
_FEWEST_OF_FIRST = 100
"""Places of a level in the simulation that finds the levels."""
_ACCEPTED = 0.44
"""Share of steps that is aimed at."""


class Stuck(Exception):
    """The response has one value in so many places that no level lies beyond it."""


@dataclass(frozen=True)
class Rare:
    """Odds of a failure.

    Attributes:
        odds: an estimate, 0 where no failure was met down to the floor.
        interval: with CONFIDENCE; its low end is 0, and the high one the floor, where no failure was met.
        each: of the independent repeats, shape (repeats,).
        runs: places at which the response was asked.
        levels: how many levels the longest repeat took.
        failing: places that fail, at the last level, shape (n, size).
    """

    odds: float
    interval: Interval
    each: Array
    runs: int
    levels: int
    failing: Array

    @property
    def brute_force(self) -> float:
        """Runs of independent arrays whose yield would be known as well: to the same relative standard deviation."""
        spread = float(self.each.std(ddof=1)) / math.sqrt(len(self.each))
        return math.inf if spread == 0 else self.odds * (1 - self.odds) / spread**2


@dataclass(frozen=True)
class _Level:
    """Where a level ends, and how long the steps within it are, as a share of the way to an independent place."""

    bound: float
    length: float


def subset_simulation(
    response: Response, size: int, *, per_level: int, seed: int, floor: float = 1e-9,
    tell: Callable[[str], None] | None = None,
) -> Rare:  # fmt: skip
    """The odds that a response is 0 or less.

    A first simulation finds levels and lengths of steps. Then they are fixed, so that the mean over the repeats has no
    bias: each is a product of shares, and of the walks through a level that begin at places drawn from what lies below.

    Args:
        response: see `Response`; it is asked for all repeats together.
        size: number of coordinates.
        per_level: places of a level, over all repeats; FEWEST to MOST.
        seed: same seed, same numbers.
        floor: odds below which a failure is not sought any more.
        tell: is told how far it has come.

    Raises:
        Stuck: see there.
    """
    rng = np.random.default_rng(seed)
    say = tell or (lambda line: None)
    count = max(per_level, FEWEST) // REPEATS
    levels, runs = _levels(response, size, max(count, _FEWEST_OF_FIRST), floor, rng, say)
    walkers = max(round(KEPT * count), 1)
    places = rng.standard_normal((REPEATS, count, size))
    values = response(places.reshape(-1, size)).reshape(REPEATS, count)
    runs += values.size
    odds = np.ones(REPEATS)
    for number, level in enumerate(levels):
        below = values < level.bound
        shares = below.mean(axis=1)
        odds *= shares
        here = np.flatnonzero(shares > 0)
        if not len(here):  # none goes on: there the estimate is 0
            break
        chosen = np.stack([_some(rng, np.flatnonzero(below[one]), walkers) for one in here])
        at = np.take_along_axis(places[here], chosen[:, :, None], axis=1)
        worth = np.take_along_axis(values[here], chosen, axis=1)
        places, values, asked = np.zeros_like(places), np.full_like(values, np.inf), 0
        places[here], values[here], asked, _ = _walk(response, at, worth, level, count, rng)
        runs += asked
        say(f"level {number + 2} of {len(levels) + 1}: {runs} runs, odds of {odds.mean():.3g} to come so far")
    fails = values <= 0
    found = odds * fails.mean(axis=1)
    return Rare(float(found.mean()), interval_of(found, floor), found, runs, len(levels) + 1, places[fails])


def _levels(
    response: Response, size: int, count: int, floor: float, rng: np.random.Generator, say: Callable[[str], None]
) -> tuple[list[_Level], int]:
    """From one simulation in which every level ends where the best KEPT of its places lie, and its runs."""
    seeds = max(round(KEPT * count), 1)
    places = rng.standard_normal((1, count, size))
    values = response(places[0])[None, :]
    runs, odds, length = count, 1.0, 0.6
    levels: list[_Level] = []
    while True:
        bound = float(np.sort(values[0])[seeds])
        below = np.flatnonzero(values[0] < bound)
        odds *= KEPT
        if bound <= 0 or odds < floor:
            return levels, runs
        if not len(below):
            raise Stuck(f"the response is {bound:g} in too many places")
        chosen = _some(rng, below, seeds)[None, :]
        at = np.take_along_axis(places, chosen[:, :, None], axis=1)
        worth = np.take_along_axis(values, chosen, axis=1)
        places, values, asked, length = _walk(response, at, worth, _Level(bound, length), count, rng, adapt=True)
        runs += asked
        levels.append(_Level(bound, length))
        say(f"looking for levels: {runs} runs, {len(levels)} levels")


def _some(rng: np.random.Generator, of: NDArray[np.intp], number: int) -> NDArray[np.intp]:
    """So many of them, each with the same odds; more than there are only if need be."""
    whole = np.tile(of, number // len(of))
    return np.concatenate([whole, rng.choice(of, number - len(whole), replace=False)])


def _walk(
    response: Response, at: Array, worth: Array, level: _Level, count: int, rng: np.random.Generator,
    *, adapt: bool = False,
) -> tuple[Array, Array, int, float]:  # fmt: skip
    """Walk from places (repeats, walkers, size) through a level until there are `count` places of each repeat.

    Every walk keeps to normal coordinates that lie below the bound of the level.

    Returns:
        Places and values, those of the beginning included; how many were asked; the length of the last step.
    """
    size, length, asked = at.shape[2], level.length, 0
    walked, reached = [at], [worth]
    for step in range(math.ceil(count / at.shape[1]) - 1):
        tried = math.sqrt(1 - length**2) * at + length * rng.standard_normal(at.shape)
        then = response(tried.reshape(-1, size)).reshape(worth.shape)
        asked += then.size
        kept = then < level.bound
        at = np.where(kept[:, :, None], tried, at)
        worth = np.where(kept, then, worth)
        walked.append(at)
        reached.append(worth)
        if adapt:
            length = min(length * math.exp((float(kept.mean()) - _ACCEPTED) / math.sqrt(step + 1)), 1.0)
    return np.concatenate(walked, axis=1)[:, :count], np.concatenate(reached, axis=1)[:, :count], asked, length


def interval_of(each: Array, floor: float) -> Interval:
    """Of the mean of independent products of shares, which are about lognormal: by Cox (Zhou and Gao 1997).

    Student's t of their mean holds 92 to 93 % of the time, since they are skewed to the right; it is taken where some
    of them are 0, and have no logarithm.
    """
    count, mean = len(each), float(each.mean())
    if mean == 0:
        return 0.0, floor
    t = float(scipy.special.stdtrit(count - 1, (1 + CONFIDENCE) / 2))
    if (each > 0).all():
        log, square = float(np.log(each).mean()), float(np.log(each).var(ddof=1))
        middle, away = log + square / 2, t * math.sqrt(square / count + square**2 / (2 * (count - 1)))
    else:
        middle, away = math.log(mean), t * float(each.std(ddof=1)) / (mean * math.sqrt(count))
    return math.exp(middle - away), min(1.0, math.exp(middle + away))

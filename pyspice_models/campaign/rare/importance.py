"""Odds of rare failures by importance sampling: places drawn about where failures are known to lie, and weighted."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from pyspice_models.campaign.intervals import CONFIDENCE, Interval
from pyspice_models.campaign.rare.subset import Response

Array = NDArray[np.float64]

_MOST_CENTRES = 6
_ONE_WAY = 0.97
"""Of failures that lie in one direction so many are at least half as far that way as their mean."""
_SURE = 2.5
"""Coordinates of a mean that are not so many standard errors from 0 are taken for 0."""
_FEWEST_FAILING = 50
_FIT_PER_COORDINATE, _FEWEST_OF_FIT, _MOST_OF_FIT = 3, 300, 2000
_FITS = 0.3
"""What a fitted plane has to explain of the variance."""


@dataclass(frozen=True)
class Weighted:
    """Odds of a failure from places that were drawn about some centres.

    Attributes:
        odds, interval: with CONFIDENCE.
        runs: places.
        failing: of them, how many fail.
    """

    odds: float
    interval: Interval
    runs: int
    failing: int


def centres_of(failing: Array, seed: int, walks: int) -> Array:
    """Where failures lie: their mean, or the means of as many groups as they lie in different directions, at most six.

    Args:
        failing: places that fail, shape (n, size), n >= 1.
        seed: of the search for groups.
        walks: how many of them are independent, about.

    Returns:
        Shape (k, size). What may be chance in a mean is 0.
    """
    alone = min(walks, len(failing))
    for count in range(1, _MOST_CENTRES + 1):
        groups = [failing]
        if count > 1:
            rng = np.random.default_rng(seed)
            _, of = scipy.cluster.vq.kmeans2(failing, count, minit="++", rng=rng)
            groups = [failing[of == one] for one in range(count) if (of == one).any()]
        centres = [_mean(group, max(alone * len(group) / len(failing), 2.0)) for group in groups]
        if all(map(_one_way, groups, centres)):
            break
    return np.array(centres)


def _mean(group: Array, alone: float) -> Array:
    mean = group.mean(axis=0)
    # of a coordinate that decides nothing the deviation is 1
    return np.asarray(np.where(np.abs(mean) > _SURE / math.sqrt(alone), mean, 0.0))


def _one_way(group: Array, centre: Array) -> bool:
    square = float(centre @ centre)
    return square > 0 and float((group @ centre > square / 2).mean()) >= _ONE_WAY


def importance_sampling(response: Response, centres: Array, *, runs: int, seed: int) -> Weighted | None:
    """The odds that a response is 0 or less; None where too few places failed for an interval that holds.

    Places are drawn from normal distributions of deviation 1 about the centres, all alike, and count by the ratio of
    the two densities. Failures far from all centres would be missed without a sign: hold it against
    `subset_simulation`.

    Args:
        response: see `Response`.
        centres: shape (k, size).
        runs: how many places.
        seed: same seed, same numbers.
    """
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(1,)))
    of = rng.integers(0, len(centres), runs)
    places = centres[of] + rng.standard_normal((runs, centres.shape[1]))
    fails = response(places) <= 0
    # log of the ratio of each centre's density to that of all arrays
    ratios = places @ centres.T - (centres**2).sum(axis=1) / 2
    weights = np.where(fails, np.exp(-scipy.special.logsumexp(ratios, axis=1) + math.log(len(centres))), 0.0)
    if fails.sum() < _FEWEST_FAILING:
        return None
    odds = float(weights.mean())
    away = float(scipy.special.ndtri((1 + CONFIDENCE) / 2)) * float(weights.std(ddof=1)) / (odds * math.sqrt(runs))
    return Weighted(odds, (odds * math.exp(-away), min(1.0, odds * math.exp(away))), runs, int(fails.sum()))


def straightened(response: Response, centre: Array, seed: int) -> Array:
    """A centre moved to where, by a plane fitted to the response about it, failures are most probable.

    The mean of failing places that walks have met is a poor direction where there are many coordinates; the slope of
    the response knows better. Where no plane fits, or it points away, the centre stays.
    """
    size = len(centre)
    runs = min(max(_FIT_PER_COORDINATE * size, _FEWEST_OF_FIT), _MOST_OF_FIT)
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(2,)))
    places = centre + rng.standard_normal((runs, size))
    values = response(places)
    known = np.isfinite(values)
    if known.sum() < runs / 2 or not np.ptp(values[known]) > 0:
        return centre
    x, y = places[known], values[known]
    away, down = x - x.mean(axis=0), y - y.mean()
    # with fewer places than coordinates the shortest slope that fits; half a deviation of noise for each
    slope = np.linalg.solve(away.T @ away + 0.5 * size * np.eye(size), away.T @ down)
    fitted = 1 - float(((down - away @ slope) ** 2).sum() / (down**2).sum())
    if fitted < _FITS or not slope.any():
        return centre
    moved = float(slope @ x.mean(axis=0) - y.mean()) / float(slope @ slope) * slope
    return moved if moved @ centre > 0 else centre


def likeliest(response: Response, centre: Array, *, furthest: float = 12.0, steps: int = 12) -> Array | None:
    """The most probable place of failure in the direction of a centre: where the response comes to 0; None if nowhere.

    Args:
        response: see `Response`.
        centre: shape (size,).
        furthest: how far it is looked for [standard deviations].
        steps: halvings, one place each.
    """
    length = float(np.linalg.norm(centre))
    if length == 0:
        return None
    way = centre / length
    tries = np.array([length, min(1.5 * length, furthest), furthest])
    fails = response(tries[:, None] * way) <= 0
    if not fails.any():
        return None
    low, high = 0.0, float(tries[fails.argmax()])
    for _ in range(steps):
        middle = (low + high) / 2
        if response(middle * way[None, :])[0] <= 0:
            high = middle
        else:
            low = middle
    return np.asarray(high * way)

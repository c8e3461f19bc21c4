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
_FEWEST_CARRIED = 50
"""Where fewer places than so many carry the odds, their scatter is not known either."""


@dataclass(frozen=True)
class Weighted:
    """Odds of a failure from places that were drawn about some centres.

    Attributes:
        odds, interval: with CONFIDENCE.
        runs: places.
        failing: of them, how many fail.
        carried: how many of one weight would give odds that scatter as much: (sum of weights)^2 / sum of squares.
    """

    odds: float
    interval: Interval
    runs: int
    failing: int
    carried: float = math.nan


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


def log_weights(places: Array, centres: Array) -> Array:
    """Logarithm of the density of all arrays over that of normal distributions about the centres, all alike.

    Args:
        places: shape (n, size).
        centres: shape (k, size).

    Returns:
        Shape (n,).
    """
    ratios = places @ centres.T - (centres**2).sum(axis=1) / 2
    return math.log(len(centres)) - np.asarray(scipy.special.logsumexp(ratios, axis=1))


def draw_about(
    response: Response, centres: Array, *, runs: int, rng: np.random.Generator, spread: float = 1.0
) -> tuple[Array, Array]:  # fmt: skip
    """Places from normal distributions about the centres, all alike, and what each counts.

    Returns:
        Places, shape (runs, size), and weights, shape (runs,): the ratio of the densities, 0 where nothing fails.
    """
    of = rng.integers(0, len(centres), runs)
    places = centres[of] + spread * rng.standard_normal((runs, centres.shape[1]))
    fails = response(places) <= 0
    return places, np.where(fails, np.exp(log_weights(places, centres)), 0.0)


def importance_sampling(response: Response, centres: Array, *, runs: int, seed: int) -> Weighted | None:
    """The odds that a response is 0 or less; None where too few places carry them for an interval that holds.

    Failures far from all centres would be missed without a sign: hold it against `subset_simulation`.

    Args:
        response: see `Response`.
        centres: shape (k, size).
        runs: how many places.
        seed: same seed, same numbers.
    """
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(1,)))
    _, weights = draw_about(response, centres, runs=runs, rng=rng)
    square = float((weights**2).sum())
    carried = float(weights.sum()) ** 2 / square if square > 0 else 0.0
    if carried < _FEWEST_CARRIED:
        return None
    odds, failing = float(weights.mean()), int((weights > 0).sum())
    return Weighted(odds, interval_of_weights(weights), runs, failing, carried)


def interval_of_weights(weights: Array) -> Interval:
    """Of the mean of weights, by Student's t of its logarithm.

    Where large weights are rare their deviation itself is known badly: t has as many degrees of freedom as a chi-square
    that scatters as much as the square of it (Satterthwaite 1946).

    Args:
        weights: 0 or more, not all alike, shape (n,).
    """
    count, mean = len(weights), float(weights.mean())
    square = float(weights.var(ddof=1))
    peak = float(((weights - mean) ** 4).mean()) / square**2
    free = max(2 * count / max(peak - 1, 1e-9), 2.0)
    away = float(scipy.special.stdtrit(free, (1 + CONFIDENCE) / 2)) * math.sqrt(square / count) / mean
    return mean * math.exp(-away), min(1.0, mean * math.exp(away))

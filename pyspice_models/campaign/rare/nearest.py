"""The most probable failures, each found from a failing place by the slope of the response.

A place that walks have met is far from the median in every coordinate, also in those that decide nothing. Which of them
decide is asked of the response itself: coordinates are moved in groups, and only groups that move it are divided. The
place nearest to the median on the border of failure follows from the slope (Hasofer and Lind 1974, Rackwitz and
Fiessler 1978).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import scipy  # loads scipy.special where it is first used
from numpy.typing import NDArray

from pyspice_models.campaign.rare.importance import log_weights
from pyspice_models.campaign.rare.subset import Response

Array = NDArray[np.float64]

_GROUPS = 16
"""Of coordinates that are moved together at first."""
_MATTERS = 0.005
"""What moves the response by a smaller share of what all groups do is left out."""
_SLOPES = 6
"""How often a slope is taken on the way to one most probable failure."""
_NEARER = 0.995
"""A step that comes no nearer than this share of the distance is the last."""
_BEFORE = 0.95
"""Of the way to failures without a value, where the slope is taken."""
_SAME = 0.98
"""From which cosine on two directions are one."""
_HEAVY = 25.0
"""A failing place is lost on the centres if drawn about them it would weigh more than so many times the odds: about the
most probable place of a plane the largest weight is 11 times the odds, where those are 1e-5."""
_COUNTS = 2e-3
"""A centre beyond whose plane there is a smaller share of the odds is not worth its runs."""
_IN_VAIN = 4
"""Searches that led nowhere new, after which no more are begun."""


def nearest_failures(
    response: Response,
    failing: Array,
    odds: float,
    rng: np.random.Generator,
    *,
    known: Array,
    most: int,
    tell: Callable[[Array], None] | None = None,
) -> Array:
    """Most probable failures, sought from failing places that would weigh too much, until none does.

    Args:
        response: see `Response`.
        failing: places that fail, shape (n, size).
        odds: of a failure, about.
        rng: chooses among the places.
        known: centres that are known already, shape (k, size).
        most: runs after which no search is begun.
        tell: is told each one.

    Returns:
        Those known and those found, shape (k, size), each on the border of failure; none where no slope leads to one.
    """
    counted = Counted(response)
    found = list(known)
    tried, in_vain = np.zeros(len(failing), dtype=bool), 0
    while in_vain < _IN_VAIN and counted.runs < most:
        lost = np.flatnonzero(_lost(failing, found, odds) & ~tried)
        if not len(lost):
            break
        start = int(rng.choice(lost))
        tried[start] = True
        for one in _descend(counted, failing[start], rng):
            if (
                not any(_alike(one, other) for other in found)
                and scipy.special.ndtr(-np.linalg.norm(one)) > _COUNTS * odds
            ):
                found.append(one)
                in_vain = 0
                if tell is not None:
                    tell(one)
                break
        else:
            in_vain += 1
    return np.array(found).reshape(-1, failing.shape[1])


class Counted:
    """A response that counts its runs."""

    def __init__(self, response: Response) -> None:
        self.response, self.runs = response, 0

    def __call__(self, places: Array) -> Array:
        self.runs += len(places)
        return self.response(places)


def _lost(failing: Array, found: Sequence[Array], odds: float) -> NDArray[np.bool_]:
    if not found:
        return np.ones(len(failing), dtype=bool)
    return np.asarray(log_weights(failing, np.array(found)) > math.log(_HEAVY * odds))


def _alike(one: Array, other: Array) -> bool:
    return float(one @ other) > _SAME * float(np.linalg.norm(one) * np.linalg.norm(other))


def _descend(response: Response, start: Array, rng: np.random.Generator) -> Iterator[Array]:
    """From a failing place to the nearest one about it, where a slope leads there.

    Then, for those who know that one already, to where the start itself lies without all that decides nothing.
    """
    best: Array | None = None
    at, acting = start, np.zeros(len(start), dtype=bool)
    for _ in range(_SLOPES):
        value = float(response(at[None, :])[0])
        if not math.isfinite(value) and (edge := likeliest(response, at)) is not None:
            # failures without a value, such as of a measure that is lacking: the slope is that just before them
            at = _BEFORE * edge
            value = float(response(at[None, :])[0])
        if not math.isfinite(value):
            break
        slope, moves = slope_at(response, at, value, acting, rng)
        acting |= moves
        if not (square := float(slope @ slope)) > 0:
            break
        aim = float(slope @ at - value) / square * slope
        # where the response bends, the way to the aim may lead past the border: half of it then
        ways = [aim] if best is None else [aim, aim / np.linalg.norm(aim) + best / np.linalg.norm(best)]
        reached = [there for way in ways if (there := likeliest(response, way)) is not None]
        if not reached:
            break
        there = min(reached, key=lambda place: float(place @ place))
        if best is not None and np.linalg.norm(there) > _NEARER * np.linalg.norm(best):
            break
        best = at = there
    if best is not None:
        yield best
    if (there := likeliest(response, np.where(acting, start, 0.0))) is not None:
        yield there


def slope_at(
    response: Response, at: Array, value: float, known: NDArray[np.bool_], rng: np.random.Generator
) -> tuple[Array, NDArray[np.bool_]]:  # fmt: skip
    """How the response changes with each coordinate, over one to three standard deviations, and which move it.

    Args:
        response: see `Response`.
        at: shape (size,).
        value: the response there, finite.
        known: which coordinates move it elsewhere, shape (size,); they are not grouped.
        rng: of the steps by which coordinates are moved.

    Returns:
        The slope and whether it moves, each of shape (size,).
    """
    size = len(at)
    # of unlike lengths: those of cells that are alike would cancel where two of them make a group
    step = rng.choice([-1.0, 1.0], size) * rng.uniform(0.5, 1.5, size)
    slope, moves, whole = np.zeros(size), np.zeros(size), 0.0
    others = np.array_split(np.flatnonzero(~known), _GROUPS)
    groups = [*np.flatnonzero(known)[:, None], *(one for one in others if len(one))]
    while groups:
        moved = np.zeros((len(groups), size))
        for row, group in zip(moved, groups, strict=True):
            row[group] = step[group]
        values = response(np.concatenate([at + moved, at - moved])).reshape(2, len(groups))
        # what has no value there says nothing of a slope: then it is that of the other side
        known_there = np.isfinite(values)
        up, down = np.where(known_there, values, value) - value
        sides = np.maximum(known_there.sum(axis=0), 1)
        change = np.maximum(np.abs(up), np.abs(down))
        whole = whole or float(np.linalg.norm(change))
        further: list[NDArray[np.intp]] = []
        for group, one, other, most, two in zip(groups, up, down, change, sides, strict=True):
            if not most > _MATTERS * whole:
                continue
            if len(group) == 1:
                slope[group], moves[group] = (one - other) / (two * step[group]), most
            else:
                further += np.array_split(group, 2)
        groups = further
    return slope, moves > 0


def likeliest(response: Response, way: Array, *, furthest: float = 12.0, steps: int = 12) -> Array | None:
    """The most probable place of failure in a direction: where the response comes to 0; None if nowhere.

    Args:
        response: see `Response`.
        way: the direction, and how far along it failure is guessed, shape (size,).
        furthest: how far it is looked for [standard deviations].
        steps: halvings, one place each.
    """
    length = float(np.linalg.norm(way))
    if length == 0:
        return None
    way = way / length
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

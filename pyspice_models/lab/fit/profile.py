"""What the data say of one parameter, whatever the others are: its interval by profile likelihood.

The parameter is held, the others are fitted anew, and the interval ends where the loss has risen as it does at one
standard uncertainty (D. J. Venzon and S. H. Moolgavkar, Appl. Stat. 37 (1988) 87). A side on which it never rises so
far stays open.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pyspice_models.errors import RequestError, SimulationError
from pyspice_models.lab.fit.problem import Problem
from pyspice_models.lab.fit.robust import Settled, biweight, covariance, descend

Array = NDArray[np.float64]

_FARTHEST = np.log(1e4)  # of a scale: a factor that nothing but its absence bounds
_GROWS, _STEPS, _REFINED = 2.0, 16, 4
_NEAR, _BETTER = 0.02, 0.3  # of the rise
_EVALUATIONS = 12
_STEEPEST = 20.0  # change of another coordinate by that of this one


@dataclass(frozen=True)
class Interval:
    """Of a coordinate: 68 % of the time the truth lies in it; None for a side that is open.

    Attributes:
        low, high: ends, as coordinates.
        better: a place that the fit has not found and that is better; None without.
    """

    low: float | None
    high: float | None
    better: Array | None = None


def interval(
    problem: Problem, settled: Settled, n: int, step: float, free: NDArray[np.bool_], *, last: bool = False
) -> Interval:  # fmt: skip
    """The interval of the n-th coordinate.

    Args:
        problem, settled: where the fit came to rest.
        n: which coordinate.
        step: a first guess of its standard uncertainty.
        free: which coordinates are fitted.
        last: a better place is no reason to begin anew.
    """
    ends: list[float | None] = []
    others = free.copy()
    others[n] = False
    bottom, rise = settled.loss, settled.rise
    inverse, _, _ = covariance(settled, free)
    along = np.zeros(len(settled.z))
    # how the others go with it, near by
    along[free] = inverse[:, int(free[:n].sum())] / inverse[int(free[:n].sum()), int(free[:n].sum())]
    along = np.clip(along, -_STEEPEST, _STEEPEST)
    for sign, bound in ((-1.0, problem.bounds[0, n]), (1.0, problem.bounds[1, n])):
        place, inside, below, slope = settled.z, settled.z[n], 0.0, along
        stride, limit = min(max(step, 1e-4), 2.0), settled.z[n] + sign * _FARTHEST
        limit = max(bound, limit) if sign < 0 else min(bound, limit)
        end: float | None = None
        for _ in range(_STEPS):
            tried = inside + sign * stride
            farthest = (tried - limit) * sign >= 0
            tried = limit if farthest else tried
            at, place_there = _raised(problem, place + slope * (tried - inside), n, tried, others, bottom)
            if at < -_BETTER * rise and not last:
                return Interval(None, None, better=place_there)
            if at >= rise:
                slope = (place_there - place) / (tried - inside)
                end = _crossing(problem, place, slope, n, (inside, below), (tried, at), others, bottom, rise)
                break
            slope = (place_there - place) / (tried - inside)
            place, inside, below = place_there, tried, max(at, 0.0)
            if farthest:
                break
            stride *= _GROWS
        ends.append(end)
    low, high = ends
    return Interval(low, high)


def _raised(
    problem: Problem, near: Array, n: int, value: float, others: NDArray[np.bool_], bottom: float
) -> tuple[float, Array]:
    """How far the loss has risen where the coordinate has this value and the others are fitted."""
    start = problem.inside(near)
    start[n] = value
    try:
        z = descend(problem, start, others, most=_EVALUATIONS, exact=False)
        z[n] = value
        return float(biweight(problem.residuals(z) ** 2)[0].sum()) - bottom, z
    except (RequestError, SimulationError):
        # no cell has this value
        return np.inf, start


def _crossing(
    problem: Problem, place: Array, slope: Array, n: int, inside: tuple[float, float], outside: tuple[float, float],
    others: NDArray[np.bool_], bottom: float, rise: float,
) -> float:  # fmt: skip
    """Where the loss has risen by `rise`, between a place inside and one outside: the rise's root is near straight."""
    for _ in range(_REFINED):
        roots = [np.sqrt(max(min(at, 1e6 * rise), 0.0) / rise) for _, at in (inside, outside)]
        share = np.clip((1 - roots[0]) / max(roots[1] - roots[0], 1e-12), 0.05, 0.95)
        tried = float(inside[0] + share * (outside[0] - inside[0]))
        at, z = _raised(problem, place + slope * (tried - inside[0]), n, tried, others, bottom)
        if abs(at - rise) < _NEAR * rise:
            return tried
        if at < rise:
            inside, place = (tried, max(at, 0.0)), z
        else:
            outside = (tried, at)
    return tried

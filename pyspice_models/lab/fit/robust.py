"""A loss that outliers cannot pull at, and what it means for uncertainties.

Tukey's biweight: a residual beyond 4.685 standard deviations has no weight at all, and normal residuals lose 5 % of
their information (P. J. Huber, Robust Statistics, 1981).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy  # loads scipy.optimize where it is first used
from numpy.typing import NDArray

from pyspice_models.errors import SimulationError
from pyspice_models.lab.fit.problem import LEAST_NOISE, Problem

Array = NDArray[np.float64]

CUT = 4.685
"""Standard deviations beyond which a residual counts as an outlier."""

_EVALUATIONS, _TURNS = 25, 8
_FLAT, _STEEP = 0.01, 0.01  # of the loss at one standard uncertainty; of the whole loss
_ROUNDS, _ROUNDS_OF_LOOPS = 6, 2  # a loop takes its time
_SETTLED = 0.01  # relative change of the noise


def biweight(z: Array) -> Array:
    """Loss and its two derivatives by the squared residual `z`, shape (3, row), as SciPy asks for it."""
    left = np.maximum(1 - z / CUT**2, 0.0)
    return np.stack([CUT**2 / 3 * (1 - left**3), left**2, -2 / CUT**2 * left])


@dataclass(frozen=True)
class Settled:
    """Where a fit came to rest.

    Attributes:
        z: coordinates.
        residuals: in multiples of the noise.
        jacobian: of them.
        rise: of the loss, summed over rows, at one standard uncertainty.
        widening: factor on uncertainties because neighbouring residuals go together, 1 or more.
        follow: correlation of neighbouring residuals.
        outliers: which rows have no weight.
    """

    z: Array
    residuals: Array
    jacobian: Array
    rise: float
    widening: float
    follow: float
    outliers: NDArray[np.bool_]

    @property
    def loss(self) -> float:
        """Summed over rows."""
        return float(biweight(self.residuals**2)[0].sum())


def settle(
    problem: Problem, start: Array, *, free: NDArray[np.bool_] | None = None, near: bool = False
) -> Settled:  # fmt: skip
    """The nearest valley: first with a loss that has one valley, then with the bounded one and the noise that is left.

    Args:
        problem: its noise is changed.
        start: coordinates.
        free: which of them move; all without.
        near: it starts in that valley, and there is one more such step to come.

    Raises:
        SimulationError: it did not converge.
    """
    free = np.ones(len(start), dtype=bool) if free is None else free
    z = start if near else descend(problem, start, free, loss="soft_l1")
    rounds = _ROUNDS if len(problem.trains) == len(problem.data) else _ROUNDS_OF_LOOPS
    for _ in range(1 if near else rounds):
        before = np.array(problem.noise)
        _learn_noise(problem, z, int(free.sum()))
        z = descend(problem, z, free)
        if np.abs(np.array(problem.noise) / before - 1).max() < _SETTLED:
            break
    return settled_at(problem, z, free)


def descend(
    problem: Problem, start: Array, free: NDArray[np.bool_], *, loss: str = "", most: int = _EVALUATIONS,
    exact: bool = True,
) -> Array:  # fmt: skip
    """Coordinates at the bottom, of which those not `free` stay.

    A valley whose floor falls by less than a hundredth of what one standard uncertainty makes is at its bottom: where
    the data bound a parameter from one side alone, its logarithm has no end.

    Raises:
        SimulationError: the bottom was not reached, and the caller needs it `exact`.
    """
    if not free.any():
        return start.copy()
    z = problem.inside(start)

    def whole(part: Array) -> Array:
        full = z.copy()
        full[free] = part
        return full

    cost, fine = np.inf, 1e-8 if len(problem.trains) == len(problem.data) else 1e-6
    for _ in range(_TURNS if exact else 1):
        found = scipy.optimize.least_squares(
            lambda part: problem.residuals(whole(part)), z[free],
            lambda part: problem.jacobian(whole(part))[:, free], bounds=problem.bounds[:, free], x_scale="jac",
            loss=loss or biweight, ftol=fine if exact else 1e-4, xtol=1e-6 if exact else 1e-3, gtol=1e-12,
            max_nfev=most,
        )  # fmt: skip
        fallen, cost, z = cost - 2 * found.cost, 2 * found.cost, whole(found.x)
        if found.status > 0 or fallen < _FLAT or not exact:
            return z
    if fallen > _STEEP * cost:
        raise SimulationError(
            f"the fit did not converge within {_TURNS * most} evaluations. Fit fewer parameters, or start from a "
            "preset that is nearer."
        )
    return z


def settled_at(problem: Problem, z: Array, free: NDArray[np.bool_]) -> Settled:
    """What can be said of the fit there."""
    r, jacobian = problem.residuals(z), problem.jacobian(z)
    left = np.maximum(1 - (r / CUT) ** 2, 0.0)
    pull = r * left**2
    give = left * (1 - 5 * (r / CUT) ** 2)
    spread = float((pull**2).sum() / max(len(r) - int(free.sum()), 1))
    steep = max(float(give.mean()), 0.05)
    follow = _follow(problem, pull)
    known = len(r)
    widening = np.sqrt((1 + follow) / (1 - follow)) if follow > 3 / np.sqrt(known) else 1.0
    return Settled(z, r, jacobian, spread / steep * widening**2, float(widening), follow, left == 0.0)


def covariance(settled: Settled, free: NDArray[np.bool_]) -> tuple[Array, Array, Array]:
    """Covariance of the free coordinates; singular values of the Jacobian over the noise, and their directions.

    A singular value below 1 is a direction that is known no better than to a factor e, or to its whole range.
    """
    left = np.maximum(1 - (settled.residuals / CUT) ** 2, 0.0)
    steep = max(float((left * (1 - 5 * (settled.residuals / CUT) ** 2)).mean()), 0.05)
    jacobian = settled.jacobian[:, free] * np.sqrt(steep / max(settled.rise, 1e-300))
    _, singular, directions = np.linalg.svd(jacobian, full_matrices=False)
    least = max(1e-9 * float(singular[0]), 1e-9) if len(singular) else 1.0
    inverse = (directions.T / np.maximum(singular, least) ** 2) @ directions
    return np.asarray(inverse), singular, directions


def _learn_noise(problem: Problem, z: Array, count: int) -> None:
    """The noise of each set from the residuals that are left, by their median: outliers do nothing."""
    r = problem.residuals(z)
    total = len(r)
    for k, rows in enumerate(problem.sections()):
        part = r[rows]
        spare = np.sqrt(total / max(total - count, 1))
        now = 1.4826 * float(np.median(np.abs(part))) * spare
        problem.noise[k] = max(problem.noise[k] * now, LEAST_NOISE[problem.data[k].kind])


def _follow(problem: Problem, pull: Array) -> float:
    """Correlation of neighbouring residuals, over all sets."""
    along = power = 0.0
    for rows in problem.sections():
        part = pull[rows] - pull[rows].mean()
        along += float(part[1:] @ part[:-1])
        power += float(part @ part)
    return min(along / power, 0.98) if power > 0 else 0.0

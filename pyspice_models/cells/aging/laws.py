"""The laws by which cells forget and wear, as they are stated; and the first as a sum of exponentials.

A process that is a sum of exponentials has a memory of finitely many numbers: it may go on from any moment, by any
step, whatever was written before, and many writes in a row add up as one.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import scipy  # loads scipy.optimize and scipy.special where they are first used
from numpy.typing import ArrayLike, NDArray

from pyspice_models.cells.aging.params import AgingParams
from pyspice_models.declare.constants import boltzmann, elementary_charge

Array = NDArray[np.float64]

_PER_DECADE = 3
_NEVER, _DONE = 1e-3, 7.0
"""Shares of a stretched law's exponent, (t/time)^stretch, between which it is fitted: nothing yet, and all."""


def relaxed(params: AgingParams, time: ArrayLike) -> Array:
    """Share of what comes back that is back after a time [s], 0 to 1: the law as it is stated.

    log: (Ein(t/start) - Ein(t/span)) / ln(span/start), Ein(z) the integral of (1 - exp(-u))/u from 0 to z: exponentials
    whose time constants lie evenly on a logarithmic scale from start to span; between both it grows by equal parts in
    each decade.
    """
    t = np.asarray(time, dtype=float)
    if params.relax_law == "stretched":
        return np.asarray(-np.expm1(-((t / params.relax_time) ** params.relax_stretch)))
    start, span = params.relax_start, params.relax_span
    return np.asarray((_ein(t / start) - _ein(t / span)) / np.log(span / start))


def _ein(z: Array) -> Array:
    """Integral of (1 - exp(-u))/u from 0 to z."""
    small = np.minimum(z, 0.1)
    series = small * (1 - small / 4 * (1 - small / 4.5 * (1 - 3 * small / 16)))
    large = np.maximum(z, 0.1)
    return np.where(z < 0.1, series, scipy.special.exp1(large) + np.log(large) + np.euler_gamma)


def modes(params: AgingParams) -> tuple[Array, Array]:
    """Time constants [s] and weights, which add up to 1, of the exponentials that make the law of relaxation."""
    if params.relax_law == "stretched":
        return _stretched(params.relax_time, params.relax_stretch)
    start, span = np.log(params.relax_start), np.log(params.relax_span)
    count = max(1, round(_PER_DECADE * (span - start) / np.log(10)))
    edges = np.linspace(start, span, count + 1)
    return np.exp((edges[1:] + edges[:-1]) / 2), np.full(count, 1 / count)


@lru_cache(maxsize=16)
def _stretched(time: float, stretch: float) -> tuple[Array, Array]:
    """Weights that are least off, none of them negative: a stretched exponential has a density of that kind."""
    if stretch == 1:
        return np.array([time]), np.ones(1)
    first, last = (np.log10(end) / stretch for end in (_NEVER, _DONE))
    count = round(_PER_DECADE * (last - first)) + 1
    times = np.logspace(first, last, count)
    moments = np.logspace(first, last, 8 * count)
    wanted = np.exp(-(moments**stretch))
    sums = 1e3 * np.ones((1, count))  # all together are 1: nearly nothing else may give way to that
    weights, _ = scipy.optimize.nnls(
        np.vstack([np.exp(-moments[:, None] / times), sums]), np.concatenate([wanted, [1e3]])
    )
    kept = weights > 0
    return time * times[kept], weights[kept] / weights.sum()


def kept(params: AgingParams, age: ArrayLike) -> Array:
    """What is left of a state's distance from where it goes, by its age: time over `lifetime`."""
    return np.asarray(np.exp(-(np.asarray(age, dtype=float) ** params.retain_stretch)))


def lifetime(params: AgingParams, temperature: float) -> float:
    """`retain_time` at a temperature [K], by Arrhenius [s]; inf where nothing is lost."""
    if not params.loses:
        return np.inf
    warm = elementary_charge / boltzmann * (1 / temperature - 1 / params.retain_reference)
    return float(params.retain_time * np.exp(np.minimum(params.retain_energy * warm, 700.0)))


def window(params: AgingParams, cycles: ArrayLike, half: ArrayLike) -> tuple[Array, Array]:
    """Ends of what levels a cell can still hold after so many cycles; `half`: cycles that leave half a window."""
    left = 0.5 ** ((np.asarray(cycles, dtype=float) / np.asarray(half)) ** params.wear_power)
    return params.wear_level * (1 - left), 1 - (1 - params.wear_level) * (1 - left)


def lognormal(spread: float, deviates: Array) -> Any:
    """Factors of median 1."""
    return np.exp(spread * deviates)

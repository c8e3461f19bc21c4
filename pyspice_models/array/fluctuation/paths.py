"""Paths of stationary processes in continuous time, sampled exactly, at any moments and in any order.

A path is a function of its draws: who asks for it at other moments, or for fewer, sees the same path. Both processes
here are Markov, and forget within a time constant by a factor e. So values that are 40 time constants apart are
independent to the last bit of a float; between two such the middle follows from the ends by the process's own bridge,
and so on by halves, until the interval is some millionths of a time constant.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import scipy  # loads scipy.special where it is first used
from numpy.typing import ArrayLike, NDArray

from pyspice_models.array.fluctuation.draws import Draws

Array = NDArray[np.float64]

_SPAN = 40.0  # time constants: e^-40 is less than the rounding of a correlation
_HALVES = 24  # of a span: 2.4 millionths of a time constant


def _followed(
    draws: Draws, place: ArrayLike, time: ArrayLike, tau: ArrayLike, end: Callable[[Array], Array],
    middle: Callable[[Array, Array, float, Array], Array],
) -> tuple[Array, Array, Array]:  # fmt: skip
    """Values on both sides of each moment, and where between them it lies, 0 to 1; all of the broadcast shape."""
    spans = np.asarray(time, dtype=float) / (_SPAN * np.asarray(tau, dtype=float))
    shape = np.broadcast_shapes(np.shape(place), spans.shape)
    spans, place = np.broadcast_to(spans, shape), np.broadcast_to(np.asarray(place, dtype=np.uint64), shape)
    number = np.floor(spans)
    share, number = spans - number, number.astype(np.uint64)
    left, right = end(draws.uniform(place, number)), end(draws.uniform(place, number + np.uint64(1)))
    node, half = np.ones(shape, dtype=np.uint64), _SPAN
    for _ in range(_HALVES):
        half /= 2
        between = middle(left, right, half, draws.uniform(place, number, node))
        later = share >= 0.5
        left, right = np.where(later, between, left), np.where(later, right, between)
        share, node = 2 * share - later, node * np.uint64(2) + later.astype(np.uint64)
    return left, right, share


def telegraph(draws: Draws, place: ArrayLike, time: ArrayLike, up: ArrayLike, down: ArrayLike) -> Array:
    """A random telegraph signal, 0 or 1, with exponential times in both states.

    Args:
        draws: of the signal's name.
        place: of each signal, see `draws.place_of`.
        time: at which it is asked for, >= 0 [s].
        up, down: mean time at 1 and at 0 [s]; all broadcast.
    """
    up, down = np.asarray(up, dtype=float), np.asarray(down, dtype=float)
    share, tau = up / (up + down), up * down / (up + down)

    def end(uniform: Array) -> Array:
        return (uniform < share).astype(float)

    def middle(left: Array, right: Array, half: float, uniform: Array) -> Array:
        kept, whole = np.exp(-half), np.exp(-2 * half)
        here, there = share + (left - share) * kept, share + (left - share) * whole
        onward = share + (1 - share) * kept  # to 1 from 1
        odds = np.where(right > 0, here * onward / there, here * (1 - onward) / np.maximum(1 - there, 1e-300))
        return (uniform < odds).astype(float)

    return _followed(draws, place, time, tau, end, middle)[0]


def relaxing(draws: Draws, place: ArrayLike, time: ArrayLike, tau: ArrayLike) -> Array:
    """A Gaussian process of variance 1 that forgets with a time constant (Ornstein and Uhlenbeck's): a Lorentzian.

    Args:
        draws, place, time: as of `telegraph`.
        tau: time constant [s].
    """

    def middle(left: Array, right: Array, half: float, uniform: Array) -> Array:
        return (left + right) / (2 * np.cosh(half)) + np.sqrt(np.tanh(half)) * scipy.special.ndtri(uniform)

    left, right, share = _followed(
        draws, place, time, tau, lambda uniform: np.asarray(scipy.special.ndtri(uniform)), middle
    )
    return np.asarray(left + share * (right - left))

"""Errors of vector-matrix products: how large they are, and which part of them is common to all outputs."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import scipy  # loads scipy.stats, a third of a second, where it is first used
from numpy.typing import ArrayLike


def product_error(sensed: ArrayLike, ideal: ArrayLike) -> tuple[float, float]:
    """Root mean square and largest deviation of a vector-matrix product, both over the largest ideal output.

    Args:
        sensed: currents into the sense circuits, shape (output,) [A].
        ideal: sums of input voltage times conductance, same shape [A].
    """
    ideal = np.asarray(ideal, dtype=float)
    top = float(np.abs(ideal).max())
    if top == 0:
        return math.nan, math.nan
    deviation = np.abs(np.asarray(sensed, dtype=float) - ideal) / top
    return float(np.sqrt(np.mean(deviation**2))), float(deviation.max())


@dataclass(frozen=True)
class ErrorSplit:
    """Outputs as gain x ideal + offset + rest, by least squares.

    Attributes:
        gain: common factor.
        offset: common summand, over the largest ideal output.
        rest: r.m.s. of what is left, over the largest ideal output.
    """

    gain: float
    offset: float
    rest: float


def split_error(outputs: ArrayLike, ideal: ArrayLike) -> ErrorSplit:
    """What of the error of products one gain and one offset would take away.

    Where all ideal outputs are the same, gain and offset cannot be told apart, and all counts as gain.

    Args:
        outputs: sensed currents of all products [A].
        ideal: same shape, not all 0 [A].
    """
    y, x = np.ravel(outputs).astype(float), np.ravel(ideal).astype(float)
    top = float(np.abs(x).max())
    y, x = y / top, x / top
    if np.ptp(x) > _ALIKE:
        line = scipy.stats.linregress(x, y)
        gain, offset = float(line.slope), float(line.intercept)
    else:
        gain, offset = float(y @ x / (x @ x)), 0.0
    return ErrorSplit(gain, offset, float(np.sqrt(np.mean((y - gain * x - offset) ** 2))))


_ALIKE = 1e-6  # of the largest output: ideal outputs that differ less are one

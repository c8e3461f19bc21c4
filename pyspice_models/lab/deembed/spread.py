"""How far the cells and the segments are known: variances at first order, and what they rest on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pyspice_models.lab.deembed.estimate import Fit
from pyspice_models.lab.deembed.inverse import Inverse, Whole
from pyspice_models.lab.deembed.readings import Combined

Array = NDArray[np.float64]

_SMALL = 32 * 32  # cells; the whole matrix is formed and inverted in less than a second
_ANYTHING = 1e3  # of a segment's logarithm: where nothing tells of it, so that there is an inverse
_LEAST = 1e-9  # of a variance, left by rounding


@dataclass(frozen=True, eq=False)
class Spread:
    """Standard deviations.

    Attributes:
        cells: of the conductances, shape (rows, cols) [S].
        from_unread: share of each variance that would go if the cells without a reading were known, from 0 to 1.
        segments: of the logarithms of the segments that were recovered, in their order.
    """

    cells: Array
    from_unread: Array
    segments: Array


def spread_of(found: Fit, data: Combined) -> Spread:
    """Of a fit, for the noise of its readings."""
    at, unread = found.at, ~data.measured
    inverse = Whole(at.inverse) if at.cells.size <= _SMALL else at.inverse
    known = np.where(unread, 0.0, at.variance)
    whole, by_readings = inverse.variances(at.variance, known)
    less, segments = _by_own(found, inverse, at.variance)
    variance = np.maximum(whole - less, _LEAST * whole)
    share = np.zeros_like(whole)
    if unread.any():
        less_known, _ = _by_own(found, inverse, known)
        share = np.clip(1 - np.maximum(by_readings - less_known, 0.0) / variance, 0.0, 1.0)
    return Spread(at.cells * np.sqrt(variance), share, segments)


def _by_own(found: Fit, inverse: Inverse | Whole, variance: Array) -> tuple[Array, Array]:
    """What the own currents take from the cells' variances, less what unknown segments add; deviations of these.

    It is a difference where own currents tell much: both its parts are by the same inverse, so that no error of that
    makes it negative.
    """
    at = found.at
    if not len(found.spans):
        return np.zeros_like(variance), np.zeros(0)
    shape, flat = variance.shape, found.spans.reshape(len(found.spans), -1)
    spread = np.diag(at.own_variance) + (flat * variance.ravel()) @ flat.T
    columns = np.stack([inverse.nearly(variance * one).ravel() for one in found.spans])
    solved = np.linalg.solve(spread, columns)
    less = np.sum(columns * solved, axis=0)
    if not at.point.segments:
        return less.reshape(shape), np.zeros(0)
    by_segments = np.reshape(at.by_segments, (-1, variance.size))
    answers = at.own_by_segments - flat @ by_segments.T
    weighted = np.linalg.solve(spread, answers)
    covariance = np.linalg.inv(answers.T @ weighted + np.eye(len(by_segments)) / _ANYTHING**2)
    pulled = (weighted.T @ flat) * variance.ravel() + by_segments
    moved = np.stack([at.inverse.solve(one.reshape(shape)).ravel() for one in pulled])
    less -= np.einsum("kp,kl,lp->p", moved, covariance, moved)
    return less.reshape(shape), np.sqrt(np.diag(covariance))

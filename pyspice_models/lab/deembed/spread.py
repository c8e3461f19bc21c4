"""How far the cells and the segments are known: variances at first order, and what they rest on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pyspice_models.lab.deembed.estimate import Fit
from pyspice_models.lab.deembed.readings import Combined

Array = NDArray[np.float64]

_ROUGH, _SHARP = 1e-3, 1e-9  # of a column of the inverse
_FEW = 300  # cells without a reading, each with a column of its own
_LEAST = 1e-3  # of a variance, left where it is a difference of what is known to a thousandth


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
    known = np.where(unread, 0.0, at.variance)
    if not unread.any():
        (whole,) = at.inverse.variances(at.variance)
        less, segments = _by_own(found, at.variance, _ROUGH)
        return Spread(at.cells * np.sqrt(np.maximum(whole - less, _LEAST * whole)), np.zeros_like(whole), segments)
    sharp = bool(len(found.spans)) and np.count_nonzero(unread) <= _FEW
    whole, by_readings = at.inverse.variances(at.variance, known)
    least = _LEAST * (by_readings if sharp else whole)
    if sharp:
        # what the own currents tell of these cells is a difference of nearly equal numbers: by exact columns
        units = np.eye(unread.size)[np.flatnonzero(unread)].reshape(-1, *unread.shape)
        columns = (at.inverse.solve(unit, _SHARP) for unit in units)
        whole = by_readings + sum(
            variance * np.square(column) for variance, column in zip(at.variance[unread], columns, strict=True)
        )
    less, segments = _by_own(found, at.variance, _SHARP if sharp else _ROUGH)
    less_known, _ = _by_own(found, known, _ROUGH)
    whole = np.maximum(whole - less, least)
    share = np.clip(1 - np.maximum(by_readings - less_known, 0.0) / whole, 0.0, 1.0)
    return Spread(at.cells * np.sqrt(whole), share, segments)


def _by_own(found: Fit, variance: Array, tolerance: float) -> tuple[Array, Array]:
    """What the own currents take from the cells' variances, less what unknown segments add; deviations of these."""
    at = found.at
    if not len(found.spans):
        return np.zeros_like(variance), np.zeros(0)
    shape, flat = variance.shape, found.spans.reshape(len(found.spans), -1)
    spread = np.diag(at.own_variance) + (flat * variance.ravel()) @ flat.T
    columns = np.stack([at.inverse.solve(variance * one, tolerance).ravel() for one in found.spans])
    solved = np.linalg.solve(spread, columns)
    less = np.sum(columns * solved, axis=0)
    if not at.point.segments:
        return less.reshape(shape), np.zeros(0)
    answers = at.own_by_segments - flat @ np.reshape(at.by_segments, (-1, variance.size)).T
    covariance = np.linalg.pinv(answers.T @ np.linalg.solve(spread, answers))
    direct = np.stack([at.inverse.solve(one, _ROUGH).ravel() for one in at.by_segments])
    moved = answers.T @ solved + direct
    less -= np.einsum("kp,kl,lp->p", moved, covariance, moved)
    return less.reshape(shape), np.sqrt(np.diag(covariance))

"""How far the cells and the segments are known: variances at first order, and what they rest on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pyspice_models.lab.deembed.estimate import Fit
from pyspice_models.lab.deembed.readings import Combined

Array = NDArray[np.float64]

_ROUGH = 1e-3  # of a column of the inverse


@dataclass(frozen=True, eq=False)
class Spread:
    """Standard deviations.

    Attributes:
        cells: of the conductances, shape (rows, cols) [S].
        from_unread: share of each variance that comes from cells of which there is no reading, from 0 to 1.
        segments: of the logarithms of the segments that were recovered, in their order.
    """

    cells: Array
    from_unread: Array
    segments: Array


def spread_of(found: Fit, data: Combined) -> Spread:
    """Of a fit, for the noise of its readings."""
    at, inverse = found.at, found.at.inverse
    read = np.where(data.measured, at.variance, 0.0)
    whole, by_readings = inverse.variances(at.variance, read)
    floor = 0.01 * whole  # what the own currents leave is a difference
    segments = np.zeros(0)
    if len(found.spans):
        flat, variance = found.spans.reshape(len(found.spans), -1), at.variance.ravel()
        spread = np.diag(at.own_variance) + (flat * variance) @ flat.T
        shape = at.cells.shape
        columns = np.stack([inverse.solve((variance * one).reshape(shape), _ROUGH) for one in flat])
        columns = columns.reshape(len(flat), -1)
        solved = np.linalg.solve(spread, columns)
        whole = whole - np.sum(columns * solved, axis=0).reshape(shape)
        if at.point.segments:
            by_segments = np.reshape(at.by_segments, (-1, at.cells.size))
            answers = at.own_by_segments - flat @ by_segments.T
            covariance = np.linalg.pinv(answers.T @ np.linalg.solve(spread, answers))
            segments = np.sqrt(np.diag(covariance))
            direct = np.stack([inverse.solve(one.reshape(shape), _ROUGH).ravel() for one in by_segments])
            moved = answers.T @ solved + direct
            whole = whole + np.einsum("kp,kl,lp->p", moved, covariance, moved).reshape(shape)
    whole = np.maximum(whole, floor)
    share = np.clip(1 - by_readings / whole, 0.0, 1.0)
    return Spread(at.cells * np.sqrt(whole), share, segments)

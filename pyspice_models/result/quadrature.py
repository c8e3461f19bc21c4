"""How a simulator's samples are summed to an integral: two weights for every interval between samples."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def trapezoids(time: Array, corners: Array) -> tuple[Array, Array]:
    """Weights of the left and the right end of the interval that begins at each sample, shape (time,) [s].

    Trapezoids, except right after a corner of a source: there a displacement current jumps, the sample at the corner
    belongs to the time before it, and the simulator itself takes a backward-Euler step; so the right end counts.
    Source: Nagel, SPICE2, UCB/ERL M520 (1975), on breakpoints and the order of integration.
    """
    step = np.diff(time, append=time[-1])
    # a simulator hits its breakpoints to within rounding
    after_corner = _near(time, corners, 1e-11 * float(time[-1]))
    return np.where(after_corner, 0.0, 0.5) * step, np.where(after_corner, 1.0, 0.5) * step


def _near(times: Array, corners: Array, slack: float) -> NDArray[np.bool_]:
    if len(corners) == 0:
        return np.zeros(len(times), dtype=bool)
    after = np.searchsorted(corners, times).clip(0, len(corners) - 1)
    before = (after - 1).clip(0)
    return np.asarray(np.minimum(np.abs(times - corners[after]), np.abs(times - corners[before])) <= slack)

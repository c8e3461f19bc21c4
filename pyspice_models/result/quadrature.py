"""How a simulator's samples are summed to an integral: two weights for every interval between samples."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


def trapezoids(time: Array, breakpoints: ArrayLike) -> tuple[Array, Array]:
    """Weights of the left and the right end of the interval that begins at each sample, shape (time,) [s].

    Trapezoids, except right after a breakpoint: there a displacement current jumps, the sample at the breakpoint
    belongs to the time before it, and the simulator itself takes a backward-Euler step; so the right end counts.
    Source: Nagel, SPICE2, UCB/ERL M520 (1975), on breakpoints and the order of integration.

    Args:
        time: of the samples [s].
        breakpoints: moments at which the simulator ended a step and began anew, among the samples but for rounding.
    """
    step = np.diff(time, append=time[-1])
    fresh = np.zeros(len(time), dtype=bool)
    fresh[nearest(time, breakpoints)] = True
    return np.where(fresh, 0.0, 0.5) * step, np.where(fresh, 1.0, 0.5) * step


def nearest(time: Array, moments: ArrayLike) -> NDArray[np.intp]:
    """Index of the sample that is nearest to each of some moments, same shape.

    A simulator hits a moment but for rounding, and its next step is longer than that; so no tolerance is needed, which
    would have to know both.
    """
    wanted = np.asarray(moments, dtype=float)
    behind = np.searchsorted(time, wanted).clip(min(1, len(time) - 1), len(time) - 1)
    before = (behind - 1).clip(0)
    return np.where(wanted - time[before] <= time[behind] - wanted, before, behind)

"""How a simulator's samples are summed to an integral: two weights for every interval between samples."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pyspice_models.stimulus.timeline import nearest

Array = NDArray[np.float64]


def trapezoids(time: Array, breakpoints: ArrayLike) -> tuple[Array, Array]:
    """Weights of the left and the right end of the interval that begins at each sample, shape (time,) [s].

    Trapezoids, except right after a breakpoint: there a displacement current jumps, the sample at the breakpoint
    belongs to the time before it, and the simulator itself takes a backward-Euler step; so the right end counts.
    Source: Nagel, SPICE2, UCB/ERL M520 (1975), on breakpoints and the order of integration.

    Args:
        time: of the samples [s].
        breakpoints: moments at which the simulator ended a step and began anew, samples all of them [s].
    """
    step = np.diff(time, append=time[-1])
    fresh = np.zeros(len(time), dtype=bool)
    fresh[nearest(time, breakpoints)] = True
    return np.where(fresh, 0.0, 0.5) * step, np.where(fresh, 1.0, 0.5) * step

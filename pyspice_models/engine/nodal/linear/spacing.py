"""How coarse the grid of `schur.py` is: asked before anything is solved, and by whoever chooses how."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def grid_spacing(g_word: float, g_bit: float, cells: Array) -> tuple[int, int]:
    """Rows and columns between nodes of the coarse grid: shorter waves than twice this the lines settle by themselves.

    A wave of length 2 L along a word line costs g_word (pi / 2 L)^2 where the cells cost their conductance; equal, they
    give L = pi/2 sqrt(g_word / g_cell). At least 2, at most the array.
    """
    mean = max(float(cells.mean()), 1e-30)
    rows, cols = cells.shape
    lengths = (np.pi / 2 * np.sqrt(g / mean) for g in (g_bit, g_word))
    down, across = (int(min(max(length, 2), size - 1)) for length, size in zip(lengths, (rows, cols), strict=True))
    return max(down, 1), max(across, 1)

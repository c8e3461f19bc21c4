"""Bit lines solved from both ends at the same time, each half of an array by one thread.

Rows above the middle one are eliminated downwards, those below it upwards, and what both halves leave meets in the
middle row; then the solution goes outwards. So a thread has the same rows here as where word lines are solved: to take
columns instead would be to fetch half of every array from the other's cache, and to take longer than alone. Lines have
resistance. Pivots are sums, as in `sweeps.py`. Source: the twisted factorisation, H. A. van der Vorst, Parallel
Computing 5 (1987) 45.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pyspice_models.engine.nodal.linear.compiled import compiled
from pyspice_models.engine.nodal.linear.segments import Segments, conductance

Array = NDArray[np.float64]


@compiled
def eliminate(upper: bool, middle: int, g: Segments, near: Array, far: Array, pivots: Array, beyond: Array) -> None:
    """Factor one half of the bit lines, on whose pivots the diagonal lies; `beyond`: what the middle row sees of it
    [S]."""
    rows, cols = pivots.shape
    first, last, way = (0, middle, 1) if upper else (rows - 1, middle, -1)
    for c in range(cols):
        beyond[c] = (far[c] if upper else near[c]) if first != last else 0.0
    for r in range(first, last, way):
        segment = r + 1 if upper else r
        for c in range(cols):
            at = conductance(g, segment, c)
            here = beyond[c] + pivots[r, c]
            inverse = 1.0 / (here + at)
            pivots[r, c] = inverse
            beyond[c] = at * here * inverse


@compiled
def join(middle: int, near: Array, far: Array, pivots: Array, above: Array, below: Array) -> None:
    """Factor the middle row; `above`, `below`: what it sees of both halves, shape (col,) [S]."""
    rows, cols = pivots.shape
    for c in range(cols):
        before = above[c] if middle > 0 else far[c]
        behind = below[c] if middle < rows - 1 else near[c]
        pivots[middle, c] = 1.0 / (pivots[middle, c] + before + behind)


@compiled
def step_of(
    r: int, alpha: float, direction: Array, applied: Array, solution: Array, residual: Array, forward: Array
) -> None:  # fmt: skip
    """A step of conjugate gradients in one row."""
    for c in range(direction.shape[1]):
        solution[r, c] += alpha * direction[r, c]
        left = residual[r, c] - alpha * applied[r, c]
        residual[r, c] = left
        forward[r, c] = left


@compiled
def onto(r: int, behind: int, g: Segments, pivots: Array, forward: Array) -> None:
    """What flows into a row from the one behind it, which is eliminated."""
    segment = max(r, behind)
    for c in range(forward.shape[1]):
        forward[r, c] += forward[behind, c] * (conductance(g, segment, c) * pivots[behind, c])


@compiled
def inwards(
    upper: bool, middle: int, alpha: float, direction: Array, applied: Array, solution: Array, residual: Array,
    g: Segments, pivots: Array, forward: Array,
) -> None:  # fmt: skip
    """A step of conjugate gradients in one half, and the first half of its solution."""
    rows = len(direction)
    first, way = (0, 1) if upper else (rows - 1, -1)
    for r in range(first, middle, way):
        step_of(r, alpha, direction, applied, solution, residual, forward)
        if r != first:
            onto(r, r - way, g, pivots, forward)


@compiled
def in_the_middle(
    middle: int, alpha: float, direction: Array, applied: Array, solution: Array, residual: Array, g: Segments,
    pivots: Array, forward: Array, out: Array,
) -> float:  # fmt: skip
    """The same in the middle row, with what flows in from both halves, and its solution; gives residual . out."""
    rows, cols = direction.shape
    step_of(middle, alpha, direction, applied, solution, residual, forward)
    if middle > 0:
        onto(middle, middle - 1, g, pivots, forward)
    if middle < rows - 1:
        onto(middle, middle + 1, g, pivots, forward)
    found = 0.0
    for c in range(cols):
        out[middle, c] = pivots[middle, c] * forward[middle, c]
        found += residual[middle, c] * out[middle, c]
    return found


@compiled
def outwards(
    upper: bool, middle: int, residual: Array, g: Segments, pivots: Array, forward: Array, out: Array
) -> float:  # fmt: skip
    """The second half of one half's solution; gives residual . out."""
    rows, cols = out.shape
    first, last, way = (middle - 1, -1, -1) if upper else (middle + 1, rows, 1)
    found = 0.0
    for r in range(first, last, way):
        segment = max(r, r - way)
        for c in range(cols):
            value = pivots[r, c] * (forward[r, c] + conductance(g, segment, c) * out[r - way, c])
            out[r, c] = value
            found += residual[r, c] * value
    return found

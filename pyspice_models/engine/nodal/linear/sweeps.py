"""Sweeps along the lines of a crossbar, compiled: each is a recursion from crossing to crossing.

All arrays of a crossbar are of shape (row, col). A side's lines without the other side are tridiagonal matrices with
the diagonal `shunts` + segments + ends; `inverse_pivots` are the reciprocals of their LDL' factors, each the next
segment and what the line behind it conducts to ground: a sum, where the usual recursion takes a difference in which a
floating line on good segments loses what little ties it to anything. Word lines run along a row, bit lines along a
column; for bit lines the inner loops run over the columns, which the compiler makes vectors of. A line without
resistance has segments of infinite conductance: it is one node, its voltages are equal, and what flows into its
crossings counts as a sum.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pyspice_models.engine.nodal.linear.compiled import compiled

Array = NDArray[np.float64]


@compiled
def factor_words(shunts: Array, g_segment: float, near: Array, far: Array, inverse_pivots: Array) -> None:
    """Factor the word lines; `near` and `far` are the conductances at column 0 and at the last one, shape (row,)."""
    rows, cols = shunts.shape
    for r in range(rows):
        if np.isinf(g_segment):
            inverse_pivots[r] = 1.0 / (shunts[r].sum() + near[r] + far[r])
            continue
        beyond = shunts[r, 0] + near[r]
        for c in range(cols - 1):
            inverse = 1.0 / (beyond + g_segment)
            inverse_pivots[r, c] = inverse
            beyond = shunts[r, c + 1] + g_segment * beyond * inverse
        inverse_pivots[r, cols - 1] = 1.0 / (beyond + far[r])


@compiled
def factor_bits(shunts: Array, g_segment: float, near: Array, far: Array, inverse_pivots: Array) -> None:
    """Factor the bit lines; `near` and `far` are the conductances at the last row and at row 0, shape (col,)."""
    rows, cols = shunts.shape
    if np.isinf(g_segment):
        for c in range(cols):
            inverse_pivots[:, c] = 1.0 / (shunts[:, c].sum() + near[c] + far[c])
        return
    beyond = shunts[0] + far
    for r in range(rows - 1):
        for c in range(cols):
            inverse = 1.0 / (beyond[c] + g_segment)
            inverse_pivots[r, c] = inverse
            beyond[c] = shunts[r + 1, c] + g_segment * beyond[c] * inverse
    for c in range(cols):
        inverse_pivots[rows - 1, c] = 1.0 / (beyond[c] + near[c])


@compiled
def solve_words(currents: Array, g_segment: float, inverse_pivots: Array, voltages: Array) -> None:
    """Voltages of the word lines at which `currents` flow in."""
    rows, cols = currents.shape
    for r in range(rows):
        if np.isinf(g_segment):
            voltages[r] = inverse_pivots[r, 0] * currents[r].sum()
            continue
        y = 0.0
        before = 0.0
        for c in range(cols):
            y = currents[r, c] + g_segment * before * y
            before = inverse_pivots[r, c]
            voltages[r, c] = y
        v = 0.0
        for c in range(cols - 1, -1, -1):
            v = inverse_pivots[r, c] * (voltages[r, c] + g_segment * v)
            voltages[r, c] = v


@compiled
def apply_schur(
    direction: Array, preconditioned: Array, beta: float, cells: Array, g_word: float, word_pivots: Array,
    bit_shunts: Array, g_bit: float, near: Array, far: Array, out: Array,
) -> float:  # fmt: skip
    """direction <- preconditioned + beta direction; out <- S direction. Gives direction . out.

    S is the matrix of the bit lines after the word lines have been eliminated.
    """
    rows, cols = direction.shape
    ideal = np.isinf(g_bit)
    word = np.empty(cols)
    total = 0.0
    for c in range(cols):
        direction[0, c] = preconditioned[0, c] + beta * direction[0, c]
    for r in range(rows):
        if r + 1 < rows:
            for c in range(cols):
                direction[r + 1, c] = preconditioned[r + 1, c] + beta * direction[r + 1, c]
        y = 0.0
        before = 0.0
        v = 0.0
        if np.isinf(g_word):
            for c in range(cols):
                y += cells[r, c] * direction[r, c]
            word[:] = word_pivots[r, 0] * y
        else:
            for c in range(cols):
                y = cells[r, c] * direction[r, c] + g_word * before * y
                before = word_pivots[r, c]
                word[c] = y
            for c in range(cols - 1, -1, -1):
                v = word_pivots[r, c] * (word[c] + g_word * v)
                word[c] = v
        for c in range(cols):
            here = direction[r, c]
            flow = cells[r, c] * (here - word[c]) + bit_shunts[r, c] * here
            if r == 0:
                flow += far[c] * here
            elif not ideal:
                flow += g_bit * (here - direction[r - 1, c])
            if r == rows - 1:
                flow += near[c] * here
            elif not ideal:
                flow += g_bit * (here - direction[r + 1, c])
            out[r, c] = flow
            total += here * flow
    if ideal:  # only sums count; evenly spread they do not cancel later
        for c in range(cols):
            out[:, c] = out[:, c].sum() / rows
    return total


@compiled
def step_and_restrict(
    alpha: float, direction: Array, applied: Array, solution: Array, residual: Array, g_bit: float, bit_pivots: Array,
    forward: Array, row_of: NDArray[np.intp], row_share: Array, col_of: NDArray[np.intp], col_share: Array,
    coarse: Array,
) -> None:  # fmt: skip
    """A step of conjugate gradients, the first half of the bit lines' solution, and the residual on the coarse grid."""
    rows, cols = direction.shape
    ideal = np.isinf(g_bit)
    along = np.empty(coarse.shape[1])
    coarse[:] = 0.0
    for r in range(rows):
        for c in range(cols):
            solution[r, c] += alpha * direction[r, c]
            left = residual[r, c] - alpha * applied[r, c]
            residual[r, c] = left
            forward[r, c] = left
        if r > 0:
            for c in range(cols):
                forward[r, c] += forward[r - 1, c] * (1.0 if ideal else g_bit * bit_pivots[r - 1, c])
        along[:] = 0.0
        for c in range(cols):
            k, share = col_of[c], col_share[c]
            along[k] += (1 - share) * residual[r, c]
            along[k + 1] += share * residual[r, c]
        k, share = row_of[r], row_share[r]
        for j in range(len(along)):
            coarse[k, j] += (1 - share) * along[j]
            coarse[k + 1, j] += share * along[j]


@compiled
def precondition(
    forward: Array, residual: Array, g_bit: float, bit_pivots: Array, row_of: NDArray[np.intp], row_share: Array,
    col_of: NDArray[np.intp], col_share: Array, coarse: Array, out: Array,
) -> float:  # fmt: skip
    """out <- the second half of the bit lines' solution plus the coarse grid's. Gives residual . out."""
    rows, cols = residual.shape
    ideal = np.isinf(g_bit)
    along = np.empty(coarse.shape[1])
    line = np.zeros(cols)
    total = 0.0
    for r in range(rows - 1, -1, -1):
        k, share = row_of[r], row_share[r]
        for j in range(len(along)):
            along[j] = (1 - share) * coarse[k, j] + share * coarse[k + 1, j]
        for c in range(cols):
            if not ideal:
                line[c] = bit_pivots[r, c] * (forward[r, c] + g_bit * line[c])
            elif r == rows - 1:
                line[c] = bit_pivots[r, c] * forward[r, c]
            j, part = col_of[c], col_share[c]
            value = line[c] + (1 - part) * along[j] + part * along[j + 1]
            out[r, c] = value
            total += residual[r, c] * value
    return total

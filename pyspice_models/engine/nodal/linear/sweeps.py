"""Sweeps along the lines of a crossbar, compiled: each is a recursion from crossing to crossing.

All arrays of a crossbar are of shape (row, col). A side's lines without the other side are tridiagonal matrices with
the diagonal `shunts` + segments + ends; `inverse_pivots` are the reciprocals of their LDL' factors, each the next
segment and what the line behind it conducts to ground: a sum, where the usual recursion takes a difference in which a
floating line on good segments loses what little ties it to anything. Word lines run along a row, bit lines along a
column; for bit lines the inner loops run over the columns, which the compiler makes vectors of. A line without
resistance has segments of infinite conductance: it is one node, its voltages are equal, and what flows into its
crossings counts as a sum. Segments are alike, or an array where some are open (`segments.py`).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pyspice_models.engine.nodal.linear.compiled import compiled
from pyspice_models.engine.nodal.linear.segments import Segments, conductance, ideal, of_rows

Array = NDArray[np.float64]


@compiled
def factor_words(shunts: Array, g_segment: Segments, near: Array, far: Array, inverse_pivots: Array) -> None:
    """Factor the word lines; `near` and `far` are the conductances at column 0 and at the last one, shape (row,)."""
    rows, cols = shunts.shape
    for r in range(rows):
        if ideal(g_segment):
            inverse_pivots[r] = 1.0 / (shunts[r].sum() + near[r] + far[r])
            continue
        beyond = shunts[r, 0] + near[r]
        for c in range(cols - 1):
            g = conductance(g_segment, r, c + 1)
            inverse = 1.0 / (beyond + g)
            inverse_pivots[r, c] = inverse
            beyond = shunts[r, c + 1] + g * beyond * inverse
        inverse_pivots[r, cols - 1] = 1.0 / (beyond + far[r])


@compiled
def factor_bits(shunts: Array, g_segment: Segments, near: Array, far: Array, inverse_pivots: Array) -> None:
    """Factor the bit lines; `near` and `far` are the conductances at the last row and at row 0, shape (col,)."""
    rows, cols = shunts.shape
    if ideal(g_segment):
        for c in range(cols):
            inverse_pivots[:, c] = 1.0 / (shunts[:, c].sum() + near[c] + far[c])
        return
    beyond = shunts[0] + far
    for r in range(rows - 1):
        for c in range(cols):
            g = conductance(g_segment, r + 1, c)
            inverse = 1.0 / (beyond[c] + g)
            inverse_pivots[r, c] = inverse
            beyond[c] = shunts[r + 1, c] + g * beyond[c] * inverse
    for c in range(cols):
        inverse_pivots[rows - 1, c] = 1.0 / (beyond[c] + near[c])


@compiled
def solve_line(g_segment: Segments, inverse_pivots: Array, line: Array) -> None:
    """Currents into a word line become its voltages, in place, both of shape (col,); segments of one line alone."""
    cols = len(line)
    if ideal(g_segment):
        line[:] = inverse_pivots[0] * line.sum()
        return
    y = 0.0
    before = 0.0
    for c in range(cols):
        y = line[c] + conductance(g_segment, 0, c) * before * y
        before = inverse_pivots[c]
        line[c] = y
    v = 0.0
    for c in range(cols - 1, -1, -1):
        v = inverse_pivots[c] * (line[c] + conductance(g_segment, 0, c + 1) * v)
        line[c] = v


@compiled
def solve_four(g: Segments, p: Array, lines: Array) -> None:
    """The same of four word lines at once, shape (4, col): a recursion waits for itself, four do not for each other."""
    cols = lines.shape[1]
    y0 = y1 = y2 = y3 = 0.0
    b0 = b1 = b2 = b3 = 0.0
    for c in range(cols):
        y0 = lines[0, c] + conductance(g, 0, c) * b0 * y0
        y1 = lines[1, c] + conductance(g, 1, c) * b1 * y1
        y2 = lines[2, c] + conductance(g, 2, c) * b2 * y2
        y3 = lines[3, c] + conductance(g, 3, c) * b3 * y3
        b0, b1, b2, b3 = p[0, c], p[1, c], p[2, c], p[3, c]
        lines[0, c], lines[1, c], lines[2, c], lines[3, c] = y0, y1, y2, y3
    y0 = y1 = y2 = y3 = 0.0
    for c in range(cols - 1, -1, -1):
        y0 = p[0, c] * (lines[0, c] + conductance(g, 0, c + 1) * y0)
        y1 = p[1, c] * (lines[1, c] + conductance(g, 1, c + 1) * y1)
        y2 = p[2, c] * (lines[2, c] + conductance(g, 2, c + 1) * y2)
        y3 = p[3, c] * (lines[3, c] + conductance(g, 3, c + 1) * y3)
        lines[0, c], lines[1, c], lines[2, c], lines[3, c] = y0, y1, y2, y3


@compiled
def solve_block(g_segment: Segments, inverse_pivots: Array, lines: Array) -> None:
    """The same of one to four word lines."""
    if len(lines) == 4 and not ideal(g_segment):
        solve_four(g_segment, inverse_pivots, lines)
    else:
        for r in range(len(lines)):
            solve_line(of_rows(g_segment, r, r + 1), inverse_pivots[r], lines[r])


@compiled
def solve_words(currents: Array, g_segment: Segments, inverse_pivots: Array, voltages: Array) -> None:
    """Voltages of the word lines at which `currents` flow in."""
    rows = len(currents)
    for first in range(0, rows, 4):
        last = min(first + 4, rows)
        for r in range(first, last):
            for c in range(currents.shape[1]):
                voltages[r, c] = currents[r, c]
        solve_block(of_rows(g_segment, first, last), inverse_pivots[first:last], voltages[first:last])


@compiled
def apply_schur_to(
    start: int, stop: int, above: Array, below: Array, direction: Array, preconditioned: Array, beta: float,
    cells: Array, g_word: Segments, word_pivots: Array, bit_shunts: Array, g_bit: Segments, near: Array, far: Array,
    out: Array,
) -> float:  # fmt: skip
    """Of the rows start <= r < stop: direction <- preconditioned + beta direction; out <- S direction, their part of
    direction . out. `above` and `below` are the new direction's rows next to them.

    S is the matrix of the bit lines after the word lines have been eliminated; see `spread` for those without
    resistance. `bit_shunts` may be empty: none.
    """
    rows, cols = direction.shape
    joined, shunted = ideal(g_bit), bit_shunts.size > 0
    words = np.empty((4, cols))
    total = 0.0
    for c in range(cols):
        direction[start, c] = preconditioned[start, c] + beta * direction[start, c]
    for first in range(start, stop, 4):
        last = min(first + 4, stop)
        for r in range(first, last):
            if r + 1 < stop:
                for c in range(cols):
                    direction[r + 1, c] = preconditioned[r + 1, c] + beta * direction[r + 1, c]
            for c in range(cols):
                words[r - first, c] = cells[r, c] * direction[r, c]
        solve_block(of_rows(g_word, first, last), word_pivots[first:last], words[: last - first])
        for r in range(first, last):
            part = 0.0
            before = direction[r - 1] if r > start else above
            behind = direction[r + 1] if r + 1 < stop else below
            for c in range(cols):
                here = direction[r, c]
                flow = cells[r, c] * (here - words[r - first, c])
                if shunted:
                    flow += bit_shunts[r, c] * here
                if r == 0:
                    flow += far[c] * here
                elif not joined:
                    flow += conductance(g_bit, r, c) * (here - before[c])
                if r == rows - 1:
                    flow += near[c] * here
                elif not joined:
                    flow += conductance(g_bit, r + 1, c) * (here - behind[c])
                out[r, c] = flow
                part += here * flow
            total += part
    return total


@compiled
def spread(g_bit: Segments, out: Array) -> None:
    """Of bit lines without resistance only sums count; evenly spread they do not cancel later."""
    if ideal(g_bit):
        rows, cols = out.shape
        for c in range(cols):
            out[:, c] = out[:, c].sum() / rows


@compiled
def step_row(
    r: int, start: int, stop: int, alpha: float, direction: Array, applied: Array, solution: Array, residual: Array,
    g_bit: Segments, bit_pivots: Array, forward: Array,
) -> None:  # fmt: skip
    """A step of conjugate gradients and the first half of the bit lines' solution in one row, after those above it; in
    the columns start <= c < stop."""
    joined = ideal(g_bit)
    for c in range(start, stop):
        solution[r, c] += alpha * direction[r, c]
        left = residual[r, c] - alpha * applied[r, c]
        residual[r, c] = left
        forward[r, c] = left
    if r > 0:
        for c in range(start, stop):
            forward[r, c] += forward[r - 1, c] * (1.0 if joined else conductance(g_bit, r, c) * bit_pivots[r - 1, c])


@compiled
def step_and_restrict(
    start: int, stop: int, alpha: float, direction: Array, applied: Array, solution: Array, residual: Array,
    g_bit: float, bit_pivots: Array, forward: Array, row_of: NDArray[np.intp], row_share: Array,
    col_of: NDArray[np.intp], col_share: Array, coarse: Array,
) -> None:  # fmt: skip
    """A step of conjugate gradients, the first half of the bit lines' solution, and the residual on the coarse grid, of
    the columns start <= c < stop."""
    along = np.empty(coarse.shape[1])
    coarse[:] = 0.0
    for r in range(len(direction)):
        step_row(r, start, stop, alpha, direction, applied, solution, residual, g_bit, bit_pivots, forward)
        along[:] = 0.0
        for c in range(start, stop):
            k, share = col_of[c], col_share[c]
            along[k] += (1 - share) * residual[r, c]
            along[k + 1] += share * residual[r, c]
        k, share = row_of[r], row_share[r]
        for j in range(len(along)):
            coarse[k, j] += (1 - share) * along[j]
            coarse[k + 1, j] += share * along[j]


@compiled
def precondition(
    start: int, stop: int, forward: Array, residual: Array, g_bit: float, bit_pivots: Array, row_of: NDArray[np.intp],
    row_share: Array, col_of: NDArray[np.intp], col_share: Array, coarse: Array, out: Array,
) -> float:  # fmt: skip
    """out <- the second half of the bit lines' solution plus the coarse grid's. Gives residual . out; of the columns
    start <= c < stop. `out` may be `forward` itself."""
    rows = len(residual)
    joined = np.isinf(g_bit)
    along = np.empty(coarse.shape[1])
    line = np.zeros(stop - start)
    total = 0.0
    for r in range(rows - 1, -1, -1):
        k, share = row_of[r], row_share[r]
        for j in range(len(along)):
            along[j] = (1 - share) * coarse[k, j] + share * coarse[k + 1, j]
        for c in range(start, stop):
            at = c - start
            if not joined:
                line[at] = bit_pivots[r, c] * (forward[r, c] + g_bit * line[at])
            elif r == rows - 1:
                line[at] = bit_pivots[r, c] * forward[r, c]
            j, part = col_of[c], col_share[c]
            value = line[at] + (1 - part) * along[j] + part * along[j + 1]
            out[r, c] = value
            total += residual[r, c] * value
    return total

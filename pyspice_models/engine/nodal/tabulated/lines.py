"""IR drop along the lines by sweeps, compiled, and what lines and their ends lose.

Lines end on their sources at one end: word lines before their first crossing, bit lines behind their last.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pyspice_models.engine.nodal.linear.compiled import compiled

Array = NDArray[np.float64]


@compiled
def sweep(
    slope: Array, offset: Array, on_word: Array, on_bit: Array, word_end: float, bit_end: float, r_word: float,
    r_bit: float, v: Array, current: Array, down: Array,
) -> float:  # fmt: skip
    """Voltages across all cells anew from the currents that the old ones drive through slope v + offset.

    Args:
        slope, offset: of the cells, shape (rows, cols) [S], [A].
        on_word, on_bit: voltages of the sources, shapes (rows,) and (cols,) [V].
        word_end, bit_end: resistances behind them [ohm].
        r_word, r_bit: resistances of a segment of a word and of a bit line [ohm].
        v: voltages across the cells, changed in place [V].
        current: of the cells at the old voltages, filled; shape (rows, cols) [A].
        down: likewise the currents in the bit lines' segments [A].

    Returns:
        The largest change of a voltage [V].
    """
    rows, cols = v.shape
    for r in range(rows):
        for c in range(cols):
            current[r, c] = slope[r, c] * v[r, c] + offset[r, c]
            down[r, c] = current[r, c] + (down[r - 1, c] if r > 0 else 0.0)
    rise = np.empty(cols)
    for c in range(cols):
        rise[c] = on_bit[c] + bit_end * down[rows - 1, c]
    largest = 0.0
    for r in range(rows - 1, -1, -1):
        left = 0.0
        for c in range(cols):
            left += current[r, c]
        here = on_word[r] - word_end * left
        for c in range(cols):
            here -= r_word * left
            left -= current[r, c]
            rise[c] += r_bit * down[r, c]
            new = here - rise[c]
            largest = max(largest, abs(new - v[r, c]))
            v[r, c] = new
    return largest


@compiled
def settle_lines(
    slope: Array, offset: Array, on_word: Array, on_bit: Array, word_end: float, bit_end: float, r_word: float,
    r_bit: float, v: Array, current: Array, down: Array, allowed: float, most: int,
) -> bool:  # fmt: skip
    """Sweep until no voltage moves by more than `allowed` [V]; False if `most` sweeps are not enough. As `sweep`."""
    for _ in range(most):
        change = sweep(slope, offset, on_word, on_bit, word_end, bit_end, r_word, r_bit, v, current, down)
        if change <= allowed:
            return True
    return False


@compiled
def lost_on_lines(
    current: Array, down: Array, word_end: float, bit_end: float, r_word: float, r_bit: float
) -> tuple[float, float]:
    """Powers lost in the segments, and in the ends, of all lines [W]; arguments as of `sweep`."""
    rows, cols = current.shape
    in_lines = in_ends = 0.0
    for r in range(rows):
        left = 0.0
        for c in range(cols - 1, -1, -1):
            left += current[r, c]
            in_lines += r_word * left * left + r_bit * down[r, c] * down[r, c]
        in_ends += word_end * left * left
    for c in range(cols):
        in_ends += bit_end * down[rows - 1, c] * down[rows - 1, c]
    return in_lines, in_ends


@compiled
def charging(
    on_word: Array, on_bit: Array, plates: Array, own_word: Array, own_bit: Array, couple_word: float,
    couple_bit: float, weight_word: Array, weight_bit: Array,
) -> tuple[float, float]:  # fmt: skip
    """Energies that the edges of one pulse lose on word and on bit lines [J]; see `program.learning.tiles.lines`."""
    rows, cols = plates.shape
    lost_word = lost_bit = 0.0
    onto_bits = np.zeros(cols)
    for r in range(rows):
        charge = own_word[r] * on_word[r]
        for c in range(cols):
            charge -= plates[r, c] * on_bit[c]
            onto_bits[c] -= plates[r, c] * on_word[r]
        if r > 0:
            charge += couple_word * (on_word[r] - on_word[r - 1])
        if r < rows - 1:
            charge += couple_word * (on_word[r] - on_word[r + 1])
        lost_word += weight_word[r] * charge * charge
    for c in range(cols):
        charge = onto_bits[c] + own_bit[c] * on_bit[c]
        if c > 0:
            charge += couple_bit * (on_bit[c] - on_bit[c - 1])
        if c < cols - 1:
            charge += couple_bit * (on_bit[c] - on_bit[c + 1])
        lost_bit += weight_bit[c] * charge * charge
    return lost_word, lost_bit

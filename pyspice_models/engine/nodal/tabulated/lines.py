"""IR drop along the lines by sweeps, compiled, and what lines and their ends lose.

Lines end on their sources at one end: word lines before their first crossing, bit lines behind their last. Sums along a
word line wait for each other, so that four lines are gone along at once, each in its own order.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pyspice_models.engine.nodal.linear.compiled import compiled

Array = NDArray[np.float64]

_FAR = 1e6
"""Change of a voltage in one sweep [V] from which on sweeps run away: noticed before they come to infinity."""


@compiled
def along_words(current: Array, on_word: Array, word_end: float, r_word: float, here: Array) -> None:
    """Voltages of the word lines at all cells, filled into `here` [V], from the cells' currents; see `sweep`."""
    rows, cols = current.shape
    whole = rows - rows % 4
    for r in range(0, whole, 4):
        a = b = d = e = 0.0
        for c in range(cols):
            a += current[r, c]
            b += current[r + 1, c]
            d += current[r + 2, c]
            e += current[r + 3, c]
        at_a, at_b = on_word[r] - word_end * a, on_word[r + 1] - word_end * b
        at_d, at_e = on_word[r + 2] - word_end * d, on_word[r + 3] - word_end * e
        for c in range(cols):
            at_a -= r_word * a
            at_b -= r_word * b
            at_d -= r_word * d
            at_e -= r_word * e
            a -= current[r, c]
            b -= current[r + 1, c]
            d -= current[r + 2, c]
            e -= current[r + 3, c]
            here[r, c], here[r + 1, c], here[r + 2, c], here[r + 3, c] = at_a, at_b, at_d, at_e
    for r in range(whole, rows):
        left = 0.0
        for c in range(cols):
            left += current[r, c]
        at = on_word[r] - word_end * left
        for c in range(cols):
            at -= r_word * left
            left -= current[r, c]
            here[r, c] = at


@compiled
def sweep(
    slope: Array, offset: Array, on_word: Array, on_bit: Array, word_end: float, bit_end: float, r_word: float,
    r_bit: float, v: Array, current: Array, down: Array, here: Array,
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
        here: likewise the voltages of the word lines at the cells [V].

    Returns:
        The largest change of a voltage [V].
    """
    rows, cols = v.shape
    for c in range(cols):
        current[0, c] = slope[0, c] * v[0, c] + offset[0, c]
        down[0, c] = current[0, c]
    for r in range(1, rows):
        for c in range(cols):
            current[r, c] = slope[r, c] * v[r, c] + offset[r, c]
            down[r, c] = current[r, c] + down[r - 1, c]
    along_words(current, on_word, word_end, r_word, here)
    rise, most = np.empty(cols), np.zeros(cols)
    for c in range(cols):
        rise[c] = on_bit[c] + bit_end * down[rows - 1, c]
    for r in range(rows - 1, -1, -1):
        for c in range(cols):
            rise[c] += r_bit * down[r, c]
            new = here[r, c] - rise[c]
            change = abs(new - v[r, c])
            most[c] = change if change > most[c] else most[c]
            v[r, c] = new
    largest = 0.0
    for c in range(cols):
        largest = max(largest, most[c])
    return largest


@compiled
def settle_lines(
    slope: Array, offset: Array, on_word: Array, on_bit: Array, word_end: float, bit_end: float, r_word: float,
    r_bit: float, v: Array, current: Array, down: Array, here: Array, allowed: float, most: int,
) -> bool:  # fmt: skip
    """Sweep until no voltage moves by more than `allowed` [V]; False if `most` sweeps are not enough. As `sweep`."""
    for _ in range(most):
        change = sweep(slope, offset, on_word, on_bit, word_end, bit_end, r_word, r_bit, v, current, down, here)
        if change <= allowed:
            return True
        if not change < _FAR:
            return False
    return False


@compiled
def lost_on_lines(
    current: Array, down: Array, word_end: float, bit_end: float, r_word: float, r_bit: float
) -> tuple[float, float]:
    """Powers lost in the segments, and in the ends, of all lines [W]; arguments as of `sweep`."""
    rows, cols = current.shape
    in_words, in_bits, in_ends, along = 0.0, 0.0, 0.0, np.zeros(cols)
    for r in range(rows):
        left = lost = 0.0
        for c in range(cols - 1, -1, -1):
            left += current[r, c]
            lost += left * left
        in_words += r_word * lost
        in_ends += word_end * left * left
        for c in range(cols):
            along[c] += down[r, c] * down[r, c]
    for c in range(cols):
        in_bits += r_bit * along[c]
        in_ends += bit_end * down[rows - 1, c] * down[rows - 1, c]
    return in_words + in_bits, in_ends


@compiled
def charging(
    on_word: Array, on_bit: Array, plates: Array, own_word: Array, own_bit: Array, couple_word: float,
    couple_bit: float, weight_word: Array, weight_bit: Array,
) -> tuple[float, float]:  # fmt: skip
    """Energies that the edges of one pulse lose on word and on bit lines [J]; see `program.learning.tiles.lines`."""
    rows, cols = plates.shape
    lost_word = lost_bit = 0.0
    onto_words, onto_bits = own_word * on_word, np.zeros(cols)
    for c in range(cols):
        if on_bit[c] != 0.0:
            for r in range(rows):
                onto_words[r] -= plates[r, c] * on_bit[c]
    for r in range(rows):
        if on_word[r] != 0.0:
            for c in range(cols):
                onto_bits[c] -= plates[r, c] * on_word[r]
    for r in range(rows):
        charge = onto_words[r]
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

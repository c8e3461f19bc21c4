"""Shorts between neighbouring lines: what they add to a matrix of single lines, after Woodbury.

With U a column for each short, 1 S on its one node and -1 S on the other, and g the conductance of each, the lines of a
side solve as (T + U g U')^-1 = T^-1 - Z M^-1 Z', Z = T^-1 U, M = 1/g + U'Z. A column of Z is not 0 in two lines alone.
For word lines Z'(cells) stands in the matrix of the bit lines, too, which stays symmetric and positive definite; for
bit lines Z makes the preconditioner what it is without shorts. Source: M. A. Woodbury, Inverting modified matrices,
Princeton (1950).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pyspice_models.array import Crossbar
from pyspice_models.array.faults import Places
from pyspice_models.engine.nodal.linear.compiled import compiled
from pyspice_models.engine.nodal.linear.segments import Segments, conductance, ideal, of_rows
from pyspice_models.engine.nodal.linear.sweeps import solve_line

Array = NDArray[np.float64]
Numbers = NDArray[np.intp]


class Shorts(NamedTuple):
    """Of both sides; arrays of length 0 without any.

    Attributes:
        g: conductance of each [S].
        words, bits: places (row, col) of the line before each, shapes (short, 2).
        of_words, of_bits: Z of both lines of each, shapes (short, 2, col) and (short, 2, row) [V/A].
        weighted: `of_words` times the cells' conductances.
        word_factor, bit_factor: M = L L', lower halves, shape (short, short) [ohm].
    """

    g: float
    words: Numbers
    bits: Numbers
    of_words: Array
    of_bits: Array
    weighted: Array
    word_factor: Array
    bit_factor: Array

    @classmethod
    def of(cls, crossbar: Crossbar) -> Shorts:
        """Those of a crossbar's faults, not factored."""
        faults = crossbar.faults
        return cls.at(crossbar.shape, 1 / faults.r_short, faults.shorted_words, faults.shorted_bits)

    @classmethod
    def at(cls, shape: tuple[int, int], g: float = 1.0, words: Places = (), bits: Places = ()) -> Shorts:
        """Those at these places."""
        (rows, cols), many, more = shape, len(words), len(bits)
        of_words, of_bits = (np.array(some, dtype=np.intp).reshape(-1, 2) for some in (words, bits))
        return cls(
            g, of_words, of_bits, np.zeros((many, 2, cols)), np.zeros((more, 2, rows)), np.zeros((many, 2, cols)),
            np.zeros((many, many)), np.zeros((more, more)),
        )  # fmt: skip


@compiled
def solve_bit(g_bit: Segments, bit_pivots: Array, col: int, line: Array) -> None:
    """Currents into a bit line become its voltages, in place, shape (row,)."""
    rows = len(line)
    if ideal(g_bit):
        line[:] = bit_pivots[0, col] * line.sum()
        return
    for r in range(1, rows):
        line[r] += conductance(g_bit, r, col) * bit_pivots[r - 1, col] * line[r - 1]
    v = 0.0
    for r in range(rows - 1, -1, -1):
        v = bit_pivots[r, col] * (line[r] + conductance(g_bit, r + 1, col) * v)
        line[r] = v


@compiled
def factor_dense(matrix: Array) -> None:
    """A symmetric positive definite matrix becomes the lower half of its Cholesky factor, in place."""
    size = len(matrix)
    for k in range(size):
        for j in range(k + 1):
            total = matrix[k, j]
            for i in range(j):
                total -= matrix[k, i] * matrix[j, i]
            matrix[k, j] = np.sqrt(total) if j == k else total / matrix[j, j]


@compiled
def solve_dense(factor: Array, vector: Array) -> None:
    """The solution with such a factor, in place."""
    size = len(vector)
    for k in range(size):
        total = vector[k]
        for i in range(k):
            total -= factor[k, i] * vector[i]
        vector[k] = total / factor[k, k]
    for k in range(size - 1, -1, -1):
        total = vector[k]
        for i in range(k + 1, size):
            total -= factor[i, k] * vector[i]
        vector[k] = total / factor[k, k]


@compiled
def factor_between(lines: Numbers, along: Numbers, columns: Array, g: float, matrix: Array) -> None:
    """Fill and factor M of one side's shorts: between which lines, and where along them, shapes (short,)."""
    for k in range(len(lines)):
        for j in range(k + 1):
            total = 1.0 / g if j == k else 0.0
            for side in range(2):
                other = lines[k] + side - lines[j]
                if 0 <= other < 2:
                    total += (1.0 - 2.0 * side) * columns[j, other, along[k]]
            matrix[k, j] = total
    factor_dense(matrix)


@compiled
def factor_word_shorts(shorts: Shorts, g_word: Segments, word_pivots: Array, cells: Array) -> None:
    """Solve for the columns of the word lines' shorts, whose lines are factored."""
    places, columns = shorts.words, shorts.of_words
    cols = cells.shape[1]
    for k in range(len(places)):
        for beside in range(2):
            r = places[k, 0] + beside
            columns[k, beside] = 0.0
            columns[k, beside, places[k, 1]] = 1.0 - 2.0 * beside
            solve_line(of_rows(g_word, r, r + 1), word_pivots[r], columns[k, beside])
            for c in range(cols):
                shorts.weighted[k, beside, c] = cells[r, c] * columns[k, beside, c]
    factor_between(places[:, 0], places[:, 1], columns, shorts.g, shorts.word_factor)


@compiled
def factor_bit_shorts(shorts: Shorts, g_bit: Segments, bit_pivots: Array) -> None:
    """Solve for the columns of the bit lines' shorts, whose lines are factored."""
    places, columns = shorts.bits, shorts.of_bits
    for k in range(len(places)):
        for beside in range(2):
            columns[k, beside] = 0.0
            columns[k, beside, places[k, 0]] = 1.0 - 2.0 * beside
            solve_bit(g_bit, bit_pivots, places[k, 1] + beside, columns[k, beside])
    factor_between(places[:, 1], places[:, 0], columns, shorts.g, shorts.bit_factor)


@compiled
def level_words(shorts: Shorts, word: Array) -> None:
    """Voltages of word lines by themselves become those with their shorts."""
    places, columns = shorts.words, shorts.of_words
    many = len(places)
    if many == 0:
        return
    through = np.empty(many)
    for k in range(many):
        through[k] = word[places[k, 0], places[k, 1]] - word[places[k, 0] + 1, places[k, 1]]
    solve_dense(shorts.word_factor, through)
    for k in range(many):
        for beside in range(2):
            r = places[k, 0] + beside
            for c in range(word.shape[1]):
                word[r, c] -= through[k] * columns[k, beside, c]


@compiled
def level_bits(shorts: Shorts, bit: Array) -> float:
    """The same of bit lines; gives what it takes from the product of these voltages and the currents behind them."""
    places, columns = shorts.bits, shorts.of_bits
    many = len(places)
    if many == 0:
        return 0.0
    across, through = np.empty(many), np.empty(many)
    for k in range(many):
        across[k] = through[k] = bit[places[k, 0], places[k, 1]] - bit[places[k, 0], places[k, 1] + 1]
    solve_dense(shorts.bit_factor, through)
    total = 0.0
    for k in range(many):
        total += across[k] * through[k]
        for beside in range(2):
            c = places[k, 1] + beside
            for r in range(bit.shape[0]):
                bit[r, c] -= through[k] * columns[k, beside, r]
    return total


@compiled
def apply_shorts(shorts: Shorts, direction: Array, joined: bool, out: Array) -> float:
    """out += what the shorts of both sides add to the matrix of the bit lines, times direction; gives direction . it.

    `joined`: bit lines have no resistance.
    """
    rows, cols = direction.shape
    places, weighted, many = shorts.words, shorts.weighted, len(shorts.words)
    if many + len(shorts.bits) == 0:
        return 0.0
    total = 0.0
    for k in range(len(shorts.bits)):
        r, c = shorts.bits[k]
        drop = direction[r, c] - direction[r, c + 1]
        out[r, c] += shorts.g * drop
        out[r, c + 1] -= shorts.g * drop
        total += shorts.g * drop * drop
    across, through = np.empty(many), np.empty(many)
    for k in range(many):
        part = 0.0
        for beside in range(2):
            r = places[k, 0] + beside
            for c in range(cols):
                part += weighted[k, beside, c] * direction[r, c]
        across[k] = through[k] = part
    solve_dense(shorts.word_factor, through)
    for k in range(many):
        total += across[k] * through[k]
        for beside in range(2):
            r = places[k, 0] + beside
            for c in range(cols):
                out[r, c] += through[k] * weighted[k, beside, c]
    if joined:
        for c in range(cols):
            out[:, c] = out[:, c].sum() / rows
    return total

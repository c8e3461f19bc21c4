"""The lines of a time step and the cells between them, as a matrix, and how it is factored."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pyspice_models.engine.nodal.linear.compiled import compiled
from pyspice_models.engine.nodal.linear.segments import Segments, of_rows
from pyspice_models.engine.nodal.linear.shorts import Shorts, factor_bit_shorts, factor_word_shorts
from pyspice_models.engine.nodal.linear.sweeps import factor_bits, factor_words
from pyspice_models.engine.nodal.linear.team import Team, after, begin
from pyspice_models.engine.nodal.linear.twisted import eliminate, join

Array = NDArray[np.float64]

FACTOR_WORDS, FACTOR_BITS = range(2)
"""Kinds of rounds of a `Team`."""


class Matrix(NamedTuple):
    """Both layers of lines and the cells between them, factored; arrays of shape (row, col) but for the ends.

    Attributes:
        cells: conductances between the layers [S].
        g_word, g_bit: of their segments [S].
        word_near, word_far, bit_near, bit_far: from the ends of the lines to their sources, shapes (row,), (col,) [S].
        bit_shunts: from the crossings of the bit lines to ground [S].
        word_pivots, bit_pivots: see `sweeps.py`.
        shorts: between neighbouring lines.
    """

    cells: Array
    g_word: Segments
    g_bit: Segments
    word_near: Array
    word_far: Array
    bit_near: Array
    bit_far: Array
    bit_shunts: Array
    word_pivots: Array
    bit_pivots: Array
    shorts: Shorts


@compiled
def factor_words_of(matrix: Matrix, word_shunts: Array, stage: float, first: int, last: int) -> None:
    """Factor the word lines first <= r < last; shunts are capacitances over a stage [F], [s]."""
    cols = matrix.cells.shape[1]
    word = matrix.word_pivots
    for r in range(first, last):
        for c in range(cols):
            word[r, c] = matrix.cells[r, c] + word_shunts[r, c] / stage
    near, far, some = matrix.word_near[first:last], matrix.word_far[first:last], word[first:last]
    factor_words(some, of_rows(matrix.g_word, first, last), near, far, some)


@compiled
def lay_bits(matrix: Matrix, bit_shunts: Array, stage: float, first: int, last: int) -> None:
    """What stands on the diagonal of the bit lines in some rows."""
    cols = matrix.cells.shape[1]
    bit, out = matrix.bit_pivots, matrix.bit_shunts
    for r in range(first, last):
        for c in range(cols):
            out[r, c] = bit_shunts[r, c] / stage
            bit[r, c] = matrix.cells[r, c] + out[r, c]


@compiled
def factor_half(team: Team, matrix: Matrix, part: int) -> None:
    """Factor one half of the bit lines, on whose pivots the diagonal lies."""
    near, far, beyond = matrix.bit_near, matrix.bit_far, team.beside[part, 0]
    eliminate(part == 0, team.rows[1], matrix.g_bit, near, far, matrix.bit_pivots, beyond)


@compiled
def refactor_words(team: Team, matrix: Matrix, word_shunts: Array, stage: float) -> None:
    """Factor the word lines alone, where nothing but their ends has changed."""
    team.given[0] = stage
    part = begin(team, FACTOR_WORDS)
    while part >= 0:
        factor_words_of(matrix, word_shunts, stage, team.rows[part], team.rows[part + 1])
        part = after(team, part)
    factor_word_shorts(matrix.shorts, matrix.g_word, matrix.word_pivots, matrix.cells)


@compiled
def factor_rest(team: Team, matrix: Matrix) -> None:
    """Factor bit lines on whose pivots the diagonal lies, and then shorts; word lines are factored."""
    near, far, bit = matrix.bit_near, matrix.bit_far, matrix.bit_pivots
    if len(team.sums) == 1:
        factor_bits(bit, matrix.g_bit, near, far, bit)
    else:
        part = begin(team, FACTOR_BITS)
        while part >= 0:
            factor_half(team, matrix, part)
            part = after(team, part)
        join(team.rows[1], near, far, bit, team.beside[0, 0], team.beside[1, 0])
    factor_bit_shorts(matrix.shorts, matrix.g_bit, bit)
    factor_word_shorts(matrix.shorts, matrix.g_word, matrix.word_pivots, matrix.cells)

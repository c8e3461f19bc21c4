"""Conjugate gradients on the bit lines in one compiled call, for matrices that have few right-hand sides.

The matrix is that of `schur.py`, its preconditioner the bit lines by themselves, without a coarse grid: over a time
step the lines' capacitances hold every crossing, and few iterations do.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pyspice_models.engine.nodal.linear.compiled import compiled
from pyspice_models.engine.nodal.linear.segments import Segments, conductance, ideal
from pyspice_models.engine.nodal.linear.shorts import (
    Shorts,
    apply_shorts,
    factor_bit_shorts,
    factor_word_shorts,
    level_bits,
    level_words,
)
from pyspice_models.engine.nodal.linear.sweeps import apply_schur, factor_bits, factor_words, solve_words, step_row

Array = NDArray[np.float64]

_NOTHING = float(np.finfo(float).tiny)  # [W], as in `schur.py`


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


class Room(NamedTuple):
    """Arrays to work in, shape (row, col): `word` and `bit` hold the last solution [V]."""

    word: Array
    bit: Array
    residual: Array
    forward: Array
    direction: Array
    applied: Array
    preconditioned: Array

    @classmethod
    def of(cls, shape: tuple[int, int]) -> Room:
        """For arrays of this shape."""
        return cls(*(np.zeros(shape) for _ in cls._fields))


@compiled
def refactor_words(matrix: Matrix, word_shunts: Array, stage: float) -> None:
    """Factor the word lines alone, where nothing but their ends has changed."""
    rows, cols = matrix.cells.shape
    word = matrix.word_pivots
    for r in range(rows):
        for c in range(cols):
            word[r, c] = matrix.cells[r, c] + word_shunts[r, c] / stage
    factor_words(word, matrix.g_word, matrix.word_near, matrix.word_far, word)
    factor_word_shorts(matrix.shorts, matrix.g_word, word, matrix.cells)


@compiled
def factor(matrix: Matrix, word_shunts: Array, bit_shunts: Array, stage: float) -> None:
    """Factor the lines; shunts are capacitances over a stage [F], [s]."""
    rows, cols = matrix.cells.shape
    bit, out = matrix.bit_pivots, matrix.bit_shunts
    for r in range(rows):
        for c in range(cols):
            out[r, c] = bit_shunts[r, c] / stage
            bit[r, c] = matrix.cells[r, c] + out[r, c]
    factor_bits(bit, matrix.g_bit, matrix.bit_near, matrix.bit_far, bit)
    factor_bit_shorts(matrix.shorts, matrix.g_bit, bit)
    refactor_words(matrix, word_shunts, stage)


@compiled
def backward(forward: Array, residual: Array, g_bit: Segments, bit_pivots: Array, out: Array) -> float:
    """out <- the second half of the bit lines' solution. Gives residual . out."""
    rows, cols = residual.shape
    total = 0.0
    for r in range(rows - 1, -1, -1):
        for c in range(cols):
            if r == rows - 1:
                value = bit_pivots[r, c] * forward[r, c]
            elif ideal(g_bit):
                value = out[r + 1, c]
            else:
                value = bit_pivots[r, c] * (forward[r, c] + conductance(g_bit, r + 1, c) * out[r + 1, c])
            out[r, c] = value
            total += residual[r, c] * value
    return total


@compiled
def correct(into_word: Array, into_bit: Array, matrix: Matrix, room: Room, tolerance: float, most: int) -> int:
    """Voltages in `room.word` and `room.bit` where these currents flow in [A]; gives iterations, -1 if too many.

    `into_word` is overwritten. `tolerance`: as that of `Schur.solve`; `most`: iterations.
    """
    rows, cols = into_word.shape
    residual, solution = room.residual, room.bit
    solve_words(into_word, matrix.g_word, matrix.word_pivots, room.word)
    level_words(matrix.shorts, room.word)
    for r in range(rows):
        for c in range(cols):
            residual[r, c] = into_bit[r, c] + matrix.cells[r, c] * room.word[r, c]
            solution[r, c] = room.direction[r, c] = room.applied[r, c] = 0.0
    if ideal(matrix.g_bit):
        for c in range(cols):
            residual[:, c] = residual[:, c].sum() / rows
    alpha = beta = previous = goal = 0.0
    done = -1
    for iteration in range(most + 1):
        for r in range(rows):
            step_row(
                r, 0, cols, alpha, room.direction, room.applied, solution, residual, matrix.g_bit, matrix.bit_pivots,
                room.forward,
            )  # fmt: skip
        strength = backward(room.forward, residual, matrix.g_bit, matrix.bit_pivots, room.preconditioned)
        strength -= level_bits(matrix.shorts, room.preconditioned)
        if iteration == 0:
            goal = max(tolerance * tolerance * strength, _NOTHING)
        if strength <= goal:
            done = iteration
            break
        beta = strength / previous if previous > 0.0 else 0.0
        previous = strength
        power = apply_schur(
            room.direction, room.preconditioned, beta, matrix.cells, matrix.g_word, matrix.word_pivots,
            matrix.bit_shunts, matrix.g_bit, matrix.bit_near, matrix.bit_far, room.applied,
        )  # fmt: skip
        power += apply_shorts(matrix.shorts, room.direction, ideal(matrix.g_bit), room.applied)
        alpha = strength / power
    for r in range(rows):
        for c in range(cols):
            into_word[r, c] += matrix.cells[r, c] * solution[r, c]
    solve_words(into_word, matrix.g_word, matrix.word_pivots, room.word)
    level_words(matrix.shorts, room.word)
    return done

"""Conjugate gradients on the bit lines in one compiled call, for matrices that have few right-hand sides.

The matrix is that of `schur.py`, its preconditioner the bit lines by themselves, without a coarse grid: over a time
step the lines' capacitances hold every crossing, and few iterations do.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pyspice_models.engine.nodal.linear.compiled import compiled
from pyspice_models.engine.nodal.linear.matrix import FACTOR_BITS, FACTOR_WORDS, Matrix, factor_half, factor_words_of
from pyspice_models.engine.nodal.linear.segments import Segments, conductance, ideal, of_rows
from pyspice_models.engine.nodal.linear.shorts import apply_shorts, level_bits, level_words
from pyspice_models.engine.nodal.linear.sweeps import apply_schur_to, solve_words, spread, step_row
from pyspice_models.engine.nodal.linear.team import Team, after, begin, total
from pyspice_models.engine.nodal.linear.twisted import in_the_middle, inwards, outwards

Array = NDArray[np.float64]

_NOTHING = float(np.finfo(float).tiny)  # [W], as in `schur.py`

INTO_BITS, INWARDS, OUTWARDS, APPLY, BACK = range(2, 7)
"""Kinds of rounds of a `Team`, beside those of `matrix.py`, see `perform_linear`; others begin with `KINDS`."""
KINDS = 7


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
def left_over(into_bit: Array, matrix: Matrix, room: Room, r: int) -> None:
    """What flows into the bit lines of a row, from voltages of its word line alone."""
    for c in range(into_bit.shape[1]):
        room.residual[r, c] = into_bit[r, c] + matrix.cells[r, c] * room.word[r, c]


@compiled
def into_bits(into_word: Array, into_bit: Array, matrix: Matrix, room: Room, first: int, last: int) -> None:
    """What conjugate gradients start from, in the rows first <= r < last."""
    solve_words(
        into_word[first:last], of_rows(matrix.g_word, first, last), matrix.word_pivots[first:last],
        room.word[first:last],
    )  # fmt: skip
    for r in range(first, last):
        left_over(into_bit, matrix, room, r)
        for c in range(into_bit.shape[1]):
            room.bit[r, c] = room.direction[r, c] = room.applied[r, c] = 0.0


@compiled
def go_in(team: Team, alpha: float, matrix: Matrix, room: Room, part: int) -> None:
    """A step of conjugate gradients, and half of the preconditioner, in one half."""
    inwards(
        part == 0, team.rows[1], alpha, room.direction, room.applied, room.bit, room.residual, matrix.g_bit,
        matrix.bit_pivots, room.forward,
    )  # fmt: skip


@compiled
def go_out(team: Team, matrix: Matrix, room: Room, part: int) -> float:
    """The rest of it; gives its product with the residual."""
    return float(outwards(
        part == 0, team.rows[1], room.residual, matrix.g_bit, matrix.bit_pivots, room.forward, room.preconditioned
    ))  # fmt: skip


@compiled
def precondition(team: Team, alpha: float, matrix: Matrix, room: Room) -> float:
    """A step of conjugate gradients, and the bit lines' solution for its residual; gives the product of both."""
    if len(team.sums) == 1:
        for r in range(len(room.residual)):
            step_row(
                r, 0, room.residual.shape[1], alpha, room.direction, room.applied, room.bit, room.residual,
                matrix.g_bit, matrix.bit_pivots, room.forward,
            )  # fmt: skip
        return float(backward(room.forward, room.residual, matrix.g_bit, matrix.bit_pivots, room.preconditioned))
    team.given[0] = alpha
    part = begin(team, INWARDS)
    while part >= 0:
        go_in(team, alpha, matrix, room, part)
        part = after(team, part)
    found = in_the_middle(
        team.rows[1], alpha, room.direction, room.applied, room.bit, room.residual, matrix.g_bit, matrix.bit_pivots,
        room.forward, room.preconditioned,
    )  # fmt: skip
    part = begin(team, OUTWARDS)
    while part >= 0:
        team.sums[part, 0] = go_out(team, matrix, room, part)
        part = after(team, part)
    return found + total(team, 0)


@compiled
def apply_to(beta: float, matrix: Matrix, room: Room, first: int, last: int, beside: Array) -> float:
    """The next direction and the matrix times it, in the rows first <= r < last; gives their product. `beside`: the
    direction's rows next to these, shape (2, col)."""
    return float(apply_schur_to(
        first, last, beside[0], beside[1], room.direction, room.preconditioned, beta, matrix.cells, matrix.g_word,
        matrix.word_pivots, matrix.bit_shunts, matrix.g_bit, matrix.bit_near, matrix.bit_far, room.applied,
    ))  # fmt: skip


@compiled
def back_to_words(into_word: Array, matrix: Matrix, room: Room, first: int, last: int) -> None:
    """Voltages of the word lines first <= r < last, from those of the bit lines."""
    for r in range(first, last):
        for c in range(into_word.shape[1]):
            into_word[r, c] += matrix.cells[r, c] * room.bit[r, c]
    solve_words(
        into_word[first:last], of_rows(matrix.g_word, first, last), matrix.word_pivots[first:last],
        room.word[first:last],
    )  # fmt: skip


@compiled
def next_to_parts(team: Team, beta: float, room: Room) -> None:
    """Rows of the next direction on both sides of every part, before somebody writes over what they come from."""
    rows, cols = room.direction.shape
    for part in range(len(team.beside)):
        for side in range(2):
            r = team.rows[part] - 1 if side == 0 else team.rows[part + 1]
            if 0 <= r < rows:
                for c in range(cols):
                    team.beside[part, side, c] = room.preconditioned[r, c] + beta * room.direction[r, c]


@compiled
def perform_linear(
    team: Team, part: int, into_word: Array, into_bit: Array, matrix: Matrix, word_shunts: Array, room: Room
) -> None:  # fmt: skip
    """A part of a round, as the team's order says."""
    kind, (given, sums) = team.order[0], (team.given, team.sums)
    first, last = team.rows[part], team.rows[part + 1]
    if kind == FACTOR_WORDS:
        factor_words_of(matrix, word_shunts, given[0], first, last)
    elif kind == FACTOR_BITS:
        factor_half(team, matrix, part)
    elif kind == INTO_BITS:
        into_bits(into_word, into_bit, matrix, room, first, last)
    elif kind == INWARDS:
        go_in(team, given[0], matrix, room, part)
    elif kind == OUTWARDS:
        sums[part, 0] = go_out(team, matrix, room, part)
    elif kind == APPLY:
        sums[part, 0] = apply_to(given[0], matrix, room, first, last, team.beside[part])
    elif kind == BACK:
        back_to_words(into_word, matrix, room, first, last)


@compiled
def correct(
    team: Team, into_word: Array, into_bit: Array, matrix: Matrix, room: Room, tolerance: float, most: int
) -> int:  # fmt: skip
    """Voltages in `room.word` and `room.bit` where these currents flow in [A]; gives iterations, -1 if too many.

    `into_word` is overwritten. `tolerance`: as that of `Schur.solve`; `most`: iterations.
    """
    rows, cols = into_word.shape
    part = begin(team, INTO_BITS)
    while part >= 0:
        into_bits(into_word, into_bit, matrix, room, team.rows[part], team.rows[part + 1])
        part = after(team, part)
    level_words(matrix.shorts, room.word)
    for k in range(len(matrix.shorts.words)):
        for beside in range(2):
            left_over(into_bit, matrix, room, matrix.shorts.words[k, 0] + beside)
    if ideal(matrix.g_bit):
        for c in range(cols):
            room.residual[:, c] = room.residual[:, c].sum() / rows
    alpha = beta = previous = goal = 0.0
    done = -1
    for iteration in range(most + 1):
        strength = precondition(team, alpha, matrix, room)
        strength -= level_bits(matrix.shorts, room.preconditioned)
        if iteration == 0:
            goal = max(tolerance * tolerance * strength, _NOTHING)
        if strength <= goal:
            done = iteration
            break
        beta = strength / previous if previous > 0.0 else 0.0
        previous = strength
        team.given[0] = beta
        next_to_parts(team, beta, room)
        part = begin(team, APPLY)
        while part >= 0:
            team.sums[part, 0] = apply_to(beta, matrix, room, team.rows[part], team.rows[part + 1], team.beside[part])
            part = after(team, part)
        spread(matrix.g_bit, room.applied)
        power = total(team, 0)
        power += apply_shorts(matrix.shorts, room.direction, ideal(matrix.g_bit), room.applied)
        alpha = strength / power
    part = begin(team, BACK)
    while part >= 0:
        back_to_words(into_word, matrix, room, team.rows[part], team.rows[part + 1])
        part = after(team, part)
    level_words(matrix.shorts, room.word)
    return done

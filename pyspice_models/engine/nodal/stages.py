"""The implicit stages of a time step, each in one compiled call, and the error of the step."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pyspice_models.engine.nodal.cell_sweeps import Table, charges, follow, line_currents
from pyspice_models.engine.nodal.law_maps import LawMaps
from pyspice_models.engine.nodal.linear.compiled import compiled
from pyspice_models.engine.nodal.linear.gradients import Matrix, Room, correct
from pyspice_models.engine.nodal.tabulated.pulsed import largest

Array = NDArray[np.float64]

_TURNS = 12
_FINE = 1e-2  # of Newton's corrections, and of the step's error
_MOST = 1000  # iterations of conjugate gradients


class Capacitances(NamedTuple):
    """Of the lines, at every crossing [F].

    Attributes:
        word, bit: to ground.
        between_words, between_bits: to the next line of the same side.
    """

    word: float
    bit: float
    between_words: float
    between_bits: float


class Cell(NamedTuple):
    """What all cells hold and carry at the end of a stage, arrays of shape (row, col).

    Attributes:
        w, x, q: states, and voltage on the ionic capacitance [V].
        g_int, g_fil: conductances at 0 V that belong to them [S].
        current: [A].
        power: lost in them [W].
    """

    w: Array
    x: Array
    q: Array
    g_int: Array
    g_fil: Array
    current: Array
    power: Array


class Found(NamedTuple):
    """What a stage came to.

    Attributes:
        solved: whether Newton's method settled.
        contraction: of its corrections.
        lost: power in the lines' segments [W].
        solutions, iterations: of the lines' matrix, and of conjugate gradients in all of them.
    """

    solved: bool
    contraction: float
    lost: float
    solutions: int
    iterations: int


@compiled
def stored(word: Array, bit: Array, c: Capacitances, table: Table, on_word: Array, on_bit: Array) -> None:
    """Charge at every crossing from all capacitances [C]."""
    rows, cols = word.shape
    charges(word, bit, c.word, c.bit, table, on_word, on_bit)
    if c.between_words > 0:
        for r in range(rows - 1):
            for k in range(cols):
                moved = c.between_words * (word[r + 1, k] - word[r, k])
                on_word[r, k] -= moved
                on_word[r + 1, k] += moved
    if c.between_bits > 0:
        for r in range(rows):
            for k in range(cols - 1):
                moved = c.between_bits * (bit[r, k + 1] - bit[r, k])
                on_bit[r, k] -= moved
                on_bit[r, k + 1] += moved


@compiled
def largest_of_both(room: Room) -> float:
    """Size of the largest voltage of the last solution; NaN if one is."""
    return float(np.maximum(largest(room.word.ravel()), largest(room.bit.ravel())))


@compiled
def solve_stage(
    matrix: Matrix, room: Room, stage: float, word_volts: Array, bit_volts: Array, capacitances: Capacitances,
    table: Table, maps: LawMaps, quiet: float, base_word: Array, base_bit: Array, start_w: Array, start_x: Array,
    start_q: Array, allowed: float, contraction: float, word: Array, bit: Array, cell: Cell, flow_word: Array,
    flow_bit: Array, scratch_word: Array, scratch_bit: Array,
) -> Found:  # fmt: skip
    """Solve charge(lines) / stage = base + flow(lines) by Newton's method; the cells' states follow.

    `matrix` has the ends as they are at the stage's end. `word`, `bit` and `cell` come as the guess and end as the
    solution, as do the currents into the crossings, `flow_word` and `flow_bit`. Every correction but the last is
    applied; the last is below `allowed` [V].
    """
    rows, cols = word.shape
    change, solutions, iterations = 0.0, 0, 0
    for turn in range(_TURNS):
        follow(
            word, bit, start_w, start_x, start_q, stage, table, maps, quiet, cell.w, cell.x, cell.q, cell.g_int,
            cell.g_fil, cell.current, cell.power,
        )  # fmt: skip
        lost = line_currents(
            word, bit, cell.current, matrix.g_word, matrix.g_bit, matrix.word_near, matrix.word_far, matrix.bit_near,
            matrix.bit_far, word_volts, bit_volts, flow_word, flow_bit,
        )  # fmt: skip
        if turn > 0 and change * contraction < allowed * (1 - contraction):
            return Found(True, contraction, lost, solutions, iterations)
        stored(word, bit, capacitances, table, scratch_word, scratch_bit)
        total = 0.0
        for r in range(rows):
            for c in range(cols):
                scratch_word[r, c] = base_word[r, c] + flow_word[r, c] - scratch_word[r, c] / stage
                scratch_bit[r, c] = base_bit[r, c] + flow_bit[r, c] - scratch_bit[r, c] / stage
                total += scratch_word[r, c] + scratch_bit[r, c]
        if not np.isfinite(total):
            break  # a correction went where cells' laws overflow: a shorter step starts nearer
        taken = correct(scratch_word, scratch_bit, matrix, room, _FINE, _MOST)
        if taken < 0:
            break
        solutions, iterations = solutions + 1, iterations + taken
        before, change = change, largest_of_both(room)
        if not np.isfinite(change):
            break
        for r in range(rows):
            for c in range(cols):
                word[r, c] += room.word[r, c]
                bit[r, c] += room.bit[r, c]
        if before > 0 and change > 0:
            contraction = min(max(change / before, 1e-4), 0.5)
    return Found(False, contraction, 0.0, solutions, iterations)


@compiled
def mixed(a: float, x: Array, b: float, y: Array, c: float, z: Array, out: Array) -> None:
    """out <- a x + b y + c z."""
    rows, cols = x.shape
    for r in range(rows):
        for k in range(cols):
            out[r, k] = a * x[r, k] + b * y[r, k] + c * z[r, k]


@compiled
def largest_mixed(a: float, x: Array, b: float, y: Array, c: float, z: Array, out: Array) -> float:
    """Largest size of a x + b y + c z, which fills `out`; NaN if any is."""
    mixed(a, x, b, y, c, z, out)
    return largest(out.ravel())


@compiled
def lines_error(
    matrix: Matrix, room: Room, a: float, b: float, c: float, words: tuple[Array, Array, Array],
    bits: tuple[Array, Array, Array], scratch_word: Array, scratch_bit: Array,
) -> tuple[float, int]:  # fmt: skip
    """What the lines' voltages are off by, where these shares of the currents at three moments do not add up [V].

    NaN where conjugate gradients do not come to an end; and how many iterations they took.
    """
    mixed(a, words[0], b, words[1], c, words[2], scratch_word)
    mixed(a, bits[0], b, bits[1], c, bits[2], scratch_bit)
    taken = correct(scratch_word, scratch_bit, matrix, room, _FINE, _MOST)
    if taken < 0:
        return np.nan, _MOST
    return largest_of_both(room), taken

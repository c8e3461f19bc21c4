"""What lines carry and hold between their crossings, compiled row by row."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pyspice_models.engine.nodal.linear.compiled import compiled
from pyspice_models.engine.nodal.linear.gradients import Matrix

Array = NDArray[np.float64]


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


@compiled
def from_row(g: float, other: Array, mine: Array, flow: Array, rest: Array) -> float:
    """Adds the currents from a row of crossings into the next, through segments between them; gives their power."""
    lost = 0.0
    for c in range(len(mine)):
        drop = other[c] - mine[c]
        current = g * drop
        flow[c] += current
        rest[c] += current
        lost += current * drop
    return lost


@compiled
def within_row(g: float, line: Array, flow: Array, rest: Array) -> float:
    """The same along a row."""
    lost, before, last = 0.0, 0.0, len(line) - 1
    for c in range(last):
        drop = line[c] - line[c + 1]
        current = g * drop
        flow[c] += before - current
        rest[c] += before - current
        lost += current * drop
        before = current
    flow[last] += before
    rest[last] += before
    return lost


@compiled
def coupled_rows(c: float, other: Array, mine: Array, out: Array) -> None:
    """Adds the charges of capacitances to another row."""
    for k in range(len(mine)):
        out[k] += c * (mine[k] - other[k])


@compiled
def coupled_within(c: float, line: Array, out: Array) -> None:
    """The same between the crossings of a row."""
    for k in range(len(line) - 1):
        moved = c * (line[k + 1] - line[k])
        out[k] -= moved
        out[k + 1] += moved


@compiled
def charged(
    c: Capacitances, share: float, first: int, last: int, word: Array, bit: Array, on_word: Array, on_bit: Array
) -> None:  # fmt: skip
    """Adds a share of the charges of the lines' own capacitances, in rows first <= r < last [C]."""
    rows, cols = word.shape
    of_word, of_bit = share * c.word, share * c.bit
    for r in range(first, last):
        word_r, bit_r, on_word_r, on_bit_r = word[r], bit[r], on_word[r], on_bit[r]
        for k in range(cols):
            on_word_r[k] += of_word * word_r[k]
            on_bit_r[k] += of_bit * bit_r[k]
        if c.between_words > 0:
            if r > 0:
                coupled_rows(share * c.between_words, word[r - 1], word_r, on_word_r)
            if r + 1 < rows:
                coupled_rows(share * c.between_words, word[r + 1], word_r, on_word_r)
        if c.between_bits > 0:
            coupled_within(share * c.between_bits, bit_r, on_bit_r)


@compiled
def along(
    matrix: Matrix, first: int, last: int, word: Array, bit: Array, flow_word: Array, flow_bit: Array,
    rest_word: Array, rest_bit: Array,
) -> float:  # fmt: skip
    """Adds the currents from segments into the crossings of these rows; gives the power lost in segments [W].

    Lines without resistance have infinite conductance and no segments.
    """
    rows = len(word)
    lost = 0.0
    for r in range(first, last):
        if not np.isinf(matrix.g_word):
            lost += within_row(matrix.g_word, word[r], flow_word[r], rest_word[r])
        if not np.isinf(matrix.g_bit):
            if r > 0:
                lost += from_row(matrix.g_bit, bit[r - 1], bit[r], flow_bit[r], rest_bit[r])
            if r + 1 < rows:
                from_row(matrix.g_bit, bit[r + 1], bit[r], flow_bit[r], rest_bit[r])
    return lost

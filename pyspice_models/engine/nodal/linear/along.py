"""What lines carry and hold between their crossings, compiled row by row."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pyspice_models.array import Crossbar
from pyspice_models.engine.nodal.linear.compiled import compiled
from pyspice_models.engine.nodal.linear.matrix import Matrix
from pyspice_models.engine.nodal.linear.segments import Segments, conductance, ideal
from pyspice_models.engine.nodal.linear.shorts import Shorts

Array = NDArray[np.float64]


class Capacitances(NamedTuple):
    """Of the lines, at every crossing [F].

    Attributes:
        word, bit: to ground.
        between_words, between_bits: to the next line of the same side.
        ends: to ground at the first crossing of each word line, of what stands at its end, shape (row,).
    """

    word: float
    bit: float
    between_words: float
    between_bits: float
    ends: Array


def capacitances_of(crossbar: Crossbar) -> Capacitances:
    """Of a crossbar's lines; the cable of a limiter stands on the crossing if nothing lies between."""
    on_crossing = crossbar.driver.limit_capacitance if crossbar.r_word == 0 else 0.0
    return Capacitances(
        crossbar.c_word, crossbar.c_bit, crossbar.c_word_coupling, crossbar.c_bit_coupling,
        np.full(crossbar.rows, on_crossing),
    )  # fmt: skip


def shunts_of(c: Capacitances, shape: tuple[int, int]) -> tuple[Array, Array]:
    """What of them stands on a matrix's diagonal, of word and of bit lines, shape (row, col) [F].

    Couplings between lines are in it by their diagonal alone.
    """
    word, bit = np.zeros(shape), np.zeros(shape)
    word[:] = (c.word + c.between_words * _beside(shape[0]))[:, None]
    word[:, 0] += c.ends
    bit[:] = c.bit + c.between_bits * _beside(shape[1])
    return word, bit


def _beside(size: int) -> Array:
    """How many lines lie next to each of so many."""
    place = np.arange(size)
    return (place > 0).astype(float) + (place < size - 1)


@compiled
def from_row(g: Segments, segment: int, other: Array, mine: Array, flow: Array, rest: Array) -> float:
    """Adds the currents from a row of crossings into the next, through segments between them; gives their power."""
    lost = 0.0
    for c in range(len(mine)):
        drop = other[c] - mine[c]
        current = conductance(g, segment, c) * drop
        flow[c] += current
        rest[c] += current
        lost += current * drop
    return lost


@compiled
def within_row(g: Segments, row: int, line: Array, flow: Array, rest: Array) -> float:
    """The same along a row."""
    lost, before, last = 0.0, 0.0, len(line) - 1
    for c in range(last):
        drop = line[c] - line[c + 1]
        current = conductance(g, row, c + 1) * drop
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
        on_word_r[0] += share * c.ends[r] * word_r[0]
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
    """Adds the currents from segments and shorts into the crossings of these rows; gives the power lost in those that
    belong to them [W].

    Lines without resistance have infinite conductance and no segments.
    """
    rows = len(word)
    lost = 0.0
    for r in range(first, last):
        if not ideal(matrix.g_word):
            lost += within_row(matrix.g_word, r, word[r], flow_word[r], rest_word[r])
        if not ideal(matrix.g_bit):
            if r > 0:
                lost += from_row(matrix.g_bit, r, bit[r - 1], bit[r], flow_bit[r], rest_bit[r])
            if r + 1 < rows:
                from_row(matrix.g_bit, r + 1, bit[r + 1], bit[r], flow_bit[r], rest_bit[r])
    return lost + across(matrix.shorts, first, last, word, bit, flow_word, flow_bit, rest_word, rest_bit)


@compiled
def across(
    shorts: Shorts, first: int, last: int, word: Array, bit: Array, flow_word: Array, flow_bit: Array,
    rest_word: Array, rest_bit: Array,
) -> float:  # fmt: skip
    """Adds currents through shorts alone; gives their power."""
    lost = 0.0
    for k in range(len(shorts.words)):
        r, c = shorts.words[k]
        drop = word[r, c] - word[r + 1, c]
        if first <= r < last:
            flow_word[r, c] -= shorts.g * drop
            rest_word[r, c] -= shorts.g * drop
            lost += shorts.g * drop * drop
        if first <= r + 1 < last:
            flow_word[r + 1, c] += shorts.g * drop
            rest_word[r + 1, c] += shorts.g * drop
    for k in range(len(shorts.bits)):
        r, c = shorts.bits[k]
        if first <= r < last:
            drop = bit[r, c] - bit[r, c + 1]
            flow_bit[r, c] -= shorts.g * drop
            rest_bit[r, c] -= shorts.g * drop
            flow_bit[r, c + 1] += shorts.g * drop
            rest_bit[r, c + 1] += shorts.g * drop
            lost += shorts.g * drop * drop
    return lost

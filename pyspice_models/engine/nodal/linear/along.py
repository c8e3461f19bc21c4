"""Currents along the lines, and the charges of the lines' own capacitances, row by row.

A row's crossings are written where their row is asked for, and nowhere else: blocks of rows may come in any order.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pyspice_models.array import Crossbar
from pyspice_models.engine.nodal.linear.compiled import compiled
from pyspice_models.engine.nodal.linear.gradients import Matrix
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
    """Of a crossbar's lines; the cable of a limiter stands on a crossing if nothing lies between."""
    on_crossing = crossbar.driver.limit_capacitance if crossbar.r_word == 0 else 0.0
    return Capacitances(
        crossbar.c_word, crossbar.c_bit, crossbar.c_word_coupling, crossbar.c_bit_coupling,
        np.full(crossbar.rows, on_crossing),
    )  # fmt: skip


def shunts_of(capacitances: Capacitances, shape: tuple[int, int]) -> tuple[Array, Array]:
    """What of them stands in a matrix' diagonal, word and bit lines, shape (row, col) [F]: couplings, too."""
    c, (rows, cols) = capacitances, shape
    word = np.empty(shape)
    word[:] = (c.word + c.between_words * _beside(rows))[:, None]
    word[:, 0] += c.ends
    bit = np.empty(shape)
    bit[:] = c.bit + c.between_bits * _beside(cols)
    return word, bit


def _beside(size: int) -> Array:
    """How many lines lie next to each of so many."""
    place = np.arange(size)
    return (place > 0).astype(float) + (place < size - 1)


@compiled
def charged(
    capacitances: Capacitances, first: int, last: int, word: Array, bit: Array, on_word: Array, on_bit: Array
) -> None:  # fmt: skip
    """Charges += those of the lines' capacitances at the crossings of some rows [C]."""
    c_word, c_bit = capacitances.word, capacitances.bit
    for r in range(first, last):
        w, b, of_word, of_bit = word[r], bit[r], on_word[r], on_bit[r]
        for c in range(len(w)):
            of_word[c] += c_word * w[c]
            of_bit[c] += c_bit * b[c]
        of_word[0] += capacitances.ends[r] * w[0]
    if capacitances.between_words > 0.0 or capacitances.between_bits > 0.0:
        couple(capacitances, first, last, 1.0, word, bit, on_word, on_bit)


@compiled
def couple(
    capacitances: Capacitances, first: int, last: int, factor: float, word: Array, bit: Array, out_word: Array,
    out_bit: Array,
) -> None:  # fmt: skip
    """Adds the charges that neighbouring lines hold on each other, times a factor."""
    rows, cols = word.shape
    between, beside = factor * capacitances.between_words, factor * capacitances.between_bits
    for r in range(first, last):
        if r > 0:
            for c in range(cols):
                out_word[r, c] += between * (word[r, c] - word[r - 1, c])
        if r + 1 < rows:
            for c in range(cols):
                out_word[r, c] += between * (word[r, c] - word[r + 1, c])
        for c in range(cols - 1):
            moved = beside * (bit[r, c + 1] - bit[r, c])
            out_bit[r, c] -= moved
            out_bit[r, c + 1] += moved


@compiled
def along(
    matrix: Matrix, capacitances: Capacitances, first: int, last: int, stage: float, word: Array, bit: Array,
    base_word: Array, base_bit: Array, flow_word: Array, flow_bit: Array, rest_word: Array, rest_bit: Array,
) -> float:  # fmt: skip
    """Currents along the lines into the crossings of some rows, and what is left over there.

    `flow` += currents through segments and shorts; `rest` += base + these - charges of the lines' capacitances over the
    stage [A]. Gives the power lost in the segments and shorts after these rows' crossings [W].
    """
    g_word, g_bit = matrix.g_word, matrix.g_bit
    per_word, per_bit = capacitances.word / stage, capacitances.bit / stage
    rows, cols = word.shape
    lost = 0.0
    for r in range(first, last):
        w, b = word[r], bit[r]
        rest_w, rest_b, base_w, base_b = rest_word[r], rest_bit[r], base_word[r], base_bit[r]
        for c in range(cols):
            rest_w[c] += base_w[c] - per_word * w[c]
            rest_b[c] += base_b[c] - per_bit * b[c]
        rest_w[0] -= capacitances.ends[r] / stage * w[0]
        if not ideal(g_word):
            lost += along_word(r, g_word, w, flow_word[r], rest_w)
        if not ideal(g_bit):
            if r > 0:
                from_above(r, g_bit, bit[r - 1], b, flow_bit[r], rest_b)
            if r + 1 < rows:
                lost += to_below(r, g_bit, b, bit[r + 1], flow_bit[r], rest_b)
    if capacitances.between_words > 0.0 or capacitances.between_bits > 0.0:
        couple(capacitances, first, last, -1.0 / stage, word, bit, rest_word, rest_bit)
    return lost + across(matrix.shorts, first, last, word, bit, flow_word, flow_bit, rest_word, rest_bit)


@compiled
def along_word(r: int, g_word: Segments, w: Array, flow: Array, rest: Array) -> float:
    """Currents of a word line's segments, in arrays of shape (col,); gives the power lost in them [W]."""
    lost = 0.0
    for c in range(len(w) - 1):
        drop = w[c] - w[c + 1]
        current = conductance(g_word, r, c + 1) * drop
        flow[c] -= current
        rest[c] -= current
        flow[c + 1] += current
        rest[c + 1] += current
        lost += current * drop
    return lost


@compiled
def from_above(r: int, g_bit: Segments, above: Array, here: Array, flow: Array, rest: Array) -> None:
    """Currents into a row's crossings of the bit lines from the row above, all of shape (col,)."""
    for c in range(len(here)):
        current = conductance(g_bit, r, c) * (above[c] - here[c])
        flow[c] += current
        rest[c] += current


@compiled
def to_below(r: int, g_bit: Segments, here: Array, below: Array, flow: Array, rest: Array) -> float:
    """The same of those to the row below; gives the power lost there [W]."""
    lost = 0.0
    for c in range(len(here)):
        drop = here[c] - below[c]
        current = conductance(g_bit, r + 1, c) * drop
        flow[c] -= current
        rest[c] -= current
        lost += current * drop
    return lost


@compiled
def across(
    shorts: Shorts, first: int, last: int, word: Array, bit: Array, flow_word: Array, flow_bit: Array,
    rest_word: Array, rest_bit: Array,
) -> float:  # fmt: skip
    """Currents through shorts into the crossings of some rows; gives the power lost in those after them [W]."""
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

"""Which lines pulse, and at which voltages, compiled: what stands between two vectors and the slots of an update."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pyspice_models.engine.nodal.linear.compiled import compiled

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]


@compiled
def largest(values: Array) -> float:
    """Size of the largest one of a vector, 0 of none; NaN if one is."""
    found = 0.0
    for n in range(len(values)):
        if np.isnan(values[n]):
            return np.nan
        found = max(found, abs(values[n]))
    return found


@compiled
def shares_of(vectors: Array) -> tuple[Array, Array]:
    """Vectors, shape (vectors, lines), as shares of the size of their largest entries; and these, shape (vectors, 1).

    Those of a vector of zeros are taken to be 1.
    """
    shares, tops = np.empty(vectors.shape), np.empty((len(vectors), 1))
    for n in range(len(vectors)):
        top = largest(vectors[n])
        tops[n, 0] = top if top != 0.0 else 1.0
        for k in range(vectors.shape[1]):
            shares[n, k] = vectors[n, k] / tops[n, 0]
    return shares, tops


@compiled
def whole_parts(wanted: Array, most: int) -> NDArray[np.int_]:
    """How many pulses are given where so many are wanted: no parts of any, `most` of either sign at most."""
    found = np.empty(len(wanted), dtype=np.int_)
    for n in range(len(wanted)):
        count = int(min(np.floor(abs(wanted[n])), float(most)))
        found[n] = count if wanted[n] > 0.0 else -count
    return found


@compiled
def squares(values: Array, weights: Array) -> float:
    """Sum of the squares of values of shape (vectors, lines), each times the weight of its line."""
    found = 0.0
    for n in range(len(values)):
        for k in range(len(weights)):
            found += values[n, k] * values[n, k] * weights[k]
    return found


@compiled
def hits(had: NDArray[np.int_], counts: NDArray[np.int_]) -> NDArray[np.int_]:
    """How many pulses those cells had that had any, row by row; `counts` of all cells, shape (rows, cols), added to."""
    found, some = np.empty(had.size + 1, dtype=had.dtype), 0
    for r in range(had.shape[0]):
        for c in range(had.shape[1]):
            counts[r, c] += had[r, c]
            found[some] = had[r, c]
            some += int(had[r, c] > 0)
    return found[:some].copy()


@compiled
def thrown(draws: Array, values: Array, factor: float) -> Flags:
    """Which draws, shape (slots, lines), are below the chance of their line: `factor` times its value's size, or 1."""
    found = np.empty(draws.shape, dtype=np.bool_)
    for n in range(draws.shape[0]):
        for k in range(draws.shape[1]):
            found[n, k] = draws[n, k] < min(factor * abs(values[k]), 1.0)
    return found


@compiled
def meeting(word: Flags, bit: Flags, x: Array, d: Array) -> tuple[Flags, Flags, NDArray[np.int8]]:
    """Of every slot up to four phases, in which lines of one sign on each side pulse together.

    Args:
        word, bit: which lines would pulse, shapes (slots, rows), (slots, cols).
        x, d: numbers of the lines, whose signs count; lines of 0 do not pulse.

    Returns:
        Lines and signs as `program.learning.tile.Pulses` has them, without phases in which nothing meets.
    """
    slots, rows, cols = word.shape[0], word.shape[1], bit.shape[1]
    most = 4 * slots + 1  # one to try the next phase in
    words, bits = np.empty((most, rows), dtype=np.bool_), np.empty((most, cols), dtype=np.bool_)
    signs, count = np.empty(most, dtype=np.int8), 0
    for n in range(slots):
        for x_sign in (1.0, -1.0):
            for d_sign in (1.0, -1.0):
                some_word = some_bit = False
                for r in range(rows):
                    words[count, r] = word[n, r] & (x_sign * x[r] > 0.0)
                    some_word |= words[count, r]
                for c in range(cols):
                    bits[count, c] = bit[n, c] & (d_sign * d[c] > 0.0)
                    some_bit |= bits[count, c]
                if some_word and some_bit:
                    signs[count] = 1 if x_sign == d_sign else -1
                    count += 1
    return words[:count].copy(), bits[:count].copy(), signs[:count].copy()


@compiled
def sources(word: Flags, bit: Flags, sign: NDArray[np.int8], voltage: float, thirds: bool) -> tuple[Array, Array]:
    """Voltages of the sources of all word lines and of all bit lines, shapes (slots, rows), (slots, cols) [V].

    Args:
        word, bit, sign: see `program.learning.tile.Pulses`.
        voltage: of a whole pulse [V].
        thirds: lines at rest stand at a third and two thirds; otherwise half of the pulse stands on each line.
    """
    on_word, on_bit = np.zeros(word.shape), np.zeros(bit.shape)
    for n in range(len(sign)):
        whole = voltage * sign[n]
        if not thirds:
            for r in range(word.shape[1]):
                on_word[n, r] = whole / 2 if word[n, r] else 0.0
            for c in range(bit.shape[1]):
                on_bit[n, c] = -whole / 2 if bit[n, c] else 0.0
        elif word[n].any() or bit[n].any():
            for r in range(word.shape[1]):
                on_word[n, r] = whole if word[n, r] else whole / 3
            for c in range(bit.shape[1]):
                on_bit[n, c] = 0.0 if bit[n, c] else 2 * whole / 3
    return on_word, on_bit

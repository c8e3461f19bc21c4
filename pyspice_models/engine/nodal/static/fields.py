"""The whole array for a volt at every line's end at once: what all currents between ends answer to.

Row by row, everything above a row is replaced by what its bit lines see of it, and solved from there backwards: block
elimination, with a dense block for each row. The work is that of `cols`^2 (rows + cols) for every row, a fraction of a
second at 128 x 128, where one solution after the other would take a minute. Nothing is a difference of what is nearly
alike: with a segment of resistance R, what is seen of A is A (1 + R A)^-1, for lines without resistance too.
Source: George and Liu, Computer Solution of Large Sparse Positive Definite Systems (1981), ch. 8 (block elimination).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.lapack import dpotrf, dpotri, dpttrf, dpttrs

Array = NDArray[np.float64]


@dataclass(frozen=True)
class LineValues:
    """Resistances of an array's lines [ohm], each of 0 or more; a line's end and segment are not both 0.

    Attributes:
        word_segment, bit_segment: between neighbouring crossings, and from the first one to the end.
        word_end, bit_end: of what stands at a line's end: driver or sense circuit, with its contact.
    """

    word_segment: float
    bit_segment: float
    word_end: float
    bit_end: float


@dataclass(frozen=True, eq=False)
class Fields:
    """Voltages for a volt at the end of one line, all others held at 0 V, for every line.

    Attributes:
        lines: resistances.
        words, bits: of word and bit lines at the crossings, shape (rows, cols, rows + cols): word lines' ends first.
    """

    lines: LineValues
    words: Array
    bits: Array

    @property
    def drops(self) -> Array:
        """Across every cell, from word to bit line, same shape."""
        return self.words - self.bits

    def word_currents(self) -> Array:
        """Away from the end in the word line's segment before every crossing, same shape [S]; of a resistance."""
        w, rows = self.words, len(self.words)
        found = np.empty_like(w)
        found[:, 1:] = (w[:, :-1] - w[:, 1:]) / self.lines.word_segment
        first = -w[:, 0]
        first[np.arange(rows), np.arange(rows)] += 1
        found[:, 0] = first / (self.lines.word_end + self.lines.word_segment)
        return found

    def bit_currents(self) -> Array:
        """Towards the end in the bit line's segment after every crossing, same shape [S]; of a resistance."""
        b, (rows, cols) = self.bits, self.bits.shape[:2]
        found = np.empty_like(b)
        found[:-1] = (b[:-1] - b[1:]) / self.lines.bit_segment
        last = b[-1].copy()
        last[np.arange(cols), rows + np.arange(cols)] -= 1
        found[-1] = last / (self.lines.bit_end + self.lines.bit_segment)
        return found


def fields(conductances: Array, lines: LineValues) -> Fields | None:
    """Solve for every line's end.

    Args:
        conductances: of the cells, shape (rows, cols) [S].
        lines: resistances.

    Returns:
        None where the network is not passive: cells of a negative conductance that the lines do not hold.
    """
    g, (rows, cols) = conductances, conductances.shape
    word, near_bit = _WordLines(g, lines), 1 / (lines.bit_end + lines.bit_segment)
    diagonal, every = np.diag_indices(cols), np.arange(cols)
    seen, passed = np.zeros((cols, cols)), np.zeros((cols, rows))  # of everything above: conductances, currents
    spread, held = np.empty((rows, cols, cols)), np.empty((rows, cols, rows + cols))
    for row in range(rows):
        matrix = seen + word.seen(row)
        currents = passed
        currents[:, row] = g[row] * word.driven[row]
        if row == rows - 1:
            matrix[diagonal] += near_bit
        else:
            below = np.eye(cols) + lines.bit_segment * matrix
        inverse = _inverse(matrix if row == rows - 1 else below)
        if inverse is None or not word.passive:
            return None
        if row == rows - 1:
            held[row, :, :rows] = inverse @ currents
            held[row, :, rows:] = near_bit * inverse[:, every]
        else:
            seen = matrix @ inverse
            seen = (seen + seen.T) / 2
            spread[row] = inverse
            passed = np.zeros((cols, rows))
            passed[:, : row + 1] = inverse @ currents[:, : row + 1]
            held[row, :, :rows], held[row, :, rows:] = lines.bit_segment * passed, 0.0
    for row in reversed(range(rows - 1)):
        held[row] += spread[row] @ held[row + 1]
    words = np.matmul(word.lifted, held)
    words[np.arange(rows), :, np.arange(rows)] += word.driven
    return Fields(lines, words, held)


class _WordLines:
    """Word lines by themselves, with their cells to bit lines that are held.

    Attributes:
        lifted: voltages for a volt on each bit line, shape (rows, cols, bit line).
        driven: for a volt at the line's end, shape (rows, cols).
        passive: whether all could be solved.
    """

    def __init__(self, g: Array, lines: LineValues) -> None:
        self._g, (rows, cols) = g, g.shape
        self.lifted, self.driven, self.passive = np.empty((rows, cols, cols)), np.empty((rows, cols)), True
        near, segment = 1 / (lines.word_end + lines.word_segment), lines.word_segment
        for row, cells in enumerate(g):
            if segment == 0:
                total = near + cells.sum()
                self.passive &= bool(total > 0)
                self.lifted[row], self.driven[row] = cells / total, near / total
                continue
            pivots = cells.copy()
            pivots[:-1] += 1 / segment
            pivots[1:] += 1 / segment
            pivots[0] += near
            d, e, failed = dpttrf(pivots, np.full(max(cols - 1, 1), -1 / segment))
            if failed:
                self.passive = False
                return
            source = np.zeros(cols)
            source[0] = near
            solved, _ = dpttrs(d, e, np.column_stack([np.diag(cells), source]))
            self.lifted[row], self.driven[row] = solved[:, :-1], solved[:, -1]

    def seen(self, row: int) -> Array:
        """What the bit lines see of a word line through its cells, shape (cols, cols) [S]."""
        matrix = -self._g[row][:, None] * self.lifted[row]
        matrix[np.diag_indices(len(matrix))] += self._g[row]
        return np.asarray((matrix + matrix.T) / 2)


def _inverse(matrix: Array) -> Array | None:
    """Of a symmetric matrix; None where it is not positive definite."""
    factor, failed = dpotrf(matrix, lower=True, clean=False)
    if failed:
        return None
    lower, _ = dpotri(factor, lower=True)
    lower = np.tril(lower)
    return np.asarray(lower + np.tril(lower, -1).T)

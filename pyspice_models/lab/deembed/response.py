"""Currents of an array with trial conductances, and what they answer to at first order, as products with vectors.

With u the voltages across the cells for a volt at one line's end and v those for a volt at another's, the current
between both answers to a cell's conductance by u v, to a segment's resistance by the product of its currents in both
(Tellegen): the same as `static/sensitivity.py`, for all currents at once. The matrix of derivatives is never formed:
its product with a vector is a product of two matrices of the fields.
Source: Director and Rohrer, IEEE Trans. Circuit Theory 16 (1969) 318.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from pyspice_models.engine.nodal.static.fields import Fields, LineValues, fields

Array = NDArray[np.float64]

_CUT_OFF = 1e12  # [ohm] between a floating line and ground


class Response:
    """Of conductances [S] behind given lines; per volt, so that currents are conductances [S].

    Attributes:
        g: of the cells, shape (rows, cols).
        through: out of bit line c with word line r driven, shape (rows, cols).
        by_word: voltages across the cells with a word line driven, shape (rows, cols, rows).
        by_bit: minus those with a bit line driven, shape (rows, cols, cols).
    """

    def __init__(self, g: Array, lines: LineValues, found: Fields) -> None:
        self.g, self.lines, self._fields = g, lines, found
        rows = len(g)
        drops = found.drops
        self.by_word = np.ascontiguousarray(drops[:, :, :rows])
        self.by_bit = np.ascontiguousarray(-drops[:, :, rows:])
        self.through: Array = found.bits[-1, :, :rows].T / (lines.bit_end + lines.bit_segment)

    @classmethod
    def of(cls, g: Array, lines: LineValues, *, floating: bool = False) -> Response | None:
        """None where such cells make no passive array."""
        if floating:
            return FloatingResponse.made(g, lines)
        found = fields(g, lines)
        return None if found is None else cls(g, lines, found)

    @cached_property
    def own_words(self) -> Array:
        """Into a driven word line, shape (rows,) [S]."""
        lines = np.arange(len(self.g))
        return np.asarray(np.sum(self.g * self.by_word[lines, :, lines], axis=1))

    @cached_property
    def own_bits(self) -> Array:
        """Into a driven bit line, shape (cols,) [S]."""
        lines = np.arange(self.g.shape[1])
        return np.asarray(np.sum(self.g.T * self.by_bit[:, lines, lines].T, axis=1))

    @property
    def direct(self) -> Array:
        """Of the current between a word and a bit line by the cell that joins them, shape (rows, cols)."""
        rows, cols = (np.arange(count) for count in self.g.shape)
        return np.asarray(self.by_word[rows[:, None], cols, rows[:, None]] * self.by_bit[rows[:, None], cols, cols])

    def changed(self, by: Array) -> Array:
        """First-order change of `through` when conductances change `by`, shape (rows, cols) [S] both."""
        words, bits = self._flat
        return np.asarray(words.T @ (bits * by.reshape(-1, 1)))

    def weighted(self, weights: Array) -> Array:
        """What the sum of weights times `through` answers to, cell by cell, shape (rows, cols): the adjoint."""
        words, bits = self._flat
        return np.asarray(np.einsum("pc,pc->p", words @ weights, bits).reshape(self.g.shape))

    def row_block(self, row: int) -> Array:
        """By the cells of a word line, of the currents through itself: shape (bit line, cell)."""
        return np.asarray(self.by_word[row, :, row] * self.by_bit[row].T)

    def col_block(self, col: int) -> Array:
        """By the cells of a bit line, of the currents through itself: shape (word line, cell)."""
        return np.asarray(self.by_bit[:, col, col] * self.by_word[:, col].T)

    def to_line(self, col: int, row: int) -> Array:
        """By the cells of one word line, of all currents through one bit line: shape (word line, cell)."""
        return np.asarray(self.by_word[row].T * self.by_bit[row, :, col])

    @cached_property
    def own_by_cells(self) -> tuple[Array, Array]:
        """Of `own_words` and `own_bits` by every cell, shapes (rows, cells) and (cols, cells)."""
        words, bits = self._flat
        return np.square(words).T, np.square(bits).T

    @cached_property
    def by_segments(self) -> dict[str, tuple[Array, Array, Array]]:
        """By the logarithm of each side's segment resistance: of `through`, `own_words` and `own_bits` [S]."""
        rows, found = len(self.g), {}
        for name, currents in (
            ("word_segment", self._fields.word_currents),
            ("bit_segment", self._fields.bit_currents),
        ):
            resistance = getattr(self.lines, name)
            flat = currents().reshape(self.g.size, -1)
            words, bits = flat[:, :rows], flat[:, rows:]
            own = -resistance * np.square(flat).sum(axis=0)
            found[name] = (resistance * (words.T @ bits), own[:rows], own[rows:])
        return found

    @property
    def _flat(self) -> tuple[Array, Array]:
        return self.by_word.reshape(self.g.size, -1), self.by_bit.reshape(self.g.size, -1)


class FloatingResponse(Response):
    """The same with all word lines but the driven one cut off.

    The network without drivers is solved once; a driver on one line changes it by one resistance, which is exact.
    """

    @classmethod
    def made(cls, g: Array, lines: LineValues) -> FloatingResponse | None:
        """None where such cells make no passive array."""
        cut = LineValues(lines.word_segment, lines.bit_segment, _CUT_OFF, lines.bit_end)
        found = fields(g, cut)
        if found is None:
            return None
        rows, every = len(g), np.arange(len(g))
        off, end = _CUT_OFF + lines.word_segment, lines.word_end + lines.word_segment
        # a volt behind the cut lifts the line by its resistance to ground over that of the cut
        to_ground = found.words[every, 0, every] * off
        made = cls(g, cut, found)
        made._each = made.by_word * off  # for an ampere into the line
        made.by_word = made._each / (end + to_ground)
        made._share = found.words[:, 0, rows:] / (end + to_ground)[:, None]
        made.through = made.through * (off / (end + to_ground))[:, None]
        return made

    _each: Array  # voltages across the cells for an ampere into each word line, shape (rows, cols, rows)
    _share: Array  # current out through a word line's end for a volt on a bit line, shape (rows, cols) [S]

    @property
    def direct(self) -> Array:
        """As in `Response`."""
        rows = np.arange(len(self.g))
        return super().direct + self._share * self.by_word[rows, :, rows] * self._each[rows, :, rows]

    def changed(self, by: Array) -> Array:
        """As in `Response`."""
        return super().changed(by) + self._share * np.einsum("ick,ick,ic->k", self.by_word, self._each, by)[:, None]

    def weighted(self, weights: Array) -> Array:
        """As in `Response`."""
        gained = (weights * self._share).sum(axis=1)
        return super().weighted(weights) + np.asarray((self.by_word * self._each) @ gained)

    def row_block(self, row: int) -> Array:
        """As in `Response`."""
        itself = self.by_word[row, :, row] * self._each[row, :, row]
        return super().row_block(row) + self._share[row][:, None] * itself

    def col_block(self, col: int) -> Array:
        """As in `Response`."""
        itself = (self.by_word[:, col] * self._each[:, col]).T
        return super().col_block(col) + self._share[:, col][:, None] * itself

    def to_line(self, col: int, row: int) -> Array:
        """As in `Response`."""
        return super().to_line(col, row) + self._share[:, col][:, None] * (self.by_word[row] * self._each[row]).T

"""From changes of currents to changes of cells: solved by blocks of single lines, and never formed as a whole.

A current answers most to the cells on its own two lines. So the matrix of derivatives is nearly undone by the blocks of
the word lines and, for what these leave, those of the bit lines: each is a small matrix, and what is left after both is
a few per cent. GMRES [1] takes it from there, in four or five turns for seven digits at 64 x 64. The same two steps
give the variances of all cells, of the inverse's rows, within a per cent, and a few for cells that are nearly dark,
at a thousandth of the work.

1. Y. Saad, M. H. Schultz, SIAM J. Sci. Stat. Comput. 7 (1986) 856.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import scipy  # loads scipy.sparse where it is first used
from numpy.typing import NDArray

from pyspice_models.lab.deembed.response import Response

Array = NDArray[np.float64]
_Step = Callable[[Array], Array]

_RESTART, _ROUNDS = 40, 8


class Inverse:
    """Of a scaled matrix of derivatives K; arrays of shape (rows, cols) on both sides.

    K is `response.changed` with its columns times `cells` and its rows over `currents`. Where there is no reading, its
    row is that of the unit matrix: the cell's own conductance stands in the reading's place.
    """

    def __init__(self, response: Response, cells: Array, currents: Array, measured: NDArray[np.bool_]) -> None:
        """Take the blocks and factor them.

        Args:
            response: of the trial conductances.
            cells: what counts as a change of 1 of a conductance [S].
            currents: the same of a current per volt [S].
            measured: where there is a reading.
        """
        self.response, self.cells, self.currents, self.measured = response, cells, currents, measured
        rows, cols = cells.shape
        words = [self._block(response.row_block(r), cells[r], r, slice(None)) for r in range(rows)]
        bits = [self._block(response.col_block(c), cells[:, c], slice(None), c) for c in range(cols)]
        self._words: Array = np.linalg.inv(np.stack(words))
        self._bits: Array = np.linalg.inv(np.stack(bits))

    def _block(self, block: Array, cells: Array, row: int | slice, col: int | slice) -> Array:
        scaled = block * cells / self.currents[row, col][:, None]
        return np.where(self.measured[row, col][:, None], scaled, np.eye(len(cells)))

    def forward(self, v: Array) -> Array:
        """K v."""
        return np.where(self.measured, self.response.changed(v * self.cells) / self.currents, v)

    def adjoint(self, u: Array) -> Array:
        """K' u."""
        known = np.where(self.measured, u, 0.0)
        return np.asarray(self.response.weighted(known / self.currents) * self.cells + (u - known))

    def nearly(self, u: Array) -> Array:
        """v with K v = u, but for a few per cent: the two steps alone."""
        first = _each(self._words, u)
        return np.asarray(first + _each(self._bits, (u - self.forward(first)).T).T)

    def nearly_adjoint(self, v: Array) -> Array:
        """u with K' u = v, likewise."""
        second = _each(self._bits.transpose(0, 2, 1), v.T).T
        return np.asarray(second + _each(self._words.transpose(0, 2, 1), v - self.adjoint(second)))

    def solve(self, u: Array, tolerance: float = 1e-8) -> Array:
        """v with K v = u, to this share of u."""
        return self._iterated(self.forward, self.nearly, u, tolerance)

    def solve_adjoint(self, v: Array, tolerance: float = 1e-8) -> Array:
        """u with K' u = v."""
        return self._iterated(self.adjoint, self.nearly_adjoint, v, tolerance)

    @staticmethod
    def _iterated(product: _Step, nearly: _Step, right: Array, tolerance: float) -> Array:
        shape, size = right.shape, right.size
        linalg = scipy.sparse.linalg
        operators = [
            linalg.LinearOperator((size, size), lambda x, step=step: step(x.reshape(shape)).ravel(), dtype=float)
            for step in (product, nearly)
        ]
        found, _ = linalg.gmres(
            operators[0], right.ravel(), rtol=tolerance, restart=_RESTART, maxiter=_ROUNDS, M=operators[1]
        )
        return np.asarray(found.reshape(shape))

    def variances(self, *of: Array) -> list[Array]:
        """Of cells, for independent errors with these variances at the right-hand side; shape (rows, cols) each.

        They are the sums over the rows of the inverse, squared, for which the two steps stand.
        """
        rows, cols = self.cells.shape
        found = [np.empty(self.cells.shape) for _ in of]
        every = np.arange(rows)
        for col in range(cols):
            left = np.zeros((rows, rows, cols))  # current, word line of the error, its bit line
            for row in range(rows):
                block = self.response.to_line(col, row) * self.cells[row] / self.currents[:, col][:, None]
                block[~self.measured[:, col] | (every == row)] = 0.0  # the first step leaves nothing on its own line
                left[:, row] = -block @ self._words[row]
            whole = (self._bits[col] @ left.reshape(rows, -1)).reshape(left.shape)
            whole[every, every] += self._words[:, col]
            np.square(whole, out=whole)
            for one, variance in zip(found, of, strict=True):
                one[:, col] = np.einsum("iab,ab->i", whole, variance)
        return found


class Whole:
    """The same, formed and inverted as one matrix: for small arrays."""

    def __init__(self, inverse: Inverse) -> None:
        """Form it, one unit vector after the other."""
        self._shape = inverse.cells.shape
        units = np.eye(inverse.cells.size).reshape(-1, *self._shape)
        self._rows = np.linalg.inv(np.stack([inverse.forward(unit).ravel() for unit in units], axis=1))

    def nearly(self, u: Array) -> Array:
        """As `Inverse.nearly`, and exact."""
        return np.asarray((self._rows @ u.ravel()).reshape(self._shape))

    def variances(self, *of: Array) -> list[Array]:
        """As `Inverse.variances`, and exact."""
        squares = np.square(self._rows)
        return [np.asarray((squares @ variance.ravel()).reshape(self._shape)) for variance in of]


def _each(matrices: Array, lines: Array) -> Array:
    """Each matrix of a stack times its own line."""
    return np.asarray(np.matmul(matrices, lines[:, :, None])[:, :, 0])

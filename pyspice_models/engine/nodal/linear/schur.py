"""Large resistive crossbars by their structure: conjugate gradients on one layer, with lines and a coarse grid.

The word lines are eliminated exactly, each a tridiagonal solve; what remains is a symmetric positive definite matrix of
the bit lines alone, the Schur complement. Its preconditioner is a sum of two. The bit lines by themselves, again
tridiagonal, are right for everything that varies quickly. What varies slowly over many lines they miss, and then the
number of iterations would grow with the size of the array: there word and bit line at a crossing move together, and
the array is a sheet with the two lines' conductances along its two axes. That sheet on a coarse grid, whose spacing is
the length over which the cells tie the layers together, is the second part.

With it the number of iterations does not depend on the size: 14 for 1 to 100 kohm cells on 2 ohm segments, from 64 x 64
to 2048 x 2048. Sources: Hestenes and Stiefel, J. Res. NBS 49 (1952) 409; two-level preconditioning: Smith, Bjorstad
and Gropp, Domain Decomposition (1996), ch. 2.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import SuperLU, splu

from pyspice_models.engine.nodal.linear import sweeps
from pyspice_models.engine.nodal.linear.spacing import grid_spacing
from pyspice_models.engine.nodal.linear.threads import Crew, crew, parts_of
from pyspice_models.errors import SimulationError

Array = NDArray[np.float64]

_ITERATIONS = 1000
_NOTHING = float(np.finfo(float).tiny)  # [W] below, numbers lose their digits, and a share of them may be 0

TOLERANCE = 1e-12
"""Of a solution, as a share of the root of its energy."""


@dataclass(frozen=True)
class Side:
    """The lines of one side.

    Attributes:
        g_segment: conductance of a segment [S]; infinite for lines without resistance, whose voltages are equal.
        near, far: conductances from the ends of the lines to their sources, one for each line [S].
        shunts: conductances from the crossings to ground, shape (row, col) [S].
    """

    g_segment: float
    near: Array
    far: Array
    shunts: Array


class Schur:
    """The matrix of one crossbar, factored: many right-hand sides may follow.

    Attributes:
        spacing: of the coarse grid, in rows and columns.
        iterations: of the last solution.
        strength: energy of the currents that flowed in, of the last solution [W].
    """

    def __init__(self, word: Side, bit: Side, cells: Array) -> None:
        """Factor the lines and the coarse grid.

        Args:
            word, bit: the two sides; word lines are near at column 0, bit lines near at the last row.
            cells: conductances between them, shape (rows, cols) [S].
        """
        self.word, self.bit, self.cells = word, bit, np.ascontiguousarray(cells, dtype=float)
        self.word_pivots, self.bit_pivots = np.empty_like(self.cells), np.empty_like(self.cells)
        sweeps.factor_words(self.cells + word.shunts, word.g_segment, word.near, word.far, self.word_pivots)
        sweeps.factor_bits(self.cells + bit.shunts, bit.g_segment, bit.near, bit.far, self.bit_pivots)
        self._bit_shunts = bit.shunts if bit.shunts.any() else np.empty((0, 0))
        self.spacing = grid_spacing(word.g_segment, bit.g_segment, self.cells)
        self.iterations, self.strength = 0, 0.0
        self._rows, self._cols = (_Axis(*pair) for pair in zip(self.cells.shape, self.spacing, strict=True))
        # lines without resistance or length have no slow waves
        sheet = np.isfinite(word.g_segment) and np.isfinite(bit.g_segment) and min(self.cells.shape) > 1
        self._grid = self._factor_grid() if sheet else None

    def _factor_grid(self) -> SuperLU:
        """The sheet: energies of both layers for equal voltages on them, interpolated between the grid's nodes."""
        rows, cols = self.cells.shape
        (p_row, p_col), (word, bit) = (self._rows.interpolation, self._cols.interpolation), (self.word, self.bit)
        within = p_row.T @ p_row, p_col.T @ p_col
        along = p_row.T @ _chain(rows) @ p_row, p_col.T @ _chain(cols) @ p_col
        first, last = (_corner(p_col.shape[1], n) for n in (0, -1))
        top, bottom = (_corner(p_row.shape[1], n) for n in (0, -1))
        grid = (
            word.g_segment * sparse.kron(within[0], along[1])
            + bit.g_segment * sparse.kron(along[0], within[1])
            + sparse.kron(_weighted(p_row, word.near), first) + sparse.kron(_weighted(p_row, word.far), last)
            + sparse.kron(bottom, _weighted(p_col, bit.near)) + sparse.kron(top, _weighted(p_col, bit.far))
        )  # fmt: skip
        shunts = word.shunts + bit.shunts
        if shunts.any():  # lumped: this is a preconditioner
            grid = grid + sparse.diags_array((p_row.T @ shunts @ p_col).ravel())
        return splu(sparse.csc_array(grid), permc_spec="MMD_AT_PLUS_A", options={"SymmetricMode": True})

    def solve(self, into_word: Array, into_bit: Array, tolerance: float = TOLERANCE) -> tuple[Array, Array]:
        """Voltages of word and bit lines where these currents flow in, all of shape (row, col).

        Args:
            into_word, into_bit: [A].
            tolerance: of what the currents that do not add up at the bit lines would still change, relative to what
                those that flow in do; as the root of an energy.

        Raises:
            SimulationError: no convergence.
        """
        with crew(self.cells.size) as together:
            return self._solved(together, into_word, into_bit, tolerance)

    def _solved(self, together: Crew, into_word: Array, into_bit: Array, tolerance: float) -> tuple[Array, Array]:
        word, bit, cells = self.word, self.bit, self.cells
        rows, cols = cells.shape
        of_rows, of_cols = parts_of(rows, cells.size), parts_of(cols, cells.size)
        from_words = np.empty_like(cells)

        def along_words(currents: Array) -> None:
            def some(start: int, stop: int) -> None:
                part = slice(start, stop)
                sweeps.solve_words(currents[part], word.g_segment, self.word_pivots[part], from_words[part])

            together(some, of_rows)

        along_words(into_word)
        residual = into_bit + cells * from_words
        if not np.isfinite(bit.g_segment):
            residual = np.repeat(residual.mean(axis=0, keepdims=True), len(residual), axis=0)
        solution, direction, applied = (np.zeros_like(residual) for _ in range(3))
        preconditioned = np.empty_like(residual)
        coarse = [np.zeros((self._rows.nodes, self._cols.nodes)) for _ in of_cols]
        axes = self._rows.node_before, self._rows.share, self._cols.node_before, self._cols.share
        alpha = beta = previous = goal = 0.0

        def step(start: int, stop: int) -> None:
            sweeps.step_and_restrict(
                start, stop, alpha, direction, applied, solution, residual, bit.g_segment, self.bit_pivots,
                preconditioned, *axes, coarse[of_cols.index((start, stop))],
            )  # fmt: skip

        def precondition(start: int, stop: int) -> float:
            return float(sweeps.precondition(
                start, stop, preconditioned, residual, bit.g_segment, self.bit_pivots, *axes, lifted, preconditioned
            ))  # fmt: skip

        def apply(start: int, stop: int) -> float:
            above, below = beside[start, stop]
            return float(sweeps.apply_schur_to(
                start, stop, above, below, direction, preconditioned, beta, cells, word.g_segment, self.word_pivots,
                self._bit_shunts, bit.g_segment, bit.near, bit.far, applied,
            ))  # fmt: skip

        for self.iterations in range(_ITERATIONS):
            together(step, of_cols)
            gathered = sum(coarse[1:], coarse[0])
            lifted = np.zeros_like(gathered) if self._grid is None else self._grid.solve(gathered.ravel())
            lifted = lifted.reshape(gathered.shape)
            strength = sum(together(precondition, of_cols))
            if self.iterations == 0:
                self.strength, goal = strength, max(tolerance**2 * strength, _NOTHING)
            if strength <= goal:
                break
            beta = strength / previous if previous else 0.0
            previous = strength
            # rows of the new direction on both sides of each part, before another part writes over what they come from
            beside = {
                (start, stop): tuple(preconditioned[r] + beta * direction[r] for r in (max(start - 1, 0), stop % rows))
                for start, stop in of_rows
            }
            power = sum(together(apply, of_rows))
            sweeps.spread(bit.g_segment, applied)
            alpha = strength / power
        else:
            raise SimulationError(f"the static solution did not converge in {_ITERATIONS} iterations")
        along_words(into_word + cells * solution)
        return from_words, solution


class _Axis:
    """Linear interpolation along one axis from nodes `spacing` apart, the last one at the end.

    Attributes:
        nodes: how many.
        node_before, share: for every crossing the node before it, and how far it is on the way to the next.
        interpolation: the same as a matrix, shape (crossing, node).
    """

    def __init__(self, size: int, spacing: int) -> None:
        # a single crossing has a node beyond it that gets nothing
        places = np.unique(np.r_[0, np.arange(0, size - 1, spacing), max(size - 1, 1)])
        here = np.arange(size)
        self.nodes = len(places)
        self.node_before = np.clip(np.searchsorted(places, here, side="right") - 1, 0, self.nodes - 2)
        self.share = (here - places[self.node_before]) / np.diff(places)[self.node_before]
        self.interpolation = sparse.csr_array(
            (
                np.r_[1 - self.share, self.share],
                (np.r_[here, here], np.r_[self.node_before, self.node_before + 1]),
            ),
            shape=(size, self.nodes),
        )


def _chain(size: int) -> sparse.csr_array:
    """Conductance matrix of a chain of 1 S segments."""
    diagonal = np.full(size, 2.0)
    diagonal[[0, -1]] = 1.0
    off = -np.ones(size - 1)
    return sparse.csr_array(sparse.diags_array([diagonal, off, off], offsets=[0, 1, -1]))


def _corner(size: int, place: int) -> sparse.csr_array:
    chosen = np.zeros((size, size))
    chosen[place, place] = 1.0
    return sparse.csr_array(chosen)


def _weighted(interpolation: sparse.csr_array, weights: Array) -> sparse.csr_array:
    return interpolation.T @ sparse.diags_array(weights) @ interpolation

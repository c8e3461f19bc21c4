"""A crossbar as a linear network around an operating point: its matrix, and how it is solved.

Word lines and bit lines are joined by the cells only, which conduct far less than the lines. Conjugate gradients on
both sides at once, with each side's lines as preconditioner, needs a few iterations where lines are good, and still
converges where they are not: the matrix is symmetric and positive definite.
Source: Hestenes and Stiefel, J. Res. NBS 49 (1952) 409; block-Jacobi preconditioning, Saad, Iterative Methods (2003),
ch. 12.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pyspice_models.array import Crossbar
from pyspice_models.engine.nodal.lines import Factored, Lines
from pyspice_models.errors import SimulationError

Array = NDArray[np.float64]
Pair = tuple[Array, Array]
"""Unknowns, or currents into them, of the word side and of the bit side."""

_ITERATIONS = 2000


@dataclass
class Network:
    """Lines, line capacitances and couplings of a crossbar; arrays are of shape (row, col) at its crossings."""

    crossbar: Crossbar

    def __post_init__(self) -> None:
        """Lines of both sides; bit lines run along the rows, so their arrays are transposed."""
        bar = self.crossbar
        # a line with one crossing has no segment between crossings: one node, as a line without resistance
        self.word = Lines(bar.rows, bar.cols, 1 / bar.r_word if bar.r_word > 0 and bar.cols > 1 else np.inf)
        self.bit = Lines(bar.cols, bar.rows, 1 / bar.r_bit if bar.r_bit > 0 and bar.rows > 1 else np.inf)

    def zeros(self) -> Pair:
        """Unknowns at 0 V."""
        rows, cols = self.crossbar.shape
        return (
            np.zeros(rows) if self.word.ideal else np.zeros((rows, cols)),
            np.zeros(cols) if self.bit.ideal else np.zeros((cols, rows)),
        )

    def crossings(self, unknowns: Pair) -> Pair:
        """Word and bit voltages at every crossing, both of shape (row, col)."""
        return self.word.spread(unknowns[0]), self.bit.spread(unknowns[1]).T

    def into(self, word: Array, bit: Array) -> Pair:
        """Currents into the unknowns from currents into the crossings, both of shape (row, col)."""
        return self.word.gather(word), self.bit.gather(bit.T)

    def segments(self, unknowns: Pair) -> Pair:
        """Currents that leave the unknowns through the segments."""
        return self.word.through(unknowns[0]), self.bit.through(unknowns[1])

    def charge(self, unknowns: Pair, c_cell: Array) -> Pair:
        """Charge on each unknown from all capacitances, `c_cell` among them, shape (row, col) [F]."""
        bar, (word, bit) = self.crossbar, self.crossings(unknowns)
        across = c_cell * (word - bit)
        on_word = bar.c_word * word + across + _neighbours(word, bar.c_word_coupling, 0)
        on_bit = bar.c_bit * bit - across + _neighbours(bit, bar.c_bit_coupling, 1)
        return self.into(on_word, on_bit)

    def solver(self, ends: Pair, cells: Array, per_time: float, c_cell: Array) -> Solver:
        """Prepare to solve for: conductances `ends` at the crossings (both of shape (row, col)), `cells` between the
        sides, and all capacitances times `per_time` [1/s]."""
        bar = self.crossbar
        c_word, c_bit = np.full(bar.shape, bar.c_word), np.full(bar.shape, bar.c_bit)
        c_word += _count_neighbours(bar.shape, 0) * bar.c_word_coupling
        c_bit += _count_neighbours(bar.shape, 1) * bar.c_bit_coupling
        branch = cells + per_time * c_cell
        word = self.word.factor(ends[0] + branch + per_time * c_word)
        bit = self.bit.factor((ends[1] + branch + per_time * c_bit).T)
        return Solver(self, ends, cells, per_time, c_cell, word, bit)


@dataclass
class Solver:
    """The matrix of one operating point and step."""

    network: Network
    ends: Pair
    cells: Array
    per_time: float
    c_cell: Array
    word: Factored
    bit: Factored

    def apply(self, unknowns: Pair) -> Pair:
        """Currents that leave the unknowns."""
        net = self.network
        word, bit = net.crossings(unknowns)
        through = self.cells * (word - bit)
        ends = net.into(self.ends[0] * word + through, self.ends[1] * bit - through)
        charge, segments = net.charge(unknowns, self.c_cell), net.segments(unknowns)
        return _sum(_sum(segments, ends), _scale(self.per_time, charge))

    def solve(self, currents: Pair, tolerance: float = 1e-9) -> Pair:
        """Unknowns at which `currents` flow in, to `tolerance` of the norm of the currents.

        Raises:
            SimulationError: no convergence.
        """
        residual = currents
        unknowns = _scale(0.0, currents)
        preconditioned = self._precondition(residual)
        direction, strength = preconditioned, _dot(residual, preconditioned)
        goal = tolerance**2 * strength
        if strength == 0.0:
            return unknowns
        for _ in range(_ITERATIONS):
            applied = self.apply(direction)
            step = strength / _dot(direction, applied)
            unknowns = _sum(unknowns, _scale(step, direction))
            residual = _sum(residual, _scale(-step, applied))
            preconditioned = self._precondition(residual)
            previous, strength = strength, _dot(residual, preconditioned)
            if strength <= goal:
                return unknowns
            direction = _sum(preconditioned, _scale(strength / previous, direction))
        raise SimulationError(f"the nodal solver did not converge in {_ITERATIONS} iterations")

    def _precondition(self, currents: Pair) -> Pair:
        return self.word.solve(currents[0]), self.bit.solve(currents[1])


def _sum(a: Pair, b: Pair) -> Pair:
    return a[0] + b[0], a[1] + b[1]


def _scale(factor: float, a: Pair) -> Pair:
    return factor * a[0], factor * a[1]


def _dot(a: Pair, b: Pair) -> float:
    return float(np.vdot(a[0], b[0]) + np.vdot(a[1], b[1]))


def _neighbours(v: Array, c: float, axis: int) -> Array:
    """Charge from couplings to the neighbouring lines along `axis`."""
    out = np.zeros_like(v)
    if c > 0:
        difference = c * np.diff(v, axis=axis)
        inner = [slice(None)] * 2
        outer = [slice(None)] * 2
        inner[axis], outer[axis] = slice(None, -1), slice(1, None)
        out[tuple(inner)] -= difference
        out[tuple(outer)] += difference
    return out


def _count_neighbours(shape: tuple[int, int], axis: int) -> Array:
    count = np.full(shape, 2.0)
    first = [slice(None)] * 2
    last = [slice(None)] * 2
    first[axis], last[axis] = slice(0, 1), slice(-1, None)
    count[tuple(first)] -= 1
    count[tuple(last)] -= 1
    return count

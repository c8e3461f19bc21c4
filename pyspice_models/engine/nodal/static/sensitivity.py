"""What an output current answers to: every cell, segment, driver and source, by one solution of the adjoint network.

Let v be the voltages of the network, and u those of the same network with 1 at the source of the output's line and 0 at
all others. Then the current is the sum over all branches of g du dv, and since both are stationary, its derivative by a
branch's conductance is that branch's du dv, by its resistance minus the product of its currents in both. With voltages
that are only nearly right the sum is off by the product of both errors alone: the corrected current.

A real cell carries i(v) at its states. Its slope at the operating point takes the place of g in the adjoint network,
and the derivative is that by a factor on i: states, and the shape of the curve, are held.
Sources: Director and Rohrer, IEEE Trans. Circuit Theory 16 (1969) 318; Pierce and Giles, SIAM Review 42 (2000) 247
(functionals corrected by the adjoint).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pyspice_models.array import Crossbar
from pyspice_models.array.network import Branches
from pyspice_models.displayed import Drawn
from pyspice_models.engine.nodal.static.output import Output
from pyspice_models.engine.nodal.static.solution import StaticSolution
from pyspice_models.engine.nodal.static.solve import slopes_at, solve_operating_point
from pyspice_models.engine.nodal.static.solver import StaticSolver
from pyspice_models.errors import RequestError
from pyspice_models.stimulus.scheme import Bias
from pyspice_models.units import show, shown

Array = NDArray[np.float64]

_ROUNDING = 32 * float(np.finfo(float).eps)  # of a sum of millions of products, pair by pair, over that of their sizes

RESISTORS = "cells are resistors; all sources and every other element are held"
REAL_CELLS = (
    "cells are at their operating point; held are their states, the shape of each current-voltage curve, all sources "
    "and every other element. A cell's conductance is its current over its voltage: more of it scales its whole curve."
)


@dataclass(frozen=True, eq=False, repr=False)
class Sensitivity(Drawn):
    """Derivatives of one output current, SI units. What is not asked for is not computed.

    Attributes:
        output: the current.
        solution: the network's.
        adjoint: solution of the adjoint network, see `Adjoint`.
    """

    output: Output
    solution: StaticSolution
    adjoint: StaticSolution

    def __repr__(self) -> str:
        """One line for people."""
        rows, cols = self.solution.network.crossbar.shape
        return f"<Sensitivity of {self.output.side} {self.output.line} in {rows} x {cols}: {shown(self.current, 'A')}>"

    @property
    def linear(self) -> bool:
        """Whether the cells are resistors."""
        return self.solution.conductances is not None

    @property
    def held(self) -> str:
        """What is held fixed, in words."""
        return RESISTORS if self.linear else REAL_CELLS

    @property
    def current(self) -> float:
        """The output current [A]: into the sense circuit of a bit line, or from the driver into a word line."""
        line = self.output.line
        return float(self.solution.word_ends[line] if self.output.side == "word" else self.solution.sense[line])

    @property
    def error(self) -> float:
        """At most so far is `current` from the exact solution of the network: a bound [A]."""
        return float(getattr(self.solution, f"{self.output.side}_ends_error")[self.output.line])

    @cached_property
    def corrected(self) -> tuple[float, float] | None:
        """The current as the sum over all branches, and at most so far is that from the exact one [A].

        Its error is that of the voltages times that of the adjoint ones. None at the operating point of real cells,
        whose curvature nobody bounds here.
        """
        conductances = self.solution.conductances
        if conductances is None:
            return None
        parts = [
            branches.conductance * self._drop(self.adjoint, branches) * self._drop(self.solution, branches)
            for branches in (self.solution.network.cells(conductances), *self.solution.lines, self._ends)
        ]
        value = float(sum(part.sum() for part in parts))
        rounding = _ROUNDING * float(sum(np.abs(part).sum() for part in parts))
        return value, self.solution.left_over * self.adjoint.left_over + rounding

    @cached_property
    def cells(self) -> Array:
        """By the conductance of each cell, shape (rows, cols) [A/S] = [V]."""
        across = self.solution.word - self.solution.bit
        return np.asarray((self.adjoint.word - self.adjoint.bit) * across)

    @cached_property
    def cell_effects(self) -> Array:
        """By the logarithm of each cell's conductance, same shape [A]: of a cell that conducts 1 % more, 0.01 of it."""
        return np.asarray((self.adjoint.word - self.adjoint.bit) * self.solution.cells)

    @cached_property
    def word_segments(self) -> Array | None:
        """By the resistance of the word line's segment before each crossing, shape (rows, cols) [A/ohm].

        None for lines without resistance, which have none.
        """
        if self.solution.network.crossbar.r_word == 0:
            return None
        return np.asarray(-self.adjoint.word_segments * self.solution.word_segments)

    @cached_property
    def bit_segments(self) -> Array | None:
        """By the resistance of the bit line's segment after each crossing, likewise."""
        if self.solution.network.crossbar.r_bit == 0:
            return None
        return np.asarray(-self.adjoint.bit_segments * self.solution.bit_segments)

    @cached_property
    def word_ends(self) -> Array:
        """By the resistance of what stands at each word line's ends, shape (ends of a line, rows) [A/ohm].

        The near end, then the far one if lines have two: driver with contact, or r_off of a line that floats.
        """
        return self._by_end(self.adjoint.word_ends, self.solution.word_ends, 0)

    @cached_property
    def bit_ends(self) -> Array:
        """By that of each bit line's sense circuit with its contact, shape (ends of a line, cols) [A/ohm]."""
        return self._by_end(self.adjoint.bit_ends, self.solution.bit_ends, 1)

    @property
    def word_sources(self) -> Array:
        """By the voltage of each word line's source, shape (rows,) [S]."""
        return self.adjoint.word_ends

    @property
    def bit_sources(self) -> Array:
        """By the voltage of each bit line's source, shape (cols,) [S]."""
        return self.adjoint.bit_ends

    @cached_property
    def word_shorts(self) -> Array:
        """By the resistance of each short between word lines, in the order of the faults [A/ohm]."""
        return np.asarray(-self.adjoint.word_shorts * self.solution.word_shorts)

    @cached_property
    def bit_shorts(self) -> Array:
        """By that of each short between bit lines, likewise."""
        return np.asarray(-self.adjoint.bit_shorts * self.solution.bit_shorts)

    @property
    def _ends(self) -> Branches:
        return self.solution.ends

    @staticmethod
    def _drop(solution: StaticSolution, branches: Branches) -> Array:
        return np.asarray(solution.voltages[branches.start] - solution.voltages[branches.stop])

    def _by_end(self, adjoint: Array, found: Array, side: int) -> Array:
        if len(self._ends.conductance) == 1:  # read where they are exact, see `certificate.py`
            return np.asarray(-adjoint * found)[None, :]
        rows = self.solution.network.crossbar.rows
        each = np.square(self._ends.conductance)
        product = -each * self._drop(self.adjoint, self._ends) * self._drop(self.solution, self._ends)
        return np.asarray(product[:, :rows] if side == 0 else product[:, rows:])


def sensitivity(
    crossbar: Crossbar, bias: Bias, output: Output | str, conductances: ArrayLike | None = None, method: str = "auto"
) -> Sensitivity:  # fmt: skip
    """What an output current answers to, from two solutions.

    Args:
        crossbar: lines, their faults, ends, and cells.
        bias: voltages of the sources, and which lines float.
        output: "bit 3": current into the sense circuit of bit line 3; "word 0": from the driver into word line 0.
        conductances: of the cells, shape (rows, cols) [S]; by default the real cells at their initial states, at the
            operating point.
        method: as in `solve_static`.

    Raises:
        RequestError: what `solve_static` and `solve_operating_point` refuse, a line that is not there, or a real cell
            whose current falls with its voltage at the operating point.
        SimulationError: no convergence.
    """
    return sensitivities(crossbar, bias, [output], conductances, method)[0]


def sensitivities(
    crossbar: Crossbar, bias: Bias, outputs: Sequence[Output | str],
    conductances: ArrayLike | None = None, method: str = "auto",
) -> list[Sensitivity]:  # fmt: skip
    """The same for several output currents: the network is solved once, and once more for each of them."""
    wanted = [Output.parse(output) for output in outputs]
    for output in wanted:
        output.check(crossbar.shape)
    bias.check(crossbar.shape)
    if conductances is not None:
        solver = _factored(crossbar, bias, conductances, method)
        found = solver.compute(bias.word, bias.bit)
    else:
        found = solve_operating_point(crossbar, bias, method=method)
        solver = _factored(crossbar, bias, _slopes(crossbar, found), method)
    return [adjoint_map(solver, found, output) for output in wanted]


def _slopes(crossbar: Crossbar, found: StaticSolution) -> Array:
    volts = found.word - found.bit
    slopes = slopes_at(crossbar.current_at(*crossbar.initial_states), volts)
    if not (slopes >= 0).all():
        row, col = (int(k) for k in np.unravel_index(int(slopes.argmin()), slopes.shape))
        raise RequestError(
            f"the current of the cell ({row}, {col}) falls with its voltage at {show(float(volts[row, col]), 'V')} "
            f"(slope {show(float(slopes[row, col]), 'S')}): the linear network around that operating point is not "
            "passive. Take another voltage, or give conductances."
        )
    return slopes


def adjoint_map(solver: StaticSolver, solution: StaticSolution, output: Output | str) -> Sensitivity:
    """The same where the network has been factored and solved: one more solution, for one more output of it.

    Args:
        solver: of the cells' conductances, or of their slopes at the operating point.
        solution: with the voltages of the sources.
        output: as in `sensitivity`.

    Raises:
        RequestError: a line that is not there.
    """
    wanted = Output.parse(output)
    word, sense = wanted.weights(solver.network.crossbar.shape)
    adjoint = solver.transpose().compute(word, sense).solution
    return Sensitivity(wanted, solution, adjoint)


def _factored(crossbar: Crossbar, bias: Bias, g: ArrayLike, method: str) -> StaticSolver:
    words, bits = (np.flatnonzero(~driven).tolist() for driven in (bias.word_driven, bias.bit_driven))
    return StaticSolver.init(crossbar, g, float_words=words, float_bits=bits, method=method)

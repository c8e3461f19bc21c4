"""The static crossbar as a linear map from the voltages of its sources to the currents at the ends of its lines.

    map = StaticSolver.init(crossbar, conductances)
    map.compute(word, bit)              voltages of the sources in, voltages and currents out
    map.transpose().compute(word, sense)  weights of the currents in, what the weighted sum answers to out

Resistors are reciprocal: the adjoint of the network is the network itself with the weights in place of the sources'
voltages (Tellegen), so that both directions share one factored matrix.
Source: Director and Rohrer, IEEE Trans. Circuit Theory 16 (1969) 318 (the adjoint network).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pyspice_models.array import Crossbar
from pyspice_models.array.network import ResistiveNetwork
from pyspice_models.engine.nodal.static import direct, structured
from pyspice_models.engine.nodal.static.solution import StaticSolution
from pyspice_models.engine.nodal.static.solve import checked_conductances, network_of
from pyspice_models.errors import RequestError
from pyspice_models.numeric import real_array
from pyspice_models.stimulus.scheme import Bias, vector_bias

Array = NDArray[np.float64]

LOOSEST = 1e-2  # beyond, nothing of an answer is left


@dataclass(frozen=True, eq=False)
class StaticSolver:
    """A resistive crossbar, factored; made by `init`.

    Attributes:
        network: the crossbar's nodes.
        conductances: of the cells, shape (rows, cols) [S].
        rest: a bias of 0 V that says which lines float.
    """

    network: ResistiveNetwork
    conductances: Array
    rest: Bias
    _array: direct.Direct | structured.Structured
    _factored: direct.Factored | structured.Factored

    @classmethod
    def init(
        cls, crossbar: Crossbar, conductances: ArrayLike,
        *, float_words: Sequence[int] = (), float_bits: Sequence[int] = (), method: str = "auto",
        tolerance: float | None = None,
    ) -> StaticSolver:  # fmt: skip
        """Factor the network of a crossbar.

        Args:
            crossbar: lines, their faults, and ends; its cells are replaced by `conductances`.
            conductances: of the cells with whatever is in series with them, shape (rows, cols) [S], >= 0.
            float_words, float_bits: lines that are cut off: they hang on their sources through r_off.
            method: as in `solve_static`.
            tolerance: where the structured solution stops, as a share of the root of the energy; by default 1e-12. The
                bounds of a solution's currents say what is lost with a looser one.

        Raises:
            RequestError: what `solve_static` refuses, a line that is not there, or a tolerance outside 0 to 0.01.
        """
        if tolerance is not None and not 0 < tolerance <= LOOSEST:
            raise RequestError.for_value("tolerance", tolerance, allowed=f"above 0, to {LOOSEST:g}")
        g = checked_conductances(crossbar, conductances)
        rows, cols = crossbar.shape
        rest = vector_bias(np.zeros(rows), np.zeros(cols), float_words=float_words, float_bits=float_bits)
        array = network_of(crossbar, rest, g, method)
        return cls(array.network, g, rest, array, array.factor(g, tolerance))

    def compute(self, word: ArrayLike, bit: ArrayLike | None = None) -> StaticSolution:
        """Voltages and currents for these sources.

        Args:
            word: voltages of the word lines' sources, shape (rows,) [V].
            bit: of the bit lines' sources, shape (cols,) [V]; by default 0 V.

        Raises:
            RequestError: another number of voltages, or one that is not finite.
        """
        volts = np.zeros(self.network.crossbar.cols) if bit is None else real_array(bit, "V", name="bit")
        bias = replace(self.rest, word=real_array(word, "V", name="word"), bit=volts)
        bias.check(self.network.crossbar.shape)
        return self._solved(bias)

    def transpose(self) -> TransposedSolver:
        """The same map the other way round, with the same factors."""
        return TransposedSolver(self)

    def _solved(self, bias: Bias) -> StaticSolution:
        voltages = self._factored.solve(np.concatenate([bias.word, bias.bit]))
        network, g = self.network, self.conductances
        across = voltages[network.words] - voltages[network.bits]
        return StaticSolution(network, bias, voltages, g * across, self._array.method, g)


@dataclass(frozen=True, eq=False)
class TransposedSolver:
    """The adjoint of a `StaticSolver`: from weights of the currents to what their weighted sum answers to."""

    of: StaticSolver

    def compute(self, word: ArrayLike | None = None, sense: ArrayLike | None = None) -> Adjoint:
        """Solve for the weighted sum of currents, one solution whatever the number of cells.

        Args:
            word: weights of the currents from the drivers into the word lines, shape (rows,); by default 0.
            sense: weights of the currents from the bit lines into the sense circuits, shape (cols,); by default 0.

        Raises:
            RequestError: another number of weights, or one that is not finite.
        """
        rows, cols = self.of.network.crossbar.shape
        given = []
        for name, weights, count in (("word", word, rows), ("sense", sense, cols)):
            found = np.zeros(count) if weights is None else real_array(weights, name=f"weights of {name}")
            if found.shape != (count,) or not np.isfinite(found).all():
                raise RequestError.for_value(
                    f"weights of {name}", found, allowed=f"{count} finite numbers, one for each line"
                )
            given.append(found)
        # a sense current leaves its line, the source's current enters it
        return Adjoint(self.of._solved(replace(self.of.rest, word=given[0], bit=-given[1])))

    def transpose(self) -> StaticSolver:
        """The map itself."""
        return self.of


@dataclass(frozen=True, eq=False)
class Adjoint:
    """What a weighted sum of currents at the ends of the lines answers to, at first order and, being linear, exactly.

    Attributes:
        solution: of the adjoint network; its voltages have no unit and its currents are conductances [S].
    """

    solution: StaticSolution

    @property
    def word_sources(self) -> Array:
        """By the voltages of the word lines' sources, shape (rows,) [S]."""
        return self.solution.word_ends

    @property
    def bit_sources(self) -> Array:
        """By the voltages of the bit lines' sources, shape (cols,) [S]."""
        return self.solution.bit_ends

    @property
    def into_word(self) -> Array:
        """By a current that flows into the word line at each crossing, shape (rows, cols): its share, without unit."""
        return np.asarray(-self.solution.word)

    @property
    def into_bit(self) -> Array:
        """By a current that flows into the bit line at each crossing, same shape."""
        return np.asarray(-self.solution.bit)

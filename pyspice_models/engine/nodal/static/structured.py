"""A crossbar's static network handed to `schur.py`: which arrays it may do, and how sources and terminals enter."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pyspice_models.array import Crossbar
from pyspice_models.array.network import ResistiveNetwork
from pyspice_models.engine.nodal.linear.spacing import grid_spacing
from pyspice_models.engine.nodal.static.certificate import resistances_to_ground
from pyspice_models.engine.nodal.static.solution import ends_of
from pyspice_models.stimulus.scheme import Bias

if TYPE_CHECKING:
    from pyspice_models.engine.nodal.linear.schur import Side

Array = NDArray[np.float64]

_SMALL = 64 * 64  # cells; below, factoring all nodes takes no longer than compiled code takes to load
_ALLOWED = 1e-10  # [1] of the largest source: error of a voltage beyond which the solution is repeated for what is left
_REPEATS = 4
_CLOSE = 3  # a coarse grid not coarser than this is no gain: the wires dominate


def why_not_structured(crossbar: Crossbar, conductances: Array, method: str = "structured") -> str:
    """Why an array is not, or with method "auto" had better not be, solved by its structure; empty if nothing is."""
    if crossbar.faults.on_lines:
        return "lines are open or shorted"
    if crossbar.lines_differ:
        return "lines are of several widths"
    if not (crossbar.r_word > 0 and crossbar.r_bit > 0):
        return "a line has no resistance"
    if min(crossbar.shape) < 2:
        return "it is a single line"
    if method == "auto":
        if conductances.size < _SMALL:
            return "it is small"
        if min(grid_spacing(1 / crossbar.r_word, 1 / crossbar.r_bit, conductances)) < _CLOSE:
            return "the lines are not good enough to order it"
    return ""


def end_conductances(network: ResistiveNetwork, bias: Bias) -> tuple[Array, Array, Array]:
    """Of the near ends, of these with the first segments in series, and of the far ends; words, then bits [S]."""
    bar = network.crossbar
    rows, cols = bar.shape
    ends = ends_of(network, bias).conductance
    near = 1 / (1 / ends[0] + np.repeat([bar.r_word, bar.r_bit], [rows, cols]))
    return ends[0], near, ends[1] if len(ends) > 1 else np.zeros(rows + cols)


class Structured:
    """The network of one crossbar and bias."""

    def __init__(self, network: ResistiveNetwork, bias: Bias) -> None:
        """Resistances of sources and first segments become one end conductance each."""
        self.network, self.bias = network, bias
        self.sources = np.concatenate([bias.word, bias.bit])
        self.ends, self.near, self.far = end_conductances(network, bias)
        self.none = np.zeros(network.crossbar.shape)
        self.iterations = 0
        self.spacing = (0, 0)

    def solve(self, slopes: Array, offsets: Array) -> Array:
        """As `Direct.solve`."""
        return self.factor(slopes).solve(self.sources, offsets)

    def factor(self, slopes: Array, tolerance: float | None = None) -> Factored:
        """As `Direct.factor`; the tolerance is that of `Schur.solve`, by default its own."""
        return Factored(self, slopes, tolerance)

    def may_be_off(
        self, slopes: Array, strength: float, allowed: float,
        *, tolerance: float | None = None, sources: Array | None = None,
    ) -> bool:  # fmt: skip
        """Whether a voltage may be off by more than `allowed` [V] after a solution that began with this energy [W].

        The square of a node's voltage is at most its resistance to ground times the energy (Cauchy and Schwarz); what
        the cells' currents round off, at most that resistance lifts.
        """
        from pyspice_models.engine.nodal.linear.schur import TOLERANCE

        left = TOLERANCE if tolerance is None else tolerance
        rounded = float(np.finfo(float).eps * max(slopes.sum(axis=0).max(), slopes.sum(axis=1).max()))
        rounded *= float(np.abs(self.sources if sources is None else sources).max())

        def beyond(resistance: float) -> bool:
            return left * np.sqrt(strength * resistance) + rounded * resistance > allowed

        bar = self.network.crossbar
        words, bits = self.near[: bar.rows].min(), self.near[bar.rows :].min()
        alone = max(1 / words + bar.cols * bar.r_word, 1 / bits + bar.rows * bar.r_bit)
        if not beyond(alone):
            return False
        # a floating line hangs on its cells
        reach = resistances_to_ground(self.network, ends_of(self.network, self.bias), slopes)
        return beyond(max(float((at + along).max()) for at, along in reach))

    @property
    def method(self) -> str:
        """In words."""
        down, across = self.spacing
        return (
            f"structured: word lines eliminated, conjugate gradients on the bit lines with a grid of {down} x {across} "
            f"crossings, {self.iterations} iterations"
        )


class Factored:
    """The same with its cells, factored: many sources may follow.

    Attributes:
        slopes: of the cells, shape (row, col) [S].
    """

    def __init__(self, array: Structured, slopes: Array, tolerance: float | None) -> None:
        """Factor lines and coarse grid."""
        # small arrays are solved directly, and need not wait for the compiler to be imported
        from pyspice_models.engine.nodal.linear.schur import TOLERANCE, Schur, Side

        bar, rows = array.network.crossbar, array.network.crossbar.rows
        self.array, self.slopes = array, slopes
        self.word = Side(1 / bar.r_word, array.near[:rows], array.far[:rows], array.none)
        self.bit = Side(1 / bar.r_bit, array.near[rows:], array.far[rows:], array.none)
        self.matrix = Schur(self.word, self.bit, slopes)
        self.tolerance = TOLERANCE if tolerance is None else tolerance
        self._allowed = _ALLOWED * self.tolerance / TOLERANCE

    def solve(self, sources: Array, offsets: Array | None = None) -> Array:
        """As `direct.Factored.solve`."""
        array, word, bit, matrix = self.array, self.word, self.bit, self.matrix
        rows = array.network.crossbar.rows
        into_word = np.zeros_like(self.slopes) if offsets is None else -offsets
        into_bit = -into_word
        into_word[:, 0] += word.near * sources[:rows]
        into_word[:, -1] += word.far * sources[:rows]
        into_bit[-1] += bit.near * sources[rows:]
        into_bit[0] += bit.far * sources[rows:]
        v_word, v_bit = matrix.solve(into_word, into_bit, self.tolerance)
        allowed = self._allowed * float(np.abs(sources).max())
        if array.may_be_off(self.slopes, matrix.strength, allowed, tolerance=self.tolerance, sources=sources):
            for _ in range(_REPEATS):
                left = _left_over(word, bit, self.slopes, (v_word, v_bit), (into_word, into_bit))
                more = matrix.solve(*left, self.tolerance)
                v_word, v_bit = v_word + more[0], v_bit + more[1]
                if max(float(np.abs(part).max()) for part in more) <= allowed:
                    break
        array.iterations, array.spacing = matrix.iterations, matrix.spacing
        first = np.concatenate([v_word[:, 0], v_bit[-1]])
        terminals = sources - array.near * (sources - first) / array.ends
        return np.concatenate([terminals, v_word.ravel(), v_bit.ravel(), sources])


def _left_over(
    word: Side, bit: Side, cells: Array, lines: tuple[Array, Array], into: tuple[Array, Array]
) -> tuple[Array, Array]:
    """What does not add up at the crossings, branch by branch, where `into` flows in, shape (row, col) [A]."""
    v_word, v_bit = lines
    through = cells * (v_word - v_bit)
    at_word, at_bit = into[0] - through, into[1] + through
    along, down = word.g_segment * np.diff(v_word, axis=1), bit.g_segment * np.diff(v_bit, axis=0)
    at_word[:, :-1] += along
    at_word[:, 1:] -= along
    at_bit[:-1] += down
    at_bit[1:] -= down
    at_word[:, 0] -= word.near * v_word[:, 0]
    at_word[:, -1] -= word.far * v_word[:, -1]
    at_bit[-1] -= bit.near * v_bit[-1]
    at_bit[0] -= bit.far * v_bit[0]
    return at_word, at_bit

"""A crossbar's static network handed to `schur.py`: which arrays it may do, and how sources and terminals enter."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pyspice_models.array import Crossbar
from pyspice_models.array.network import ResistiveNetwork
from pyspice_models.bench.scheme import Bias
from pyspice_models.engine.nodal.solution import ends_of
from pyspice_models.engine.nodal.spacing import grid_spacing

Array = NDArray[np.float64]

_SMALL = 64 * 64  # cells; below, factoring all nodes takes no longer than compiled code takes to load
_CLOSE = 3  # a coarse grid not coarser than this is no gain: the wires dominate


def why_not_structured(crossbar: Crossbar, conductances: Array, method: str = "structured") -> str:
    """Why an array is not, or with method "auto" had better not be, solved by its structure; empty if nothing is."""
    if crossbar.faults.on_lines:
        return "lines are open or shorted"
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
    ends = ends_of(network, bias).conductance.reshape(-1, rows + cols)
    near = 1 / (1 / ends[0] + np.repeat([bar.r_word, bar.r_bit], [rows, cols]))
    return ends[0], near, ends[1] if len(ends) > 1 else np.zeros(rows + cols)


class Structured:
    """The network of one crossbar and bias."""

    def __init__(self, network: ResistiveNetwork, bias: Bias) -> None:
        """Resistances of sources and first segments become one end conductance each."""
        self.network = network
        self.sources = np.concatenate([bias.word, bias.bit])
        self.ends, self.near, self.far = end_conductances(network, bias)
        self.none = np.zeros(network.crossbar.shape)
        self.iterations = 0
        self.spacing = (0, 0)

    def solve(self, slopes: Array, offsets: Array) -> Array:
        """As `Direct.solve`."""
        # small arrays are solved directly, and need not wait for the compiler to be imported
        from pyspice_models.engine.nodal.schur import Schur, Side

        bar = self.network.crossbar
        rows = bar.rows
        word = Side(1 / bar.r_word, self.near[:rows], self.far[:rows], self.none)
        bit = Side(1 / bar.r_bit, self.near[rows:], self.far[rows:], self.none)
        matrix = Schur(word, bit, slopes)
        into_word, into_bit = -offsets, offsets.copy()
        into_word[:, 0] += word.near * self.sources[:rows]
        into_word[:, -1] += word.far * self.sources[:rows]
        into_bit[-1] += bit.near * self.sources[rows:]
        into_bit[0] += bit.far * self.sources[rows:]
        v_word, v_bit = matrix.solve(into_word, into_bit)
        self.iterations, self.spacing = matrix.iterations, matrix.spacing
        first = np.concatenate([v_word[:, 0], v_bit[-1]])
        terminals = self.sources - self.near * (self.sources - first) / self.ends
        return np.concatenate([terminals, v_word.ravel(), v_bit.ravel(), self.sources])

    @property
    def method(self) -> str:
        """In words."""
        down, across = self.spacing
        return (
            f"structured: word lines eliminated, conjugate gradients on the bit lines with a grid of {down} x {across} "
            f"crossings, {self.iterations} iterations"
        )

"""A resistive crossbar of any kind as one sparse system, factored directly: the reference that others are held to.

Every node is an unknown. Faults of all kinds and lines without resistance are in it; it shares no code with the
solution by structure.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csc_array, diags_array
from scipy.sparse.linalg import splu

from pyspice_models.array.network import ResistiveNetwork
from pyspice_models.engine.nodal.static.pieces import Coarse, Pieces
from pyspice_models.engine.nodal.static.solution import ends_of
from pyspice_models.stimulus.scheme import Bias

Array = NDArray[np.float64]

_TURNS = 4  # each takes the residual from branch currents, which keep what the matrix's diagonal rounds off
_SHIFT = 1e-13  # share by which the diagonal is raised, so that a floating line's last pivot is no rounding error


class Direct:
    """The network of one crossbar and bias."""

    def __init__(self, network: ResistiveNetwork, bias: Bias) -> None:
        """Number the sources after the network's nodes."""
        self.network = network
        self.sources = np.concatenate([bias.word, bias.bit])
        self.passive = [
            network.word_segments(), network.bit_segments(), network.word_shorts(), network.bit_shorts(),
            ends_of(network, bias),
        ]  # fmt: skip
        branches = [network.cells(0.0), *self.passive]
        self.start, self.stop = (
            np.concatenate([getattr(b, name).ravel() for b in branches]) for name in ("start", "stop")
        )
        number, ones = np.arange(len(self.start)), np.ones(len(self.start))
        incidence = csc_array(
            coo_array(
                (np.r_[ones, -ones], (np.r_[number, number], np.r_[self.start, self.stop])),
                shape=(len(number), network.size + len(self.sources)),
            )
        )
        self.inside = incidence[:, : network.size]
        self.outward = self.inside.T
        self.pieces = Pieces(network)

    def solve(self, slopes: Array, offsets: Array) -> Array:
        """Voltages of all nodes and sources [V], where cells carry slopes v + offsets; shape (rows, cols) [S], [A]."""
        return self.factor(slopes).solve(self.sources, offsets)

    def factor(self, slopes: Array, tolerance: float | None = None) -> Factored:
        """With cells of these slopes, shape (rows, cols) [S]; there is nothing that a tolerance could stop early."""
        return Factored(self, slopes)

    @property
    def method(self) -> str:
        """In words."""
        return f"direct: {self.network.size} nodes, factored"


class Factored:
    """The same with its cells, factored: many sources may follow."""

    def __init__(self, array: Direct, slopes: Array) -> None:
        """Factor the matrix of all nodes, and that of whole pieces of line."""
        network = array.network
        self._array, cells = array, network.cells(slopes)
        self._g = np.concatenate([branches.conductance.ravel() for branches in (cells, *array.passive)])
        matrix = csc_array(array.outward @ diags_array(self._g) @ array.inside)
        self._factors = splu(csc_array(matrix + _SHIFT * diags_array(matrix.diagonal())))
        self._coarse = Coarse(array.pieces, [cells, *array.passive[2:]])

    def solve(self, sources: Array, offsets: Array | None = None) -> Array:
        """Voltages of all nodes, then of the sources [V].

        Args:
            sources: voltages of word lines, then of bit lines [V].
            offsets: of the cells' currents, from word to bit line, shape (rows, cols) [A].
        """
        array, n, extra = self._array, self._array.network.size, np.zeros(len(self._g))
        if offsets is not None:
            extra[: offsets.size] = offsets.ravel()
        voltages = np.concatenate([np.zeros(n), sources])

        def into() -> Array:
            currents = self._g * (voltages[array.start] - voltages[array.stop]) + extra
            return np.asarray(-(array.outward @ currents))

        for _ in range(_TURNS):
            voltages[:n] += self._coarse.lift(into())
            voltages[:n] += self._factors.solve(into())
        return voltages

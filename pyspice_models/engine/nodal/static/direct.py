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
from pyspice_models.engine.nodal.static.pieces import Pieces
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

    def solve(self, slopes: Array, offsets: Array) -> Array:
        """Voltages of all nodes and sources [V], where cells carry slopes v + offsets; shape (rows, cols) [S], [A]."""
        branches = [self.network.cells(slopes), *self.passive]
        start, stop, g = (
            np.concatenate([getattr(b, name).ravel() for b in branches]) for name in ("start", "stop", "conductance")
        )
        extra = np.zeros(len(g))
        extra[: offsets.size] = offsets.ravel()
        n, total = self.network.size, self.network.size + len(self.sources)
        number, ones = np.arange(len(g)), np.ones(len(g))
        incidence = csc_array(
            coo_array((np.r_[ones, -ones], (np.r_[number, number], np.r_[start, stop])), shape=(len(g), total))
        )
        inside = incidence[:, :n]
        matrix = csc_array(inside.T @ diags_array(g) @ inside)
        factors = splu(csc_array(matrix + _SHIFT * diags_array(matrix.diagonal())))
        pieces = Pieces(self.network, [self.network.cells(slopes), *self.passive[2:]])
        voltages = np.concatenate([np.zeros(n), self.sources])

        def into() -> Array:
            currents = g * (voltages[start] - voltages[stop]) + extra
            return np.asarray(-(inside.T @ currents))

        for _ in range(_TURNS):
            voltages[:n] += pieces.lift(into())
            voltages[:n] += factors.solve(into())
        return voltages

    @property
    def method(self) -> str:
        """In words."""
        return f"direct: {self.network.size} nodes, factored"

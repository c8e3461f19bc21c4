"""A crossbar's unbroken pieces of line as one node each: the part of a network that a factored matrix gets wrong.

A floating line of good segments hangs on cells that may conduct 1e-12 of what its segments do. On the diagonal of the
matrix of all nodes that share is below rounding, and with it the voltage of the whole line is lost. Between pieces of
line only cells, breaks, shorts and ends count. That small network is eliminated without a difference: what a node
conducts in all is the sum of what it conducts to those that are left.
Source: Grassmann, Taksar and Heyman, Operations Research 33 (1985) 1107.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_triangular
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from pyspice_models.array.network import Branches, ResistiveNetwork

Array = NDArray[np.float64]


class Pieces:
    """The unbroken pieces of line of one crossbar.

    Attributes:
        count: how many there are.
        of_node: number of the piece that each node belongs to, shape (node,).
        opened: segments that are open, between them.
    """

    def __init__(self, network: ResistiveNetwork) -> None:
        """Find them."""
        broken = network.crossbar.faults
        whole, open_segments = [], []
        for segments, places in (
            (network.word_segments(), broken.open_words), (network.bit_segments(), broken.open_bits)
        ):  # fmt: skip
            is_open = np.zeros(network.crossbar.shape, dtype=bool)
            is_open[tuple(np.array(places, dtype=int).reshape(-1, 2).T)] = True
            whole.append((segments.start[~is_open], segments.stop[~is_open]))
            open_segments.append(
                Branches(segments.start[is_open], segments.stop[is_open], segments.conductance[is_open])
            )
        start, stop = (np.concatenate(part) for part in zip(*whole, strict=True))
        graph = coo_array((np.ones(len(start)), (start, stop)), shape=(network.size, network.size))
        self.count, self.of_node = connected_components(graph, directed=False)
        self.opened = open_segments

    def at(self, nodes: NDArray[np.intp]) -> NDArray[np.intp]:
        """The piece of each node; of sources the number behind the last one."""
        inside = nodes < len(self.of_node)
        return np.where(inside, self.of_node[np.minimum(nodes, len(self.of_node) - 1)], self.count)


class Coarse:
    """The network between the pieces, factored."""

    def __init__(self, pieces: Pieces, between: list[Branches]) -> None:
        """Factor; `between`: everything but the segments of lines: cells, shorts, ends; sources count as ground."""
        self._pieces, ground = pieces, pieces.count
        table = np.zeros((ground + 1, ground + 1))
        for branch in [*between, *pieces.opened]:
            a, b = (pieces.at(part.ravel()) for part in (branch.start, branch.stop))
            np.add.at(table, (np.r_[a, b], np.r_[b, a]), np.tile(branch.conductance.ravel(), 2))
        np.fill_diagonal(table, 0.0)
        sums = np.ones(ground)
        for k in range(ground):
            left = slice(k + 1, None)
            total = table[k, left].sum()
            if total > 0:  # else a piece that nothing ties to the others
                sums[k] = total
                table[left, left] += np.outer(table[left, k] / total, table[k, left])
        inner = table[:ground, :ground]
        self._lower = np.eye(ground) - np.tril(inner, -1) / sums
        self._upper = np.diag(sums) - np.triu(inner, 1)

    def lift(self, into: Array) -> Array:
        """How far every piece rises as a whole where these currents flow into the nodes, shape (node,) [A] to [V]."""
        of_node = self._pieces.of_node
        sums = np.bincount(of_node, into, self._pieces.count)
        inner = solve_triangular(self._lower, sums, lower=True, unit_diagonal=True, check_finite=False)
        return np.asarray(solve_triangular(self._upper, inner, check_finite=False)[of_node])

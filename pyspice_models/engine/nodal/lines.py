"""The lines of one side of a crossbar: their conductance matrix, applied and inverted line by line.

A resistive line is a chain, so its matrix is tridiagonal; all lines of a side are one long chain with cuts, which
LAPACK solves in one call. A line without resistance is one unknown.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.lapack import dpttrf, dpttrs

Array = NDArray[np.float64]


@dataclass
class Lines:
    """Lines that run along the last axis of arrays of shape (line, crossing).

    Attributes:
        count, length: number of lines, crossings on each.
        g_segment: conductance between neighbouring crossings [S]; infinite for ideal lines.
    """

    count: int
    length: int
    g_segment: float

    @property
    def ideal(self) -> bool:
        """Whether every line is one node."""
        return not np.isfinite(self.g_segment)

    def spread(self, unknowns: Array) -> Array:
        """Voltages at the crossings, shape (line, crossing), from the unknowns."""
        return np.broadcast_to(unknowns[:, None], (self.count, self.length)) if self.ideal else unknowns

    def gather(self, currents: Array) -> Array:
        """Currents into the unknowns from currents into the crossings, shape (line, crossing)."""
        return currents.sum(axis=1) if self.ideal else currents

    def through(self, unknowns: Array) -> Array:
        """Currents that leave each unknown through the segments."""
        if self.ideal:
            return np.zeros_like(unknowns)
        flow = self.g_segment * np.diff(unknowns, axis=1)
        out = np.zeros_like(unknowns)
        out[:, :-1] -= flow
        out[:, 1:] += flow
        return out

    def factor(self, shunts: Array) -> Factored:
        """Factor segments plus `shunts`, conductances from each crossing to elsewhere, shape (line, crossing) [S]."""
        if self.ideal:
            return Factored(self, shunts.sum(axis=1), np.empty(0))
        diagonal = shunts.copy()
        diagonal[:, :-1] += self.g_segment
        diagonal[:, 1:] += self.g_segment
        off = np.full((self.count, self.length), -self.g_segment)
        off[:, -1] = 0.0  # the cut between one line and the next
        d, e, info = dpttrf(diagonal.ravel(), off.ravel()[:-1])
        if info != 0:
            raise np.linalg.LinAlgError("a line's matrix is not positive definite: a node is connected to nothing")
        return Factored(self, d, e)


@dataclass
class Factored:
    """Factors of the matrix of a side's lines."""

    lines: Lines
    d: Array
    e: Array

    def solve(self, currents: Array) -> Array:
        """Unknowns at which the given currents flow, same shape."""
        if self.lines.ideal:
            return currents / self.d
        solved, _ = dpttrs(self.d, self.e, currents.ravel())
        return np.asarray(solved).reshape(currents.shape)

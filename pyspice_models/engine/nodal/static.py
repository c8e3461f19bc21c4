"""Static solution of a crossbar's resistive network: the exact reference of a read.

Every node is an unknown of one sparse system, factored directly. Nothing of the transient solver is in it: what is
checked against a reference must not share its code.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import coo_array, csc_array, diags_array
from scipy.sparse.linalg import splu

from pyspice_models.array import Crossbar
from pyspice_models.array.network import Branches, ResistiveNetwork
from pyspice_models.bench.scheme import Bias
from pyspice_models.engine.nodal.cells import Cells
from pyspice_models.errors import RequestError, SimulationError

Array = NDArray[np.float64]

_REFINEMENTS = 3  # each takes the residual from branch currents, which keep what the matrix's diagonal rounds off
_SLOPE = 1e-6  # [V] for derivatives of cells; it decides how fast Newton converges, not where to
_ITERATIONS = 60


@dataclass(frozen=True)
class StaticSolution:
    """Voltages and currents, SI units.

    Attributes:
        nodes: voltage of every node, by the name it has in a deck; sources are not among them.
        word, bit: voltages of the lines at every crossing, shape (rows, cols).
        cells: current from word to bit line through every cell, same shape.
        word_segments, bit_segments: current in the direction of the driver's, or towards the sense circuit, in the
            segment before, or after, every crossing; same shape, zeros for a line without resistance.
        word_shorts, bit_shorts: currents to the next line, in the order of the faults.
        word_ends, bit_ends: currents from the sources into the lines, shapes (rows,) and (cols,); a sense circuit
            sees the negative of the latter.
        gap: largest sum of the currents at a node [A]: 0 but for rounding.
        dissipated: in cells, lines and shorts, and ends together [W].
    """

    nodes: Mapping[str, float]
    word: Array
    bit: Array
    cells: Array
    word_segments: Array
    bit_segments: Array
    word_shorts: Array
    bit_shorts: Array
    word_ends: Array
    bit_ends: Array
    gap: float
    dissipated: float


def solve_static(crossbar: Crossbar, bias: Bias, conductances: ArrayLike) -> StaticSolution:
    """Solve the resistive network of a crossbar for one bias.

    A transimpedance amplifier is its static input resistance, r_feedback/(1 + gain).

    Args:
        crossbar: lines, their faults, and ends; all its cells, faulty ones too, are replaced by `conductances`.
        bias: voltages of the sources, and which lines float (through r_off).
        conductances: of the cells with whatever is in series with them, shape (rows, cols) [S], >= 0.

    Raises:
        RequestError: conductances of the wrong shape or negative, or drivers with a current limiter.
    """
    g = np.asarray(conductances, dtype=float)
    if g.shape != crossbar.shape or not (np.isfinite(g) & (g >= 0)).all():
        raise RequestError.for_value("conductances' shape", g.shape, allowed=f"{crossbar.shape}, finite and >= 0 S")
    solver = _Solver(crossbar, bias)
    voltages = solver.solve(g, np.zeros(crossbar.shape))
    return solver.solution(voltages, g * solver.across(voltages))


def solve_operating_point(crossbar: Crossbar, bias: Bias, tolerance: float = 1e-12) -> StaticSolution:
    """Solve a crossbar of real cells at their initial states, faulty ones as resistors, by Newton's method.

    Args:
        crossbar: without selectors.
        bias: as in `solve_static`.
        tolerance: of the voltages, relative to the largest of a source.

    Raises:
        RequestError: a crossbar with selectors, or drivers with a current limiter.
        SimulationError: no convergence.
    """
    if crossbar.selector is not None:
        raise RequestError.for_value("the crossbar's kind", crossbar.kind, allowed="1R for an operating point")
    solver, cells = _Solver(crossbar, bias), Cells(crossbar)
    w, x = crossbar.w0, np.asarray(crossbar.as_built.get("x0", crossbar.x0))
    scale = max(float(np.abs(np.concatenate([bias.word, bias.bit])).max()), 1e-3)

    def current(v: Array) -> Array:
        return np.asarray(cells.equations.current(v, w, x))

    v = np.zeros(crossbar.shape)
    for _ in range(_ITERATIONS):
        slope = (current(v + _SLOPE) - current(v - _SLOPE)) / (2 * _SLOPE)
        voltages = solver.solve(slope, current(v) - slope * v)
        moved = float(np.abs(solver.across(voltages) - v).max())
        v = solver.across(voltages)
        if moved < tolerance * scale:
            return solver.solution(voltages, current(v))
    raise SimulationError(f"the operating point still moves by {moved:.3g} V after {_ITERATIONS} iterations")


class _Solver:
    """Nodes of a crossbar and, after them, of its sources."""

    def __init__(self, crossbar: Crossbar, bias: Bias) -> None:
        if crossbar.driver.compliance != "none":
            raise RequestError("driver.compliance is no resistor: the static solution knows drivers without a limiter")
        self.crossbar, self.bias = crossbar, bias
        self.network = ResistiveNetwork(crossbar)
        self.unknowns = len(self.network.names)
        self.sources = np.concatenate([bias.word, bias.bit])
        self.passive = {
            "word_segments": self.network.word_segments(), "bit_segments": self.network.bit_segments(),
            "word_shorts": self.network.word_shorts(), "bit_shorts": self.network.bit_shorts(),
            "ends": self._ends(),
        }  # fmt: skip

    def _ends(self) -> Branches:
        """From the sources to the lines: word lines, bit lines, then the far ends of both if they have any."""
        driver, network, bias = self.crossbar.driver, self.network, self.bias
        behind = driver.r_feedback / (1 + driver.gain) if driver.sense == "tia" else 0.0
        word = np.where(bias.word_driven, driver.r_driver + driver.r_contact, driver.r_off)
        bit = np.where(bias.bit_driven, driver.r_sense + driver.r_contact, driver.r_off) + behind
        ends = [network.word_terminals, network.bit_terminals]
        if driver.both_ends:
            ends += [network.words[:, -1], network.bits[0, :]]
        times = len(ends) // 2
        sources = np.tile(self.unknowns + np.arange(len(self.sources)), times)
        return Branches(sources, np.concatenate(ends), 1 / np.tile(np.concatenate([word, bit]), times))

    def solve(self, slopes: Array, offsets: Array) -> Array:
        """Voltages of all nodes and sources, where cells carry slopes v + offsets."""
        branches = [self.network.cells(slopes), *self.passive.values()]
        start, stop, g = (
            np.concatenate([getattr(b, name).ravel() for b in branches]) for name in ("start", "stop", "conductance")
        )
        extra = np.zeros(len(g))
        extra[: offsets.size] = offsets.ravel()
        n, total = self.unknowns, self.unknowns + len(self.sources)
        number, ones = np.arange(len(g)), np.ones(len(g))
        incidence = csc_array(
            coo_array((np.r_[ones, -ones], (np.r_[number, number], np.r_[start, stop])), shape=(len(g), total))
        )
        inside = incidence[:, :n]
        factors = splu(csc_array(inside.T @ diags_array(g) @ inside))
        voltages = np.concatenate([np.zeros(n), self.sources])
        for _ in range(1 + _REFINEMENTS):
            currents = g * (voltages[start] - voltages[stop]) + extra
            voltages[:n] -= factors.solve(inside.T @ currents)
        return voltages

    def across(self, voltages: Array) -> Array:
        """Voltage from word to bit line at every crossing."""
        return np.asarray(voltages[self.network.words] - voltages[self.network.bits])

    def solution(self, voltages: Array, cells: Array) -> StaticSolution:
        """Everything that follows from the voltages and the cells' currents."""
        network, n = self.network, self.unknowns
        flows = {name: b.conductance * (voltages[b.start] - voltages[b.stop]) for name, b in self.passive.items()}
        at_nodes = np.zeros(len(voltages))
        through = [(network.cells(0.0), cells), *((self.passive[name], flow) for name, flow in flows.items())]
        burnt = 0.0
        for branches, flow in through:
            np.add.at(at_nodes, branches.start, flow)
            np.subtract.at(at_nodes, branches.stop, flow)
            burnt += float(((voltages[branches.start] - voltages[branches.stop]) * flow).sum())
        # what an end carries is what its line's cells and shorts do: over a good driver the drop would be too coarse
        word_ends, bit_ends = cells.sum(axis=1), -cells.sum(axis=0)
        faults = self.crossbar.faults
        for ends, lines, flow in (
            (word_ends, [row for row, _ in faults.shorted_words], flows["word_shorts"]),
            (bit_ends, [col for _, col in faults.shorted_bits], flows["bit_shorts"]),
        ):
            np.add.at(ends, np.array(lines, dtype=int), flow)
            np.subtract.at(ends, np.array(lines, dtype=int) + 1, flow)
        return StaticSolution(
            nodes=dict(zip(network.names, voltages[:n].tolist(), strict=True)),
            word=voltages[network.words], bit=voltages[network.bits], cells=cells,
            word_segments=flows["word_segments"], bit_segments=flows["bit_segments"],
            word_shorts=flows["word_shorts"], bit_shorts=flows["bit_shorts"],
            word_ends=word_ends, bit_ends=bit_ends,
            gap=float(np.abs(at_nodes[:n]).max()), dissipated=burnt,
        )  # fmt: skip

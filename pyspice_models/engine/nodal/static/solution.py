"""The static solution of a crossbar: voltages of all nodes, and what follows from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from pyspice_models.array.network import Branches, ResistiveNetwork
from pyspice_models.engine.nodal.static.certificate import (
    Flows,
    Readings,
    bounds,
    ends_to_ground,
    flows,
    read_ends,
    shares,
)
from pyspice_models.engine.nodal.static.energy import energy_norm, on_lines, pulls
from pyspice_models.stimulus.scheme import Bias

Array = NDArray[np.float64]


def ends_of(network: ResistiveNetwork, bias: Bias) -> Branches:
    """From the sources to the lines: word lines, bit lines, then the far ends of both if they have any.

    Of shape (1 or 2 ends of a line, rows + cols). The sources are numbered after the network's nodes. A transimpedance
    amplifier is its static input resistance, r_feedback/(1 + gain).
    """
    driver = network.crossbar.driver
    behind = network.crossbar.each("r_feedback") / (1 + driver.gain) if driver.sense == "tia" else 0.0
    word = np.where(bias.word_driven, network.crossbar.each("r_driver") + driver.r_contact, driver.r_off)
    bit = np.where(bias.bit_driven, network.crossbar.each("r_sense") + driver.r_contact, driver.r_off) + behind
    ends = [network.word_terminals, network.bit_terminals]
    if driver.both_ends:
        ends += [network.words[:, -1], network.bits[0, :]]
    lines = len(word) + len(bit)
    terminals = np.concatenate(ends).reshape(-1, lines)
    sources = np.broadcast_to(network.size + np.arange(lines), terminals.shape)
    return Branches(sources, terminals, np.broadcast_to(1 / np.concatenate([word, bit]), terminals.shape))


@dataclass(frozen=True)
class StaticSolution:
    """Voltages and currents, SI units; what a reader does not ask for is not computed.

    Attributes:
        network: the crossbar's nodes.
        bias: that it was solved for.
        voltages: of all nodes, then of the sources of word and bit lines [V].
        cells: current from word to bit line through every cell, shape (rows, cols) [A].
        method: how it was solved, in words.
        conductances: of the cells, where they are resistors, shape (rows, cols) [S]; with them the bounds are closer.
    """

    network: ResistiveNetwork
    bias: Bias
    voltages: Array
    cells: Array
    method: str
    conductances: Array | None = None

    @cached_property
    def nodes(self) -> Mapping[str, float]:
        """Voltage of every node by the name it has in a deck; sources are not among them."""
        return dict(zip(self.network.names(), self.voltages.tolist(), strict=False))

    @cached_property
    def word(self) -> Array:
        """Voltages of the word lines at every crossing, shape (rows, cols)."""
        return np.asarray(self.voltages[self.network.words])

    @cached_property
    def bit(self) -> Array:
        """Voltages of the bit lines at every crossing, same shape."""
        return np.asarray(self.voltages[self.network.bits])

    def _flow(self, branches: Branches) -> Array:
        return np.asarray(branches.conductance * (self.voltages[branches.start] - self.voltages[branches.stop]))

    @cached_property
    def word_segments(self) -> Array:
        """Current away from the driver in the segment before every crossing; zeros for a line without resistance."""
        return self._flow(self.network.word_segments())

    @cached_property
    def bit_segments(self) -> Array:
        """Current towards the sense circuit in the segment after every crossing, likewise."""
        return self._flow(self.network.bit_segments())

    @cached_property
    def word_shorts(self) -> Array:
        """Currents to the next word line, in the order of the faults."""
        return self._flow(self.network.word_shorts())

    @cached_property
    def bit_shorts(self) -> Array:
        """Currents to the next bit line, in the order of the faults."""
        return self._flow(self.network.bit_shorts())

    @property
    def word_ends(self) -> Array:
        """Currents from the sources into the word lines, both ends together, shape (rows,) [A]."""
        return self._word_readings.value

    @property
    def bit_ends(self) -> Array:
        """Currents from the sources into the bit lines, shape (cols,) [A]; a sense circuit sees the negative."""
        return self._bit_readings.value

    @property
    def sense(self) -> Array:
        """Currents from the bit lines into their sense circuits, shape (cols,) [A]."""
        return np.asarray(-self.bit_ends)

    @cached_property
    def word_ends_error(self) -> Array:
        """At most so far are `word_ends` from the exact solution of the network: a bound, shape (rows,) [A]."""
        return self._bounds(self._word_readings, slice(None, self.network.crossbar.rows))

    @cached_property
    def bit_ends_error(self) -> Array:
        """At most so far are `bit_ends` from the exact solution of the network: a bound, shape (cols,) [A]."""
        return self._bounds(self._bit_readings, slice(self.network.crossbar.rows, None))

    def _bounds(self, readings: Readings, lines: slice) -> Array:
        books, (at_terminal, along) = self._books, self._to_ground
        on_line = on_lines(self.network, books.left, self._slack)[lines]
        # how real cells divide a current is not known
        share = 1.0 if self.conductances is None else shares(self.ends, at_terminal, along)[lines]
        moved = self.left_over * pulls(self.ends, at_terminal, along)
        return bounds(readings, on_line, books, share, moved[lines])

    @cached_property
    def left_over(self) -> float:
        """At most the root of the energy of what does not add up at the nodes, r A^-1 r, see `energy.py` [W^(1/2)]."""
        at_terminal, _ = self._to_ground
        return energy_norm(self.network, self.ends, self._books.left, self._slack, at_terminal)

    @cached_property
    def _word_readings(self) -> Readings:
        rows = self.network.crossbar.rows
        places = np.array([row for row, _ in self.network.crossbar.faults.shorted_words], dtype=np.intp)
        cells = self.cells.sum(axis=1), self._cell_parts.sum(axis=1)
        return read_ends(_lines(self.ends, slice(None, rows)), self.voltages, cells, (places, self.word_shorts))

    @cached_property
    def _bit_readings(self) -> Readings:
        rows = self.network.crossbar.rows
        places = np.array([col for _, col in self.network.crossbar.faults.shorted_bits], dtype=np.intp)
        cells = -self.cells.sum(axis=0), self._cell_parts.sum(axis=0)
        return read_ends(_lines(self.ends, slice(rows, None)), self.voltages, cells, (places, self.bit_shorts))

    @cached_property
    def _cell_parts(self) -> Array:
        """Sums of the parts that the cells' currents are differences of, shape (rows, cols) [A]."""
        g = self.conductances
        if g is None:
            across = np.abs(self.word - self.bit)
            g = np.divide(np.abs(self.cells), across, out=np.zeros_like(across), where=across > 0)
        return np.asarray(g * (np.abs(self.word) + np.abs(self.bit)))

    @cached_property
    def ends(self) -> Branches:
        """From the sources to the lines, see `ends_of`."""
        return ends_of(self.network, self.bias)

    @cached_property
    def _slack(self) -> Array:
        """What rounding may have changed at each node, the sums along the lines included, shape (node,) [A]."""
        longest = max(self.network.crossbar.shape) + 1
        return np.asarray(self._books.slack + longest * np.finfo(float).eps * np.abs(self._books.left))

    @cached_property
    def _to_ground(self) -> tuple[Array, Array]:
        """At most between each line's terminal and ground, and along the line, shape (rows + cols,) [ohm]."""
        if self.conductances is None:
            unknown = np.full(self.ends.conductance.shape[1], np.inf)
            return unknown, unknown
        return ends_to_ground(self.network, self.ends, self.conductances)

    @property
    def lines(self) -> tuple[Branches, ...]:
        """Segments and shorts of word lines and of bit lines."""
        network = self.network
        return network.word_segments(), network.bit_segments(), network.word_shorts(), network.bit_shorts()

    @cached_property
    def _books(self) -> Flows:
        network = self.network
        passive = [(branches, self._flow(branches)) for branches in (*self.lines, self.ends)]
        return flows(network.size, self.voltages, [(network.cells(0.0), self.cells), *passive])

    @property
    def gap(self) -> float:
        """Largest sum of the currents at a node [A]: 0 but for rounding and the solver's tolerance."""
        return float(np.abs(self._books.left).max())

    @property
    def dissipated(self) -> float:
        """In cells, lines and shorts, and ends together [W]."""
        return self._books.dissipated


def _lines(ends: Branches, lines: slice) -> Branches:
    return Branches(ends.start[:, lines], ends.stop[:, lines], ends.conductance[:, lines])

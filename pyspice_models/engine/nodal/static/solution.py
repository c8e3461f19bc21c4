"""The static solution of a crossbar: voltages of all nodes, and what follows from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from pyspice_models.array.network import Branches, ResistiveNetwork
from pyspice_models.engine.nodal.static.certificate import Flows, Readings, bounds, flows, read_ends, shares_of_ends
from pyspice_models.stimulus.scheme import Bias

Array = NDArray[np.float64]


def ends_of(network: ResistiveNetwork, bias: Bias) -> Branches:
    """From the sources to the lines: word lines, bit lines, then the far ends of both if they have any.

    Of shape (1 or 2 ends of a line, rows + cols). The sources are numbered after the network's nodes. A transimpedance
    amplifier is its static input resistance, r_feedback/(1 + gain).
    """
    driver = network.crossbar.driver
    behind = driver.r_feedback / (1 + driver.gain) if driver.sense == "tia" else 0.0
    word = np.where(bias.word_driven, driver.r_driver + driver.r_contact, driver.r_off)
    bit = np.where(bias.bit_driven, driver.r_sense + driver.r_contact, driver.r_off) + behind
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

    @cached_property
    def word_ends_error(self) -> Array:
        """At most so far are `word_ends` from the exact solution of the network: a bound, shape (rows,) [A]."""
        network, left = self.network, np.abs(self._books.left)
        on_line = left[network.word_terminals]
        if network.crossbar.r_word > 0:
            on_line = on_line + left[network.words].sum(axis=1)
        return bounds(self._word_readings, on_line, self._books, self._shares[0])

    @cached_property
    def bit_ends_error(self) -> Array:
        """At most so far are `bit_ends` from the exact solution of the network: a bound, shape (cols,) [A]."""
        network, left = self.network, np.abs(self._books.left)
        on_line = left[network.bit_terminals]
        if network.crossbar.r_bit > 0:
            on_line = on_line + left[network.bits].sum(axis=0)
        return bounds(self._bit_readings, on_line, self._books, self._shares[1])

    @cached_property
    def _word_readings(self) -> Readings:
        rows = self.network.crossbar.rows
        places = np.array([row for row, _ in self.network.crossbar.faults.shorted_words], dtype=np.intp)
        cells = self.cells.sum(axis=1), self._cell_parts.sum(axis=1)
        return read_ends(_lines(self._ends, slice(None, rows)), self.voltages, cells, (places, self.word_shorts))

    @cached_property
    def _bit_readings(self) -> Readings:
        rows = self.network.crossbar.rows
        places = np.array([col for _, col in self.network.crossbar.faults.shorted_bits], dtype=np.intp)
        cells = -self.cells.sum(axis=0), self._cell_parts.sum(axis=0)
        return read_ends(_lines(self._ends, slice(rows, None)), self.voltages, cells, (places, self.bit_shorts))

    @cached_property
    def _cell_parts(self) -> Array:
        """Sums of the parts that the cells' currents are differences of, shape (rows, cols) [A]."""
        g = self.conductances
        if g is None:
            across = np.abs(self.word - self.bit)
            g = np.divide(np.abs(self.cells), across, out=np.zeros_like(across), where=across > 0)
        return np.asarray(g * (np.abs(self.word) + np.abs(self.bit)))

    @cached_property
    def _ends(self) -> Branches:
        return ends_of(self.network, self.bias)

    @cached_property
    def _shares(self) -> tuple[Array, Array]:
        if self.conductances is None:
            rows, cols = self.network.crossbar.shape
            return np.ones(rows), np.ones(cols)
        return shares_of_ends(self.network, self._ends, self.conductances)

    @cached_property
    def _books(self) -> Flows:
        network = self.network
        passive = [
            network.word_segments(), network.bit_segments(), network.word_shorts(), network.bit_shorts(), self._ends,
        ]  # fmt: skip
        every = [(network.cells(0.0), self.cells), *((branches, self._flow(branches)) for branches in passive)]
        return flows(network.size, self.voltages, every)

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

"""The static solution of a crossbar: voltages of all nodes, and what follows from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from pyspice_models.array.network import Branches, ResistiveNetwork
from pyspice_models.bench.scheme import Bias

Array = NDArray[np.float64]


def ends_of(network: ResistiveNetwork, bias: Bias) -> Branches:
    """From the sources to the lines: word lines, bit lines, then the far ends of both if they have any.

    The sources are numbered after the network's nodes. A transimpedance amplifier is its static input resistance,
    r_feedback/(1 + gain).
    """
    driver = network.crossbar.driver
    behind = driver.r_feedback / (1 + driver.gain) if driver.sense == "tia" else 0.0
    word = np.where(bias.word_driven, driver.r_driver + driver.r_contact, driver.r_off)
    bit = np.where(bias.bit_driven, driver.r_sense + driver.r_contact, driver.r_off) + behind
    ends = [network.word_terminals, network.bit_terminals]
    if driver.both_ends:
        ends += [network.words[:, -1], network.bits[0, :]]
    times = len(ends) // 2
    sources = np.tile(network.size + np.arange(len(word) + len(bit)), times)
    return Branches(sources, np.concatenate(ends), 1 / np.tile(np.concatenate([word, bit]), times))


@dataclass(frozen=True)
class StaticSolution:
    """Voltages and currents, SI units; what a reader does not ask for is not computed.

    Attributes:
        network: the crossbar's nodes.
        bias: that it was solved for.
        voltages: of all nodes, then of the sources of word and bit lines [V].
        cells: current from word to bit line through every cell, shape (rows, cols) [A].
        method: how it was solved, in words.
    """

    network: ResistiveNetwork
    bias: Bias
    voltages: Array
    cells: Array
    method: str

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

    # what an end carries is what its line's cells and shorts do: over a good driver the drop would be too coarse

    @cached_property
    def word_ends(self) -> Array:
        """Currents from the sources into the word lines, both ends together, shape (rows,)."""
        ends = self.cells.sum(axis=1)
        _pass_on(ends, [row for row, _ in self.network.crossbar.faults.shorted_words], self.word_shorts)
        return np.asarray(ends)

    @cached_property
    def bit_ends(self) -> Array:
        """Currents from the sources into the bit lines, shape (cols,); a sense circuit sees the negative."""
        ends = -self.cells.sum(axis=0)
        _pass_on(ends, [col for _, col in self.network.crossbar.faults.shorted_bits], self.bit_shorts)
        return np.asarray(ends)

    @cached_property
    def _books(self) -> tuple[float, float]:
        """Largest sum of the currents at a node [A], and what is dissipated [W]."""
        network, volts = self.network, self.voltages
        passive = [
            network.word_segments(), network.bit_segments(), network.word_shorts(), network.bit_shorts(),
            ends_of(network, self.bias),
        ]  # fmt: skip
        at_nodes, burnt = np.zeros(len(volts)), 0.0
        for branches, flow in [(network.cells(0.0), self.cells), *((b, self._flow(b)) for b in passive)]:
            for places, sign in ((branches.start, 1.0), (branches.stop, -1.0)):
                at_nodes += np.bincount(places.ravel(), sign * flow.ravel(), len(volts))
            burnt += float(((volts[branches.start] - volts[branches.stop]) * flow).sum())
        return float(np.abs(at_nodes[: network.size]).max()), burnt

    @property
    def gap(self) -> float:
        """Largest sum of the currents at a node [A]: 0 but for rounding and the solver's tolerance."""
        return self._books[0]

    @property
    def dissipated(self) -> float:
        """In cells, lines and shorts, and ends together [W]."""
        return self._books[1]


def _pass_on(ends: Array, lines: list[int], flow: Array) -> None:
    """What goes through a short is delivered by its line, and not by the next."""
    np.add.at(ends, np.array(lines, dtype=int), flow)
    np.subtract.at(ends, np.array(lines, dtype=int) + 1, flow)

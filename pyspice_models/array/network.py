"""The resistive part of a crossbar as branches between numbered nodes: lines with their faults, and cells."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pyspice_models.array import nodes
from pyspice_models.array.crossbar import Crossbar

Array = NDArray[np.float64]
Numbers = NDArray[np.intp]


@dataclass(frozen=True)
class Branches:
    """Conductances between nodes; a current counts as positive from `start` to `stop`.

    Attributes:
        start, stop: numbers of nodes, of one shape.
        conductance: of the same shape [S].
    """

    start: Numbers
    stop: Numbers
    conductance: Array


class ResistiveNetwork:
    """Nodes and lines of a crossbar between its terminals; what stands at the terminals is not in it.

    A line without resistance is one node, its terminal.

    Attributes:
        size: how many nodes.
        word_terminals, bit_terminals: numbers of nodes, shapes (rows,) and (cols,).
        words, bits: numbers of the lines' nodes at the crossings, shape (rows, cols).
    """

    def __init__(self, crossbar: Crossbar) -> None:
        """Number the nodes."""
        self.crossbar = crossbar
        rows, cols = crossbar.shape
        self.size = rows + cols
        self.word_terminals, self.bit_terminals = np.arange(rows), rows + np.arange(cols)
        self.words = self._crossings(crossbar.r_word, self.word_terminals[:, None])
        self.bits = self._crossings(crossbar.r_bit, self.bit_terminals[None, :])

    def _crossings(self, resistance: float, terminals: Numbers) -> Numbers:
        rows, cols = self.crossbar.shape
        if resistance == 0:
            return np.broadcast_to(terminals, (rows, cols))
        numbers = self.size + np.arange(rows * cols).reshape(rows, cols)
        self.size += rows * cols
        return numbers

    def names(self) -> list[str]:
        """Of all nodes by number, as in the decks."""
        bar, (rows, cols) = self.crossbar, self.crossbar.shape
        found = [nodes.word_terminal(r) for r in range(rows)] + [nodes.bit_terminal(c) for c in range(cols)]
        if bar.r_word > 0:
            found += [nodes.word_node(row, col) for row, col in bar.crossings()]
        if bar.r_bit > 0:
            found += [nodes.bit_node(row, col) for row, col in bar.crossings()]
        return found

    def cells(self, conductances: ArrayLike) -> Branches:
        """Cells as conductances [S], shape (rows, cols)."""
        return Branches(self.words, self.bits, np.broadcast_to(conductances, self.crossbar.shape))

    def word_segments(self) -> Branches:
        """Segments of the word lines, each before its crossing, shape (rows, cols); nothing for ideal lines."""
        bar = self.crossbar
        if bar.r_word == 0:
            return _none(bar.shape)
        before = np.column_stack([self.word_terminals, self.words[:, :-1]])
        return Branches(before, self.words, _segments(bar, bar.r_words[:, None], bar.faults.open_words))

    def bit_segments(self) -> Branches:
        """Segments of the bit lines, each after its crossing, shape (rows, cols); nothing for ideal lines."""
        bar = self.crossbar
        if bar.r_bit == 0:
            return _none(bar.shape)
        after = np.vstack([self.bits[1:], self.bit_terminals])
        return Branches(self.bits, after, _segments(bar, bar.r_bits, bar.faults.open_bits))

    def word_shorts(self) -> Branches:
        """Shorts from word lines to the next ones, in the order of `faults.shorted_words`."""
        return self._shorts(self.crossbar.faults.shorted_words, self.words, (1, 0))

    def bit_shorts(self) -> Branches:
        """Shorts from bit lines to the next ones, in the order of `faults.shorted_bits`."""
        return self._shorts(self.crossbar.faults.shorted_bits, self.bits, (0, 1))

    def _shorts(self, places: tuple[tuple[int, int], ...], line: Numbers, step: tuple[int, int]) -> Branches:
        here = np.array(places, dtype=int).reshape(-1, 2)
        there = here + step
        g = np.full(len(places), 1 / self.crossbar.faults.r_short)
        return Branches(line[tuple(here.T)], line[tuple(there.T)], g)


def _segments(crossbar: Crossbar, resistance: Array, broken: Collection[tuple[int, int]]) -> Array:
    g = np.broadcast_to(1 / resistance, crossbar.shape).copy()
    for place in broken:
        g[place] = crossbar.faults.g_open
    return g


def _none(shape: tuple[int, int]) -> Branches:
    """Segments of an ideal line: from a node to itself, without a current."""
    return Branches(np.zeros(shape, dtype=int), np.zeros(shape, dtype=int), np.zeros(shape))

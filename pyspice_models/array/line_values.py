"""Electrical values of a crossbar's lines, and the names of their nodes."""

from __future__ import annotations

from functools import cached_property

from pyspice_models.array import geometry, nodes
from pyspice_models.array.faults import Faults
from pyspice_models.array.wire import WireParams


class Lines:
    """What follows for the lines of an array from its wires, faults and temperature.

    Asked for at every step of a transient; the size effect in thin lines takes its time.
    """

    wire: WireParams
    faults: Faults
    temperature: float

    @cached_property
    def r_word(self) -> float:
        """Resistance of a word-line segment [ohm]."""
        return geometry.word_segment_resistance(self.wire, self.temperature)

    @cached_property
    def r_bit(self) -> float:
        """Resistance of a bit-line segment [ohm]."""
        return geometry.bit_segment_resistance(self.wire, self.temperature)

    @cached_property
    def c_word(self) -> float:
        """Capacitance of a word-line segment to the substrate [F]."""
        return geometry.word_segment_capacitance(self.wire)

    @cached_property
    def c_bit(self) -> float:
        """Capacitance of a bit-line segment to the substrate [F]."""
        return geometry.bit_segment_capacitance(self.wire)

    @cached_property
    def c_word_coupling(self) -> float:
        """Capacitance between segments of neighbouring word lines [F]."""
        return geometry.word_coupling(self.wire)

    @cached_property
    def c_bit_coupling(self) -> float:
        """Capacitance between segments of neighbouring bit lines [F]."""
        return geometry.bit_coupling(self.wire)

    def r_word_before(self, row: nodes.Index, col: nodes.Index) -> float:
        """Resistance of the word line's segment before a crossing, open or not [ohm]."""
        return 1 / self.faults.g_open if (row, col) in self.faults.open_words else self.r_word

    def r_bit_after(self, row: nodes.Index, col: nodes.Index) -> float:
        """Resistance of the bit line's segment after a crossing, open or not [ohm]."""
        return 1 / self.faults.g_open if (row, col) in self.faults.open_bits else self.r_bit

    def word_node(self, row: nodes.Index, col: nodes.Index) -> str:
        """Node of word line `row` at column `col`."""
        return nodes.word_node(row, col) if self.r_word > 0 else nodes.word_terminal(row)

    def bit_node(self, row: nodes.Index, col: nodes.Index) -> str:
        """Node of bit line `col` at row `row`."""
        return nodes.bit_node(row, col) if self.r_bit > 0 else nodes.bit_terminal(col)

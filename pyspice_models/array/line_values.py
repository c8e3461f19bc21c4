"""Electrical values of a crossbar's lines, and the names of their nodes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pyspice_models.array import geometry, nodes
from pyspice_models.array.driver import DriverParams
from pyspice_models.array.faults import Faults
from pyspice_models.array.instances.values import INSTANCES
from pyspice_models.array.wire import Side, WireParams

Array = NDArray[np.float64]


class Lines:
    """What follows for the lines of an array from its wires, faults and temperature.

    Asked for at every step of a transient; the size effect in thin lines takes its time.
    """

    rows: int
    cols: int
    wire: WireParams
    driver: DriverParams
    faults: Faults
    instances: Mapping[str, ArrayLike]
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
        if (row, col) in self.faults.open_words:
            return 1 / self.faults.g_open
        return float(self.r_words[cast(int, row)]) if "word_width" in self.instances else self.r_word

    def r_bit_after(self, row: nodes.Index, col: nodes.Index) -> float:
        """Resistance of the bit line's segment after a crossing, open or not [ohm]."""
        if (row, col) in self.faults.open_bits:
            return 1 / self.faults.g_open
        return float(self.r_bits[cast(int, col)]) if "bit_width" in self.instances else self.r_bit

    @property
    def lines_differ(self) -> bool:
        """Whether some segments of lines are not like the others: broken, or of a line of another width."""
        return self.faults.on_lines or not {"word_width", "bit_width"}.isdisjoint(self.instances)

    @cached_property
    def r_words(self) -> Array:
        """Resistance of a segment of each word line, shape (rows,) [ohm]."""
        return self._segments("word_width", "word", self.r_word, self.rows, geometry.word_segment_resistance)

    @cached_property
    def r_bits(self) -> Array:
        """Resistance of a segment of each bit line, shape (cols,) [ohm]."""
        return self._segments("bit_width", "bit", self.r_bit, self.cols, geometry.bit_segment_resistance)

    def _segments(
        self, name: str, side: Side, nominal: float, count: int, resistance: Callable[[WireParams, float], float]
    ) -> Array:  # fmt: skip
        if name not in self.instances:
            return np.full(count, nominal)
        widths = np.asarray(self.instances[name])
        if self.wire.resistance(side) is not None:  # one that is stated changes as that of a film would
            return np.asarray(nominal * self.wire.width / widths)
        return np.array([resistance(self.wire.replace(width=width), self.temperature) for width in widths.tolist()])

    def each(self, name: str) -> Array:
        """Values of `INSTANCES` of the ends of all lines, of those that have none of their own the common one."""
        one = INSTANCES[name]
        common = np.full(one.shape(self.rows, self.cols), getattr(self.driver, one.name))
        return np.asarray(self.instances.get(name, common), dtype=float)

    def word_node(self, row: nodes.Index, col: nodes.Index) -> str:
        """Node of word line `row` at column `col`."""
        return nodes.word_node(row, col) if self.r_word > 0 else nodes.word_terminal(row)

    def bit_node(self, row: nodes.Index, col: nodes.Index) -> str:
        """Node of bit line `col` at row `row`."""
        return nodes.bit_node(row, col) if self.r_bit > 0 else nodes.bit_terminal(col)

"""Sources, drivers and sense resistors of a crossbar, seen from the crossings they feed."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from pyspice_models.array import Crossbar
from pyspice_models.bench import Schedule, Waveform

Array = NDArray[np.float64]
Pair = tuple[Array, Array]


class Ends:
    """What feeds the lines at any moment.

    Attributes:
        scale: the smallest pulse of the program, which errors are measured against [V].
    """

    def __init__(self, crossbar: Crossbar, schedule: Schedule) -> None:
        """Lay the waveforms of all lines out over the same corners."""
        self.crossbar = crossbar
        driver = crossbar.driver
        self._r_on = driver.r_driver + driver.r_contact, driver.r_sense + driver.r_contact
        self._corners = np.array(schedule.corners)
        self._sources = self._table(schedule.word), self._table(schedule.bit)
        self._gates = self._table(schedule.word_gate), self._table(schedule.bit_gate)
        self.gated = not all(gate.is_constant for gate in [*schedule.word_gate, *schedule.bit_gate])
        self.scale = min((abs(w.voltage) for w in schedule.windows if w.voltage), default=1.0)
        # every moment is asked for several times in a step
        self.sources = lru_cache(maxsize=4)(self._sources_at)
        self.switches = lru_cache(maxsize=4)(self._switches_at)
        self.conductances = lru_cache(maxsize=4)(self._conductances_at)

    def _table(self, waves: Sequence[Waveform]) -> Array:
        """Values at the corners, shape (corner, line)."""
        return np.stack([wave.at(self._corners) for wave in waves], axis=1)

    def _at(self, tables: Pair, moment: float) -> Pair:
        place = int(np.searchsorted(self._corners, moment))
        if place == 0 or place == len(self._corners):
            row = min(place, len(self._corners) - 1)
            return tables[0][row], tables[1][row]
        share = (moment - self._corners[place - 1]) / (self._corners[place] - self._corners[place - 1])
        word, bit = ((1 - share) * table[place - 1] + share * table[place] for table in tables)
        return word, bit

    def _sources_at(self, moment: float) -> Pair:
        """Voltages of all sources, shapes (row,) and (col,) [V]."""
        return self._at(self._sources, moment)

    def _switches_at(self, moment: float) -> Pair:
        """Conductance of every driver and sense circuit, shapes (row,) and (col,) [S]."""
        off = 1 / self.crossbar.driver.r_off
        word, bit = self._at(self._gates, moment)
        return word / self._r_on[0] + (1 - word) * off, bit / self._r_on[1] + (1 - bit) * off

    def near(self, moment: float) -> Pair:
        """The same with the first segment in series."""
        word, bit = self.switches(moment)
        return 1 / (1 / word + self.crossbar.r_word), 1 / (1 / bit + self.crossbar.r_bit)

    def _conductances_at(self, moment: float) -> Pair:
        """Conductances to the sources at every crossing, both of shape (row, col) [S]."""
        word, bit = np.zeros(self.crossbar.shape), np.zeros(self.crossbar.shape)
        near = self.near(moment)
        word[:, 0] += near[0]
        bit[-1, :] += near[1]
        if self.crossbar.driver.both_ends:
            far = self.switches(moment)
            word[:, -1] += far[0]
            bit[0, :] += far[1]
        return word, bit

    def currents(self, moment: float, word: Array, bit: Array) -> Pair:
        """Currents from the sources into the crossings, both of shape (row, col) [A]."""
        g, (v_word, v_bit) = self.conductances(moment), self.sources(moment)
        return g[0] * (v_word[:, None] - word), g[1] * (v_bit[None, :] - bit)

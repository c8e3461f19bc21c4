"""What feeds the lines of a crossbar during a program, laid out for compiled loops."""

from __future__ import annotations

import math
from collections.abc import Sequence
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyspice_models.array import Crossbar
from pyspice_models.engine.nodal.ends import plain
from pyspice_models.engine.nodal.ends.base import SUMS, GateDrive, Terminals
from pyspice_models.engine.nodal.ends.plain import Devices, Drive, Held, Side, Table
from pyspice_models.engine.nodal.linear.segments import first_segments_of
from pyspice_models.stimulus import Schedule, Waveform

Array = NDArray[np.float64]

_READ = 5e-3  # [V] what is left of a pulse is seen by reads of this size


class Ends:
    """What feeds the lines at any moment.

    Attributes:
        functions: the compiled ones, see `base.py`.
        devices: what they need.
        scales: for each stretch the voltage that errors are measured against [V], see `_scales`.
        widest: largest voltage between any two sources, or one and ground, at any times [V].
        on, falls: for each stretch, whether lines stand on rails in it, and whether it is a falling edge.
        sums: how many energies there are, see `SUMS`.
        kept: how many numbers `keep` gives.
    """

    functions: ModuleType = plain
    devices: Any
    kept = 0

    def __init__(self, crossbar: Crossbar, schedule: Schedule) -> None:
        """Lay the waveforms of all lines out over the ends of the stretches."""
        driver, self._shape = crossbar.driver, crossbar.shape
        moments = np.array([0.0, *(stretch.stop for stretch in schedule.stretches)])
        word, bit, gates = (_table(waves, moments) for waves in (schedule.word, schedule.bit, schedule.gate))
        always = [Waveform(1.0)] * len(schedule.gate)
        each_gate = np.full(len(schedule.gate), driver.r_driver)
        sides, self._segments = [], first_segments_of(crossbar)
        for sources, driven, rails, r_on, segment in (
            (
                word,
                schedule.word_gate,
                [rail.word for rail in schedule.rails],
                crossbar.each("r_driver"),
                self._segments[0],
            ),
            (
                bit,
                schedule.bit_gate,
                [rail.bit for rail in schedule.rails],
                crossbar.each("r_sense"),
                self._segments[1],
            ),
            (gates, always, [rail.gate for rail in schedule.rails], each_gate, np.zeros(0)),
        ):
            closed = [table.values[:, table.columns] for table in (_table(waves, moments) for waves in rails)]
            switches = np.ascontiguousarray(np.stack(closed, axis=1)) if closed else np.zeros((len(moments), 0, 0))
            leaks = np.any(switches > 0, axis=0) / driver.r_off
            contact = driver.r_contact if len(segment) else 0.0  # gate lines have none
            sides.append(Side(sources, _table(driven, moments), switches, leaks, r_on + contact, segment))
        gated = not all(gate.is_constant for gate in [*schedule.word_gate, *schedule.bit_gate])
        self._gates = len(schedule.gate)
        self._rails = np.array([rail.voltage for rail in schedule.rails])
        (of_word, of_bit, of_gates), gated = sides, gated or bool(schedule.rails)
        self.devices = Devices(
            of_word, of_bit, of_gates, self._rails, 1 / driver.r_off, bool(driver.both_ends), gated, False, np.inf
        )
        height = sum(np.abs(table.values).sum(axis=1) for table in (word, bit))
        falls = height[1:] < height[:-1] * (1 - 1e-9)
        self.falls, self.on = falls.tolist(), (~falls & (height[1:] > 0)).tolist()
        if schedule.rails:  # a switch leaves its rail in mid-edge, and no current has to be guessed
            self.on = [on or (fall and not before) for on, fall, before in
                       zip(self.on, self.falls, [False, *self.falls], strict=False)]  # fmt: skip
            self.falls = [False] * len(falls)
        every = [table.values for table in (word, bit) if table.values.size] + [self._rails]
        self.widest = float(max(v.max(initial=0.0) for v in every) - min(v.min(initial=0.0) for v in every))
        self.scales = _scales(schedule)
        self.sums = len(SUMS) + sum(crossbar.shape) + max(len(self._rails) - 1, 0)

    def new_drive(self) -> Drive:
        """Arrays for what the sources do at a moment."""
        (rows, cols), rails = self._shape, len(self._rails)
        lines = np.zeros(rows), np.zeros(cols), np.zeros(rows), np.zeros(cols)
        gates = GateDrive(np.zeros(self._gates), np.zeros(self._gates), np.zeros((rails, self._gates)), self._rails)
        return Drive(*lines, np.zeros((rails, rows)), np.zeros((rails, cols)), gates)

    def at_rest(self) -> Any:
        """States of a moment, uncharged: none."""
        return Held(np.zeros(0))

    def new_start(self) -> Any:
        """Arrays for what a stage starts from: none."""
        return Held(np.zeros(0))

    def waves(self, word: Array, bit: Array, into: Terminals, powers: Array, kept: Array) -> dict[str, Array]:
        """What is recorded of the ends, in SPICE's sign of source currents.

        Args:
            word, bit: voltages of the lines, shape (time, row, col) [V].
            into: currents, with the time before the line [A].
            powers: shape (time, sum), see `SUMS`.
            kept: what `keep` gave, shape (time, ...).
        """
        rows, cols = self._shape
        first = len(SUMS)
        rails = {"i_rail": -powers[:, first + rows + cols :]} if len(self._rails) else {}
        return rails | {
            "v_word_terminal": word[:, :, 0] + into.word_near * self._segments[0],
            "v_bit_terminal": bit[:, -1] + into.bit_near * self._segments[1],
            "i_word_source": -powers[:, first : first + rows],
            "i_bit_source": -powers[:, first + rows : first + rows + cols],
        }


def _table(waves: Sequence[Waveform], moments: Array) -> Table:
    """Lines that are driven alike share one waveform, and here one column."""
    apart: dict[int, int] = {}
    columns = [apart.setdefault(id(wave), len(apart)) for wave in waves]
    table, known = np.empty((len(moments), len(apart))), dict(zip(columns, waves, strict=True))
    for column, wave in known.items():
        table[:, column] = wave.at(moments)
    return Table(table, np.array(columns, dtype=np.int64))


def _scales(schedule: Schedule) -> list[float]:
    """While a pulse stands on the lines, its voltage; at rest that of the smallest one so far, or of a small read [V].

    What is to come plays no part: what a pulse does is the same whatever follows it.
    """
    least, found, windows, number = _READ, [], schedule.windows, 0
    for stretch in schedule.stretches:
        middle = 0.5 * (stretch.start + stretch.stop)
        while number < len(windows) - 1 and windows[number].stop <= middle:
            number += 1
        volts = abs(windows[number].voltage)
        pulsed = math.isfinite(stretch.width) and volts > 0
        least = min(least, volts) if pulsed else least
        found.append(volts if pulsed else least)
    return found

"""Sources, drivers and sense resistors of a crossbar, seen from the crossings they feed."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pyspice_models.array import Crossbar
from pyspice_models.stimulus import Schedule, Waveform

Array = NDArray[np.float64]
Pair = tuple[Array, Array]


class Place(NamedTuple):
    """A moment, counted from the last one at which a source may bend: exact, however long the program has run.

    Attributes:
        stretch: number of the schedule's stretch that it lies in.
        since: time since its start [s], from 0 to its length.
    """

    stretch: int
    since: float


class Spent(NamedTuple):
    """Powers of everything but the cells at one moment, or energies since the start; with the sources' currents.

    Attributes:
        lines, ends: lost in segments, and in drivers and sense circuits [W] or [J].
        delivered: by all sources.
        moved: the same, every source without its sign.
        word, bit: currents that the sources of the lines deliver, shapes (row,) and (col,) [A], or charges [C].
        rails: likewise of the rails, shape (rail,); none where lines end on sources.
    """

    lines: float
    ends: float
    delivered: float
    moved: float
    word: Array
    bit: Array
    rails: Array

    def plus(self, weight: float, other: Spent) -> Spent:
        """With another one's share added."""
        return Spent(
            self.lines + weight * other.lines, self.ends + weight * other.ends,
            self.delivered + weight * other.delivered, self.moved + weight * other.moved,
            self.word + weight * other.word, self.bit + weight * other.bit,
            self.rails + weight * other.rails,
        )  # fmt: skip


class Table(NamedTuple):
    """Waves of the lines of one side at the ends of the stretches.

    Attributes:
        values: of waves that differ, shape (stretch + 1, wave).
        columns: of them for each line, shape (line,).
    """

    values: Array
    columns: NDArray[np.intp]


class Ends:
    """What feeds the lines at any moment.

    Attributes:
        scales: for each stretch the voltage that errors are measured against [V], see `_scales`.
        widest: largest voltage between any two sources, or one and ground, at any times [V].
        on, falls: for each stretch, whether lines stand on rails in it, and whether it is a falling edge.
    """

    def __init__(self, crossbar: Crossbar, schedule: Schedule) -> None:
        """Lay the waveforms of all lines out over the ends of the stretches."""
        self.crossbar = crossbar
        driver = crossbar.driver
        self._r_on = driver.r_driver + driver.r_contact, driver.r_sense + driver.r_contact
        self._lengths = [stretch.length for stretch in schedule.stretches]
        self._moments = np.array([0.0, *(stretch.stop for stretch in schedule.stretches)])
        self._sources = self._table(schedule.word), self._table(schedule.bit)
        self._gates = self._table(schedule.word_gate), self._table(schedule.bit_gate)
        self.gated = not all(gate.is_constant for gate in [*schedule.word_gate, *schedule.bit_gate])
        self._rails = np.array([rail.voltage for rail in schedule.rails])
        # switches of all rails, shapes (stretch + 1, rail, line)
        self._closed = tuple(
            np.stack([table.values[:, table.columns] for table in map(self._table, side)], axis=1)
            for side in ([rail.word for rail in schedule.rails], [rail.bit for rail in schedule.rails])
            if side
        )
        self.gated |= bool(schedule.rails)
        height = sum(np.abs(table.values).sum(axis=1) for table in self._sources)
        falls = height[1:] < height[:-1] * (1 - 1e-9)
        self.falls, self.on = falls.tolist(), (~falls & (height[1:] > 0)).tolist()
        if schedule.rails:  # a switch leaves its rail in mid-edge, and no current has to be guessed
            self.on = [on or (fall and not before) for on, fall, before in
                       zip(self.on, self.falls, [False, *self.falls], strict=False)]  # fmt: skip
            self.falls = [False] * len(falls)
        every = [table.values for table in self._sources if table.values.size] + [self._rails]
        self.widest = max(v.max(initial=0.0) for v in every) - min(v.min(initial=0.0) for v in every)
        # every moment is asked for several times in a step
        self.sources = lru_cache(maxsize=4)(self._sources_at)
        self.switches = lru_cache(maxsize=4)(self._switches_at)
        self.to_rails = lru_cache(maxsize=4)(self._to_rails)
        self.scales = _scales(schedule)

    def _table(self, waves: Sequence[Waveform]) -> Table:
        """Lines that are driven alike share one waveform, and here one column."""
        apart = {id(wave): wave for wave in waves}
        column = {wave: number for number, wave in enumerate(apart)}
        values = np.stack([wave.at(self._moments) for wave in apart.values()], axis=1)
        return Table(values, np.array([column[id(wave)] for wave in waves]))

    def _at(self, tables: tuple[Table, Table], place: Place) -> Pair:
        number, share = place.stretch, place.since / self._lengths[place.stretch]
        word, bit = (((1 - share) * values[number] + share * values[number + 1])[columns] for values, columns in tables)
        return word, bit

    def _sources_at(self, place: Place) -> Pair:
        """Voltages of all sources, shapes (row,) and (col,) [V]; of rails the mean that their switches make."""
        if not len(self._rails):
            return self._at(self._sources, place)
        word, bit = (self._rails @ side / side.sum(axis=0) for side in self.to_rails(place))
        return word, bit

    def _to_rails(self, place: Place) -> Pair:
        """Conductance of the switch from every rail to every line, shapes (rail, row) and (rail, col) [S]."""
        off, number = 1 / self.crossbar.driver.r_off, place.stretch
        share = place.since / self._lengths[number]
        closed = ((1 - share) * values[number] + share * values[number + 1] for values in self._closed)
        word, bit = (on / r_on + (1 - on) * off for on, r_on in zip(closed, self._r_on, strict=True))
        return word, bit

    def _switches_at(self, place: Place) -> Pair:
        """Conductance of every driver and sense circuit, shapes (row,) and (col,) [S]."""
        if len(self._rails):
            word, bit = (side.sum(axis=0) for side in self.to_rails(place))
            return word, bit
        off = 1 / self.crossbar.driver.r_off
        word, bit = self._at(self._gates, place)
        return word / self._r_on[0] + (1 - word) * off, bit / self._r_on[1] + (1 - bit) * off

    def near(self, place: Place) -> Pair:
        """The same with the first segment in series: to the first crossing of each line [S]."""
        word, bit = self.switches(place)
        return 1 / (1 / word + self.crossbar.r_word), 1 / (1 / bit + self.crossbar.r_bit)

    def far(self, place: Place) -> Pair:
        """Conductances at the other end of each line, 0 where there is no driver [S]."""
        word, bit = self.switches(place)
        return (word, bit) if self.crossbar.driver.both_ends else (np.zeros_like(word), np.zeros_like(bit))

    def spent(self, place: Place, lines: Pair, segments: float) -> Spent:
        """Powers in lines, ends and sources, given that of the segments between crossings [W]."""
        bar, (word, bit) = self.crossbar, lines
        near, far, volts = self.near(place), self.far(place), self.sources(place)
        first, last = (word[:, 0], bit[-1]), (word[:, -1], bit[0])
        lost = delivered = moved = 0.0
        currents, rails = [], np.zeros(len(self._rails))
        switches = self.to_rails(place) if len(rails) else None
        for side, resistance in ((0, bar.r_word), (1, bar.r_bit)):
            into = near[side] * (volts[side] - first[side])
            back = volts[side] - last[side]
            segments += float(resistance * (into @ into))
            if switches is not None:
                across = self._rails[:, None] - (first[side] + resistance * into)
                each = switches[side] * across
                currents.append(into)
                rails += each.sum(axis=1)
                lost += float(np.sum(each * across))
                continue
            lost += float(into @ (into / near[side] - resistance * into) + far[side] @ np.square(back))
            currents.append(into + far[side] * back)
            given = volts[side] * currents[side]
            delivered += float(given.sum())
            moved += float(np.abs(given).sum())
        if switches is not None:
            delivered, moved = float(self._rails @ rails), float(np.abs(self._rails * rails).sum())
        return Spent(segments, lost, delivered, moved, currents[0], currents[1], rails[1:])


def _scales(schedule: Schedule) -> list[float]:
    """While a pulse stands on the lines, its voltage; at rest that of the program's smallest pulse [V]."""
    least = min((abs(w.voltage) for w in schedule.windows if w.voltage), default=1.0)
    found, windows, number = [], schedule.windows, 0
    for stretch in schedule.stretches:
        middle = 0.5 * (stretch.start + stretch.stop)
        while number < len(windows) - 1 and windows[number].stop <= middle:
            number += 1
        pulsed = np.isfinite(stretch.width) and windows[number].voltage
        found.append(abs(windows[number].voltage) if pulsed else least)
    return found

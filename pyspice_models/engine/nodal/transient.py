"""Transient of a crossbar: TR-BDF2 with error control, restarted at every corner of a source.

Time counts from the last corner: an edge is followed as finely after a day as at the start, and the step knows nothing
of the length of the run.

Each step has two implicit stages with one matrix. The first is trapezoidal, the second a backward difference; together
they are of second order and damp what a corner excites. The difference to a third-order formula, filtered by the
matrix, controls the step. In every stage Newton's method with the matrix of the step's start: word lines are eliminated
exactly, bit lines solved by conjugate gradients (`schur.py`); the cells' states follow their voltages, cell by cell.
Sources: Bank et al., IEEE Trans. CAD 4 (1985) 436; Hosea and Shampine, Appl. Numer. Math. 20 (1996) 21.
"""

from __future__ import annotations

import math
import time as clock
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pyspice_models.accuracy import Accuracy
from pyspice_models.array import Crossbar
from pyspice_models.engine.nodal.assembly import assembled
from pyspice_models.engine.nodal.crossings.base import Crossings
from pyspice_models.engine.nodal.crossings.own import Own
from pyspice_models.engine.nodal.ends.base import SUMS, Terminals
from pyspice_models.engine.nodal.ends.circuits import ends_of
from pyspice_models.engine.nodal.linear.along import capacitances_of, shunts_of
from pyspice_models.engine.nodal.linear.gradients import Matrix, Room
from pyspice_models.engine.nodal.linear.segments import segments_of
from pyspice_models.engine.nodal.linear.shorts import Shorts
from pyspice_models.engine.nodal.stages import Core, Moment
from pyspice_models.errors import SimulationError
from pyspice_models.stimulus import Schedule

Array = NDArray[np.float64]

_STAGE = float(1 - np.sqrt(0.5))  # share of a step that each implicit stage spans
_WEIGHT = float(np.sqrt(0.5) / 2)  # weight of the first two slopes in a step
_ERROR = (_WEIGHT - (1 - _WEIGHT) / 3, _WEIGHT - (3 * _WEIGHT + 1) / 3, _STAGE - _STAGE / 3)
_FIRST = 0.05  # first step after a corner, as a share of an edge
_LEAST = 1e-12  # of the first step: what fails with a step so short fails with any
_NEWTON = 2e-2  # times reltol: corrections that are not worth making
_CONTRACTION = 0.1  # of Newton's corrections, before the first two tell


class Place(NamedTuple):
    """A moment, counted from the last one at which a source may bend: exact, however long the program has run.

    Attributes:
        stretch: number of the schedule's stretch that it lies in.
        since: time since its start [s], from 0 to its length.
    """

    stretch: int
    since: float


@dataclass
class Point:
    """What is recorded of one moment.

    Attributes:
        place: when.
        time: the same as a float [s], rounded with the time since the program's start.
        word, bit: voltages of the lines, shape (row, col) [V].
        planes: of the devices, see `keep` in `crossings/base.py`.
        into: currents from the ends [A].
        ends: what else is recorded of them, see `keep` in `ends/base.py`.
        powers: of everything but the cells, see `SUMS` [W], [A].
        books: energies and charges since the start, likewise [J], [C].
        cells, selectors: energies lost in them since the start, shape (row, col) [J]; no selectors: shape (0, 0).
        drawn: charges that the sources have delivered while their lines stood on rails, shapes (row,), (col,) [C].
    """

    place: Place
    time: float
    word: Array
    bit: Array
    planes: Array
    into: Terminals
    ends: Array
    powers: Array
    books: Array
    cells: Array
    selectors: Array
    drawn: tuple[Array, Array]


class Transient:
    """One run.

    Attributes:
        effort: how many matrices were factored and solved with, and what iterations that took.
    """

    def __init__(self, crossbar: Crossbar, schedule: Schedule, accuracy: Accuracy) -> None:
        """Lay out lines, cells and sources."""
        self.crossbar, self.schedule, self.accuracy = crossbar, schedule, accuracy
        self.ends = ends_of(crossbar, schedule)
        self.crossings: Crossings = Own(crossbar, crossbar.populations[0], self.ends.widest)
        self.compiled = assembled(self.crossings.functions, self.ends.functions)
        shape = crossbar.shape
        near = Terminals.of(shape)
        branch, shunts, *pivots = (np.zeros(shape) for _ in range(4))
        capacitances = capacitances_of(crossbar)
        matrix = Matrix(branch, *segments_of(crossbar), *near, shunts, *pivots, Shorts.of(crossbar))
        self.core = Core(
            self.crossings.devices, self.ends.devices, capacitances, *shunts_of(capacitances, shape), matrix, near,
            Terminals.of(shape), Room.of(shape), self.crossings.new_start(), self.ends.new_start(),
            *(np.zeros(shape) for _ in range(6)),
        )  # fmt: skip
        self._moments = [self._new_moment() for _ in range(3)]
        self.contraction = _CONTRACTION
        self.effort = {"matrices": 0, "solutions": 0, "iterations": 0}
        self._cells = np.zeros(shape)
        self._selectors = np.zeros(shape if "selectors" in self.crossings.losses else (0, 0))
        self._books, self._drawn = np.zeros(self.ends.sums), (np.zeros(shape[0]), np.zeros(shape[1]))

    def _new_moment(self) -> Moment:
        """At rest, uncharged."""
        shape = self.crossbar.shape
        return Moment(
            *(np.zeros(shape) for _ in range(4)), self.crossings.at_rest(), self.ends.new_drive(), self.ends.at_rest(),
            Terminals.of(shape), np.zeros(self.ends.sums),
        )  # fmt: skip

    def run(self, deadline: float, progress: Callable[[float], None] | None, keep: Callable[[Point], None]) -> None:
        """Integrate from rest to the end of the schedule; `keep` is given the end of every step, and the start.

        Raises:
            SimulationError: the step became too small, or the deadline (of `time.monotonic`) passed.
        """
        keep(self._point(Place(0, 0.0)))
        for number, stretch in enumerate(self.schedule.stretches):
            place = Place(number, 0.0)
            if stretch.bends:
                step = first = min(_FIRST * self.crossbar.driver.t_edge, stretch.length)
            longest = stretch.width / self.accuracy.steps_per_pulse
            while (left := stretch.length - place.since) > 0:
                if clock.monotonic() > deadline:
                    now, stop = self._time(place), self.schedule.stop
                    raise SimulationError(f"the nodal engine reached its time limit at {now:g} s of {stop:g} s")
                step = min(step, longest)
                # the last step ends on the corner; two even steps rather than a long and a tiny one
                step = left if step > left * (1 - 1e-9) else min(step, left / 2) if step > left / 2 else step
                place, step = self._advance(place, step, _LEAST * first)
                point = self._point(place)
                keep(point)
                if progress is not None:
                    progress(point.time / self.schedule.stop)

    def _point(self, place: Place) -> Point:
        """What is recorded of the moment that the run stands at."""
        now = self._moments[0]
        planes = np.full((self.crossings.planes, *self.crossbar.shape), np.nan)
        self.crossings.functions.keep(self.core.devices, 0, len(now.word), now.held, planes)
        into, ends = Terminals(*(part.copy() for part in now.into)), np.zeros(self.ends.kept)
        self.ends.functions.keep(self.core.ends, now.end, ends)
        return Point(
            place, self._time(place), now.word.copy(), now.bit.copy(), planes, into, ends, now.powers.copy(),
            self._books.copy(), self._cells.copy(), self._selectors.copy(), self._drawn,
        )  # fmt: skip

    def _advance(self, place: Place, step: float, least: float) -> tuple[Place, float]:
        """End of an accepted step, and the length to try next."""
        while True:
            error = self._try(place, step)
            if math.isfinite(error):
                scale = 0.9 * max(error, 1e-4) ** (-1 / 3)
                if error <= 1:
                    return self._accept(place, step), step * min(scale, 3.0)
                step *= max(scale, 0.2)
            else:
                step *= 0.25
            if step < least or place.since + step == place.since:
                raise SimulationError(
                    f"the nodal engine's step became too small at {self._time(place):g} s ({step:g} s)"
                )

    def _later(self, place: Place, step: float) -> Place:
        """The moment a step after another one, in the same stretch."""
        since, length = place.since + step, self.schedule.stretches[place.stretch].length
        return Place(place.stretch, length if since > length * (1 - 1e-9) else since)

    def _time(self, place: Place) -> float:
        """The float that stands for a moment; that of a stretch's end for no other [s]."""
        stretch = self.schedule.stretches[place.stretch]
        if place.since == stretch.length:
            return stretch.stop
        return min(stretch.start + place.since, math.nextafter(stretch.stop, 0.0))

    def _try(self, place: Place, step: float) -> float:
        """A step without judgement: its error as a multiple of what is allowed; NaN if Newton fails."""
        point, middle, end = self._moments
        stage, core = step * _STAGE, self.core
        for later, moment in ((2 * stage, middle), (step, end)):
            then = self._later(place, later)
            share = then.since / self.schedule.stretches[place.stretch].length
            self.ends.functions.at(core.ends, place.stretch, share, moment.drive)
        self.compiled.store(core, point)
        self._renew(stage, middle, point)
        if not self.solve_stage(stage, 1.0, point, 0.0, point, middle, place):
            return math.nan
        if core.ends.gated:
            self._renew(stage, end, point)
        share = _WEIGHT / _STAGE
        if not self.solve_stage(stage, share, point, share, middle, end, place):
            return math.nan
        return self.step_error(step, stage, (point, middle, end), place)

    def _renew(self, stage: float, drive: Moment, at: Moment) -> None:
        """A new matrix."""
        self.compiled.renew(self.core, stage, drive.drive, at)
        self.effort["matrices"] += 1

    def _count(self, solutions: int, iterations: int) -> None:
        self.effort["solutions"] += solutions
        self.effort["iterations"] += iterations

    def solve_stage(
        self, stage: float, a: float, one: Moment, b: float, two: Moment, now: Moment, place: Place
    ) -> bool:  # fmt: skip
        """One implicit stage of a step from `place`, see `stages.py`; whether Newton's method settled."""
        allowed = _NEWTON * self.accuracy.reltol * self.ends.scales[place.stretch]
        found = self.compiled.solve_stage(self.core, stage, a, one, b, two, now, allowed, self.contraction)
        self.contraction = found.contraction
        self._count(found.solutions, found.iterations)
        return bool(found.solved)

    def step_error(self, step: float, stage: float, moments: tuple[Moment, Moment, Moment], place: Place) -> float:
        """Difference to the third-order formula, as a multiple of what is allowed."""
        reltol, scale = self.accuracy.reltol, self.ends.scales[place.stretch]
        shares: list[Any] = [part for e, moment in zip(_ERROR, moments, strict=True) for part in (step * e, moment)]
        error, taken = self.compiled.step_error(self.core, stage, *shares, reltol, reltol * scale)
        self._count(1, taken)
        return float(error)

    def _accept(self, place: Place, step: float) -> Place:
        """The books of a step, with the weights of the formula: then sources, losses and charges agree."""
        point, middle, end = self._moments
        weight, stage, before = step * _WEIGHT, step * _STAGE, self._books
        self._books = before + (weight * (point.powers + middle.powers) + stage * end.powers)
        self.crossings.functions.spend(
            self.core.devices, 0, len(point.word), weight, point.held, weight, middle.held, stage, end.held,
            self._cells, self._selectors,
        )  # fmt: skip
        self._drawn = self._drawn_after(place, point.powers, self._books - before)
        self._moments = [end, middle, point]
        return self._later(place, step)

    def _drawn_after(self, place: Place, powers: Array, gained: Array) -> tuple[Array, Array]:
        """Charges from rails up to the end of a step, see `measure/supply.py`."""
        number, rows, lines = place.stretch, self.crossbar.rows, sum(self.crossbar.shape)
        if self.ends.falls[number] and place.since == 0:
            gained = 0.5 * self.schedule.stretches[number].length * powers
        elif not self.ends.on[number]:
            return self._drawn
        charges = gained[len(SUMS) : len(SUMS) + lines]
        return self._drawn[0] + charges[:rows], self._drawn[1] + charges[rows:]

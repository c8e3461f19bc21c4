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
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pyspice_models.accuracy import Accuracy
from pyspice_models.array import Crossbar
from pyspice_models.engine.nodal import cell_sweeps, stages
from pyspice_models.engine.nodal.cells import Cells
from pyspice_models.engine.nodal.ends import Ends, Place, Spent
from pyspice_models.engine.nodal.law_maps import law_maps
from pyspice_models.engine.nodal.linear.gradients import Matrix, Room, factor
from pyspice_models.engine.nodal.linear.shorts import Shorts
from pyspice_models.engine.nodal.stages import Capacitances, Cell
from pyspice_models.errors import SimulationError
from pyspice_models.stimulus import Schedule

Array = NDArray[np.float64]
Pair = tuple[Array, Array]
"""Of the word side and of the bit side, at every crossing, both of shape (row, col)."""

_STAGE = 1 - np.sqrt(0.5)  # share of a step that each implicit stage spans
_WEIGHT = np.sqrt(0.5) / 2  # weight of the first two slopes in a step
_ERROR = (_WEIGHT - (1 - _WEIGHT) / 3, _WEIGHT - (3 * _WEIGHT + 1) / 3, _STAGE - _STAGE / 3)
_VOLTS = 1.0  # times reltol, on the lines: with it the drivers' energy is within 0.1 % by default
_STATES = 0.005  # times reltol: a pulse moves a state by a thousandth or less, and it is the change that is looked at
_FIRST = 0.05  # first step after a corner, as a share of an edge
_LEAST = 1e-12  # of the first step: what fails with a step so short fails with any
_REACH = 1.1  # of the largest voltage between any two sources: maps of the law end there
_NEWTON = 2e-2  # times reltol: corrections that are not worth making
_CONTRACTION = 0.1  # of Newton's corrections, before the first two tell


@dataclass
class Point:
    """Everything at one moment; arrays of shape (row, col).

    Attributes:
        place: when.
        time: the same as a float [s], rounded with the time since the program's start.
        lines: voltages of both sides [V].
        w, x, q: states of the cells, and voltage on the ionic capacitance [V].
        g_int, g_fil: the cells' conductances at 0 V for these states [S].
        flow: currents into the crossings, charging currents left out [A].
        rates: time derivatives of w, x, q.
        power: lost in the cells [W].
        spent: powers of everything else.
        cells: energy lost in the cells since the start [J].
        books: likewise of everything else.
        drawn: charges that the sources have delivered while their lines stood on rails, shapes (row,), (col,) [C].
    """

    place: Place
    time: float
    lines: Pair
    w: Array
    x: Array
    q: Array
    g_int: Array
    g_fil: Array
    flow: Pair
    rates: tuple[Array, Array, Array]
    power: Array
    spent: Spent
    cells: Array
    books: Spent
    drawn: Pair


class Transient:
    """One run.

    Attributes:
        effort: how many matrices were factored and solved with, and what iterations that took.
    """

    def __init__(self, crossbar: Crossbar, schedule: Schedule, accuracy: Accuracy) -> None:
        """Lay out lines, cells and sources."""
        self.crossbar, self.schedule, self.accuracy = crossbar, schedule, accuracy
        self.cells, self.ends = Cells(crossbar), Ends(crossbar, schedule)
        self.table, self.fastest = self.cells.table(), self.cells.fastest()
        self.maps = law_maps(self.table, _REACH * self.ends.widest)
        self.g_word, self.g_bit = (1 / r if r > 0 else np.inf for r in (crossbar.r_word, crossbar.r_bit))
        self.capacitances = Capacitances(
            crossbar.c_word, crossbar.c_bit, crossbar.c_word_coupling, crossbar.c_bit_coupling
        )  # fmt: skip
        self.shunts = (
            crossbar.c_word + crossbar.c_word_coupling * _count_neighbours(crossbar.shape, 0),
            crossbar.c_bit + crossbar.c_bit_coupling * _count_neighbours(crossbar.shape, 1),
        )
        shape = crossbar.shape
        self._room, self._branch, self._shorts = Room.of(shape), np.empty(shape), Shorts.of(crossbar)
        self._pivots = np.empty(shape), np.empty(shape), np.empty(shape)
        self._charge, self._base, self._scratch = ((np.empty(shape), np.empty(shape)) for _ in range(3))
        self.contraction = _CONTRACTION
        self.effort = {"matrices": 0, "solutions": 0, "iterations": 0}

    def run(self, deadline: float, progress: Callable[[float], None] | None, keep: Callable[[Point], None]) -> None:
        """Integrate from rest to the end of the schedule; `keep` is given the end of every step, and the start.

        Raises:
            SimulationError: the step became too small, or the deadline (of `time.monotonic`) passed.
        """
        point = self._start()
        keep(point)
        for number, stretch in enumerate(self.schedule.stretches):
            point = replace(point, place=Place(number, 0.0))
            if stretch.bends:
                step = first = min(_FIRST * self.crossbar.driver.t_edge, stretch.length)
            longest = stretch.width / self.accuracy.steps_per_pulse
            while (left := stretch.length - point.place.since) > 0:
                if clock.monotonic() > deadline:
                    raise SimulationError(
                        f"the nodal engine reached its time limit at {point.time:g} s of {self.schedule.stop:g} s"
                    )
                step = min(step, longest)
                # the last step ends on the corner; two even steps rather than a long and a tiny one
                step = left if step > left * (1 - 1e-9) else min(step, left / 2) if step > left / 2 else step
                point, step = self._advance(point, step, _LEAST * first)
                keep(point)
                if progress is not None:
                    progress(point.time / self.schedule.stop)

    def _start(self) -> Point:
        """At rest, uncharged."""
        shape = self.crossbar.shape
        zero, w, x = np.zeros(shape), self.cells.w0.copy(), self.cells.x0.copy()
        g_int, g_fil = np.empty(shape), np.empty(shape)
        cell_sweeps.conductances(w, x, self.table, g_int, g_fil)
        drawn = np.zeros(shape[0]), np.zeros(shape[1])
        none = Spent(0.0, 0.0, 0.0, 0.0, *drawn, np.zeros(max(len(self.schedule.rails) - 1, 0)))
        at_rest = (zero, zero), w, x, zero, g_int, g_fil, (zero, zero), (zero,) * 3, zero, none, zero, none, drawn
        return Point(Place(0, 0.0), 0.0, *at_rest)

    def _advance(self, point: Point, step: float, least: float) -> tuple[Point, float]:
        """End of an accepted step, and the length to try next."""
        while True:
            tried = self._try(point, step)
            if tried is not None:
                end, error = tried
                scale = 0.9 * max(error, 1e-4) ** (-1 / 3)
                if error <= 1:
                    return end, step * min(scale, 3.0)
                step *= max(scale, 0.2)
            else:
                step *= 0.25
            if step < least or point.place.since + step == point.place.since:
                raise SimulationError(f"the nodal engine's step became too small at {point.time:g} s ({step:g} s)")

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

    def _try(self, point: Point, step: float) -> tuple[Point, float] | None:
        """A step without judgement: its end, and its error as a multiple of what is allowed; None if Newton fails."""
        stage = step * _STAGE
        middle_place, end_place = self._later(point.place, 2 * stage), self._later(point.place, step)
        cell_sweeps.slopes(*point.lines, point.g_int, point.g_fil, stage, self.table, self.maps, self._branch)
        matrix = self._matrix(middle_place, stage)
        stages.stored(*point.lines, self.capacitances, self.table, *self._charge)
        base = self._based(stage, 1.0, point, 0.0, point)
        start = _ahead(point, stage, point.rates)
        middle = self.solve_stage(matrix, stage, middle_place, base, point, start)
        if middle is None:
            return None
        share = _WEIGHT / _STAGE
        base = self._based(stage, share, point, share, middle)
        both = [a + b for a, b in zip(point.rates, middle.rates, strict=True)]
        start = _ahead(point, step * _WEIGHT, both)
        if self.ends.gated:
            matrix = self._matrix(end_place, stage)
        end = self.solve_stage(matrix, stage, end_place, base, middle, start)
        if end is None:
            return None
        # power sums with the weights of the formula: then sources, losses and charges agree
        weight = step * _WEIGHT
        end.cells = point.cells + weight * (point.power + middle.power) + stage * end.power
        end.books = point.books.plus(weight, point.spent).plus(weight, middle.spent).plus(stage, end.spent)
        end.drawn = self._drawn(point, end)
        error = self.step_error(matrix, step, stage, (point, middle, end))
        return (end, error) if math.isfinite(error) else None

    def _based(self, stage: float, a: float, first: Point, b: float, second: Point) -> Pair:
        """What a stage starts from at every crossing: charge over the stage, and shares of earlier currents [A]."""
        for side, out in enumerate(self._base):
            stages.mixed(1 / stage, self._charge[side], a, first.flow[side], b, second.flow[side], out)
        return self._base

    def _drawn(self, point: Point, end: Point) -> Pair:
        """Charges from rails up to the end of a step, see `measure/supply.py`."""
        number = point.place.stretch
        before, after = ((books.word, books.bit) for books in (point.books, end.books))
        if self.ends.on[number]:
            gained = [a - b for a, b in zip(after, before, strict=True)]
        elif self.ends.falls[number] and point.place.since == 0:
            gained = [0.5 * self.schedule.stretches[number].length * c for c in (point.spent.word, point.spent.bit)]
        else:
            return point.drawn
        return point.drawn[0] + gained[0], point.drawn[1] + gained[1]

    def _matrix(self, place: Place, stage: float) -> Matrix:
        """Of the lines and of the cells as they stand, over a stage. Couplings between lines stand in its diagonal
        alone: Newton's method makes up for the rest."""
        near, far = self.ends.near(place), self.ends.far(place)
        matrix = Matrix(
            self._branch, self.g_word, self.g_bit, near[0], far[0], near[1], far[1], *self._pivots,
            self._shorts,
        )  # fmt: skip
        factor(matrix, *self.shunts, stage)
        self.effort["matrices"] += 1
        return matrix

    def _count(self, solutions: int, iterations: int) -> None:
        self.effort["solutions"] += solutions
        self.effort["iterations"] += iterations

    def solve_stage(
        self, matrix: Matrix, stage: float, place: Place, base: Pair, guess: Point,
        start: tuple[Array, Array, Array],
    ) -> Point | None:  # fmt: skip
        """Solve charge(y) / stage = base + flow(y) for the lines, with the cells' states following."""
        lines = guess.lines[0].copy(), guess.lines[1].copy()
        empty = (np.empty_like(part) for part in (guess.q, guess.q, *guess.flow))
        cell = Cell(
            guess.w.copy(), guess.x.copy(), guess.q.copy(), guess.g_int.copy(), guess.g_fil.copy(), next(empty),
            next(empty),
        )  # fmt: skip
        flow = next(empty), next(empty)
        found = stages.solve_stage(
            matrix, self._room, stage, *self.ends.sources(place), self.capacitances, self.table, self.maps,
            self.cells.quiet_below(self.fastest, stage), *base, *start,
            _NEWTON * self.accuracy.reltol * self.ends.scales[place.stretch], self.contraction, *lines, cell, *flow,
            *self._scratch,
        )  # fmt: skip
        self.contraction = found.contraction
        self._count(found.solutions, found.iterations)
        if not found.solved:
            return None
        rates = (cell.w - start[0]) / stage, (cell.x - start[1]) / stage, (cell.q - start[2]) / stage
        spent = self.ends.spent(place, lines, found.lost)
        return Point(
            place, self._time(place), lines, cell.w, cell.x, cell.q, cell.g_int, cell.g_fil, flow, rates, cell.power,
            spent, guess.cells, guess.books, guess.drawn,
        )  # fmt: skip

    def step_error(self, matrix: Matrix, step: float, stage: float, points: tuple[Point, Point, Point]) -> float:
        """Difference to the third-order formula, as a multiple of what is allowed."""
        number, reltol = points[2].place.stretch, self.accuracy.reltol
        volt = reltol * self.ends.scales[number]
        words, bits = (tuple(p.flow[side] for p in points) for side in (0, 1))
        lines, taken = stages.lines_error(
            matrix, self._room, *(step * e / stage for e in _ERROR), words, bits, *self._scratch
        )  # fmt: skip
        self._count(1, taken)
        a, b, c = (step * e for e in _ERROR)
        rates = zip(*(point.rates for point in points), strict=True)
        w, x, q = (stages.largest_mixed(a, one, b, two, c, three, self._scratch[0]) for one, two, three in rates)
        slow = 1 + stage / float(np.max(self.cells.equations.ion_branch.tau))
        return float(np.max([lines / (_VOLTS * volt), w / (_STATES * reltol), x / (_STATES * reltol), q / slow / volt]))


def _ahead(point: Point, step: float, rates: tuple[Array, ...] | list[Array]) -> tuple[Array, Array, Array]:
    """States after an explicit part of a step."""
    w, x, q = (s + step * r for s, r in zip((point.w, point.x, point.q), rates, strict=True))
    return w, x, q


def _count_neighbours(shape: tuple[int, int], axis: int) -> Array:
    """Lines next to each crossing's line along `axis`, shape (row, col)."""
    count = np.zeros(shape)
    place = np.arange(shape[axis])
    beside = (place > 0).astype(float) + (place < shape[axis] - 1)
    return count + (beside[:, None] if axis == 0 else beside[None, :])

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
from pyspice_models.engine.nodal import cell_sweeps
from pyspice_models.engine.nodal.cells import Cells
from pyspice_models.engine.nodal.ends import Ends, Place, Spent
from pyspice_models.engine.nodal.linear.schur import Schur, Side
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
_NEWTON = 12
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
    """One run."""

    def __init__(self, crossbar: Crossbar, schedule: Schedule, accuracy: Accuracy) -> None:
        """Lay out lines, cells and sources."""
        self.crossbar, self.schedule, self.accuracy = crossbar, schedule, accuracy
        self.cells, self.ends = Cells(crossbar), Ends(crossbar, schedule)
        self.table, self.fastest = self.cells.table(), self.cells.fastest()
        self.g_word, self.g_bit = (1 / r if r > 0 else np.inf for r in (crossbar.r_word, crossbar.r_bit))
        self.shunts = (
            crossbar.c_word + crossbar.c_word_coupling * _count_neighbours(crossbar.shape, 0),
            crossbar.c_bit + crossbar.c_bit_coupling * _count_neighbours(crossbar.shape, 1),
        )
        self.contraction = _CONTRACTION

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
        zero, w, x = np.zeros(shape), self.cells.w0, self.cells.x0
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
        branch = np.empty_like(point.w)
        cell_sweeps.slopes(*point.lines, point.g_int, point.g_fil, stage, self.table, branch)
        charge = self._charge(point.lines)
        matrix = self._matrix(middle_place, branch, stage)
        start = _ahead(point, stage, point.rates)
        middle = self.solve_stage(matrix, stage, middle_place, charge, point.flow, point, start)
        if middle is None:
            return None
        share = _WEIGHT / _STAGE
        known = share * (point.flow[0] + middle.flow[0]), share * (point.flow[1] + middle.flow[1])
        both = [a + b for a, b in zip(point.rates, middle.rates, strict=True)]
        start = _ahead(point, step * _WEIGHT, both)
        if self.ends.gated:
            matrix = self._matrix(end_place, branch, stage)
        end = self.solve_stage(matrix, stage, end_place, charge, known, middle, start)
        if end is None:
            return None
        # power sums with the weights of the formula: then sources, losses and charges agree
        weight = step * _WEIGHT
        end.cells = point.cells + weight * (point.power + middle.power) + stage * end.power
        end.books = point.books.plus(weight, point.spent).plus(weight, middle.spent).plus(stage, end.spent)
        end.drawn = self._drawn(point, end)
        error = self.step_error(matrix, step, stage, (point, middle, end))
        return (end, error) if math.isfinite(error) else None

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

    def _matrix(self, place: Place, branch: Array, stage: float) -> Schur:
        """Of the lines and of cells that carry `branch` [S], over a stage. Couplings between lines stand in its
        diagonal alone: Newton's method makes up for the rest."""
        near, far = self.ends.near(place), self.ends.far(place)
        word = Side(self.g_word, near[0], far[0], self.shunts[0] / stage)
        bit = Side(self.g_bit, near[1], far[1], self.shunts[1] / stage)
        return Schur(word, bit, branch, always_grid=False)

    def solve_stage(
        self, matrix: Schur, stage: float, place: Place, charge: Pair, known: Pair, guess: Point,
        start: tuple[Array, Array, Array],
    ) -> Point | None:  # fmt: skip
        """Solve charge(y) - charge = stage (known + flow(y)) for the lines, with the cells' states following."""
        lines, allowed = guess.lines, 1e-3 * self.accuracy.reltol * self.ends.scale
        w, x, q = guess.w.copy(), guess.x.copy(), np.empty_like(guess.q)
        g_int, g_fil = guess.g_int.copy(), guess.g_fil.copy()
        current, power = np.empty_like(q), np.empty_like(q)
        quiet = self.cells.quiet_below(self.fastest, stage)
        largest = 0.0
        for turn in range(_NEWTON):
            cell_sweeps.follow(
                *lines, *start, stage, self.table, quiet, w, x, q, g_int, g_fil, current, power
            )  # fmt: skip
            flow, spent = self._flow(place, lines, current)
            if turn > 0 and largest * self.contraction < allowed * (1 - self.contraction):
                rates = (w - start[0]) / stage, (x - start[1]) / stage, (q - start[2]) / stage
                return Point(
                    place, self._time(place), lines, w, x, q, g_int, g_fil, flow, rates, power, spent, guess.cells,
                    guess.books, guess.drawn,
                )  # fmt: skip
            stored = self._charge(lines)
            residual = [known[side] + flow[side] - (stored[side] - charge[side]) / stage for side in (0, 1)]
            if not math.isfinite(residual[0].sum() + residual[1].sum()):
                return None  # a correction went where cells' laws overflow: a shorter step starts nearer
            change = matrix.solve(residual[0], residual[1], 1e-4)
            lines = lines[0] + change[0], lines[1] + change[1]
            before, largest = largest, max(float(np.abs(part).max()) for part in change)
            if not np.isfinite(largest):
                return None
            if before > 0 and largest > 0:
                self.contraction = min(max(largest / before, 1e-4), 0.5)
        return None

    def _flow(self, place: Place, lines: Pair, current: Array) -> tuple[Pair, Spent]:
        """Currents into the crossings from sources, segments and cells, and the powers that go with them."""
        near, far, volts = self.ends.near(place), self.ends.far(place), self.ends.sources(place)
        into = np.empty_like(current), np.empty_like(current)
        lost = cell_sweeps.line_currents(
            *lines, current, self.g_word, self.g_bit, near[0], far[0], near[1], far[1], *volts, *into
        )
        return into, self.ends.spent(place, lines, lost)

    def _charge(self, lines: Pair) -> Pair:
        """Charge at every crossing from all capacitances."""
        bar = self.crossbar
        on_word, on_bit = np.empty_like(lines[0]), np.empty_like(lines[1])
        cell_sweeps.charges(*lines, bar.c_word, bar.c_bit, self.table, on_word, on_bit)
        _add_neighbours(lines[0], bar.c_word_coupling, 0, on_word)
        _add_neighbours(lines[1], bar.c_bit_coupling, 1, on_bit)
        return on_word, on_bit

    def step_error(self, matrix: Schur, step: float, stage: float, points: tuple[Point, Point, Point]) -> float:
        """Difference to the third-order formula, as a multiple of what is allowed."""
        weights = [step * weight for weight in _ERROR]
        word, bit = (sum(w * p.flow[side] for w, p in zip(weights, points, strict=True)) / stage for side in (0, 1))
        volt, reltol = self.accuracy.reltol * self.ends.scale, self.accuracy.reltol
        w, x, q = (sum(w * p.rates[n] for w, p in zip(weights, points, strict=True)) for n in range(3))
        tau = self.cells.equations.ion_branch.tau
        shares = [part / (_VOLTS * volt) for part in matrix.solve(word, bit, 1e-2)]
        shares += [w / (_STATES * reltol), x / (_STATES * reltol), q / (1 + stage / tau) / volt]
        return float(np.max([np.abs(share).max() for share in shares]))


def _ahead(point: Point, step: float, rates: tuple[Array, ...] | list[Array]) -> tuple[Array, Array, Array]:
    """States after an explicit part of a step."""
    w, x, q = (s + step * r for s, r in zip((point.w, point.x, point.q), rates, strict=True))
    return w, x, q


def _add_neighbours(v: Array, c: float, axis: int, out: Array) -> None:
    """Charge from couplings to the neighbouring lines along `axis`."""
    if c > 0:
        difference = c * np.diff(v, axis=axis)
        low, high = np.arange(v.shape[axis] - 1), np.arange(1, v.shape[axis])
        if axis == 0:
            out[low] -= difference
            out[high] += difference
        else:
            out[:, low] -= difference
            out[:, high] += difference


def _count_neighbours(shape: tuple[int, int], axis: int) -> Array:
    """Lines next to each crossing's line along `axis`, shape (row, col)."""
    count = np.zeros(shape)
    place = np.arange(shape[axis])
    beside = (place > 0).astype(float) + (place < shape[axis] - 1)
    return count + (beside[:, None] if axis == 0 else beside[None, :])

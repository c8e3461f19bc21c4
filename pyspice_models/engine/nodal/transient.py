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
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyspice_models.accuracy import Accuracy
from pyspice_models.array import Crossbar
from pyspice_models.engine.nodal import interval, run_state
from pyspice_models.engine.nodal.assembly import assembled
from pyspice_models.engine.nodal.choice import crossings_of, hold, restarted
from pyspice_models.engine.nodal.crossings.base import Crossings
from pyspice_models.engine.nodal.ends.base import SUMS, Terminals
from pyspice_models.engine.nodal.ends.circuits import ends_of
from pyspice_models.engine.nodal.ends.sources import Ends
from pyspice_models.engine.nodal.kept import marks_of
from pyspice_models.engine.nodal.linear.along import capacitances_of, shunts_of
from pyspice_models.engine.nodal.linear.gradients import Room
from pyspice_models.engine.nodal.linear.matrix import Matrix
from pyspice_models.engine.nodal.linear.segments import segments_of
from pyspice_models.engine.nodal.linear.shorts import Shorts
from pyspice_models.engine.nodal.linear.team import Team
from pyspice_models.engine.nodal.linear.threads import helped
from pyspice_models.engine.nodal.moments import Core, Moment
from pyspice_models.engine.nodal.points import Layout, Points
from pyspice_models.engine.nodal.run_state import Books, Plan, State
from pyspice_models.errors import SimulationError
from pyspice_models.stimulus import Schedule

Array = NDArray[np.float64]

_FIRST = 0.05  # first step after a corner, as a share of an edge
_LOSSES = 3.0  # times reltol: error of the energies lost in lines and in their ends, see `Plan`
_LEAST = 1e-3  # of the lines' capacitance
_START = 0.0, 0.0, 0.0, math.inf, 0.1, 0.0, 0.0
"""Of a run's clock: no corner yet; the contraction of Newton's corrections, before the first two tell."""
_STEPS = 16  # before the first look at the clock
SECONDS = 0.1
"""Of work between two looks at the clock [s]."""
_SHORT, _LAID = 100, 512  # stretches of a program that stays laid out until so many others have come
_SHARED = 10_000  # cells of an array that is worth two threads
ROOM = 2**22, 256
"""Bytes of the points that one call keeps, and how many these are at most: a call takes no more of a small array, and
what is larger goes back to the system after each run of a campaign and comes anew, page by page, in the next."""
_EFFORT = "steps", "refused", "failed", "matrices", "solutions", "iterations"


class Transient:
    """One run.

    Attributes:
        crossings, ends: what the array is made of.
        layout: of the points that are kept.
        books: energies and charges since the start.
    """

    def __init__(
        self, crossbar: Crossbar, schedule: Schedule, accuracy: Accuracy, crossings: Crossings | None = None, *,
        shared: int = _SHARED,
    ) -> None:  # fmt: skip
        """Lay out lines, devices and sources; at rest, uncharged.

        Args:
            crossbar, schedule, accuracy: what is simulated.
            crossings: others than `crossings_of` makes.
            shared: cells from which on an array is worked on in parts.
        """
        self.crossbar, self.schedule, self.accuracy = crossbar, schedule, accuracy
        self.ends = ends_of(crossbar, schedule)
        self.crossings = crossings or crossings_of(crossbar, self.ends.widest)
        self._advance, self._assist = assembled(self.crossings.functions, self.ends.functions)
        shape = crossbar.shape
        near = Terminals.of(shape)
        # halves of bit lines meet in the middle: where these are single chains, with resistance
        chains = crossbar.r_bit > 0 and not crossbar.faults.shorted_bits
        team = Team.of(shape, shared=self.crossings.shared and chains and math.prod(shape) >= shared)
        a, b, c, d, e, f, g, h, i, j = (np.zeros(shape) for _ in range(10))
        capacitances = capacitances_of(crossbar)
        shunts = shunts_of(capacitances, shape)
        for side, beside in zip(shunts, self.crossings.shunts, strict=True):
            side += beside
        matrix = Matrix(a, *segments_of(crossbar), *near, b, c, d, Shorts.of(crossbar))
        self._core = Core(
            self.crossings.devices, self.ends.devices, capacitances, *shunts, matrix, near,
            Terminals.of(shape), Room.of(shape), self.crossings.new_start(), self.ends.new_start(), e, f, g, h, i, j,
            team,
        )  # fmt: skip
        self._moments = self._new_moment(0), self._new_moment(1), self._new_moment(2)
        losses, sums = self.crossings.losses, self.ends.sums
        selectors = np.zeros(shape if "selectors" in losses else (0, 0))
        self.books = Books(np.zeros(sums), np.zeros(shape), selectors, np.zeros(sum(shape)))
        self.layout = Layout(shape, self.crossings.planes, losses, sums, self.ends.kept)
        size = 8 * (self.layout.fields * math.prod(shape) + sum(self.layout.widths))
        self._room = self.layout.room(max(1, min(ROOM[0] // size, ROOM[1])))
        self._plan, self._most = self._planned(), _STEPS
        self._laid: dict[int, tuple[Schedule, Ends, Plan]] = {}
        self._state = State(np.array(_START), np.zeros(2, dtype=np.int64), np.zeros(len(_EFFORT), dtype=np.int64))

    def _new_moment(self, number: int) -> Moment:
        """At rest, uncharged."""
        shape = self.crossbar.shape
        a, b, c, d = (np.zeros(shape) for _ in range(4))
        return Moment(
            a, b, c, d, self.crossings.at_rest(), self.ends.new_drive(), self.ends.at_rest(), Terminals.of(shape),
            np.zeros(self.ends.sums), number,
        )  # fmt: skip

    def _planned(self) -> Plan:
        """The stretches of the program, laid out for compiled loops."""
        stretches, marks = self.schedule.stretches, marks_of(self.schedule)
        begins = {window.start for window in self.schedule.windows if window.pulses}
        least = _LEAST * float(self._core.word_shunts.sum() + self._core.bit_shunts.sum())
        reltol = self.accuracy.reltol
        edge, pace = self.crossbar.driver.t_edge, self.accuracy.steps_per_pulse
        return Plan(
            np.array([s.length for s in stretches]), np.array([s.width / pace for s in stretches]),
            np.array([min(_FIRST * edge, s.length) if s.bends else 0.0 for s in stretches]),
            reltol * np.array(self.ends.scales), np.array(self.ends.on), np.array(self.ends.falls),
            np.array([s.stop in marks for s in stretches]), np.array([s.start in begins for s in stretches]),
            reltol, _LOSSES * reltol, edge, least, True,
        )  # fmt: skip

    def feed(self, schedule: Schedule) -> None:
        """Go on with another program from the moment that the run stands at; books begin anew, time at 0 s."""
        self.schedule = schedule
        known = self._laid.pop(id(schedule), None)
        self.ends = known[1] if known else ends_of(self.crossbar, schedule)
        self.crossings.widen(self.ends.widest)
        self._core = self._core._replace(devices=self.crossings.devices, ends=self.ends.devices)
        if self.ends.sums != self.layout.sums:
            self._exchange_rails()
        self._plan = known[2] if known else self._planned()
        if len(schedule.stretches) <= _SHORT:
            self._laid[id(schedule)] = schedule, self.ends, self._plan
            if len(self._laid) > _LAID:
                del self._laid[next(iter(self._laid))]
        self._state.place[run_state.STRETCH] = self._state.clock[run_state.SINCE] = 0
        self._state.counts[:] = 0
        for part in self.books:
            part[:] = 0.0

    def begin(self, crossbar: Crossbar) -> None:
        """Stand at rest, uncharged, in the initial states of a crossbar that differs from this one in them alone; a
        program is to follow."""
        self.crossings = restarted(self.crossings, crossbar)
        self._core = self._core._replace(devices=self.crossings.devices)
        for part, values in zip(_arrays(self.moment), _arrays(self._new_moment(0)), strict=True):
            part[...] = values
        self._state.clock[:] = _START

    def _exchange_rails(self) -> None:
        """Make room for as many rails as the program has."""
        sums, flows = self.ends.sums, self._flows.copy()
        moments = [m._replace(drive=self.ends.new_drive(), powers=np.zeros(sums)) for m in self._moments]
        self._moments = moments[0], moments[1], moments[2]
        self._flows[:] = flows
        self.books = self.books._replace(sums=np.zeros(sums))
        self.layout = replace(self.layout, sums=sums)
        self._room = self.layout.room(len(self._room.since))

    @property
    def moment(self) -> Moment:
        """That the run stands at."""
        return self._moments[2 * self._state.place[run_state.TURNED]]

    @property
    def _flows(self) -> Array:
        """What flows at that moment, without the rails, which are other ones in each program."""
        return self.moment.powers[: len(SUMS) + sum(self.crossbar.shape)]

    @property
    def _held(self) -> tuple[Any, ...]:
        """All that the future depends on."""
        return self.moment._replace(drive=(), powers=self._flows), self._state.clock

    def snapshot(self) -> dict[str, Any]:
        """All that a run between two programs holds, as arrays: it may be pickled."""
        return {str(n): part.copy() for n, part in enumerate(_arrays(self._held))}

    def restore(self, snapshot: dict[str, Any]) -> None:
        """Stand where a snapshot was taken, of this or of another run of the same array, between two programs."""
        for n, part in enumerate(_arrays(self._held)):
            part[...] = snapshot[str(n)]

    @property
    def effort(self) -> dict[str, int]:
        """How many steps were taken, refused for their error, and failed; how many matrices were factored and solved
        with, and what iterations that took."""
        return dict(zip(_EFFORT, self._state.counts.tolist(), strict=True))

    @property
    def time(self) -> float:
        """The moment that the run stands at [s]."""
        return self._time(int(self._state.place[run_state.STRETCH]), float(self._state.clock[run_state.SINCE]))

    def _time(self, number: int, since: float) -> float:
        """The float that stands for a moment; that of a stretch's end for no other [s]."""
        stretch = self.schedule.stretches[number]
        if since == stretch.length:
            return stretch.stop
        return min(stretch.start + since, math.nextafter(stretch.stop, 0.0))

    def run(
        self, deadline: float, progress: Callable[[float], None] | None, keep: Callable[[Points], None], *,
        marks: bool = False, begin: bool = True, stretches: int | None = None,
    ) -> None:  # fmt: skip
        """Integrate to the end of the schedule, or of some of its stretches.

        Args:
            deadline: of `time.monotonic`.
            progress: is told the share of the time that is done.
            keep: is given the points in blocks: the start, and the ends of steps; their arrays are used again.
            marks: of the ends of steps only those that are marks of the program.
            begin: the start is a point too.
            stretches: of the schedule, as far as which it goes; None for all.

        Raises:
            SimulationError: the step became too small, or the deadline passed.
        """
        kept, status = self._room, interval.PAUSED
        room = len(kept.since)
        plan = self._plan._replace(every=not marks, lengths=self._plan.lengths[:stretches])
        advance = self._advance.on(self._core, plan, self._state, self.books, *self._moments, kept)
        with helped(self._core.team, lambda: self._assist(self._core, self.books, *self._moments)):
            while status != interval.DONE:
                if (begun := clock.monotonic()) > deadline:
                    now, stop = self.time, self.schedule.stop
                    raise SimulationError(f"the nodal engine reached its time limit at {now:g} s of {stop:g} s")
                before = self._state.counts[run_state.STEPS]
                status, points = advance(room, self._most, begin)
                begin = False
                if points:
                    keep(self._points(kept, points))
                if status == interval.FAILED:
                    raise SimulationError(self._failure())
                if progress is not None:
                    progress(self.time / self.schedule.stop)
                taken, seconds = int(self._state.counts[run_state.STEPS] - before), clock.monotonic() - begun
                if status == interval.PAUSED:
                    self._most = max(1, min(int(taken * SECONDS / max(seconds, 1e-6)), 4 * self._most))

    def exchange(self, crossbar: Crossbar) -> None:
        """Give cells other parameters, those of a crossbar that differs from this one in them alone; all else stays."""
        self.crossings = crossings_of(crossbar, self.ends.widest)
        self._core = self._core._replace(devices=self.crossings.devices)
        for moment in self._moments:
            hold(self.crossings, moment.held)

    def close(self) -> None:
        """Let go of everything that steps need: a large array's is as much as its result."""
        del self._core, self._moments, self._room

    def _points(self, kept: run_state.Kept, count: int) -> Points:
        """The first ones of those that were kept."""
        times = [self._time(int(n), float(s)) for n, s in zip(kept.stretch[:count], kept.since[:count], strict=True)]
        return Points(self.layout, np.array(times), kept.picked(slice(count)))

    def _failure(self) -> str:
        """Where a step became too small: as the devices say, or at the crossing whose currents do not add up worst."""
        rest = np.abs(self._core.rest_word) + np.abs(self._core.rest_bit)
        row, col = np.unravel_index(np.argmax(np.where(np.isnan(rest), np.inf, rest)), rest.shape)
        step = self._state.clock[run_state.STEP]
        when = f"at {self.time:g} s"
        why = self.crossings.complaint(when) or f"by cell ({row}, {col})"
        return f"the nodal engine's step became too small {when} ({step:g} s): {why}"


def _arrays(thing: Any) -> list[NDArray[Any]]:
    """All arrays inside tuples, in order."""
    if isinstance(thing, tuple):
        return [array for part in thing for array in _arrays(part)]
    return [thing] if isinstance(thing, np.ndarray) else []

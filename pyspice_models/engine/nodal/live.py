"""A crossbar that the solver keeps between programs: everything goes on from where the last one ended."""

from __future__ import annotations

import time as clock
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pyspice_models.accuracy import Accuracy
from pyspice_models.array import Crossbar
from pyspice_models.engine.base import Waves
from pyspice_models.engine.nodal.choice import moved_states
from pyspice_models.engine.nodal.ends.base import SUMS
from pyspice_models.engine.nodal.engine import log_of, waves_of
from pyspice_models.engine.nodal.kept import Kept
from pyspice_models.engine.nodal.points import Points
from pyspice_models.engine.nodal.transient import Transient
from pyspice_models.stimulus import Schedule, Wait, Window
from pyspice_models.stimulus.phase import SENSING
from pyspice_models.stimulus.program import schedule

Array = NDArray[np.float64]


class Passed(NamedTuple):
    """What a program came to.

    Attributes:
        cells: energy lost in each cell, shape (row, col) [J].
        selectors: likewise; of shape (0, 0) without any.
        lines, ends: energies lost in segments, and in drivers and sense circuits [J].
        delivered: by all sources [J].
        moved: the same, every source in every step counted without its sign [J].
        sensed: for each window in which currents are sensed, those of its lines [A].
    """

    cells: Array
    selectors: Array
    lines: float
    ends: float
    delivered: float
    moved: float
    sensed: list[Array]


class Live:
    """One array at one moment."""

    def __init__(self, crossbar: Crossbar, accuracy: Accuracy) -> None:
        """At rest, uncharged."""
        self._run = Transient(crossbar, schedule(crossbar, [Wait(1e-6)]), accuracy)
        self._feedback, self._shape = crossbar.each("r_feedback"), crossbar.shape

    @property
    def states(self) -> dict[str, Array]:
        """Of all cells, shape (row, col), by name."""
        states = self._run.crossings.states(self._run.moment.held)
        return {name: np.reshape(values, self._shape) for name, values in states.items()}

    def begin(self, crossbar: Crossbar) -> None:
        """Stand at rest, uncharged, in the initial states of a crossbar that differs from this one in them alone."""
        self._run.begin(crossbar)

    def put(self, crossbar: Crossbar) -> None:
        """Go on from the initial states of a crossbar that differs in them alone; charges stay, where they can."""
        now = self.states
        wanted = dict(zip(crossbar.states, crossbar.initial_states, strict=True))
        changes = {name: (values - now[name]).ravel() for name, values in wanted.items()}
        if not moved_states(self._run.crossings, self._run.moment.held, changes):
            self.begin(crossbar)

    def snapshot(self) -> dict[str, Array]:
        """Copies of everything of this moment."""
        return self._run.snapshot()

    def restore(self, taken: dict[str, Array]) -> None:
        """Stand at the moment of a snapshot again."""
        self._run.restore(taken)

    def pass_through(
        self, plan: Schedule, deadline: float = np.inf, told: Callable[[Points], None] | None = None
    ) -> Passed:  # fmt: skip
        """Run a program; if it fails, everything is as it was.

        Args:
            plan: the program.
            deadline: of `time.monotonic`.
            told: is given the ends of all steps, in blocks whose arrays are used again; without it none are kept.

        Raises:
            SimulationError: see `Transient.run`.
        """
        before = self._run.snapshot()
        self._run.feed(plan)
        sensing = {window.settled: window for window in plan.windows if window.kind in SENSING}
        sensed: list[Array] = []

        def keep(points: Points) -> None:
            for n, time in enumerate(points.time.tolist()):
                if (window := sensing.get(time)) is not None:
                    sensed.append(self._sensed(points.picked([n]), window, plan))
            if told is not None:
                told(points)

        try:
            self._run.run(deadline, None, keep, marks=told is None)
        except BaseException:
            self._run.restore(before)
            raise
        books = self._run.books
        lines, ends, delivered, moved = books.sums[: len(SUMS)].tolist()
        return Passed(books.cells.copy(), books.selectors.copy(), lines, ends, delivered, moved, sensed)

    def recorded(self, plan: Schedule, deadline: float = np.inf) -> tuple[Passed, Waves]:
        """The same with all waves, as the engine gives them.

        Raises:
            RequestError: they do not fit into this machine's memory.
        """
        kept, began = Kept(plan, self._shape[0] * self._shape[1]), clock.monotonic()
        passed = self.pass_through(plan, deadline, kept)
        seconds, run, points = clock.monotonic() - began, self._run, kept.points
        return passed, Waves(points.time, waves_of(run, points), "nodal", seconds, log_of(run, points, seconds))

    def _sensed(self, point: Points, window: Window, plan: Schedule) -> Array:
        """As `measure.read.sensed`, of one moment."""
        waves = self._run.ends.waves(point.word, point.bit, point.into, point.powers, point.ends)
        side, lines = window.sensed
        which = list(lines)
        if side == "word":
            return waves["i_word_source"][0, which]
        if "v_bit_output" in waves:
            reference = np.array([plan.bit[line].at(window.settled) for line in which])
            return (reference - waves["v_bit_output"][0, which]) / self._feedback[which]
        return waves["i_bit_source"][0, which]

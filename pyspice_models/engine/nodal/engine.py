"""The package's own crossbar solver as an engine: the twin's cells on lines with R and C, solved by their structure."""

from __future__ import annotations

import math
import os
import time as clock
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pyspice_models.array import Crossbar
from pyspice_models.bench import Schedule
from pyspice_models.deck import Deck
from pyspice_models.engine.base import Report, Waves
from pyspice_models.engine.nodal.threads import one_thread
from pyspice_models.errors import RequestError

if TYPE_CHECKING:
    from pyspice_models.engine.nodal.transient import Point, Transient

LOG = "nodal.log"

_VALUES = 16_000_000  # numbers that each wave may hold; beyond, steps between the program's marks are left out
_APART = 100  # roundings of the time since the start: what is closer is a step that waves cannot show
_WAVES = 8  # waves of that size that a result has at once


class Nodal:
    """Runs the description behind a deck, not its text. What it cannot do it refuses by name."""

    name = "nodal"
    method = "word lines eliminated, conjugate gradients on the bit lines, TR-BDF2"
    dialect = "ngspice"  # of the deck that goes with a result for the record

    def run(self, deck: Deck, folder: Path, *, time_limit: float, report: Report | None = None) -> Waves:
        """See `Engine.run`."""
        if deck.described is None:
            raise RequestError("engine nodal runs crossbars only; this deck has no crossbar. Use engine ngspice.")
        crossbar, schedule = deck.described.crossbar, deck.described.schedule
        _refuse(crossbar)
        # the compiler behind it takes a third of a second to import: not before it is needed
        from pyspice_models.engine.nodal.transient import Transient

        began = clock.monotonic()
        kept = Kept(schedule, crossbar.rows * crossbar.cols)
        with one_thread():
            run = Transient(crossbar, schedule, deck.described.accuracy)
            run.run(began + time_limit, report, kept)
        seconds = clock.monotonic() - began
        log = (
            f"nodal: {kept.steps} steps, every {kept.stride}th and the program's marks kept, {crossbar.rows} x "
            f"{crossbar.cols} cells, {seconds:.3f} s\n"
        )
        (folder / LOG).write_text(log, encoding="ascii")
        times = np.array([p.time for p in kept.points])
        return Waves(times, _values(run, kept.points), "nodal", seconds, log)


class Kept:
    """Keeps the ends of steps; where they become too many every second one goes, but for the program's marks.

    Integrals are of all steps: energies are summed as the engine goes.

    Attributes:
        points: in order.
        steps: how many there were.
        stride: one of so many is kept.
    """

    def __init__(self, schedule: Schedule, cells: int) -> None:
        """Raise RequestError if the marks alone do not fit into this machine's memory."""
        marks = sorted({0.0}.union(*({w.start, w.settled, w.stop} for w in schedule.windows)))
        self._marks, self._ahead = set(marks), [*marks[::-1]]
        self._most = max(_VALUES // cells, 2 * len(marks))
        self.points: list[Point] = []
        self.steps, self.stride = 0, 1
        needed = 8.0 * len(marks) * cells * _WAVES
        memory = 0.75 * os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        if needed > memory:
            raise RequestError(
                f"the waves of {len(marks)} marks of the program over {cells} cells need {needed / 1e9:.1f} GB, and "
                f"three quarters of this machine's memory are {memory / 1e9:.1f} GB: take fewer steps in a program, "
                "or a smaller array."
            )

    def __call__(self, point: Point) -> None:
        """Take the end of a step."""
        self.steps += 1
        if point.time == self._ahead[-1]:
            self._ahead.pop()
        elif self.steps % self.stride or not self._is_apart(point.time):
            return
        self.points.append(point)
        if len(self.points) > self._most:
            self.stride *= 2
            between = [p for p in self.points if p.time not in self._marks]
            gone = {id(p) for p in between[::2]}
            self.points = [p for p in self.points if id(p) not in gone]

    def _is_apart(self, time: float) -> bool:
        """Whether a float tells a moment from the one that was kept before it and from the mark ahead."""
        return min(time - self.points[-1].time, self._ahead[-1] - time) >= _APART * math.ulp(time)


def _refuse(crossbar: Crossbar) -> None:
    """Raise RequestError for what this engine does not solve."""
    if crossbar.kind != "1R":
        raise RequestError(f"engine nodal solves crossbars without selectors, not {crossbar.kind}. Use engine ngspice.")
    if crossbar.faults.on_lines:
        raise RequestError("engine nodal has no open or shorted lines (faults). Use engine ngspice.")
    if crossbar.driver.compliance != "none":
        raise RequestError("engine nodal has no current limiter (driver.compliance). Use engine ngspice.")
    if crossbar.driver.sense != "resistor":
        raise RequestError("engine nodal has no transimpedance amplifier (driver.sense = 'tia'). Use engine ngspice.")


def _values(run: Transient, points: list[Point]) -> dict[str, np.ndarray]:
    """The probes of a crossbar's deck, in SPICE's sign of source currents, and the energies spent so far."""

    def waves(one: Callable[[Point], np.ndarray]) -> np.ndarray:
        return np.stack([one(point) for point in points])

    eq, bar, ends = run.cells.equations, run.crossbar, run.ends
    found = {
        "w": waves(lambda p: np.asarray(eq.clip(p.w))),
        "x": waves(lambda p: np.asarray(eq.clip(p.x))),
        "p": waves(lambda p: p.power),
        "es": waves(lambda p: np.asarray(eq.stored(p.lines[0] - p.lines[1], p.q))),
        "spent_cells": waves(lambda p: p.cells),
    }
    found |= {f"spent_{name}": np.array([getattr(p.books, name) for p in points]) for name in ("lines", "ends")}
    found["delivered"] = np.array([p.books.delivered for p in points])
    for side, name in enumerate(("word", "bit")):
        resistance, axis, first, last = ((bar.r_word, 1, 0, -1), (bar.r_bit, 0, -1, 0))[side]
        near, far = (np.stack([g(p.place)[side] for p in points]) for g in (ends.near, ends.far))
        volts = np.stack([ends.sources(p.place)[side] for p in points])
        at_first, at_last = (np.stack([p.lines[side].take(n, axis=axis) for p in points]) for n in (first, last))
        into = near * (volts - at_first)
        found[f"v_{name}"] = waves(lambda p, side=side: p.lines[side])  # type: ignore[misc]
        found[f"v_{name}_terminal"] = at_first + into * resistance
        found[f"i_{name}_source"] = -(into + far * (volts - at_last))
    return found

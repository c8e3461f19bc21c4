"""Which steps of a transient are kept as waves."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pyspice_models import machine
from pyspice_models.errors import RequestError
from pyspice_models.stimulus import Schedule

if TYPE_CHECKING:
    from pyspice_models.engine.nodal.points import Points

MOST_VALUES = 2_700_000  # numbers that each wave may hold; beyond, steps between the program's marks are left out
_FIRST = 256  # points that there is room for at first; of large arrays for all at once
_BETWEEN = 3  # points beside the marks, of however large an array
_WAVES = 12  # waves of that size that a result has at once
_LITTLE = 1e8  # [bytes] that any machine has: what it has takes a while to find out
_APART = 100  # roundings of the time since the start: what is closer is a step that waves cannot show
_NOTHING = 1e-4  # of a wave's largest value: what is smaller need not be straight


def most_kept(cells: int, marks: int) -> int:
    """How many points are kept at most of a program with so many marks."""
    return max(MOST_VALUES // cells, marks + _BETWEEN)


def marks_of(schedule: Schedule) -> set[float]:
    """Moments of a program that are always kept [s]."""
    return {0.0, *schedule.samples}.union(*({w.start, w.settled, w.stop} for w in schedule.windows))


class Kept:
    """Keeps the ends of steps; where they become too many those go that a straight line between their neighbours
    replaces best, but for the program's marks.

    Integrals are of all steps: energies are summed as the engine goes.
    """

    def __init__(self, schedule: Schedule, cells: int) -> None:
        """Raise RequestError if the marks alone do not fit into this machine's memory."""
        self._marks = marks_of(schedule)
        self._ahead = sorted(self._marks, reverse=True)
        self._most = most_kept(cells, len(self._marks))
        self._held: Points | None = None
        self._count, self._last = 0, 0.0
        needed = 8.0 * len(self._marks) * cells * _WAVES
        if needed > _LITTLE and needed > (memory := 0.75 * machine.memory()):
            raise RequestError(
                f"the waves of {len(self._marks)} marks of the program over {cells} cells need {needed / 1e9:.1f} GB, "
                f"and three quarters of this machine's memory are {memory / 1e9:.1f} GB: take fewer steps in a "
                "program, or a smaller array."
            )

    def __call__(self, points: Points) -> None:
        """Take the ends of steps."""
        which = [n for n, time in enumerate(points.time) if self._is_wanted(float(time))]
        while which:
            taken = max(self._most + 1 - self._count, 1)
            self._take(points, which[:taken])
            which = which[taken:]
            if self._count > self._most:
                self._thin()

    def _take(self, points: Points, which: list[int]) -> None:
        needed = self._count + len(which)
        if self._held is None or needed > len(self._held):
            room = points.empty(min(max(2 * needed, _FIRST), self._most + 1))
            if self._held is not None:
                room.put(0, self.points, range(self._count))
            self._held = room
        self._held.put(self._count, points, which)
        self._count = needed

    def _thin(self) -> None:
        """In place: there is no room for two of everything."""
        every = self.points
        gone = _straight(every, self._marks)
        stay = [n for n in range(self._count) if n not in gone]
        for place, n in enumerate(stay):
            if place != n:
                every.put(place, every, [n])
        self._count = len(stay)

    @property
    def points(self) -> Points:
        """All that were kept, in order."""
        assert self._held is not None  # a run keeps its start
        return self._held.picked(slice(self._count))

    def _is_wanted(self, time: float) -> bool:
        """Whether a moment is a mark, or a float tells it from the one that was kept before and from the mark ahead."""
        if time == self._ahead[-1]:
            self._ahead.pop()
        elif min(time - self._last, self._ahead[-1] - time) < _APART * math.ulp(time):
            return False
        self._last = time
        return True


def _straight(points: Points, marks: set[float]) -> set[int]:
    """Numbers of about a third of the points between the marks, no two of them neighbours: those that are missed least
    in the voltages where the lines meet drivers and sense circuits."""
    time = points.time
    bent = np.zeros(len(points) - 2)
    for ends in (points.word[:, :, 0], points.bit[:, -1]):
        bent = np.maximum(bent, bends(time, ends))
    gone: set[int] = set()
    between = [n for n in range(1, len(points) - 1) if time[n] not in marks]
    for n in sorted(between, key=lambda n: float(bent[n - 1])):
        if 3 * len(gone) >= len(between):
            break
        if not gone & {n - 1, n + 1}:
            gone.add(n)
    return gone


def bends(time: NDArray[np.float64], wave: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far each inner sample of a wave, shape (time, line), is off the line between its neighbours, as a share."""
    share = ((time[1:-1] - time[:-2]) / (time[2:] - time[:-2]))[:, None]
    off = np.abs(wave[1:-1] - (1 - share) * wave[:-2] - share * wave[2:]).max(axis=1)
    size = np.abs(wave[1:-1]).max(axis=1)
    return off / np.maximum(size, _NOTHING * max(float(np.abs(wave).max()), np.finfo(float).tiny))

"""Work on an array that several threads share, round by round, each part of an array in one of them.

One thread, the leader, runs all of the program. For a round of work it writes down what is to be done and does it, part
by part; helpers, if there are any, take parts from the other end meanwhile. The leader waits for parts that somebody is
at, and for nothing else: helpers that come late, or never, cost nothing. Which parts there are depends on the shape of
an array alone, and every sum is added up in their order, so that no result depends on who did what.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pyspice_models.engine.nodal.linear.atomic import exchange, read, rest, write
from pyspice_models.engine.nodal.linear.compiled import uncounted

Array = NDArray[np.float64]
Numbers = NDArray[np.int64]

PARTS = 2  # of each array that is shared: halves, as `twisted.py` needs them
_LINE = 8  # numbers of a cache line, which no two threads should write to
_BLOCK = 8  # lines that belong together
_ROUND, _OVER, _TAKEN = 0, _LINE, 2 * _LINE
_TURNS = 50_000  # of waiting in a loop, about 0.1 ms; then others may have the core

OVER = -1


class Team(NamedTuple):
    """What leader and helpers have in common.

    Attributes:
        rows: where parts begin and end, shape (part + 1,).
        signals: number of the round; whether all is over; of every part in which round it was taken, and then done.
        order: what a round is about: its kind, and what else it needs of whole numbers.
        given: likewise, numbers.
        sums: what parts came to, shape (part, number).
        beside: rows of a direction above and below every part, shape (part, 2, col).
    """

    rows: Numbers
    signals: Numbers
    order: Numbers
    given: Array
    sums: Array
    beside: Array

    @classmethod
    def of(cls, shape: tuple[int, int], *, shared: bool = False) -> Team:
        """For an array of this shape, in parts if it is shared and has rows for all of them."""
        rows = _ends(shape[0], PARTS if shared and shape[0] > _BLOCK else 1)
        parts = len(rows) - 1
        return cls(
            rows, np.zeros(_TAKEN + 2 * parts * _LINE, dtype=np.int64), np.zeros(_LINE, dtype=np.int64),
            np.zeros(_LINE), np.zeros((parts, _LINE)), np.zeros((parts, 2, shape[1])),
        )  # fmt: skip

    @property
    def is_shared(self) -> bool:
        """Whether there are parts for helpers."""
        return len(self.sums) > 1

    def start(self) -> None:
        """Helpers may come."""
        self.signals[_OVER] = 0

    def finish(self) -> None:
        """Let them go."""
        self.signals[_OVER] = 1


def lines_of_part(size: int, parts: int = PARTS) -> int:
    """How many lines of one side each part has but for the last ones."""
    return -(-size // (parts * _BLOCK)) * _BLOCK


def _ends(size: int, parts: int) -> Numbers:
    each = lines_of_part(size, parts)
    return np.array([min(n * each, size) for n in range(parts + 1)], dtype=np.int64)


@uncounted
def begin(team: Team, kind: int) -> int:
    """Begin a round whose order is written down but for its kind. Gives the part that the leader does first; -1: none
    is left, and all are done."""
    if len(team.sums) == 1:
        return 0
    team.order[0] = kind
    number = team.signals[_ROUND] + 1
    write(team.signals, _ROUND, number)
    return _next(team, number)


@uncounted
def after(team: Team, part: int) -> int:
    """The next part that the leader does, after this one; -1: none is left, and all are done."""
    if len(team.sums) == 1:
        return -1
    number = team.signals[_ROUND]
    write(team.signals, _TAKEN + (2 * part + 1) * _LINE, number)
    return _next(team, number)


@uncounted
def _next(team: Team, number: int) -> int:
    parts = len(team.sums)
    for part in range(parts):
        if exchange(team.signals, _TAKEN + 2 * part * _LINE, number - 1, number):
            return part
    for part in range(parts):
        turns = 0
        while read(team.signals, _TAKEN + (2 * part + 1) * _LINE) != number:
            turns += 1
            if turns > _TURNS:
                rest()
    return -1


@uncounted
def awaited(team: Team, last: int) -> int:
    """For a helper: the number of a round after this one, once there is one; `OVER` when all is over."""
    turns = 0
    while True:
        number = read(team.signals, _ROUND)
        if number != last:
            return number
        if read(team.signals, _OVER) != 0:
            return OVER
        turns += 1
        if turns > _TURNS:
            rest()


@uncounted
def taken(team: Team, number: int) -> int:
    """For a helper: a part of this round that nobody is at; -1: none."""
    for part in range(len(team.sums) - 1, -1, -1):
        if exchange(team.signals, _TAKEN + 2 * part * _LINE, number - 1, number):
            return part
    return -1


@uncounted
def done(team: Team, number: int, part: int) -> None:
    """For a helper: a part is done."""
    write(team.signals, _TAKEN + (2 * part + 1) * _LINE, number)


@uncounted
def total(team: Team, column: int) -> float:
    """Sum of what all parts came to."""
    found = team.sums[0, column]
    for part in range(1, len(team.sums)):
        found += team.sums[part, column]
    return float(found)


@uncounted
def most(team: Team, column: int) -> float:
    """The largest one; NaN if one is."""
    found = team.sums[0, column]
    for part in range(1, len(team.sums)):
        found = np.maximum(found, team.sums[part, column])
    return float(found)

"""How far arrays of a study keep to its limits: what rare failures are sought by."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from pyspice_models.campaign.journal.folder import Journal
from pyspice_models.campaign.limit import Limit
from pyspice_models.campaign.rare.request import RareRequest
from pyspice_models.campaign.runs import Answer, Crew, Task, as_answer, perform, work_through
from pyspice_models.declare.quantity import refuse_unknown
from pyspice_models.errors import SimulationError, cut
from pyspice_models.study.draws.places import Stated
from pyspice_models.study.study import Study
from pyspice_models.study.variation import Variation

Array = NDArray[np.float64]


_FIRST = 5
"""So many arrays that lack a measure are no chance."""


class Rooms:
    """How far arrays keep to the limits, in standard deviations of each measure; see `subset.Response`."""

    def __init__(self, request: RareRequest, journal: Journal, crew: Crew, first: int = 0) -> None:
        self.request, self.journal, self.crew = request, journal, crew
        self.known = {number: as_answer(data) for number, data in journal.results()}
        self.number, self.failed, self.engine = first, 0, ""
        self.spreads: list[float] = []
        self._seen: set[str] = set()
        self._asked = 0

    def __call__(self, places: Array) -> Array:
        asked = self.request.asked
        return self.rooms([(asked.nominal, replace(asked.variation, place=Stated(place))) for place in places])

    def rooms(self, arrays: Sequence[tuple[Study, Variation]]) -> Array:
        """The same of arrays that are stated in whatever way."""
        asked = self.request.asked
        numbers = range(self.number, self.number + len(arrays))
        self.number += len(arrays)
        tasks = {
            number: Task(f"run {number}", study, variation, asked.subject)
            for number, (study, variation) in zip(numbers, arrays, strict=True)
        }
        names = tuple(dict.fromkeys(limit.measure for limit in asked.limits))
        for number, answer in work_through(tasks, self.journal, self.crew, do=partial(_limited, names=names)):
            self.known[number] = answer
            self._check(names, answer)
        answers = [self.known.pop(number) for number in numbers]
        self.failed += sum(1 for one in answers if one.failure)
        self.engine = next((one.engine for one in answers if one.engine), self.engine)
        rooms = np.array([_rooms(asked.limits, one) for one in answers])
        if not self.spreads:
            self._scale(rooms, answers)
        worst = (rooms / np.array(self.spreads)).min(axis=1)
        return np.where(np.isfinite(worst), worst, -np.inf)

    def _check(self, names: Sequence[str], answer: Answer) -> None:
        """Refuse limits on what none of the first arrays has; one far from the others may well lack a measure."""
        if self.spreads or self._seen == set(names) or not answer.measures:
            return
        self._seen |= set(names) & set(answer.measures)
        self._asked += 1
        if self._asked == _FIRST:
            for name in names:
                if name not in self._seen:
                    refuse_unknown(name, dict(answer.measures), "montecarlo.limits")

    def _scale(self, rooms: Array, answers: Sequence[Answer]) -> None:
        """By the first places, which are arrays as they come."""
        if not any(one.measures for one in answers):
            raise SimulationError(f"no run gave measures; the first failed: {cut(answers[0].failure, 500)}")
        for column in rooms.T:
            finite = column[np.isfinite(column)]
            spread = float(finite.std()) if len(finite) else 0.0
            self.spreads.append(spread if spread > 0 else 1.0)


def _limited(task: Task, names: Sequence[str]) -> Answer:
    """A run of which the measures with limits are kept; called in a worker. There are tens of thousands."""
    answer = perform(task, names)
    kept = {name: answer.measures[name] for name in names if name in answer.measures}
    return Answer(kept if len(kept) == len(names) else answer.measures, answer.failure, answer.engine)


def _rooms(limits: Sequence[Limit], answer: Answer) -> list[float]:
    """Of each limit; minus infinity where it is missed by a value that is not finite, or by none."""
    found = []
    for limit in limits:
        if (one := answer.measures.get(limit.measure)) is None or not math.isfinite(one.value):
            found.append(-math.inf)
            continue
        room = float(limit.room(np.array(one.value), one.unit))
        # a limit is kept by its own value, and a response of 0 fails
        found.append(5e-324 if room == 0 else room)
    return found

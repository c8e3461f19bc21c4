"""How a program is cut into parts, between which cells age."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from pyspice_models.array import Crossbar
from pyspice_models.stimulus.phase import Phase
from pyspice_models.stimulus.phases import phases_of
from pyspice_models.stimulus.program import Schedule
from pyspice_models.stimulus.steps.base import Step
from pyspice_models.stimulus.timeline import between

_PER_DECADE = 4
_FIRST, _FINE = 1e-6, 1e-9
"""The shortest part of a wait [s], also as a share of it."""
RECOVERED = 15e-6
"""Of a wait, before a run may end: three times the recovery of Note S1 [s]."""


@dataclass(frozen=True)
class Part:
    """Phases that are simulated together.

    Attributes:
        start: of them, as in the schedule of the whole program [s].
        phases: in order.
        aged: time that the cells age once it is over [s].
    """

    start: float
    phases: Sequence[Phase]
    aged: float


def one_by_one(crossbar: Crossbar, program: Sequence[Step], plan: Schedule) -> Iterator[Part]:
    """Every phase by itself, and a wait in parts that grow with the time since it began: the states at the end of each
    are what the laws say of that moment. `aged` is what lies before the part's end, and acts at its start."""
    for phase, window in zip(phases_of(crossbar, program), plan.windows, strict=True):
        if phase.bias is not None or phase.traces is not None:
            yield Part(window.start, [phase], window.stop - window.start)
            continue
        least = max(_FIRST, _FINE * phase.width)
        count = max(1, round(_PER_DECADE * np.log10(phase.width / least))) if phase.width > 2 * least else 1
        ends = np.geomspace(least, phase.width, count + 1).tolist() if count > 1 else [phase.width]
        ends[-1] = phase.width
        for before, after in zip([0.0, *ends], ends, strict=False):
            length = between(before, after)
            yield Part(window.start + before, [replace(phase, width=length)], length)


def between_runs(crossbar: Crossbar, program: Sequence[Step], plan: Schedule) -> Iterator[Part]:
    """Phases up to a moment inside of the next wait at which all charge is gone, since a run of its own begins
    without; `aged` lies before the end of that wait, and acts at the end of the part."""
    phases: list[Phase] = []
    start, due = 0.0, 0.0
    for phase, window in zip(phases_of(crossbar, program), plan.windows, strict=True):
        due += window.stop - window.start
        if phase.bias is not None or phase.traces is not None:
            phases.append(phase)
            continue
        settled = min(phase.width / 2, RECOVERED)
        yield Part(start, [*phases, replace(phase, width=settled)], due)
        start, due = window.start + settled, 0.0
        phases = [replace(phase, width=between(settled, phase.width))]
    yield Part(start, phases, due)

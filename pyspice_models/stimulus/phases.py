"""The phases of a program: its steps taken apart to pulses of one kind each, and checked against the array."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from pyspice_models.array import Crossbar
from pyspice_models.errors import RequestError
from pyspice_models.stimulus.phase import Phase
from pyspice_models.stimulus.steps.base import Step


def phases_of(crossbar: Crossbar, program: Sequence[Step]) -> Iterator[Phase]:
    """The phases of a whole program in order, each made when it is asked for.

    Raises:
        RequestError: see `schedule`.
    """
    if not program:
        raise RequestError("the program has no steps; give at least one write or read")
    for number, step in enumerate(program):
        for phase in step.phases(crossbar, where=f"program[{number}]"):
            yield replace(phase, step=number)

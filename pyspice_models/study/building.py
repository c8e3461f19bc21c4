"""The time and the progress of what comes before a simulation: a program laid out, a netlist made."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from pyspice_models.errors import SimulationError

if TYPE_CHECKING:
    from pyspice_models.study.study import Study

_LAID_OUT = 0.4  # share of laying out in the whole


class Building:
    """The clock of one run: it starts when this is made, and stops whatever is built when the time limit is over."""

    def __init__(self, study: Study, progress: Callable[[float], None] | None = None) -> None:
        """Of a run of `study`; `progress` is told the share that is built, 0 to 1."""
        self._limit = study.limits.time_limit
        self._end = time.monotonic() + self._limit
        self._pulses = study.outline.pulses
        self._progress = progress

    @property
    def spent(self) -> float:
        """Of the time limit [s].

        Raises:
            SimulationError: all of it.
        """
        self._at(1.0)
        return self._limit - (self._end - time.monotonic())

    def laid_out(self, pulses: int) -> None:
        """So many pulses are laid out."""
        self._at(_LAID_OUT * pulses / max(self._pulses, 1))

    def paced(self, share: float) -> None:
        """This share of the program's steps is paced."""
        self._at(_LAID_OUT + (1 - _LAID_OUT) * share)

    def _at(self, share: float) -> None:
        if time.monotonic() > self._end:
            raise SimulationError(
                f"the time limit of {self._limit:g} s was over before the simulation began: building the program and "
                "its netlist took all of it. Give a longer --time-limit, a smaller array or a shorter program."
            )
        if self._progress is not None:
            self._progress(min(share, 1.0))

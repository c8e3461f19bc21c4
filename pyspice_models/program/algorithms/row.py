"""Incremental step pulses for a row at once: its cells share a ladder, and each is left out when its read is there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from pyspice_models.program.algorithms.base import Known, Memory, Pulses
from pyspice_models.program.algorithms.ispp import IncrementalAmplitude


@dataclass(frozen=True)
class IncrementalRow(IncrementalAmplitude):
    """One ladder for each row and sign; cells that change sides wait until the ladder under way is done."""

    name: ClassVar[str] = "row"
    about: ClassVar[str] = "the same with one ladder for a row: all its cells that need one sign at once, then verified"
    source: ClassVar[str] = (
        "programming of a page with inhibited cells: Suh et al., IEEE J. Solid-State Circuits 30, 1149 (1995), "
        "10.1109/4.475701"
    )
    parallel: ClassVar[bool] = True
    usual_rounds: ClassVar[int] = 80

    def begin(self, shape: tuple[int, int]) -> Memory:
        """No ladder has begun."""
        none = np.zeros(shape, dtype=int)
        return {**super().begin(shape), "rung": np.zeros((2, shape[0]), dtype=int), "climbs": none}

    def pulses(self, known: Known, memory: Memory, chosen: NDArray[np.bool_]) -> tuple[Pulses, Memory]:
        """The next rung of every ladder; one without a cell left begins anew with those that wait."""
        way = np.where(known.up, 1, -1)
        climbs, rungs = np.asarray(memory["climbs"]), np.array(memory["rung"])
        volts, width, now = np.full(way.shape, self.start), np.zeros(way.shape), np.zeros(way.shape, dtype=int)
        for number, sign in enumerate((1, -1)):
            mine = chosen & (way == sign)
            under_way = mine & (climbs == sign)
            begins = ~under_way.any(axis=1)
            active = np.where(begins[:, None], mine, under_way)
            rung = np.where(begins, 0, rungs[number])
            ladder = np.minimum(self.start + rung * self.step, self.top)
            volts = np.where(active, ladder[:, None], volts)
            width = np.where(active, self.width, width)
            now = np.where(active, sign, now)
            rungs[number] = np.where(active.any(axis=1), rung + 1, 0)
        return Pulses(width, volts, known.up), {**memory, "rung": rungs, "climbs": now}

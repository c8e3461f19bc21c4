"""Incremental step pulses: a cell's voltage rises pulse by pulse until it is past its level, and then begins anew."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from pyspice_models.declare.quantity import quantity
from pyspice_models.errors import RequestError
from pyspice_models.program.algorithms.amplitude import Amplitude
from pyspice_models.program.algorithms.base import Known, Memory, Pulses


@dataclass(frozen=True)
class IncrementalAmplitude(Amplitude):
    """Each cell by itself climbs from `start` by `step`; one that is past its level climbs the other way."""

    name: ClassVar[str] = "ispp"
    about: ClassVar[str] = "one width, each cell's voltage rises step by step until its read is past the level"
    source: ClassVar[str] = (
        "Suh et al., IEEE J. Solid-State Circuits 30, 1149 (1995), 10.1109/4.475701; to and fro around a level of a "
        "memristor: Alibart et al., Nanotechnology 23, 075201 (2012), 10.1088/0957-4484/23/7/075201"
    )
    usual_rounds: ClassVar[int] = 60

    step: float = quantity(
        10e-3, "V", above=0, high=5, tag="assumed",
        source="at 0.15 V a step more makes a pulse half as strong again", about="of the voltage from pulse to pulse",
    )  # fmt: skip

    def begin(self, shape: tuple[int, int]) -> Memory:
        """All at the foot of their ladders."""
        return {**super().begin(shape), "rung": np.zeros(shape, dtype=int)}

    def pulses(self, known: Known, memory: Memory, chosen: NDArray[np.bool_]) -> tuple[Pulses, Memory]:
        """The next rung; the first one for a cell that has to go the other way."""
        way = np.where(known.up, 1, -1)
        rung = np.where(np.asarray(memory["way"]) == way, memory["rung"], 0)
        volts = np.minimum(self.start + rung * self.step, self.top)
        width = np.where(chosen, self.width, 0.0)
        return Pulses(width, volts, known.up), {**memory, "rung": np.where(chosen, rung + 1, rung)}

    def check(self, where: str) -> None:
        """A step fits between the ends."""
        super().check(where)
        if self.step > self.top - self.start:
            raise RequestError.for_value(
                f"{where}.step", self.step, unit="V",
                allowed=f"<= {self.top - self.start:g}, from start to top",
                advice="The limits contradict each other: there is no second rung.",
            )  # fmt: skip

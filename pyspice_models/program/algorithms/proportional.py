"""A proportional-integral controller of each cell's voltage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from pyspice_models.declare.quantity import quantity
from pyspice_models.errors import RequestError
from pyspice_models.program.algorithms.amplitude import Amplitude
from pyspice_models.program.algorithms.base import Array, Known, Memory, Pulses


@dataclass(frozen=True)
class ProportionalIntegral(Amplitude):
    """Voltage from the error that was read, and from its sum since the cell last changed sides.

    The magnitude is start + proportional |e| + integral sum|e|, e the error as a share of the window, rounded to a
    converter's steps, between `start` and `top`. The sum begins anew where a cell is past its level, and stands still
    while the voltage is at its top: else it would wind up.
    """

    name: ClassVar[str] = "pi"
    about: ClassVar[str] = "one width, voltage from the error of the read and from its sum"
    source: ClassVar[str] = (
        "iterative programming with a controller's gain on the error: Papandreou et al., Proc. IEEE ISCAS 2011, "
        "329-332, 10.1109/ISCAS.2011.5937569; gains and anti-windup are this package's own"
    )
    usual_rounds: ClassVar[int] = 60

    proportional: float = quantity(
        0.12, "V", low=0, high=50, tag="assumed",
        source="chosen so that an error of half of the window asks for 0.16 V",
        about="volts for an error of the whole window",
    )  # fmt: skip
    integral: float = quantity(
        0.12, "V", low=0, high=50, tag="assumed", source="as the proportional part",
        about="volts for an error of the whole window that stayed for one pulse",
    )  # fmt: skip
    resolution: float = quantity(
        5e-3, "V", above=0, high=1, tag="assumed", source="choice of the user",
        about="step of the converter that gives the voltage",
    )  # fmt: skip

    def begin(self, shape: tuple[int, int]) -> Memory:
        """Sums of nothing."""
        return {**super().begin(shape), "sum": np.zeros(shape)}

    def pulses(self, known: Known, memory: Memory, chosen: NDArray[np.bool_]) -> tuple[Pulses, Memory]:
        """For each chosen cell what its controller asks for."""
        error, way = np.abs(known.target - known.read), np.where(known.up, 1, -1)
        before = np.where(np.asarray(memory["way"]) == way, np.asarray(memory["sum"], dtype=float), 0.0)
        asked = self._asked(error, before)
        volts = np.clip(np.round(asked / self.resolution) * self.resolution, self.start, self.top)
        after = np.where(chosen & (asked < self.top), before + error, before)
        return Pulses(np.where(chosen, self.width, 0.0), volts, known.up), {**memory, "sum": after}

    def _asked(self, error: Array, total: Array) -> Array:
        return self.start + self.proportional * error + self.integral * total

    def check(self, where: str) -> None:
        """Something moves the voltage."""
        super().check(where)
        if not self.proportional and not self.integral:
            raise RequestError(
                f"{where}.proportional = 0 V and integral = 0 V are refused: the controller would never "
                "move its voltage. Give one of them more than 0 V."
            )

"""What a step of a program is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from pyspice_models.array import Crossbar
from pyspice_models.declare.quantity import ParameterSet
from pyspice_models.stimulus.phase import Phase


@dataclass(frozen=True)
class Step(ParameterSet, ABC):
    """A frozen description of what is done to an array, checked on its own; `phases` checks it against the array.

    Schedules, netlists, estimates of size, study files and arrays that are drawn ask a step for what stands here, and
    nothing else.

    Attributes:
        kind: of its phases, see `Window`.
        bits: name of the field that holds a bit for each cell; a study file may give a pattern or a file for it.
        volts: names of the fields that hold voltages of lines [V].
        traces: name of the field that holds waves of lines; a study file may give tables or a CSV file for it.
    """

    kind: ClassVar[str]
    bits: ClassVar[str] = ""
    volts: ClassVar[tuple[str, ...]] = ()
    traces: ClassVar[str] = ""

    @abstractmethod
    def phases(self, crossbar: Crossbar, where: str) -> Iterator[Phase]:
        """Its pulses and rests on this array, in order.

        Args:
            crossbar: that it is done to.
            where: what it is called in an error, such as "program[2]".

        Raises:
            RequestError: it does not fit the array.
        """

    def scaled(self, factor: float) -> Self:
        """The same with all its voltages times a factor."""
        changes: dict[str, Any] = {
            name: tuple(volt * factor for volt in getattr(self, name)) for name in self.volts
        }  # fmt: skip
        if "voltage" in self.quantities():
            changes["voltage"] = self.as_dict()["voltage"] * factor
        return replace(self, **changes)

    @property
    def wanted_bits(self) -> NDArray[np.bool_] | None:
        """What every cell is meant to be afterwards, shape (rows, cols); None where nothing is stated."""
        return np.array(getattr(self, self.bits), dtype=bool) if self.bits else None

    @property
    def wanted_conductance(self) -> float | None:
        """What the written cells are meant to have afterwards [S]; None where nothing is stated."""
        return None

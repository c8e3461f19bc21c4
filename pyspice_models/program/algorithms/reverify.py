"""Relaxation-aware: what reads its level is read again after a wait, and what has come back is programmed anew."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from pyspice_models.declare.quantity import quantity, whole_quantity
from pyspice_models.program.algorithms.base import Array, Known, Memory, Pulses
from pyspice_models.program.algorithms.kinetic import Kinetic


@dataclass(frozen=True)
class Reverify(Kinetic):
    """Widths by the kinetics; when no cell is off its level a wait, a read, and pulses for those that then are."""

    name: ClassVar[str] = "reverify"
    about: ClassVar[str] = "widths as above, rows at once; when all read their level, a wait, a read, and pulses again"
    source: ClassVar[str] = (
        "programming in several passes against relaxation: Wan et al., Nature 608, 504 (2022), "
        "10.1038/s41586-022-04992-8"
    )
    parallel: ClassVar[bool] = True
    usual_rounds: ClassVar[int] = 20

    wait: float = quantity(
        1e-3, "s", above=0, high=1e6, tag="assumed", source="choice of the user: longer than the fast relaxation",
        about="between the pulses and the read that counts",
    )  # fmt: skip
    verifies: int = whole_quantity(3, low=1, high=100, about="most waits, each with a read behind it")

    def begin(self, shape: tuple[int, int]) -> Memory:
        """Nothing was verified after a wait."""
        return {**super().begin(shape), "waits": np.zeros((), dtype=int), "rested": np.zeros((), dtype=bool)}

    def after(self, known: Known, memory: Memory, given: Pulses, level: Array) -> Memory:
        """A read behind pulses is not yet one behind a wait."""
        learned = dict(super().after(known, memory, given, level))
        rested = not given.width.any() and known.round > 0
        return learned | {"rested": np.array(rested), "waits": np.asarray(memory["waits"]) + rested}

    def rest(self, known: Known, memory: Memory, chosen: NDArray[np.bool_]) -> float | None:
        """A wait, unless the last read was behind one, or there were enough of them."""
        if chosen.any() or bool(memory["rested"]) or int(np.asarray(memory["waits"])) >= self.verifies:
            return None
        return self.wait

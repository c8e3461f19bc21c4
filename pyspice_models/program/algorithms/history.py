"""Start values from history: what earlier cells of the array taught predicts the first pulse of the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from pyspice_models.declare.quantity import quantity
from pyspice_models.program.algorithms.base import Array, Known, Memory, Pulses
from pyspice_models.program.algorithms.kinetic import Kinetic, faster, responses
from pyspice_models.program.correction import Responses


@dataclass(frozen=True)
class History(Kinetic):
    """Some rows first; the speed of their cells, by sign, is that from which all others begin."""

    name: ClassVar[str] = "history"
    about: ClassVar[str] = "widths as above, rows at once; what the first rows taught predicts the others' first pulse"
    source: ClassVar[str] = (
        "classes of speed from a cell's first pulses: Cho et al., IEEE J. Solid-State Circuits 48 (2013), "
        "10.1109/JSSC.2013.2237974; start voltages: Gao, Chen, Yu, 10.1109/LED.2015.2481819"
    )
    parallel: ClassVar[bool] = True

    teachers: float = quantity(
        0.25, "", above=0, high=1, tag="assumed", source="choice of the user",
        about="share of the rows that are pulsed first, and teach",
    )  # fmt: skip

    def believed(self, known: Known, memory: Memory) -> Responses:
        """A cell's own speed where a pulse has told it, else the median of those told, by sign."""
        return faster(responses(memory), _medians(np.asarray(memory["speed"], dtype=float)))

    def pulses(self, known: Known, memory: Memory, chosen: NDArray[np.bool_]) -> tuple[Pulses, Memory]:
        """Of the first rows alone in the first round."""
        rows = chosen.shape[0]
        if known.round == 0:
            first = np.zeros(rows, dtype=bool)
            # spread over the array: lines take a part of the voltage that differs from row to row
            first[np.unique(np.linspace(0, rows - 1, max(1, round(self.teachers * rows))).astype(int))] = True
            if (chosen & first[:, None]).any():
                chosen = chosen & first[:, None]
        return super().pulses(known, memory, chosen)


def _medians(speed: Array) -> Array:
    """Of set and reset; of one of which nothing is told that of the other, or 1."""
    found = np.array([np.median(one[np.isfinite(one)]) if np.isfinite(one).any() else np.nan for one in speed])
    return np.where(np.isnan(found), np.where(np.isnan(found[::-1]), 1.0, found[::-1]), found)

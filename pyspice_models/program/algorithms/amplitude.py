"""Algorithms that know no kinetics: pulses of one width whose voltage follows from what the reads showed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pyspice_models.declare.quantity import quantity
from pyspice_models.errors import RequestError
from pyspice_models.program.algorithms.base import AT_TOP, SOUND, Algorithm, Array, Known, Memory, Pulses

STILL_AT_TOP = 3
"""A cell that stood still under so many pulses of the highest voltage, one after the other, gets no more."""
_STILL = 2e-3  # of the window: a cell that moves less stands still, and so it does below what reads can tell
_BLUR = 3 * 2**0.5


@dataclass(frozen=True)
class Amplitude(Algorithm):
    """What ladders and controllers of voltage have in common."""

    kinetics = False

    start: float = quantity(
        0.1, "V", above=0, high=5, tag="assumed",
        source="at 0.1 V a pulse of the default width moves the nominal cell by 0.9 % of its window",
        about="of a cell's first pulse of either sign",
    )  # fmt: skip
    top: float = quantity(
        0.2, "V", above=0, high=5, tag="assumed",
        source="a third of it moves the other cells 600 times less than the written one",
        about="highest voltage of a pulse",
    )  # fmt: skip
    width: float = quantity(
        20e-6, "s", above=0, high=1, tag="assumed",
        source="at 0.2 V it moves the nominal cell by a fifth of its window", about="of every pulse",
    )  # fmt: skip

    def begin(self, shape: tuple[int, int]) -> Memory:
        """No pulse has been given."""
        none = np.zeros(shape, dtype=int)
        return {"way": none, "still": none, "disturbed": none.astype(bool)}

    def after(self, known: Known, memory: Memory, given: Pulses, level: Array) -> Memory:
        """Which way each cell was last pulsed, and whether it stood still at the highest voltage."""
        had, blur = given.width > 0, _BLUR * known.noise
        moved = np.where(given.up, level - known.read, known.read - level)
        stood = had & (np.abs(moved) < _STILL + blur) & (given.voltage >= self.top * (1 - 1e-9))
        still = np.where(stood, np.asarray(memory["still"]) + 1, np.where(had, 0, memory["still"]))
        away = np.abs(known.target - level) > np.abs(known.target - known.read) + blur
        way = np.where(had, np.where(given.up, 1, -1), memory["way"])
        return {**memory, "way": way, "still": still, "disturbed": ~had & away & bool(had.any())}

    def given_up(self, known: Known, memory: Memory) -> NDArray[np.int_]:
        """Cells that stood still under three pulses of the highest voltage."""
        return np.where(np.asarray(memory["still"]) >= STILL_AT_TOP, AT_TOP, SOUND)

    def check(self, where: str) -> None:
        """The ladder goes up."""
        if self.start > self.top:
            raise RequestError.for_value(
                f"{where}.start", self.start, unit="V", allowed=f"<= {self.top:g}, its top",
                advice="The limits contradict each other: lower the start or raise the top.",
            )  # fmt: skip

"""A parallel update of all cells by coincidence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from pyspice_models.array import Crossbar
from pyspice_models.declare.quantity import quantity
from pyspice_models.errors import RequestError
from pyspice_models.stimulus.phase import Phase
from pyspice_models.stimulus.scheme import coincidence_bias
from pyspice_models.stimulus.steps.base import Step
from pyspice_models.stimulus.steps.fields import take, wholes
from pyspice_models.stimulus.steps.fits import check_size, pulse_width


@dataclass(frozen=True)
class RankOne(Step):
    """Parallel update by coincidence: half the voltage on word lines, minus half on bit lines; both together switch.

    `RankOneStreams` does the same with trains of pulses, and either at V/2 or at V/3.

    The cell at (r, c) is set where word[r] bit[c] = 1 and reset where it is -1, with a pulse for each pair of signs.

    Attributes:
        word, bit: -1, 0 or 1 for each line.
    """

    kind: ClassVar[str] = "write"

    word: tuple[int, ...] = ()
    bit: tuple[int, ...] = ()
    voltage: float = quantity(
        0.3, "V", above=0, high=5, tag="measured", source="Table S1", about="across a cell where both pulses meet",
    )  # fmt: skip
    width: float = quantity(
        1e-6, "s", above=0, high=10, tag="measured", source="Table S1", about="pulse width at half height",
    )  # fmt: skip
    gap: float = quantity(0.0, "s", low=0, high=1e6, tag="assumed", source="none", about="rest after each pulse")

    def __post_init__(self) -> None:
        """Check the plain fields too."""
        super().__post_init__()
        allowed = "-1, 0 or 1 for each line"
        take(self, word=wholes("word", self.word, allowed, -1, 1), bit=wholes("bit", self.bit, allowed, -1, 1))

    def phases(self, crossbar: Crossbar, where: str) -> Iterator[Phase]:
        """One for each pair of signs that meets somewhere."""
        width = pulse_width(crossbar, self.width, f"{where}.width")
        check_size(f"{where}.word", self.word, crossbar.rows)
        check_size(f"{where}.bit", self.bit, crossbar.cols)
        if not (any(self.word) and any(self.bit)):
            side = "bit" if any(self.word) else "word"
            raise RequestError.for_value(
                f"{where}.{side}", getattr(self, side), allowed="a 1 or -1 somewhere: without one no cell is updated"
            )
        word, bit = np.array(self.word), np.array(self.bit)
        for word_sign in (1, -1):
            for bit_sign in (1, -1):
                rows, cols = np.flatnonzero(word == word_sign).tolist(), np.flatnonzero(bit == bit_sign).tolist()
                if rows and cols:
                    volt = word_sign * bit_sign * self.voltage
                    bias = coincidence_bias("V/2", crossbar.shape, rows, cols, volt)
                    yield Phase(self.kind, width, bias, rows, cols, volt, "coincidence", gap=self.gap)

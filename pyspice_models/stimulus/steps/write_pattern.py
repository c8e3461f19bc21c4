"""Writing a pattern of bits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from pyspice_models.array import Crossbar
from pyspice_models.declare.quantity import quantity, whole_quantity
from pyspice_models.errors import RequestError
from pyspice_models.stimulus.phase import Phase
from pyspice_models.stimulus.scheme import write_bias
from pyspice_models.stimulus.steps.base import Step
from pyspice_models.stimulus.steps.fields import MAX_PULSES, bits, scheme_name, take
from pyspice_models.stimulus.steps.fits import pulse_width


@dataclass(frozen=True)
class WritePattern(Step):
    """Set the ones of a pattern and reset its zeros, row by row: two pulses for each row.

    Attributes:
        target: rows of 0 and 1 or of False and True, shape (rows, cols).
        scheme: see `write_bias`.
    """

    kind: ClassVar[str] = "write"
    bits: ClassVar[str] = "target"

    target: tuple[tuple[int, ...], ...] = ()
    pulses: int = whole_quantity(1, low=1, high=MAX_PULSES, about="how many for each phase")
    scheme: str = "V/3"
    voltage: float = quantity(
        0.3, "V", above=0, high=5, tag="measured", source="Table S1", about="of the set pulses; resets are negative",
    )  # fmt: skip
    width: float = quantity(
        1e-6, "s", above=0, high=10, tag="measured", source="Table S1", about="pulse width at half height",
    )  # fmt: skip
    gap: float = quantity(0.0, "s", low=0, high=1e6, tag="assumed", source="none", about="rest after each pulse")

    def __post_init__(self) -> None:
        """Check the plain fields too."""
        super().__post_init__()
        take(self, target=bits("target", self.target), scheme=scheme_name(self.scheme))

    def phases(self, crossbar: Crossbar, where: str) -> Iterator[Phase]:
        """The sets of each row that has ones, then the resets of each that has zeros."""
        shape, width = crossbar.shape, pulse_width(crossbar, self.width, f"{where}.width")
        target = np.array(self.target, dtype=int)
        if target.shape != shape:
            raise RequestError.for_value(f"{where}.target's shape", target.shape, allowed=f"{shape}, rows x columns")
        for value, volt in ((1, self.voltage), (0, -self.voltage)):
            for row in range(shape[0]):
                if len(cols := np.flatnonzero(target[row] == value).tolist()):
                    bias = write_bias(self.scheme, shape, [row], cols, volt)
                    yield Phase(self.kind, width, bias, [row], cols, volt, self.scheme, self.pulses, self.gap)

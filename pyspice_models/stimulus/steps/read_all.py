"""Reading every row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from pyspice_models.array import Crossbar
from pyspice_models.declare.quantity import quantity
from pyspice_models.stimulus.phase import Phase
from pyspice_models.stimulus.scheme import read_bias
from pyspice_models.stimulus.steps.base import Step
from pyspice_models.stimulus.steps.fields import scheme_name, take
from pyspice_models.stimulus.steps.fits import check_rest, pulse_width


@dataclass(frozen=True)
class ReadAll(Step):
    """Read every row, one after the other.

    Attributes:
        scheme: see `read_bias`.
    """

    kind: ClassVar[str] = "read"

    scheme: str = "grounded"
    voltage: float = quantity(5e-3, "V", low=-1, high=1, tag="measured", source="S14a", about="read voltage")
    duration: float = quantity(
        10e-6, "s", above=0, high=1e5, tag="assumed", source="as Read", about="length of the read of one row",
    )  # fmt: skip

    def __post_init__(self) -> None:
        """Check the plain fields too."""
        super().__post_init__()
        take(self, scheme=scheme_name(self.scheme))

    def phases(self, crossbar: Crossbar, where: str) -> Iterator[Phase]:
        """One for each row."""
        shape, width = crossbar.shape, pulse_width(crossbar, self.duration, f"{where}.duration")
        cols = range(shape[1])
        if self.scheme == "float-bits":
            check_rest(shape, [0], cols, self.scheme, where)
        for row in range(shape[0]):
            bias = read_bias(self.scheme, shape, row, cols, self.voltage)
            yield Phase(self.kind, width, bias, [row], cols, self.voltage, self.scheme)

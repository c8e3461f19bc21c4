"""Reading one cell, or one row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from pyspice_models.array import Crossbar
from pyspice_models.declare.quantity import quantity
from pyspice_models.stimulus.phase import Phase
from pyspice_models.stimulus.scheme import read_bias
from pyspice_models.stimulus.steps.base import Step
from pyspice_models.stimulus.steps.fields import line, scheme_name, take
from pyspice_models.stimulus.steps.fits import check_rest, lines_of, pulse_width


@dataclass(frozen=True)
class Read(Step):
    """Read one cell, or with `col` None a whole row at once.

    Attributes:
        row, col: what to read.
        scheme: see `read_bias`.
    """

    kind: ClassVar[str] = "read"

    row: int = 0
    col: int | None = None
    scheme: str = "grounded"
    voltage: float = quantity(
        5e-3, "V", low=-1, high=1, tag="measured", source="S14a", about="read voltage on the word line",
    )  # fmt: skip
    duration: float = quantity(
        10e-6, "s", above=0, high=1e5, tag="assumed", source="twice the 5 us of the recovery (Note S1)",
        about="length of the read at half height",
    )  # fmt: skip

    def __post_init__(self) -> None:
        """Check the plain fields too."""
        super().__post_init__()
        take(self, row=line("row", self.row), scheme=scheme_name(self.scheme))
        take(self, col=None if self.col is None else line("col", self.col))

    def phases(self, crossbar: Crossbar, where: str) -> Iterator[Phase]:
        """One."""
        shape, width = crossbar.shape, pulse_width(crossbar, self.duration, f"{where}.duration")
        (row,) = lines_of(self.row, shape[0], f"{where}.row")
        cols = list(range(shape[1])) if self.col is None else lines_of(self.col, shape[1], f"{where}.col")
        bias = read_bias(self.scheme, shape, row, cols, self.voltage)
        if self.scheme == "float-bits":
            check_rest(shape, [row], cols, self.scheme, where)
        yield Phase(self.kind, width, bias, [row], cols, self.voltage, self.scheme)

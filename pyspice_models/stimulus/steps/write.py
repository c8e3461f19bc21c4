"""Pulses across chosen cells."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from pyspice_models.array import Crossbar
from pyspice_models.declare.quantity import quantity, whole_quantity
from pyspice_models.stimulus.phase import Phase
from pyspice_models.stimulus.scheme import write_bias
from pyspice_models.stimulus.steps.base import Step
from pyspice_models.stimulus.steps.fields import MAX_PULSES, Which, scheme_name, take, which
from pyspice_models.stimulus.steps.fits import check_rest, lines_of, pulse_width


@dataclass(frozen=True)
class Write(Step):
    """Pulses across one cell, or across all cells where the rows cross the columns; positive sets, negative resets.

    Attributes:
        row, col: a line, several, or "all"; with several of both, all their crossings are written at once.
        scheme: see `write_bias`.
    """

    kind: ClassVar[str] = "write"

    row: Which = 0
    col: Which = 0
    pulses: int = whole_quantity(1, low=1, high=MAX_PULSES, about="how many, one after the other")
    scheme: str = "V/2"
    voltage: float = quantity(
        0.3, "V", low=-5, high=5, tag="measured", source="Table S1", about="word line to bit line during the pulse",
    )  # fmt: skip
    width: float = quantity(
        1e-6, "s", above=0, high=10, tag="measured", source="Table S1", about="pulse width at half height",
    )  # fmt: skip
    gap: float = quantity(
        0.0, "s", low=0, high=1e6, tag="assumed", source="none: the read that follows shows the recovery",
        about="rest at 0 V after each pulse",
    )  # fmt: skip
    g_target: float = quantity(
        0.0, "S", low=0, high=10, tag="assumed", source="choice of the user",
        about="conductance that the written cells are meant to have afterwards; 0: none is stated",
    )  # fmt: skip

    def __post_init__(self) -> None:
        """Check the plain fields too."""
        super().__post_init__()
        take(self, row=which("row", self.row), col=which("col", self.col), scheme=scheme_name(self.scheme))

    def phases(self, crossbar: Crossbar, where: str) -> Iterator[Phase]:
        """One, of all pulses."""
        shape, width = crossbar.shape, pulse_width(crossbar, self.width, f"{where}.width")
        rows = lines_of(self.row, shape[0], f"{where}.row")
        cols = lines_of(self.col, shape[1], f"{where}.col")
        bias = write_bias(self.scheme, shape, rows, cols, self.voltage)
        check_rest(shape, rows, cols, self.scheme, where)
        yield Phase(self.kind, width, bias, rows, cols, self.voltage, self.scheme, self.pulses, self.gap)

    @property
    def wanted_conductance(self) -> float | None:
        """Its `g_target` [S]; None where that is 0."""
        return self.g_target or None

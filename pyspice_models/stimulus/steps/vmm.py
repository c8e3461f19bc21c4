"""Vector-matrix multiplication, either way through the array."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from pyspice_models.array import Crossbar
from pyspice_models.declare.quantity import choice, quantity
from pyspice_models.stimulus.phase import TRANSPOSED, Phase
from pyspice_models.stimulus.scheme import vector_bias
from pyspice_models.stimulus.steps.base import Step
from pyspice_models.stimulus.steps.fields import numbers, take
from pyspice_models.stimulus.steps.fits import check_size, pulse_width


@dataclass(frozen=True)
class Vmm(Step):
    """Vector-matrix multiplication: all word lines driven by an input vector, all bit lines sensed at ground.

    Transposed, the vector drives the bit lines through their ends (an amplifier there holds its line at its reference),
    and the word lines are held at ground through theirs, whose currents are sensed.

    Attributes:
        inputs: -1 to 1 for each driven line; empty for all 1.
    """

    kind: ClassVar[str] = "vmm"

    inputs: tuple[float, ...] = ()
    transposed: bool = choice(False, about="drive the bit lines and sense the word lines")
    voltage: float = quantity(
        5e-3, "V", above=0, high=1, tag="assumed", source="the read voltage of S14a", about="of an input of 1",
    )  # fmt: skip
    duration: float = quantity(
        10e-6, "s", above=0, high=1e5, tag="assumed", source="as Read", about="length of the pulses at half height",
    )  # fmt: skip

    def __post_init__(self) -> None:
        """Check the plain fields too."""
        super().__post_init__()
        take(self, inputs=numbers("inputs", self.inputs, "", 1, "numbers"))

    def phases(self, crossbar: Crossbar, where: str) -> Iterator[Phase]:
        """One."""
        rows, cols = map(range, crossbar.shape)
        width = pulse_width(crossbar, self.duration, f"{where}.duration")
        driven, held = (cols, rows) if self.transposed else (rows, cols)
        inputs = self.inputs or (1.0,) * len(driven)
        check_size(f"{where}.inputs", inputs, len(driven))
        sides = [self.voltage * value for value in inputs], [0.0] * len(held)
        bias = vector_bias(*(reversed(sides) if self.transposed else sides))
        yield Phase(self.kind, width, bias, rows, cols, self.voltage, TRANSPOSED if self.transposed else "")

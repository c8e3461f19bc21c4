"""A pulse with voltages of one's own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from pyspice_models.array import Crossbar
from pyspice_models.cells.selectors.kinds import Transistor
from pyspice_models.declare.quantity import quantity
from pyspice_models.errors import RequestError
from pyspice_models.stimulus.phase import Phase
from pyspice_models.stimulus.scheme import vector_bias
from pyspice_models.stimulus.steps.base import Step
from pyspice_models.stimulus.steps.fields import ALL, Which, numbers, take, which, wholes
from pyspice_models.stimulus.steps.fits import check_size, lines_of, pulse_width


@dataclass(frozen=True)
class Apply(Step):
    """A pulse with voltages of one's own on every line.

    Attributes:
        word, bit: voltage of each line [V], -5 to 5.
        float_words, float_bits: lines that are cut off instead.
        gates: bit lines whose transistors conduct: a line, several, or "all"; only for 1T1R.
    """

    kind: ClassVar[str] = "apply"
    volts: ClassVar[tuple[str, ...]] = ("word", "bit")

    word: tuple[float, ...] = ()
    bit: tuple[float, ...] = ()
    float_words: tuple[int, ...] = ()
    float_bits: tuple[int, ...] = ()
    gates: Which = ALL
    width: float = quantity(
        1e-6, "s", above=0, high=10, tag="assumed", source="choice of the user", about="pulse width at half height",
    )  # fmt: skip
    gap: float = quantity(0.0, "s", low=0, high=1e6, tag="assumed", source="none", about="rest after the pulse")

    def __post_init__(self) -> None:
        """Check the plain fields too."""
        super().__post_init__()
        for name in ("word", "bit"):
            volts = numbers(name, getattr(self, name), "V", 5, "voltages")
            take(self, **{name: volts})
        for name in ("float_words", "float_bits"):
            take(self, **{name: wholes(name, getattr(self, name), "numbers of lines", 0, 10**9)})
        take(self, gates=which("gates", self.gates))

    def phases(self, crossbar: Crossbar, where: str) -> Iterator[Phase]:
        """One."""
        shape, width = crossbar.shape, pulse_width(crossbar, self.width, f"{where}.width")
        check_size(f"{where}.word", self.word, shape[0])
        check_size(f"{where}.bit", self.bit, shape[1])
        float_words = lines_of(self.float_words, shape[0], f"{where}.float_words")
        float_bits = lines_of(self.float_bits, shape[1], f"{where}.float_bits")
        gates = lines_of(self.gates, shape[1], f"{where}.gates")
        if self.gates != ALL and not isinstance(crossbar.selector, Transistor):
            raise RequestError(
                f"{where}.gates = {self.gates!r} needs transistors, and the array is {crossbar.kind}: add a "
                "[transistor] table, or leave gates out."
            )
        bias = vector_bias(self.word, self.bit, float_words=float_words, float_bits=float_bits, gates=gates)
        rows, cols = map(range, shape)
        yield Phase(self.kind, width, bias, rows, cols, max(map(abs, (*self.word, *self.bit))), gap=self.gap)

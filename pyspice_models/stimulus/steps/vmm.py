"""Vector-matrix multiplication, either way through the array, with converters before and behind it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from pyspice_models.array import Crossbar
from pyspice_models.declare.quantity import choice, quantity, whole_quantity
from pyspice_models.errors import RequestError
from pyspice_models.numeric import MAX_SEED
from pyspice_models.stimulus.converter import Converter, check_bits
from pyspice_models.stimulus.differences import Differences
from pyspice_models.stimulus.phase import TRANSPOSED, Phase
from pyspice_models.stimulus.scheme import vector_bias
from pyspice_models.stimulus.steps.base import Step
from pyspice_models.stimulus.steps.fields import line, numbers, pairs, take
from pyspice_models.stimulus.steps.fits import check_pairs, check_size, lines_of, pulse_width

Array = NDArray[np.float64]

MAX_REREADS = 16
_ABOVE = 1 + 1e-9  # of full inputs, for sums of them


@dataclass(frozen=True)
class Vmm(Step):
    """Vector-matrix multiplication: all word lines driven by an input vector, all bit lines sensed at ground.

    Transposed, the vector drives the bit lines through their ends (an amplifier there holds its line at its reference),
    and the word lines are held at ground through theirs, whose currents are sensed.

    With a reference or pairs the weights are differences of columns: currents are subtracted before they are converted,
    and transposed the minus column of each input gets the opposite of what the plus column gets.

    Attributes:
        inputs: -1 to 1 for each driven line, or transposed for each difference; empty for all 1.
        reference: a bit line that is subtracted from every other.
        pairs: instead of it, bit lines (plus, minus), one pair for each output.
    """

    kind: ClassVar[str] = "vmm"

    inputs: tuple[float, ...] = ()
    transposed: bool = choice(False, about="drive the bit lines and sense the word lines")
    reference: int | None = None
    pairs: tuple[tuple[int, int], ...] = ()
    voltage: float = quantity(
        5e-3, "V", above=0, high=1, tag="assumed", source="the read voltage of S14a", about="of an input of 1",
    )  # fmt: skip
    duration: float = quantity(
        10e-6, "s", above=0, high=1e5, tag="assumed", source="as Read", about="length of the pulses at half height",
    )  # fmt: skip
    dac_bits: int = whole_quantity(0, low=0, high=24, about="of the inputs' converter, sign included; 0: none")
    dac_range: float = quantity(
        1.0, "", above=0, high=1, tag="assumed", source="choice of the user",
        about="input at the full scale of its converter; larger ones are clipped",
    )  # fmt: skip
    adc_bits: int = whole_quantity(0, low=0, high=24, about="of the outputs' converter, sign included; 0: none")
    adc_range: float = quantity(
        0.0, "A", low=0, high=1, tag="assumed", source="choice of the user",
        about="output at the full scale of its converter; 0: sensing.full_scale, or else what all driven lines at 1 "
        "give with nominal cells at the top of their window",
    )  # fmt: skip
    read_noise: bool = choice(False, about="draw noise and offsets of [sensing] for every output")
    seed: int = whole_quantity(0, low=0, high=MAX_SEED, about="of the read noise")
    noise_management: bool = choice(False, about="scale inputs so that the largest is 1, and outputs back")
    rereads: int = whole_quantity(
        0, low=0, high=MAX_REREADS,
        about="bound management: how often outputs that clip may be read again, at half the inputs each time",
    )  # fmt: skip

    def __post_init__(self) -> None:
        """Check the plain fields too."""
        super().__post_init__()
        take(self, inputs=numbers("inputs", self.inputs, "", 1, "numbers"), pairs=pairs("pairs", self.pairs))
        take(self, reference=None if self.reference is None else line("reference", self.reference))
        if self.reference is not None and self.pairs:
            raise RequestError("reference contradicts pairs: give one bit line for all outputs, or two for each")
        check_bits(dac_bits=self.dac_bits, adc_bits=self.adc_bits)
        if self.rereads and not self.adc_bits:
            raise RequestError.for_value("rereads", self.rereads, allowed="0 without adc_bits: nothing clips")

    @property
    def dac(self) -> Converter | None:
        """Of the inputs."""
        return Converter(self.dac_bits, self.dac_range) if self.dac_bits else None

    def differences(self, cols: int, where: str = "the step") -> Differences | None:
        """What outputs, or the inputs of a transposed product, are; None if every bit line stands for itself.

        Raises:
            RequestError: a line outside the array, or subtracted from itself.
        """
        if self.reference is not None:
            (reference,) = lines_of(self.reference, cols, f"{where}.reference")
            if cols == 1:
                raise RequestError.for_value(
                    f"{where}.reference", reference, allowed="none in an array of one bit line"
                )
            return Differences.from_reference(reference, cols)
        check_pairs(self.pairs, cols, f"{where}.pairs")
        return Differences.of_pairs(self.pairs) if self.pairs else None

    def asked(self, shape: tuple[int, int], where: str = "the step") -> Array:
        """What the inputs ask of each driven line, as a share of `voltage`: before scaling and conversion.

        Raises:
            RequestError: inputs that are not one for each line or difference, or that add up to more than 1 on a line.
        """
        columns = self.differences(shape[1], where)
        size = shape[0] if not self.transposed else columns.count if columns else shape[1]
        inputs = self.inputs or (1.0,) * size
        check_size(f"{where}.inputs", inputs, size)
        if not self.transposed or columns is None:
            return np.array(inputs)
        on_lines = columns.inputs(inputs, shape[1])
        if np.abs(on_lines).max() > _ABOVE:
            col = int(np.abs(on_lines).argmax())
            raise RequestError(
                f"{where}.inputs add up to {on_lines[col]:g} on bit line {col}, which is subtracted from several; "
                f"allowed: -1 to 1. Scale them by {1 / abs(on_lines[col]):.3g} or less, or give pairs."
            )
        return on_lines

    def scale(self, shape: tuple[int, int]) -> float:
        """What inputs are divided by, and outputs multiplied with."""
        largest = float(np.abs(self.asked(shape)).max())
        return largest if self.noise_management and largest > 0 else 1.0

    def driven(self, shape: tuple[int, int], halvings: int = 0) -> Array:
        """What each driven line gets, as a share of `voltage`: scaled, halved for this rereading, converted."""
        shares = self.asked(shape) / self.scale(shape) / 2.0**halvings
        return shares if self.dac is None else self.dac.values(self.dac.codes(shares))

    def phases(self, crossbar: Crossbar, where: str) -> Iterator[Phase]:
        """One; with bound management another at half of the inputs for each time that outputs may be read again."""
        rows, cols = map(range, crossbar.shape)
        width = pulse_width(crossbar, self.duration, f"{where}.duration")
        self.asked(crossbar.shape, where)
        for halvings in range(self.rereads + 1):
            volts = self.voltage * self.driven(crossbar.shape, halvings)
            sides = ([0.0] * len(rows), volts) if self.transposed else (volts, [0.0] * len(cols))
            scheme, level = TRANSPOSED if self.transposed else "", self.voltage / 2**halvings
            yield Phase(self.kind, width, vector_bias(*sides), rows, cols, level, scheme)

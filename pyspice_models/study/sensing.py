"""The `[sensing]` table of a study: what amplifiers and converters make of the currents of a read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.constants import k as BOLTZMANN
from scipy.special import ndtri

from pyspice_models.errors import RequestError
from pyspice_models.numeric import MAX_SEED, whole
from pyspice_models.params import refuse_unknown
from pyspice_models.params.places import uniform_at_places
from pyspice_models.params.sensing import SensingParams

Array = NDArray[np.float64]

_SMALLEST = 1e-16
"""A uniform number may be 0, whose normal deviate is infinite."""


@dataclass(frozen=True)
class Sensing:
    """Amplifiers and converters of one array.

    Attributes:
        params: of the circuit of one bit line.
        seed: of the offsets, which belong to the bit lines, and of the noise, which is new in each read.
    """

    params: SensingParams = field(default_factory=SensingParams)
    seed: int = 0

    def __post_init__(self) -> None:
        """Check what no declaration can say."""
        whole(self.seed, 0, MAX_SEED, name="sensing.seed")
        if self.params.adc_bits != int(self.params.adc_bits):
            raise RequestError.for_value("sensing.adc_bits", self.params.adc_bits, allowed="a whole number, 1 to 24")

    @property
    def step(self) -> float:
        """Of the converter [A]."""
        return self.params.full_scale / 2**self.params.adc_bits

    def check(self, duration: float) -> None:
        """Refuse a bandwidth that a read of this duration [s] cannot have.

        Raises:
            RequestError: it is below that of an integration over the whole read, 1/(2 duration).
        """
        least = 1 / (2 * duration)
        if self.params.bandwidth < least * (1 - 1e-9):
            raise RequestError.for_value(
                "sensing.bandwidth", self.params.bandwidth, unit="Hz", allowed=f">= {least:.4g} Hz",
                advice="A read of that duration integrates for no longer. Make the reads longer.",
            )  # fmt: skip

    def noise(self, conductance: Array, temperature: float) -> Array:
        """Standard deviation of a read's noise current [A].

        Nyquist's noise of the cells and the amplifier's own, each white: sqrt((i^2 + 4 k T G) B). The bit line stands
        at the input of the amplifier, so that all of its cells add to G.

        Args:
            conductance: of all cells of the bit line together [S].
            temperature: of the cells [K].
        """
        white = self.params.noise_density**2 + 4 * BOLTZMANN * temperature * np.asarray(conductance, dtype=float)
        return np.sqrt(white * self.params.bandwidth)

    def spread(self, conductance: Array, temperature: float) -> Array:
        """The same with the steps of the converter: sqrt(noise^2 + step^2/12) [A]."""
        return np.asarray(np.hypot(self.noise(conductance, temperature), self.step / np.sqrt(12)))

    def offsets(self, cols: int) -> Array:
        """Offset current of each bit line [A]; it does not change from read to read."""
        return self.params.offset * _normal(self.seed, "sense offset", (cols,))

    def seen(self, current: Array, noise: Array, read: int) -> Array:
        """What the converters say of these currents, middle of a step [A].

        Args:
            current: into the circuit of each bit line when each row is read, shape (rows, cols) [A].
            noise: its standard deviation, of a shape that fits [A].
            read: number of the read of the whole array: each has a noise of its own.
        """
        shape = current.shape
        at_input = current + self.offsets(shape[1]) + noise * _normal(self.seed, f"sense noise {read}", shape)
        steps = np.floor(at_input / self.step)
        return np.asarray((np.clip(steps, 0, 2**self.params.adc_bits - 1) + 0.5) * self.step)


def _normal(seed: int, name: str, shape: tuple[int, ...]) -> Array:
    return np.asarray(ndtri(np.maximum(uniform_at_places(seed, name, shape), _SMALLEST)))


def sensing_from(table: object, *, full_scale: float) -> Sensing:
    """The `[sensing]` table of a study file; an empty one takes the defaults, and this full scale [A].

    Raises:
        RequestError: no table, unknown key, wrong unit, value out of range.
    """
    if not isinstance(table, Mapping):
        raise RequestError("sensing must be a table: write it as [sensing]")
    for key in table:
        refuse_unknown(key, {*SensingParams.quantities(), "seed"}, "sensing")
    numbers: dict[str, Any] = {"full_scale": full_scale} | {k: v for k, v in table.items() if k != "seed"}
    return Sensing(SensingParams.from_mapping(numbers, where="sensing"), table.get("seed", 0))

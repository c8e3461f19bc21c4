"""What closed-loop programming reads with: amplifiers and converters, and what they make of currents."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from pyspice_models.array import Crossbar
from pyspice_models.errors import RequestError
from pyspice_models.measure.noise import SenseNoise, Sensing
from pyspice_models.numeric import MAX_SEED, whole
from pyspice_models.params.places import uniform_at_places
from pyspice_models.params.sensing import SensingParams

Array = NDArray[np.float64]

_SMALLEST = 1e-16
"""A uniform number may be 0, whose normal deviate is infinite."""
_HEADROOM = 2.0


@dataclass(frozen=True)
class ReadOut:
    """Amplifiers and converters of one array.

    Attributes:
        sense: the circuit of one bit line.
        seed: of the offsets, which belong to the bit lines, and of the noise, which is new in each read.
    """

    sense: Sensing
    seed: int = 0

    def __post_init__(self) -> None:
        """Check the seed."""
        whole(self.seed, 0, MAX_SEED, name="write_verify.read_seed")

    @classmethod
    def of(cls, crossbar: Crossbar, params: SensingParams, top: float, seed: int = 0) -> ReadOut:
        """For this crossbar's amplifiers; `top` is the current of the nominal cell at the top of its window [A]."""
        scale = params.full_scale or _HEADROOM * top
        return cls(Sensing(params, crossbar.driver.r_feedback, crossbar.temperature, scale), seed)

    def check(self, duration: float) -> None:
        """Refuse a bandwidth that a read of this duration [s] cannot have.

        Raises:
            RequestError: it is below that of an integration over the whole read, 1/(2 duration).
        """
        least = 1 / (2 * duration)
        if self.sense.params.bandwidth < least * (1 - 1e-9):
            raise RequestError.for_value(
                "sensing.bandwidth", self.sense.params.bandwidth, unit="Hz", allowed=f">= {least:.4g}",
                advice="A read of that duration integrates for no longer. Make the reads longer.",
            )  # fmt: skip

    def spread(self, current: Array, conductance: Array) -> Array:
        """Standard deviation from read to read, steps of the converter included [A]; arguments as of `seen`."""
        noise = self.sense.noise(current, conductance)
        return np.asarray(np.hypot(_from_read_to_read(noise), noise.quantization))

    def seen(self, current: Array, conductance: Array, read: int) -> Array:
        """What the converters say of these currents: middles of their steps [A].

        Args:
            current: into the circuit of each bit line when each row is read, shape (rows, cols) [A].
            conductance: of all cells of each bit line together, shape (cols,): they stand at the amplifier's input [S].
            read: number of the read of the whole array: each has a noise of its own.
        """
        noise = self.sense.noise(current, conductance)
        offset = noise.offset * _normal(self.seed, "sense offset", (current.shape[1],))
        own = _from_read_to_read(noise) * _normal(self.seed, f"sense noise {read}", current.shape)
        steps = np.floor((current + offset + own) / self.sense.step)
        return np.asarray((np.clip(steps, 0, 2**self.sense.params.bits - 1) + 0.5) * self.sense.step)


def _from_read_to_read(noise: SenseNoise) -> Array:
    """All but the offset, which is the same in every read of a bit line, and the converter's steps."""
    parts = (noise.cell, noise.flicker, noise.feedback, noise.amplifier)
    return np.asarray(np.sqrt(sum(np.square(part) for part in parts)))


def _normal(seed: int, name: str, shape: tuple[int, ...]) -> Array:
    return np.asarray(ndtri(np.maximum(uniform_at_places(seed, name, shape), _SMALLEST)))

"""What closed-loop programming reads with: amplifiers and converters, and what they make of currents."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pyspice_models.array.places import normal_at_places
from pyspice_models.array.sensing import SensingParams
from pyspice_models.errors import RequestError
from pyspice_models.measure.noise import Sensing
from pyspice_models.numeric import MAX_SEED, whole
from pyspice_models.study.measures.sensing import sensing_of
from pyspice_models.study.study import Study
from pyspice_models.units import show

Array = NDArray[np.float64]


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
    def of(cls, study: Study, voltage: float, seed: int = 0) -> ReadOut:
        """The sense circuits of a study, for reads at this voltage [V]."""
        return cls(sensing_of(study, voltage), seed)

    def check(self, duration: float, currents: Array, within: float) -> None:
        """Refuse what cannot verify: a bandwidth that a read does not have, steps that miss a level.

        Args:
            duration: of a read [s].
            currents: of the levels that cells may be asked to hold, in any order, shape (n,) [A].
            within: how far off a level a read may be [A].

        Raises:
            RequestError: the bandwidth is below that of an integration over the whole read, 1/(2 duration); or some
                level has no code within the tolerance, so that no read would ever show it.
        """
        least = 1 / (2 * duration)
        if self.sense.params.bandwidth < least * (1 - 1e-9):
            raise RequestError.for_value(
                "sensing.bandwidth", self.sense.params.bandwidth, unit="Hz", allowed=f">= {least:.4g}",
                advice="A read of that duration integrates for no longer. Make the reads longer.",
            )  # fmt: skip
        off = np.abs(self._code(currents) - currents)
        if not (off > within).any():
            return
        worst, highest, full_scale = float(currents[off.argmax()]), float(currents.max()), self.sense.full_scale
        if highest > full_scale:
            raise RequestError.for_value(
                "sensing.full_scale", full_scale, unit="A", allowed=f">= {highest:.4g}",
                advice="That is the current of the highest level. Without a full scale it is twice that of the window.",
            )  # fmt: skip
        why = (
            f"Steps of {show(self.sense.step, 'A')} have none within the tolerance, {show(within, 'A')}, of the level "
            f"at {show(worst, 'A')}: no read would ever show it."
        )
        enough, most = math.ceil(math.log2(full_scale / (2 * within))), SensingParams.quantities()["bits"].high
        if enough > most:
            raise RequestError.for_value(
                "sensing.full_scale", full_scale, unit="A", allowed=f"<= {2 * within * 2**most:.4g}",
                advice=f"{why} That is what {most:.0f} bits are enough for.",
            )  # fmt: skip
        raise RequestError.for_value(
            "sensing.bits", self.sense.params.bits, allowed=f"a whole number from {enough} to {most:.0f}",
            advice=f"{why} A full scale below {show(full_scale, 'A')}, fewer levels or a wider tolerance do as well.",
        )  # fmt: skip

    def spread(self, current: Array, conductance: Array) -> Array:
        """Standard deviation from read to read, steps of the converter included [A]; arguments as of `seen`."""
        noise = self.sense.noise(current, conductance)
        return np.asarray(np.hypot(noise.each_read, noise.quantization))

    def seen(self, current: Array, conductance: Array, read: int) -> Array:
        """What the converters say of these currents: middles of their steps [A].

        Args:
            current: into the circuit of each bit line when each row is read, shape (rows, cols) [A].
            conductance: of all cells of each bit line together, shape (cols,): they stand at the amplifier's input [S].
            read: number of the read of the whole array: each has a noise of its own.
        """
        noise = self.sense.noise(current, conductance)
        offset = noise.offset * normal_at_places(self.seed, "sense offset", (current.shape[1],))
        own = noise.each_read * normal_at_places(self.seed, f"sense noise {read}", current.shape)
        return self._code(current + offset + own)

    def _code(self, current: Array) -> Array:
        """Middle of the converter's step that a current falls into [A]."""
        steps = np.floor(current / self.sense.step)
        return np.asarray((np.clip(steps, 0, 2**self.sense.params.bits - 1) + 0.5) * self.sense.step)

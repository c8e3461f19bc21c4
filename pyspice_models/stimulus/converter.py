"""A converter between numbers and levels that lie evenly about zero: of a product's inputs, or of its outputs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pyspice_models.errors import RequestError

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Converter:
    """Levels from -full_scale to full_scale, zero among them, as codes from -(2^(bits - 1) - 1) to its opposite.

    Attributes:
        bits: 2 or more, one of them the sign.
        full_scale: of the largest code, in the unit of what is converted.
    """

    bits: int
    full_scale: float

    @property
    def top(self) -> int:
        """The largest code."""
        return int(2 ** (self.bits - 1) - 1)

    @property
    def step(self) -> float:
        """From one level to the next."""
        return self.full_scale / self.top

    def codes(self, values: ArrayLike) -> NDArray[np.int64]:
        """Of the nearest level; beyond full scale that of the last."""
        nearest = np.round(np.asarray(values, dtype=float) / self.full_scale * self.top)
        return nearest.clip(-self.top, self.top).astype(np.int64)

    def clips(self, values: ArrayLike) -> NDArray[np.bool_]:
        """Whether they lie beyond full scale by more than rounding takes."""
        return np.asarray(np.abs(np.asarray(values, dtype=float)) > self.full_scale + self.step / 2)

    def values(self, codes: ArrayLike) -> Array:
        """What codes stand for."""
        return np.asarray(codes, dtype=float) * (self.full_scale / self.top)

    def rounded(self, values: ArrayLike) -> Array:
        """What is left of values that are converted: those of their codes."""
        return self.values(self.codes(values))


def check_bits(**bits: int) -> None:
    """Raise RequestError for a converter, by name, of a single bit: it would have the level 0 alone; 0 is for none."""
    for name, count in bits.items():
        if count == 1:
            raise RequestError.for_value(name, 1, allowed="0 for none, or 2 to 24: one of them is the sign")

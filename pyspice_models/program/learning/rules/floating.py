"""Learning in numbers, without any array: what the others are compared with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pyspice_models.declare.quantity import ParameterSet, quantity
from pyspice_models.program.learning.rules.rule import decaying

Array = NDArray[np.float64]


@dataclass(frozen=True)
class FloatingParams(ParameterSet):
    """Of stochastic gradient descent in floating point."""

    rate: float = quantity(
        0.1, "", above=0, high=100, tag="assumed", source="tuned on validation images", about="rate of learning"
    )
    decay: float = decaying()


@dataclass
class Floating:
    """Weights as numbers.

    Attributes:
        values: shape (inputs, outputs).
        rate: of learning.
    """

    values: Array
    rate: float

    @property
    def fixed(self) -> dict[str, Array]:
        """See `Rule`: nothing."""
        return {}

    def product(self, vectors: Array) -> Array:
        """See `Rule`."""
        return vectors @ self.values

    def transposed(self, vectors: Array) -> Array:
        """See `Rule`."""
        return vectors @ self.values.T

    def learn(self, inputs: Array, downhill: Array, share: float = 1.0) -> None:
        """See `Rule`."""
        self.values += share * self.rate * np.outer(inputs, downhill)

    def begin(self, generator: np.random.Generator) -> None:
        """See `Rule`; it needs none."""

    def arrays(self) -> dict[str, Array]:
        """See `Rule`."""
        return {"values": self.values}

    def restore(self, arrays: Mapping[str, Array]) -> None:
        """See `Rule`."""
        self.values = np.array(arrays["values"], dtype=float)

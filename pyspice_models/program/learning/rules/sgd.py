"""Stochastic gradient descent by pulses: every sample changes the array that holds the weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from pyspice_models.declare.quantity import ParameterSet, quantity
from pyspice_models.program.learning.rules.rule import decaying
from pyspice_models.program.learning.streams import Trains
from pyspice_models.program.learning.weights import Weights

Array = NDArray[np.float64]


@dataclass(frozen=True)
class SgdParams(ParameterSet):
    """Of SGD on the array."""

    rate: float = quantity(
        0.08, "", above=0, high=100, tag="assumed", source="tuned on validation images", about="rate of learning"
    )
    decay: float = decaying()
    scale: float = quantity(
        8.0, "", above=0, high=1000, tag="assumed", source="tuned on validation images",
        about="weight of a cell's whole window",
    )  # fmt: skip
    reference: float = quantity(
        0.5, "", low=0, high=1, tag="assumed", source="tuned on validation images",
        about="level that counts as the weight 0",
    )  # fmt: skip


@dataclass
class Sgd:
    """One array C that products are read from and every sample is written into.

    Attributes:
        slow: the array.
        trains: of its pulses.
        rate: of learning.
        step: mean size of a level's change by a whole pulse at the symmetric point.
    """

    slow: Weights
    trains: Trains
    rate: float
    step: float
    generator: np.random.Generator = field(init=False)

    @property
    def values(self) -> Array:
        """See `Rule`."""
        return self.slow.values

    @property
    def fixed(self) -> dict[str, Array]:
        """See `Rule`."""
        return {"slow reference": self.slow.reference.levels}

    def product(self, vectors: Array) -> Array:
        """See `Rule`."""
        return self.slow.product(vectors)

    def transposed(self, vectors: Array) -> Array:
        """See `Rule`."""
        return self.slow.transposed(vectors)

    def learn(self, inputs: Array, downhill: Array, share: float = 1.0) -> None:
        """See `Rule`."""
        amount = share * self.rate / (self.slow.scale * self.step)
        self.slow.give(self.trains.outer(inputs, downhill, amount, self.generator))

    def begin(self, generator: np.random.Generator) -> None:
        """See `Rule`."""
        self.generator = self.slow.generator = generator

    def arrays(self) -> dict[str, Array]:
        """See `Rule`."""
        return {f"slow {name}": values for name, values in self.slow.arrays().items()}

    def restore(self, arrays: Mapping[str, Array]) -> None:
        """See `Rule`."""
        self.slow.restore(named(arrays, "slow"))


def named(arrays: Mapping[str, Array], part: str) -> dict[str, Array]:
    """Those of one part, without its name."""
    return {name.removeprefix(f"{part} "): value for name, value in arrays.items() if name.startswith(f"{part} ")}

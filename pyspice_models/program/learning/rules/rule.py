"""What every rule of learning offers to a network: products both ways, and a step down the gradient."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from pyspice_models.declare.quantity import quantity

Array = NDArray[np.float64]


class Rule(Protocol):
    """Weights of one layer and how they learn. Inputs hold the constant 1 of the bias as their last entry."""

    @property
    def values(self) -> Array:
        """The weights as they are, shape (inputs, outputs)."""
        ...

    @property
    def fixed(self) -> dict[str, Array]:
        """What there is to tell of it and never changes, by name."""
        ...

    def product(self, vectors: Array) -> Array:
        """From inputs of shape (vectors, inputs) to sums of shape (vectors, outputs)."""
        ...

    def transposed(self, vectors: Array) -> Array:
        """From errors of shape (vectors, outputs) to shape (vectors, inputs)."""
        ...

    def learn(self, inputs: Array, downhill: Array, share: float = 1.0) -> None:
        """One step: W changes by about share x rate x inputs x downhill, shapes (inputs,) and (outputs,)."""
        ...

    def begin(self, generator: np.random.Generator) -> None:
        """Take all further random numbers from here."""
        ...

    def arrays(self) -> dict[str, Array]:
        """All that the next step depends on, by name."""
        ...

    def restore(self, arrays: Mapping[str, Array]) -> None:
        """Go back to what `arrays` gave."""
        ...


def decaying() -> Any:
    """The parameter `decay`, which every rule has."""
    return quantity(
        1.0, "", above=0, high=1, tag="assumed", source="1: the rate stays as it is",
        about="share of the rate that is left after every epoch",
    )  # fmt: skip


def first_weights(inputs: int, outputs: int, generator: np.random.Generator) -> Array:
    """Weights to begin with, uniform within sqrt(6 / (inputs + outputs)); the bias, the last input, counts as none.

    Source: Glorot and Bengio, AISTATS 2010.
    """
    reach = np.sqrt(6 / (inputs - 1 + outputs))
    return np.asarray(generator.uniform(-reach, reach, (inputs, outputs)))

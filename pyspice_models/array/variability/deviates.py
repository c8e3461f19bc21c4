"""Random deviates, each in its own stream and place."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import scipy  # loads scipy.special where it is first used
from numpy.typing import NDArray

from pyspice_models.array.places import uniform_at_places
from pyspice_models.array.variability.params import CUT
from pyspice_models.numeric import whole

Array = NDArray[np.float64]


class Deviates:
    """Standard normal deviates cut at CUT, one stream per cause (and per row of an array).

    Those drawn are kept in `drawn`, under the cause with the kind in front where it is a cycle's. Those that are
    stated, under the same names, are taken in their place.
    """

    def __init__(self, seed: int, kind: str, shape: tuple[int, ...], stated: Mapping[str, Array] | None = None) -> None:
        self.seed, self.kind, self.shape = seed, kind, shape
        self.stated = stated or {}
        self.drawn: dict[str, Array] = {}

    def __call__(self, cause: str, spread: float) -> Array:
        """Zeros where the spread is 0: nothing is drawn."""
        if spread == 0:
            whole(self.seed, 0, 2**64 - 1, name="seed")
            return np.zeros(self.shape)
        name = f"cycle_{cause}" if "cycle" in self.kind else cause
        stated = self.stated.get(name)
        self.drawn[name] = deviates = self._draw(cause) if stated is None else stated.reshape(self.shape)
        return deviates

    def _draw(self, cause: str) -> Array:
        return deviate_of(uniform_at_places(self.seed, f"{self.kind} {cause}", self.shape))


def deviate_of(uniform: Array) -> Array:
    """Standard normal deviates cut at CUT, from uniform numbers in [0, 1]."""
    low = scipy.special.ndtr(-CUT)
    deviates: Array = scipy.special.ndtri(low + (1 - 2 * low) * uniform)
    return deviates

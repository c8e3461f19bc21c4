"""Places of arrays: a mixture of two, the median one with one cause moved, stated coordinates."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy  # loads scipy.special where it is first used
from numpy.typing import NDArray

from pyspice_models.array.variability.deviates import deviate_of
from pyspice_models.study.draws.space import Deviates, Space

Array = NDArray[np.float64]

FAULTS = "faults"
"""What broken cells and lines are called beside the causes of a space."""


@dataclass(frozen=True)
class Mixed:
    """An array with one part of its space as another array has it.

    Attributes:
        other: seed of that array.
        part: a name of the space, or FAULTS.
    """

    other: int
    part: str

    def deviates(self, space: Space, own: Deviates, of_seed: Callable[[int], Deviates]) -> Deviates:
        if self.part == FAULTS:
            return own
        mine, other = space.coordinates(own), space.coordinates(of_seed(self.other))
        where = space.slices[self.part]
        mine[where] = other[where]
        return space.deviates(mine, own)

    def fault_seed(self, seed: int) -> int | None:
        return self.other if self.part == FAULTS else seed


@dataclass(frozen=True)
class Moved:
    """The array of which every number is the median, but for one part of the space, whose cells are moved together.

    Attributes:
        part: a name of the space; "" for none.
        by: standard deviations of the mean over the part's cells: n cells are moved by `by`/sqrt(n) each, so that
            what is moved is as likely for one cell as for many.
    """

    part: str = ""
    by: float = 0.0

    @property
    def told(self) -> str:
        """For people."""
        return f"{self.part} moved by {self.by:+g} standard deviations" if self.part else "the median array"

    def deviates(self, space: Space, own: Deviates, of_seed: Callable[[int], Deviates]) -> Deviates:
        found = np.zeros(space.size)
        if self.part:
            where = space.slices[self.part]
            found[where] = self.by / math.sqrt(where.stop - where.start)
        return space.deviates(found, own)

    def fault_seed(self, seed: int) -> int | None:
        return None


@dataclass(frozen=True)
class Stated:
    """An array whose coordinates are stated, as standard normal numbers that know no cut.

    Attributes:
        normal: all of them, shape (size,); they become deviates with the same odds, cut as all are.
    """

    normal: Array

    def __repr__(self) -> str:
        """Every number: two places are the same request only if all are."""
        return f"Stated({self.normal.tolist()})"

    def deviates(self, space: Space, own: Deviates, of_seed: Callable[[int], Deviates]) -> Deviates:
        return space.deviates(deviate_of(scipy.special.ndtr(self.normal)), own)

    def fault_seed(self, seed: int) -> int | None:
        return None

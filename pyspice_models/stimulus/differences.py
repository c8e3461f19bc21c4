"""Weights that are differences of columns: one reference column for all, or a column of its own for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Differences:
    """Which bit lines are subtracted from which; a weight is G(row, plus) - G(row, minus).

    Attributes:
        plus, minus: bit lines, one of each for every difference; a line may stand in several.
    """

    plus: tuple[int, ...]
    minus: tuple[int, ...]

    @classmethod
    def of_pairs(cls, pairs: Sequence[tuple[int, int]]) -> Differences:
        """From (plus, minus) of each difference."""
        return cls(tuple(plus for plus, _ in pairs), tuple(minus for _, minus in pairs))

    @classmethod
    def from_reference(cls, reference: int, cols: int) -> Differences:
        """Every other bit line less this one, in their order."""
        others = tuple(col for col in range(cols) if col != reference)
        return cls(others, (reference,) * len(others))

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.plus)

    def outputs(self, currents: ArrayLike) -> Array:
        """Of a quantity of all bit lines, the last axis, each difference's; shape (..., differences)."""
        values = np.asarray(currents, dtype=float)
        return np.asarray(values[..., list(self.plus)] - values[..., list(self.minus)])

    def inputs(self, values: ArrayLike, cols: int) -> Array:
        """What inputs of a transposed product put on all bit lines: a number for each difference becomes one for each.

        The opposite goes to its minus line, so that word lines sum input times difference. Shape (cols,).
        """
        on_lines = np.zeros(cols)
        np.add.at(on_lines, list(self.plus), np.asarray(values, dtype=float))
        np.subtract.at(on_lines, list(self.minus), np.asarray(values, dtype=float))
        return on_lines

"""The space of all arrays of a study: a coordinate for every number that is drawn of one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Deviates = Mapping[str, Array]
"""By cause, in standard deviations: shape (rows, cols) for causes in cells, (rows, 1) or (1, cols) for those of lines,
() for those of the whole array."""


class Place(Protocol):
    """Where an array lies among all that can be drawn; small, since it goes to a worker with the run."""

    def deviates(self, space: Space, own: Deviates, of_seed: Callable[[int], Deviates]) -> Deviates:
        """Those of the array.

        Args:
            space: of the study.
            own: what the array's own seed draws.
            of_seed: what another seed draws.
        """

    def fault_seed(self, seed: int) -> int | None:
        """The seed of its faults, given its own; None for an array without any."""


LINES = ("selected lines", "other lines", "all lines")
"""Groups of what lines have each for itself: of those with a selected cell, and of the others."""


def placed(shape: tuple[int, ...], groups: Mapping[str, NDArray[np.bool_]]) -> dict[str, NDArray[np.bool_]]:
    """Groups of the deviates of this shape of a cause: of cells as they are, of lines by the cells that are on them."""
    cells = next(iter(groups.values()))
    if shape == cells.shape:
        return dict(groups)
    if "selected" not in groups:
        return {"all lines": np.ones(shape, dtype=bool)}
    chosen = np.asarray(groups["selected"].any(axis=1 if shape[1] == 1 else 0)).reshape(shape)
    return {name: lines for name, lines in zip(LINES, (chosen, np.logical_not(chosen)), strict=False) if lines.any()}


class Space:
    """Coordinates in a fixed order: what the whole array shares, then selected, half-selected and other cells.

    Attributes:
        names: of the parts of it, as Monte Carlo studies call causes: "amplitude", "mobility, selected".
        size: number of coordinates.
    """

    def __init__(self, deviates: Deviates, groups: Mapping[str, NDArray[np.bool_]]) -> None:
        """From any array of the study, and which cells are in which group."""
        self._shapes = {cause: one.shape for cause, one in deviates.items()}
        parts: dict[str, tuple[str, NDArray[np.intp]]] = {}
        for cause, shape in self._shapes.items():
            if not shape:
                parts[cause] = (cause, np.zeros(1, dtype=np.intp))
        for group in (*groups, *LINES):
            for cause, shape in self._shapes.items():
                if shape and (places := placed(shape, groups).get(group)) is not None:
                    parts[f"{cause}, {group}"] = (cause, np.flatnonzero(places))
        self._parts = parts

    @property
    def names(self) -> list[str]:
        return list(self._parts)

    @cached_property
    def size(self) -> int:
        return sum(len(cells) for _, cells in self._parts.values())

    @cached_property
    def slices(self) -> dict[str, slice]:
        """Where the coordinates of each part lie."""
        found, first = {}, 0
        for name, (_, cells) in self._parts.items():
            found[name] = slice(first, first + len(cells))
            first += len(cells)
        return found

    def coordinates(self, deviates: Deviates) -> Array:
        """Of an array, shape (size,)."""
        return np.concatenate(
            [deviates[cause].ravel()[cells] for cause, cells in self._parts.values()] or [np.empty(0)]
        )

    def deviates(self, coordinates: Array, rest: Deviates) -> dict[str, Array]:
        """With the first coordinates stated, and the rest as another array has them.

        Args:
            coordinates: shape (n,), n <= size.
            rest: deviates of that array.
        """
        found = {cause: np.array(one, dtype=float).ravel() for cause, one in rest.items()}
        for (cause, cells), where in zip(self._parts.values(), self.slices.values(), strict=True):
            own = coordinates[where]
            found[cause][cells[: len(own)]] = own
        return {cause: one.reshape(self._shapes[cause]) for cause, one in found.items()}

"""A layer that is larger than one crossbar, on several: word lines carry the same voltages, currents add up.

Crossbars above each other share the sense circuits of their bit lines, those beside each other have word lines that are
driven alike: what they spend is added, and they take the time of the slowest.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pyspice_models.program.learning.tile import (
    Crossed,
    Product,
    Pulses,
    Spent,
    Tile,
    checked_states,
    checked_vectors,
)

Array = NDArray[np.float64]
_Place = tuple[tuple[int, int], tuple[int, int]]
"""First and last row, first and last column of a tile."""
Make = Callable[[tuple[int, int], tuple[int, int]], Tile]
"""A tile of a shape, at a place (first row, first column) of the layer."""


class Grid:
    """A tile of tiles.

    Attributes:
        shape: of all together.
    """

    def __init__(self, shape: tuple[int, int], largest: tuple[int, int], make: Make) -> None:
        """Cut a layer into as few tiles of at most the largest shape as will do, of nearly equal sizes."""
        self.shape = shape
        self._rows, self._cols = (_cuts(lines, most) for lines, most in zip(shape, largest, strict=True))
        self._tiles = {
            (rows, cols): make((rows[1] - rows[0], cols[1] - cols[0]), (rows[0], cols[0]))
            for rows in self._rows
            for cols in self._cols
        }

        self._last: NDArray[np.int_] = np.zeros(shape, dtype=int)  # whole pulses in the last update

    @property
    def word_parts(self) -> Sequence[tuple[int, int]]:
        """First word line, and the one after the last, of crossbars above each other."""
        return self._rows

    @property
    def parts(self) -> Mapping[tuple[tuple[int, int], tuple[int, int]], Tile]:
        """The tiles, by first row and the one after the last, first column and the one after the last."""
        return self._tiles

    def __len__(self) -> int:
        """How many tiles there are."""
        return len(self._tiles)

    @property
    def states(self) -> dict[str, Array]:
        """See `Tile`."""
        found: dict[str, Array] = {}
        for (rows, cols), tile in self._tiles.items():
            for name, values in tile.states.items():
                found.setdefault(name, np.empty(self.shape))[slice(*rows), slice(*cols)] = values
        return found

    @property
    def pulses(self) -> NDArray[np.int_]:
        """See `Tile`."""
        found = np.zeros(self.shape, dtype=int)
        for (rows, cols), tile in self._tiles.items():
            found[slice(*rows), slice(*cols)] = tile.pulses
        return found

    @property
    def crossed(self) -> Sequence[Crossed]:
        """See `Tile`."""
        return [
            one._replace(row=one.row + rows[0], col=one.col + cols[0])
            for (rows, cols), tile in self._tiles.items()
            for one in tile.crossed
        ]

    def forward(self, voltages: ArrayLike) -> Product:
        """See `Tile`."""
        volts = checked_vectors(voltages, self.shape[0], "voltages")
        driven = _driven(volts, self._rows)
        found = {k: tile.forward(volts[:, slice(*k[0])]) for k, tile in self._tiles.items() if k[0] in driven}
        return self._joined(found, len(volts), 1)

    def backward(self, voltages: ArrayLike) -> Product:
        """See `Tile`."""
        volts = checked_vectors(voltages, self.shape[1], "voltages")
        driven = _driven(volts, self._cols)
        found = {k: tile.backward(volts[:, slice(*k[1])]) for k, tile in self._tiles.items() if k[1] in driven}
        return self._joined(found, len(volts), 0)

    def update(self, pulses: Pulses) -> Spent:
        """See `Tile`; every tile has drivers of its own, and rests in slots in which no pulses meet in it."""
        pulses.check(self.shape)
        sums, time, had = np.zeros(4), 0.0, np.zeros(self.shape, dtype=int)
        for (rows, cols), tile in self._tiles.items():
            word, bit = pulses.word[:, slice(*rows)], pulses.bit[:, slice(*cols)]
            taken = word.any(axis=1) & bit.any(axis=1)
            if not taken.any():
                continue
            own = Pulses.sound(
                word[taken], bit[taken], pulses.sign[taken], pulses.voltage, pulses.width, pulses.scheme
            )  # fmt: skip
            spent = tile.update(own)
            sums += spent.cells, spent.half_selected, spent.lines, spent.drivers
            time = max(time, spent.time)
            had[slice(*rows), slice(*cols)] = spent.pulses
        cells, half_selected, lines, drivers = sums.tolist()
        self._last = had
        return Spent(cells, half_selected, lines, drivers, time, had)

    def scatter(self, state: str, shares: Array) -> None:
        """See `Tile`."""
        whole = self._last > 0
        placed = np.zeros(self.shape)
        placed[whole] = shares
        for (rows, cols), tile in self._tiles.items():
            own = whole[slice(*rows), slice(*cols)]
            if own.any():
                tile.scatter(state, placed[slice(*rows), slice(*cols)][own])

    def program(self, states: Mapping[str, ArrayLike]) -> None:
        """See `Tile`."""
        known = self.states
        found = {name: values for name, values in checked_states(states, known).items() if name in states}
        for (rows, cols), tile in self._tiles.items():
            tile.program({name: values[slice(*rows), slice(*cols)] for name, values in found.items()})

    def _joined(self, found: Mapping[_Place, Product], count: int, side: int) -> Product:
        currents = np.zeros((count, self.shape[side]))
        for key, product in found.items():
            currents[:, slice(*key[side])] += product.currents
        return Product(
            currents, sum(one.energy for one in found.values()), max(one.time for one in found.values())
        )  # fmt: skip


def _driven(volts: Array, parts: Sequence[tuple[int, int]]) -> Sequence[tuple[int, int]]:
    """Parts of the lines in which some line is driven; all if none is: a product takes its time then, too."""
    return [part for part in parts if volts[:, slice(*part)].any()] or parts


def _cuts(lines: int, most: int) -> list[tuple[int, int]]:
    """First and last line, not included, of every part."""
    ends = np.linspace(0, lines, -(-lines // most) + 1).round().astype(int).tolist()
    return list(pairwise(ends))

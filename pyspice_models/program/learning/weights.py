"""Weights that are levels of cells: W = s (w - r), read as the difference of two currents.

The reference r stands in an array of its own of the same shape, or, where it is the same for all, in one more bit line
and one more word line: their currents are subtracted from those of the array before they are converted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from pyspice_models.array.levels import Scale
from pyspice_models.program.learning.converters import Converters
from pyspice_models.program.learning.ledger import TRANSFERS, UPDATES, Ledger
from pyspice_models.program.learning.tile import Crossed, Product, Pulses, Tile
from pyspice_models.program.learning.tiles.fluctuating import Fluctuating

Array = NDArray[np.float64]


class Bridged(Exception):
    """A cell's state went beyond its bound: nothing that training does takes it back.

    Attributes:
        name: of the array.
        cell: which, and how far.
        pulses: whole ones that it has had since training began.
    """

    def __init__(self, name: str, cell: Crossed, pulses: int) -> None:
        """See above."""
        super().__init__(str(cell))
        self.name, self.cell, self.pulses = name, cell, pulses


@dataclass(frozen=True)
class Reference:
    """What is subtracted.

    Attributes:
        forward, backward: products of what stands beside the array: one of its own shape, or a single bit line one way
            and a single word line the other.
        levels: that they hold, of the array's shape or broadcast to it.
    """

    forward: Callable[[Array], Product]
    backward: Callable[[Array], Product]
    levels: Array


@dataclass
class Weights:
    """An array of weights.

    Attributes:
        name: of the array, such as "layer 0, C".
        tile, reference: cells, and what is subtracted.
        level: name of the state that weights are made of.
        scale: s, the weight of the whole window.
        window: conductances of the levels 0 and 1.
        voltage: of a read [V].
        converters: between numbers and the array.
        generator: of the noise of reads; a new one for every leg of a run.
        ledger: where costs are counted.
        spread: relative standard deviation of what a whole pulse does to a cell, from pulse to pulse.
        fluctuating: what fluctuates in it, in place of `spread` where it has one of its own; None for nothing.
        counts: whole pulses that every cell has had, shape (rows, cols).

    Raises:
        Bridged: a cell's filament does.
    """

    name: str
    tile: Tile
    reference: Reference
    level: str
    scale: float
    window: Scale
    voltage: float
    converters: Converters
    generator: np.random.Generator
    ledger: Ledger
    spread: float = 0.0
    fluctuating: Fluctuating | None = None
    counts: NDArray[np.int64] = field(init=False)

    def __post_init__(self) -> None:
        """No pulses yet."""
        self.counts = np.zeros(self.tile.shape, dtype=np.int64)
        self._unit = float(self.window.difference(self.voltage))

    @property
    def levels(self) -> Array:
        """Of all cells, shape (rows, cols)."""
        return self.tile.states[self.level]

    @property
    def values(self) -> Array:
        """The weights as they are, without converters and noise, shape (rows, cols)."""
        return self.scale * (self.levels - self.reference.levels)

    def put(self, values: Array) -> None:
        """Program weights, those beyond the window as far as it goes."""
        self.tile.program({self.level: np.clip(self.reference.levels + values / self.scale, 0.0, 1.0)})

    def product(self, vectors: Array) -> Array:
        """Products as they are read, from (vectors, rows) to (vectors, cols)."""
        return self.scale * self.converters.product(vectors, self._forward, self.generator)

    def transposed(self, vectors: Array) -> Array:
        """Products with the transposed matrix, from (vectors, cols) to (vectors, rows)."""
        return self.scale * self.converters.product(vectors, self._backward, self.generator)

    def line(self, row: int) -> Array:
        """Levels less reference of the cells of one word line, as they are read; shape (cols,)."""
        vector = np.zeros((1, self.tile.shape[0]))
        vector[0, row] = 1.0
        return self.converters.product(vector, self._forward, self.generator)[0]

    def give(self, pulses: Pulses, purpose: int = UPDATES) -> None:
        """Give pulses, if there are any."""
        if not pulses.slots:
            return
        from pyspice_models.engine.nodal.tabulated.pulsed import hits

        spent = self.tile.update(pulses)
        self.ledger.spend(purpose, spent)
        counts = hits(spent.pulses, self.counts)
        if self.fluctuating is not None:
            self.fluctuating.passes(spent.time)
        if self.fluctuating is not None and self.fluctuating.spread:
            self.tile.scatter(self.level, self.fluctuating.shares(spent.pulses, self.counts))
        elif self.spread:
            # cells move a little more or less than they did; of several pulses the deviations average
            draws = self.generator.standard_normal(len(counts))
            self.tile.scatter(self.level, self.spread * draws / np.sqrt(counts))
        if self.tile.crossed:
            first = self.tile.crossed[0]
            raise Bridged(self.name, first, int(self.counts[first.row, first.col]))

    def transfer(self, pulses: Pulses) -> None:
        """Give pulses that were made of another array."""
        self.give(pulses, TRANSFERS)

    def arrays(self) -> dict[str, Array]:
        """All that there is to keep of it."""
        own = {} if self.fluctuating is None else self.fluctuating.arrays()
        return {**self.tile.states, **own, "counts": self.counts.astype(float)}

    def restore(self, arrays: Mapping[str, Array]) -> None:
        """Go back to what `arrays` gave."""
        if self.fluctuating is not None:
            self.fluctuating.restore(arrays)
        self.tile.program({name: arrays[name] for name in self.tile.states})
        self.counts = np.asarray(arrays["counts"]).astype(np.int64)

    def _forward(self, shares: Array) -> Array:
        volts = shares * self.voltage
        product = (self.fluctuating or self.tile).forward(volts)
        return self._difference(shares, product, self.reference.forward(volts))

    def _backward(self, shares: Array) -> Array:
        volts = shares * self.voltage
        product = (self.fluctuating or self.tile).backward(volts)
        return self._difference(shares, product, self.reference.backward(volts))

    def _difference(self, shares: Array, product: Product, reference: Product) -> Array:
        both = Product(product.currents, product.energy + reference.energy, max(product.time, reference.time))
        self.ledger.read(both, shares.size, product.currents.size)
        return (product.currents - reference.currents) / self._unit

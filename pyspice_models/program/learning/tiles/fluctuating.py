"""What fluctuates while a network is trained: how far each pulse moves a cell, and the noise of cells in products."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from pyspice_models.array.fluctuation import FluctuationParams, RunningNoise, fluctuation_of, pulse_deviates
from pyspice_models.errors import RequestError
from pyspice_models.program.learning.tile import Product, Tile
from pyspice_models.program.learning.tiles.audit import AuditedTile
from pyspice_models.program.learning.tiles.circuit_tile import CircuitTile
from pyspice_models.program.learning.tiles.grid import Grid
from pyspice_models.program.learning.tiles.table_tile import TableTile

Array = NDArray[np.float64]

_UNKNOWN = ("pulse_site", "pulse_growth", "pulse_own")


def check_training(params: FluctuationParams) -> None:
    """Refuse what training does not know: it has a map of what a pulse does, and no parameters of a pulse.

    Raises:
        RequestError: a spread from pulse to pulse beside `pulse_mobility`.
    """
    for name in _UNKNOWN:
        if value := getattr(params, name):
            raise RequestError.for_value(
                f"fluctuation.{name}", value, allowed="0 in training",
                advice="Training scatters how far a pulse moves a cell's level: say how much by pulse_mobility.",
            )  # fmt: skip


class Fluctuating:
    """One array of weights whose pulses and conductances fluctuate.

    A pulse moves the level of its cell exp(pulse_mobility z) times as far as it would, with a z of its own for each
    cell and pulse. In a product each cell's current is more by its noise at that moment; what a changed cell makes of
    the currents of others is left out.

    Attributes:
        spread: from pulse to pulse; 0 for none.
    """

    def __init__(self, params: FluctuationParams, name: str, tile: Tile, voltage: float) -> None:
        """Before the first pulse and the first product.

        Args:
            params: of the study.
            name: of the array in its network: its numbers are its own.
            tile: its cells.
            voltage: of a read [V].
        """
        self._params, self._tile, self._voltage = fluctuation_of(params, name), tile, voltage
        self.spread = params.pulse_mobility
        self._noise = RunningNoise(params, tile.shape, name) if params.noise else None
        self._passed = 0.0

    def shares(self, had: NDArray[np.int_], counts: NDArray[np.int64]) -> Array:
        """By how much of itself what an update did to each cell is more.

        Args:
            had: whole pulses of the update, shape (rows, cols).
            counts: all that each cell has had by now, these included.

        Returns:
            Of the cells that had some, row by row: the mean over these.
        """
        row, col = np.nonzero(had)
        many, first = had[row, col], counts[row, col] - had[row, col]
        found = np.zeros(len(row))
        for n in range(int(many.max(initial=0))):
            deviates = pulse_deviates(self._params, "mobility", row, col, first + n)
            found += np.where(n < many, np.expm1(self.spread * deviates), 0.0)
        return np.asarray(found / many)

    def passes(self, seconds: float) -> None:
        """Time goes by."""
        self._passed += seconds

    def forward(self, volts: Array) -> Product:
        """As of the tile, with noise."""
        return self._product(volts, self._tile.forward(volts), of_words=True)

    def backward(self, volts: Array) -> Product:
        """As of the tile, with noise."""
        return self._product(volts, self._tile.backward(volts), of_words=False)

    def _product(self, volts: Array, quiet: Product, *, of_words: bool) -> Product:
        if self._noise is None:
            return quiet
        g, each, currents = conductances_of(self._tile, self._voltage), quiet.time / len(volts), quiet.currents.copy()
        for n, vector in enumerate(np.asarray(volts, dtype=float)):
            off = g * self._noise.after(self._passed + each)
            currents[n] += vector @ off if of_words else off @ vector
            self._passed = 0.0
        return quiet._replace(currents=currents)

    def arrays(self) -> dict[str, Array]:
        """All that there is to keep of it."""
        found = {"noise passed": np.array(self._passed)}
        return found if self._noise is None else found | self._noise.arrays()

    def restore(self, arrays: Mapping[str, Array]) -> None:
        """Go back to what `arrays` gave."""
        self._passed = float(arrays["noise passed"])
        if self._noise is not None:
            self._noise.restore(arrays)


def conductances_of(tile: Tile, voltage: float) -> Array:
    """Of the cells of a tile at a voltage [V], each by its own parameters, shape (rows, cols) [S]."""
    if isinstance(tile, AuditedTile):
        return conductances_of(tile.tile, voltage)
    if isinstance(tile, Grid):
        found = np.empty(tile.shape)
        for (rows, cols), part in tile.parts.items():
            found[slice(*rows), slice(*cols)] = conductances_of(part, voltage)
        return found
    assert isinstance(tile, TableTile | CircuitTile)
    return tile.crossbar.conductance(voltage, *tile.states.values())

"""A crossbar that gets no pulses, such as a reference: what it answers to a vector is measured once, line by line.

At the few millivolts of a read cells are ohmic: currents of a vector are the sum of those of its entries. What the
sources deliver is taken to be the sum as well, although lines that are driven together lose a little more.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from pyspice_models.program.learning.tile import Product, Tile

Array = NDArray[np.float64]


class Steady:
    """Products of a tile whose states stay as they are.

    Attributes:
        tile: that is measured.
        voltage: at which it is [V].
    """

    def __init__(self, tile: Tile, voltage: float) -> None:
        """Measure when the first product is asked for."""
        self.tile, self.voltage = tile, voltage

    def forward(self, voltages: Array) -> Product:
        """As `Tile.forward`, of an array of shape (vectors, rows) [V]."""
        return _answer(voltages, *self._forward)

    def backward(self, voltages: Array) -> Product:
        """As `Tile.backward`, of an array of shape (vectors, cols) [V]."""
        return _answer(voltages, *self._backward)

    @cached_property
    def _forward(self) -> tuple[Array, Array, float]:
        return self._measured(self.tile.forward, self.tile.shape[0])

    @cached_property
    def _backward(self) -> tuple[Array, Array, float]:
        return self._measured(self.tile.backward, self.tile.shape[1])

    def _measured(self, product: Callable[[Array], Product], lines: int) -> tuple[Array, Array, float]:
        """Conductance from every line to every output [S], energy of a squared volt on each line [J/V^2], time [s]."""
        each = [product(line[None]) for line in self.voltage * np.eye(lines)]
        conductances = np.concatenate([one.currents for one in each]) / self.voltage
        return conductances, np.array([one.energy for one in each]) / self.voltage**2, each[0].time


def _answer(voltages: Array, conductances: Array, energies: Array, time: float) -> Product:
    from pyspice_models.engine.nodal.tabulated.pulsed import squares

    return Product(voltages @ conductances, squares(voltages, energies), time * len(voltages))

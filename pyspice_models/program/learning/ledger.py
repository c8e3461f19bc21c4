"""What training costs: energy and time by purpose and by where it goes, counted as it is spent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from pyspice_models.program.learning.tile import Product, Spent

Array = NDArray[np.float64]

PURPOSES = ("updates", "transfers", "products", "symmetric points")
PARTS = ("cells", "half-selected", "lines", "drivers", "not split")
"""Where energy goes; that of products is not split."""


@dataclass
class Ledger:
    """Energy [J] of shape (purposes, parts) and time [s] of shape (purposes,), and how many there were of each.

    Attributes:
        energy, time, count: see above.
        voltages, currents: how many conversions there were.
    """

    energy: Array = field(default_factory=lambda: np.zeros((len(PURPOSES), len(PARTS))))
    time: Array = field(default_factory=lambda: np.zeros(len(PURPOSES)))
    count: Array = field(default_factory=lambda: np.zeros(len(PURPOSES)))
    voltages: int = 0
    currents: int = 0

    def spend(self, purpose: int, spent: Spent) -> None:
        """Count pulses."""
        row = self.energy[purpose]
        row[0] += spent.cells
        row[1] += spent.half_selected
        row[2] += spent.lines
        row[3] += spent.drivers
        self.time[purpose] += spent.time
        self.count[purpose] += 1

    def read(self, product: Product, voltages: int, currents: int) -> None:
        """Count products, with how many numbers were converted for them."""
        self.energy[PRODUCTS, 4] += product.energy
        self.time[PRODUCTS] += product.time
        self.count[PRODUCTS] += 1
        self.voltages += voltages
        self.currents += currents

    def arrays(self) -> dict[str, Array]:
        """All that there is to keep."""
        conversions = np.array([self.voltages, self.currents], dtype=float)
        return {"energy": self.energy, "time": self.time, "count": self.count, "conversions": conversions}

    def restore(self, arrays: Mapping[str, Array]) -> None:
        """Go back to what `arrays` gave."""
        for name in ("energy", "time", "count"):
            setattr(self, name, np.array(arrays[name], dtype=float))
        self.voltages, self.currents = (int(number) for number in arrays["conversions"])


UPDATES, TRANSFERS, PRODUCTS, SYMMETRIC = range(len(PURPOSES))

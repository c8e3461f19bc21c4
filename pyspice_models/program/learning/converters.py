"""What stands between numbers and voltages, and between currents and numbers: resolution, range, noise.

A vector is scaled so that its largest entry takes the whole read voltage (noise management): small vectors, such as the
errors of a network that has nearly learned, would drown in the noise otherwise. Where a current leaves the range of the
converters the vector is halved and read once more (bound management), which costs a read.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pyspice_models.declare.quantity import ParameterSet, quantity, whole_quantity

Array = NDArray[np.float64]
Read = Callable[[Array], Array]
"""From shares of the read voltage, shape (vectors, lines), to currents in units of one cell, (vectors, outputs)."""


@dataclass(frozen=True)
class Converters(ParameterSet):
    """Converters of all lines. Currents are in units of one cell: that at level 1 less that at level 0."""

    dac_bits: int = whole_quantity(0, low=0, high=16, about="resolution of voltages with their sign; 0: perfect")
    adc_bits: int = whole_quantity(0, low=0, high=16, about="resolution of currents with their sign; 0: perfect")
    adc_range: float = quantity(
        8.0, "", above=0, high=1e4, tag="assumed", source="choice: less clips what decides between classes",
        about="largest current that is told, in units of one cell",
    )  # fmt: skip
    read_noise: float = quantity(
        0.0, "", low=0, high=10, tag="assumed", source="choice: an ideal amplifier",
        about="standard deviation of every current that is read, in units of one cell",
    )  # fmt: skip
    halvings: int = whole_quantity(
        3, low=0, high=20, about="most times that a vector is halved because a current leaves the range"
    )
    dac_energy: float = quantity(
        0.0, "J", low=0, high=1e-3, tag="assumed", source="the user's: the circuit has no converters",
        about="of one conversion of a number into a voltage",
    )  # fmt: skip
    adc_energy: float = quantity(
        0.0, "J", low=0, high=1e-3, tag="assumed", source="the user's: the circuit has no converters",
        about="of one conversion of a current into a number",
    )  # fmt: skip

    def product(self, vectors: Array, read: Read, generator: np.random.Generator) -> Array:
        """What is told of products, in the units of the vectors times those of `read`.

        Args:
            vectors: shape (vectors, lines), any size.
            read: gives the currents.
            generator: of the noise.
        """
        top = np.abs(vectors).max(axis=1, keepdims=True)
        top[top == 0] = 1.0
        factor = np.ones_like(top)
        shares = vectors / top
        found = self._read(shares, read, generator)
        if self.adc_bits:
            for _ in range(self.halvings):
                over = (np.abs(found) > self.adc_range).any(axis=1)
                if not over.any():
                    break
                factor[over] /= 2
                found[over] = self._read(shares[over] * factor[over], read, generator)
        return self.told(found) * (top / factor)

    def told(self, currents: Array) -> Array:
        """Currents as the converters tell them, in steps and within the range."""
        if not self.adc_bits:
            return currents
        step = self.adc_range / max(1, 2 ** (self.adc_bits - 1) - 1)
        return np.clip(np.rint(currents / step) * step, -self.adc_range, self.adc_range)

    def _read(self, shares: Array, read: Read, generator: np.random.Generator) -> Array:
        if self.dac_bits:
            steps = max(1, 2 ** (self.dac_bits - 1) - 1)
            shares = np.rint(shares * steps) / steps
        found = read(shares)
        return found + self.read_noise * generator.standard_normal(found.shape) if self.read_noise else found

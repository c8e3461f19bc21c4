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
from pyspice_models.stimulus.converter import Converter, check_bits

Array = NDArray[np.float64]
Read = Callable[[Array], Array]
"""From shares of the read voltage, shape (vectors, lines), to currents in units of one cell, (vectors, outputs)."""


@dataclass(frozen=True)
class Converters(ParameterSet):
    """Converters of all lines. Currents are in units of one cell: that at level 1 less that at level 0."""

    dac_bits: int = whole_quantity(0, low=0, high=24, about="resolution of voltages with their sign; 0: perfect")
    adc_bits: int = whole_quantity(0, low=0, high=24, about="resolution of currents with their sign; 0: perfect")
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

    def __post_init__(self) -> None:
        """Check."""
        super().__post_init__()
        check_bits(dac_bits=self.dac_bits, adc_bits=self.adc_bits)

    @property
    def dac(self) -> Converter | None:
        """Of voltages, as shares of the read voltage; None if it is perfect."""
        return Converter(self.dac_bits, 1.0) if self.dac_bits else None

    @property
    def adc(self) -> Converter | None:
        """Of currents, in units of one cell; None if it is perfect."""
        return Converter(self.adc_bits, self.adc_range) if self.adc_bits else None

    def product(self, vectors: Array, read: Read, generator: np.random.Generator) -> Array:
        """What is told of products, in the units of the vectors times those of `read`.

        Args:
            vectors: shape (vectors, lines), any size.
            read: gives the currents.
            generator: of the noise.
        """
        from pyspice_models.engine.nodal.tabulated.pulsed import shares_of

        shares, top = shares_of(vectors)
        found = self._read(shares, read, generator)
        adc = self.adc
        if adc is None:
            return found * top
        factor = np.ones_like(top)
        for _ in range(self.halvings):
            over = adc.clips(found).any(axis=1)
            if not over.any():
                break
            factor[over] /= 2
            found[over] = self._read(shares[over] * factor[over], read, generator)
        return adc.rounded(found) * (top / factor)

    def _read(self, shares: Array, read: Read, generator: np.random.Generator) -> Array:
        dac = self.dac
        found = read(shares if dac is None else dac.rounded(shares))
        return found + self.read_noise * generator.standard_normal(found.shape) if self.read_noise else found

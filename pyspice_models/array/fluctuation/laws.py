"""What read noise is to be like: spectral densities, one-sided, and what they are made of."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import scipy  # loads scipy.optimize where it is first used
from numpy.typing import ArrayLike, NDArray

from pyspice_models.array.fluctuation.params import FluctuationParams

Array = NDArray[np.float64]

_PER_DECADE, _BEYOND, _POINTS = 2, 0.5, 40
"""Lorentzians in a decade, decades that they go beyond the band at both ends, and points at which they are fitted."""


@lru_cache(maxsize=32)
def lorentzians(low: float, high: float) -> tuple[Array, Array]:
    """Time constants [s] and variances of Lorentzians whose sum is 1/f within a band [Hz], its variance there 1.

    Two in a decade, to half a decade beyond the band; their weights are fitted, and the sum is within 0.1 % of 1/f
    everywhere in the band. What lies beyond adds to the variance: as much as 0.5 to 0.9 decades of the band would.
    """
    decades = np.log10(high / low)
    count = int(np.ceil(_PER_DECADE * (decades + 2 * _BEYOND) - 1e-9)) + 1
    corners = np.geomspace(low / 10**_BEYOND, high * 10**_BEYOND, count)
    at = np.geomspace(low, high, _POINTS * int(np.ceil(decades)) + 1)
    ratio = at[:, None] / corners
    weights, _ = scipy.optimize.nnls(2 / np.pi * ratio / (1 + ratio**2), np.ones(len(at)))
    return 1 / (2 * np.pi * corners), weights / np.log(high / low)


def flicker_density(params: FluctuationParams, frequency: ArrayLike) -> Any:
    """Of a conductance's 1/f noise within its band, relative to the square of the conductance [1/Hz].

    S(f) = flicker^2/(ln(flicker_high/flicker_low) f).
    """
    return params.flicker**2 / (np.log(params.flicker_high / params.flicker_low) * np.asarray(frequency, dtype=float))


def telegraph_density(step: float, up: float, down: float, frequency: ArrayLike) -> Any:
    """Of a random telegraph signal with these mean times [s]: Machlup's, J. Appl. Phys. 25 (1954) 341 [1/Hz].

    S(f) = 4 step^2/((up + down) ((1/up + 1/down)^2 + (2 pi f)^2)).
    """
    omega = 2 * np.pi * np.asarray(frequency, dtype=float)
    return 4 * step**2 / ((up + down) * ((1 / up + 1 / down) ** 2 + omega**2))

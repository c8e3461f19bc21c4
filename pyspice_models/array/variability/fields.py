"""Spatially correlated Gaussian fields over an array, whose values stay where they are when the array grows.

White noise that belongs to places is averaged with a kernel whose correlation with itself is the stated one: the moving
average of Le Ravalec, Noetinger and Hu, "The FFT moving average (FFT-MA) generator", Math. Geology 32 (2000) 701. The
kernel is the root of the covariance in the Fourier domain, on a torus large enough (circulant embedding: Dietrich and
Newsam, SIAM J. Sci. Comput. 18 (1997) 1088). What is far from a cell has no part in it, so that, unlike with a Cholesky
factor of the array's own covariance, the number of rows and columns plays no part either. The plane is cut into squares
that are computed whole: each value is the same in an array of any size, to the last bit.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import scipy  # loads scipy.fft where it is first used
from numpy.typing import NDArray

from pyspice_models.array.places import normal_at_places
from pyspice_models.array.variability.params import CUT
from pyspice_models.errors import RequestError

Array = NDArray[np.float64]

GAUSSIAN, EXPONENTIAL = "gaussian", "exponential"
LONGEST = 64
"""Pitches: beyond, a field is much the same all over its neighbourhood, and noise from far away is needed for it."""

_REACH = {GAUSSIAN: 4, EXPONENTIAL: 6}
"""Lengths after which kernels end: the correlation is then off by less than 1e-5, and 4e-4 (tests hold that)."""
_LEAST = 32
_FIRST = 1024
"""Rows and columns of noise before those of the first cell; kernels reach less far."""


def check_length(length: float, pitch: float) -> None:
    """Refuse a correlation length that no field between cells of this pitch has; both in metres.

    Raises:
        RequestError: as said.
    """
    if not pitch <= length <= LONGEST * pitch:
        raise RequestError.for_value(
            "variability.field_length", length, unit="m", allowed=f"{pitch:g} to {LONGEST * pitch:g}",
            advice=f"That is 1 to {LONGEST} times wire.pitch. State how far a field_ spread is correlated. Below a "
            "pitch no cell has anything in common with its neighbours: that is device_ of the name. Beyond, all cells "
            "have the most in common: lot_ and tilt_.",
        )  # fmt: skip


def correlation(distance: NDArray[np.float64], shape: str) -> Array:
    """Of two places so many correlation lengths apart."""
    return np.asarray(np.exp(-np.square(distance)) if shape == GAUSSIAN else np.exp(-np.asarray(distance)))


@lru_cache(maxsize=8)
def kernel(length: float, shape: str) -> Array:
    """Weights of white noise around a cell, of unit energy, shape (2 n + 1, 2 n + 1); `length` in pitches."""
    reach = int(np.ceil(_REACH[shape] * length)) + 1
    ring = int(scipy.fft.next_fast_len(4 * reach, real=True))
    along = np.minimum(np.arange(ring), ring - np.arange(ring))
    power = scipy.fft.fft2(correlation(np.hypot(along[:, None], along) / length, shape)).real
    root = np.roll(scipy.fft.ifft2(np.sqrt(np.maximum(power, 0.0))).real, (reach, reach), (0, 1))
    found = root[: 2 * reach + 1, : 2 * reach + 1]
    return np.asarray(found / np.sqrt(np.square(found).sum()))


def field(seed: int, name: str, shape: tuple[int, int], length: float, kind: str) -> Array:
    """Standard normal numbers at the cells of an array, cut at `CUT`, of shape (rows, cols).

    Args:
        seed, name: of its noise.
        length: in pitches, 1 to `LONGEST`.
        kind: GAUSSIAN or EXPONENTIAL.
    """
    weights, found = kernel(length, kind), np.empty(shape)
    tile = _LEAST
    while tile < len(weights) // 2:  # by the length alone, and not by the array
        tile *= 2
    for row in range(0, shape[0], tile):
        for col in range(0, shape[1], tile):
            part = found[row : row + tile, col : col + tile]
            part[:] = _square(seed, name, (row, col), weights, tile)[: part.shape[0], : part.shape[1]]
    return np.clip(found, -CUT, CUT)


def _square(seed: int, name: str, first: tuple[int, int], weights: Array, tile: int) -> Array:
    """The field in a square from its first row and column on."""
    reach = len(weights) // 2
    side = tile + 2 * reach
    noise = normal_at_places(seed, name, (side, side), first=(_FIRST + first[0] - reach, _FIRST + first[1] - reach))
    size = (int(scipy.fft.next_fast_len(side, real=True)),) * 2
    # an average over a circle of `size`: what wraps around it ends before the square begins
    mixed = scipy.fft.irfft2(scipy.fft.rfft2(noise, size) * scipy.fft.rfft2(weights, size), size)
    return np.asarray(mixed[2 * reach : 2 * reach + tile, 2 * reach : 2 * reach + tile])

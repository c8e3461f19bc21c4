"""Numbers for a page: 24 bits each, which is five digits, as differences, compressed."""

from __future__ import annotations

import base64
import zlib

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

DIGITS = 5e-5
"""Of a value, the most that is lost: less than half a unit of the fourth digit; `packed` loses 1.6e-5 of it."""

_DROPPED = 8  # of the 32 bits of a float
_WHOLE = (1 << 24) - 1


def packed(values: Array, floor: float = 0.0) -> str:
    """Waves as text.

    Each number is the first 24 bits of a 32-bit float, rounded. Of each wave the differences between neighbours, modulo
    2^24, stand as three planes of bytes; all is compressed by zlib and written in base 64.

    Args:
        values: shape (waves, samples).
        floor: share of the largest magnitude; numbers are rounded to multiples of it.
    """
    return _text(_differences(_rounded(np.asarray(values, dtype=float), floor)))


def packed_places(places: NDArray[np.int64]) -> str:
    """Whole numbers from 0 to 2^24 - 1 in the same way, shape (waves, samples)."""
    return _text(_differences(places.astype(np.uint32)))


def unpacked(text: str, waves: int) -> NDArray[np.float32]:
    """The numbers of `packed`, as the page gets them back; shape (waves, samples)."""
    planes = np.frombuffer(zlib.decompress(base64.b64decode(text)), np.uint8).reshape(waves, 3, -1).astype(np.uint32)
    steps = (planes[:, 0] << 16) | (planes[:, 1] << 8) | planes[:, 2]
    bits = (np.cumsum(steps, axis=1, dtype=np.uint64) & _WHOLE).astype(np.uint32) << _DROPPED
    return np.ascontiguousarray(bits).view(np.float32)


def _rounded(values: Array, floor: float) -> NDArray[np.uint32]:
    known = values[np.isfinite(values)]
    step = floor * float(np.abs(known).max()) if known.size else 0.0
    if step > 0:
        values = np.round(values / step) * step
    values = values + 0.0  # -0 and 0 are the same to a reader
    bits = np.ascontiguousarray(values, dtype="<f4").view("<u4").astype(np.uint64)
    return np.asarray((bits + (1 << (_DROPPED - 1))) >> _DROPPED, dtype=np.uint32)


def _differences(whole: NDArray[np.uint32]) -> NDArray[np.uint32]:
    steps = whole.copy()
    steps[:, 1:] = (whole[:, 1:] - whole[:, :-1]) & _WHOLE
    return steps


def _text(steps: NDArray[np.uint32]) -> str:
    planes = np.stack([(steps >> shift & 255).astype(np.uint8) for shift in (16, 8, 0)], axis=1)
    return base64.b64encode(zlib.compress(planes.tobytes(), 9)).decode("ascii")

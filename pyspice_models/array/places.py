"""Random numbers at places: each depends on a seed, a name and its own place alone.

A larger array therefore keeps what a smaller one drew, and adding a cause, or drawing in another order, moves nothing.
"""

from __future__ import annotations

import zlib

import numpy as np
import scipy  # loads scipy.special where it is first used
from numpy.typing import NDArray

from pyspice_models.numeric import whole

_ROW = 2**40
"""How many numbers of a stream lie between the beginnings of two rows: more than a row has."""


def stream_of(seed: int, name: str) -> np.random.PCG64:
    """The stream of that name: adding a name changes no other.

    Raises:
        RequestError: a seed that is no whole number from 0 to 2^64 - 1.
    """
    seed = whole(seed, 0, 2**64 - 1, name="seed")
    return np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(zlib.crc32(name.encode()), 0)))


def uniform_at_places(
    seed: int, name: str, shape: tuple[int, ...], *, first: tuple[int, int] = (0, 0)
) -> NDArray[np.float64]:  # fmt: skip
    """Uniform numbers in [0, 1) of shape (rows, cols), or (n,) for things in a line.

    Row r begins r 2^40 numbers into the stream, so that the number at (r, c) is the same in an array of any shape.
    `first`: row and column of the first of them.

    Raises:
        RequestError: as `stream_of`.
    """
    bits = stream_of(seed, name)
    if first != (0, 0):
        bits.advance(first[0] * _ROW + first[1])
    cols = shape[-1]
    found = np.empty((shape[0] if len(shape) == 2 else 1, cols))
    numbers = np.random.Generator(bits)
    for row in found:
        numbers.random(out=row)
        bits.advance(_ROW - cols)
    return found.reshape(shape)


def normal_at_places(
    seed: int, name: str, shape: tuple[int, ...], *, first: tuple[int, int] = (0, 0)
) -> NDArray[np.float64]:  # fmt: skip
    """Standard normal numbers likewise."""
    return np.asarray(scipy.special.ndtri(np.maximum(uniform_at_places(seed, name, shape, first=first), _SMALLEST)))


_SMALLEST = 1e-16
"""A uniform number may be 0, whose normal deviate is infinite."""

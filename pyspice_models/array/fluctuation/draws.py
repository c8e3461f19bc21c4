"""Random numbers by counter: each is a function of a seed, a name, a place and its own number, and of nothing else.

Philox 4x32 with ten rounds (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011). A
cell's numbers are the same in an array of any size, whatever else is drawn, and in whatever order.
"""

from __future__ import annotations

import zlib

import numpy as np
import scipy  # loads scipy.special where it is first used
from numpy.typing import ArrayLike, NDArray

from pyspice_models.numeric import whole

Array = NDArray[np.float64]
Words = NDArray[np.uint64]

_MULTIPLIERS = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
_WEYL = 0x9E3779B9, 0xBB67AE85
_LOW, _HALF, _ROUNDS = np.uint64(0xFFFFFFFF), np.uint64(32), 10

MOST_LINES, MOST_PARTS = 4096, 256
"""Rows and columns, and parts of a cell's noise, that have places of their own."""


def philox(counter: tuple[Words, Words, Words, Words], key: tuple[int, int]) -> tuple[Words, Words, Words, Words]:
    """Four words of 32 bits from four and a key of two; arrays that broadcast."""
    a, b, c, d = counter
    for n in range(_ROUNDS):
        k, m = (np.uint64((word + n * step) & 0xFFFFFFFF) for word, step in zip(key, _WEYL, strict=True))
        p, q = _MULTIPLIERS[0] * a, _MULTIPLIERS[1] * c
        a, b, c, d = (q >> _HALF) ^ b ^ k, q & _LOW, (p >> _HALF) ^ d ^ m, p & _LOW
    return a, b, c, d


def place_of(row: ArrayLike, col: ArrayLike, part: ArrayLike = 0) -> Words:
    """The number of a part of a cell's noise, in an array of any size."""
    row, col, part = (np.asarray(number, dtype=np.uint64) for number in (row, col, part))
    return (row << np.uint64(20)) | (col << np.uint64(8)) | part


def seed_of(seed: int, name: str) -> int:
    """A seed that follows from another one and a name, up to `MAX_SEED`."""
    return int(np.random.PCG64(sequence_of(seed, name)).random_raw() >> 11)


def sequence_of(seed: int, name: str) -> np.random.SeedSequence:
    """Of the numbers of a name.

    Raises:
        RequestError: a seed that is no whole number from 0 to 2^64 - 1.
    """
    seed = whole(seed, 0, 2**64 - 1, name="seed")
    return np.random.SeedSequence(seed, spawn_key=(zlib.crc32(name.encode()), 1))


class Draws:
    """The numbers of one name."""

    def __init__(self, seed: int, name: str) -> None:
        """Raise RequestError for a seed that is no whole number from 0 to 2^64 - 1."""
        words = sequence_of(seed, name).generate_state(2)
        self._key = int(words[0]), int(words[1])

    def uniform(self, place: ArrayLike, number: ArrayLike, node: ArrayLike = 0) -> Array:
        """Uniform in (0, 1), of the broadcast shape.

        Args:
            place: see `place_of`.
            number: whole, >= 0.
            node: the same, below 2^32.
        """
        number = np.asarray(number, dtype=np.uint64)
        place, node = (np.asarray(part, dtype=np.uint64) for part in (place, node))
        high, low, _, _ = philox((place, node, number & _LOW, number >> _HALF), self._key)
        return np.asarray(((high >> np.uint64(5)) * 2.0**26 + (low >> np.uint64(6)) + 0.5) * 2.0**-53)

    def normal(self, place: ArrayLike, number: ArrayLike, node: ArrayLike = 0) -> Array:
        """Standard normal likewise."""
        return np.asarray(scipy.special.ndtri(self.uniform(place, number, node)))

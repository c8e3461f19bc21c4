"""Read noise read by read: the same processes as `noise.py`, for those who read an array a million times in order.

Each read goes on from the one before, exactly, by what each process keeps of itself over the time between. A cell's
numbers depend on its own place and on the number of the read, not on the array's size; on the moments of the reads its
path does.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from pyspice_models.array.fluctuation.draws import MOST_LINES, sequence_of
from pyspice_models.array.fluctuation.laws import lorentzians
from pyspice_models.array.fluctuation.noise import LEAST, ReadNoise
from pyspice_models.array.fluctuation.params import FluctuationParams, fluctuation_of

Array = NDArray[np.float64]

_ROOM = 24
"""A row of a read has 2^24 numbers of the stream: 4096 cells of 256 parts, and what drawing throws away."""


class _Stream:
    """Numbers of one name by the number of the read, row and column."""

    def __init__(self, seed: int, name: str) -> None:
        self._bits = np.random.PCG64(sequence_of(seed, name))
        self._begin, self._generator = self._bits.state, np.random.Generator(self._bits)

    def drawn(self, number: int, shape: tuple[int, int], parts: int, *, normal: bool) -> Array:
        """Shape (rows, cols, parts): standard normal, or uniform in [0, 1)."""
        found = np.empty((*shape, parts))
        for row in range(shape[0]):
            self._bits.state = self._begin
            self._bits.advance((number * MOST_LINES + row) << _ROOM)
            draw = self._generator.standard_normal if normal else self._generator.random
            draw(out=found[row])
        return found


class RunningNoise:
    """Read noise of the cells of one array.

    Attributes:
        shape: (rows, cols).
    """

    def __init__(self, params: FluctuationParams, shape: tuple[int, int], name: str) -> None:
        """Before the first read; `name`: of the array, whose numbers are its own."""
        self._params = p = fluctuation_of(params, name)
        self.shape, self._number = shape, 0
        self._flicker, self._telegraph = (_Stream(p.seed, f"running {name}") for name in ("flicker", "telegraph"))
        self._tau, variance = lorentzians(p.flicker_low, p.flicker_high) if p.flicker else (np.zeros(0), np.zeros(0))
        self._size = p.flicker * np.sqrt(variance)
        self._step, factor = ReadNoise(p).traps(*np.indices(shape))
        self._rate = (1 / p.telegraph_up + 1 / p.telegraph_down) / factor
        self._up = p.telegraph_up / (p.telegraph_up + p.telegraph_down)
        self._slow, self._state = np.zeros((*shape, len(self._tau))), np.zeros(shape)

    def after(self, seconds: float) -> Array:
        """By what share conductances are off, so long after the read before; shape (rows, cols)."""
        kept = np.exp(-seconds / self._tau) if self._number else np.zeros_like(self._tau)
        off = np.zeros(self.shape)
        if len(self._tau):
            fresh = self._flicker.drawn(self._number, self.shape, len(self._tau), normal=True)
            fresh *= np.sqrt(-np.expm1(-2 * seconds / self._tau)) if self._number else 1.0
            self._slow *= kept
            self._slow += fresh
            off = off + self._slow @ self._size
        if self._params.telegraph:
            stay = np.exp(-seconds * self._rate) if self._number else np.zeros(self.shape)
            odds = self._up + (self._state - self._up) * stay
            uniform = self._telegraph.drawn(self._number, self.shape, 1, normal=False)[:, :, 0]
            self._state = (uniform < odds).astype(float)
            off = off + self._step * (self._state - self._up)
        self._number += 1
        return np.maximum(off, LEAST)

    def arrays(self) -> dict[str, Array]:
        """All that there is to keep of it."""
        return {"noise reads": np.array(float(self._number)), "noise slow": self._slow, "noise traps": self._state}

    def restore(self, arrays: Mapping[str, Array]) -> None:
        """Go back to what `arrays` gave."""
        self._number = int(arrays["noise reads"])
        self._slow, self._state = arrays["noise slow"].copy(), arrays["noise traps"].copy()

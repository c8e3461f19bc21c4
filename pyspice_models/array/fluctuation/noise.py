"""Read noise of cells: by what share of itself a conductance is off at a moment."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pyspice_models.array.fluctuation.draws import Draws, place_of
from pyspice_models.array.fluctuation.laws import lorentzians
from pyspice_models.array.fluctuation.params import FluctuationParams
from pyspice_models.array.fluctuation.paths import relaxing, telegraph

Array = NDArray[np.float64]

LEAST = -0.9
"""No conductance falls below a tenth of itself: a Gaussian has no lower end."""


class ReadNoise:
    """The noise of the cells of one array; every cell's is a fixed path in time."""

    def __init__(self, params: FluctuationParams) -> None:
        """Draw nothing yet."""
        self.params = params
        self._flicker, self._telegraph, self._traps = (
            Draws(params.seed, name) for name in ("flicker", "telegraph", "telegraph of cells")
        )

    def traps(self, row: ArrayLike, col: ArrayLike) -> tuple[Array, Array]:
        """Of cells: step of the conductance, 0 without a trap, and the factor of both times."""
        p, place = self.params, place_of(row, col)
        has = self._traps.uniform(place, 0) < p.telegraph_share
        return np.where(has, p.telegraph, 0.0), 10 ** (p.telegraph_spread * self._traps.normal(place, 1))

    def shares(self, time: ArrayLike, row: ArrayLike, col: ArrayLike) -> Array:
        """By what share conductances are off their means; arguments broadcast.

        Args:
            time: since the array was made, >= 0 [s].
            row, col: of each cell.
        """
        p, time = self.params, np.asarray(time, dtype=float)
        off = np.zeros(np.broadcast_shapes(time.shape, np.shape(row), np.shape(col)))
        if p.flicker:
            tau, variance = lorentzians(p.flicker_low, p.flicker_high)
            each = (len(tau), *(1,) * off.ndim)
            place = place_of(row, col, np.arange(len(tau)).reshape(each))
            parts = relaxing(self._flicker, place, time, tau.reshape(each))
            for size, part in zip(p.flicker * np.sqrt(variance), parts, strict=True):  # in one order, for any shape
                off = off + size * part
        if p.telegraph:
            step, factor = self.traps(row, col)
            up, down = p.telegraph_up * factor, p.telegraph_down * factor
            state = telegraph(self._telegraph, place_of(row, col), time, up, down)
            off = off + step * (state - p.telegraph_up / (p.telegraph_up + p.telegraph_down))
        return np.maximum(off, LEAST)

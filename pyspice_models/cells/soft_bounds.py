"""How a level moves under pulses of one voltage: soft bounds, in closed form.

    d(level)/dt = rate (1 - level)^p for a set, -rate level^p for a reset

A cell's own law may be smoother near its bounds; this is what programming and calibration reckon with.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class SoftBounds:
    """Rates and exponent at one voltage.

    Attributes:
        rates: of set, from 0, and of reset, from 1 [1/s].
        exponent: p, below 1: a bound is reached in a finite time.
    """

    rates: tuple[float, float]
    exponent: float

    @property
    def span(self) -> float:
        """1 - p."""
        return 1 - self.exponent

    def time(self, start: Array, end: Array, up: NDArray[np.bool_]) -> Array:
        """Pulse width that moves a cell from one level to another [s]; negative against the pulse's sign.

        Args:
            start, end: levels, arrays of one shape.
            up: whether it is a set, else a reset; the same shape.
        """
        return np.asarray((self._way(start, up) - self._way(end, up)) / (self._rate(up) * self.span))

    def end(self, start: Array, width: Array, up: NDArray[np.bool_]) -> Array:
        """Level of a cell after a pulse of this width [s]; arguments as in `time`."""
        left = self._way(start, up) - width * self._rate(up) * self.span
        distance = np.clip(left, 0, None) ** (1 / self.span)
        return np.where(up, 1 - distance, distance)

    def travel(self, start: Array, width: Array, up: NDArray[np.bool_]) -> Array:
        """How far a pulse of this width moves a cell; nothing beyond the bound that it moves to."""
        return np.abs(self.end(start, width, up) - self.end(start, np.zeros_like(width), up))

    def _rate(self, up: NDArray[np.bool_]) -> Any:
        return np.where(up, *self.rates)

    def _way(self, level: Array, up: NDArray[np.bool_]) -> Array:
        # a cell whose own window is wider than the nominal one may be further from the bound than 1
        return np.asarray(np.clip(np.where(up, 1 - level, level), 0, None) ** self.span)

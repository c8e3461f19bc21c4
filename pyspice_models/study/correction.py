"""Which pulse takes a cell to its level, and what the last one taught: the controller of closed-loop programming.

It knows the nominal kinetics of the film, and learns from each pulse how fast this very cell answers. Cells are not
alike, and lines take a part of the voltage.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pyspice_models.array import Crossbar
from pyspice_models.device import Equations

Array = NDArray[np.float64]

DEAD = 0.01
"""A cell that answers slower than this share of the nominal kinetics gets no more pulses of that sign."""
_CAUTION = 8.0  # one pulse may change what is believed of a cell by this factor


@dataclass(frozen=True)
class Kinetics:
    """Soft bounds of the nominal cell at one voltage: dw/dt = rate (1 - w)^p for a set, -rate w^p for a reset.

    Attributes:
        rates: of set and reset [1/s], shape (2,).
        span: 1 - p.
    """

    rates: Array
    span: float

    @classmethod
    def of(cls, crossbar: Crossbar, voltage: float) -> Kinetics:
        """Those of the crossbar's common cell at this voltage [V], which differs from that of single cells."""
        cell = crossbar.cell
        factors = [Equations(cell, crossbar.temperature).kinetic_factors(volt)[0] for volt in (voltage, -voltage)]
        rates = np.array([cell.rate_int_set, cell.rate_int_reset]) * np.array([float(f) for f in factors])
        return cls(rates, 1 - cell.p_int)

    def time(self, start: Array, end: Array, up: NDArray[np.bool_]) -> Array:
        """Pulse width that moves a nominal cell from one level to another [s]; negative against the pulse's sign."""
        return np.asarray((self._way(start, up) - self._way(end, up)) / (self.rates[np.where(up, 0, 1)] * self.span))

    def end(self, start: Array, width: Array, up: NDArray[np.bool_]) -> Array:
        """Level of a nominal cell after a pulse of this width."""
        left = self._way(start, up) - width * self.rates[np.where(up, 0, 1)] * self.span
        distance = np.clip(left, 0, None) ** (1 / self.span)
        return np.where(up, 1 - distance, distance)

    def _way(self, level: Array, up: NDArray[np.bool_]) -> Array:
        inside = np.clip(level, 0, 1)
        return np.asarray(np.where(up, 1 - inside, inside) ** self.span)


def believed(speed: Array) -> Array:
    """Speeds to reckon with: a cell's own, where it is known; else that of its other sign; else nominal.

    Args:
        speed: multiples of the nominal kinetics, NaN where no pulse has told; shape (2, rows, cols), set then reset.
    """
    return np.where(np.isnan(speed), np.where(np.isnan(speed[::-1]), 1.0, speed[::-1]), speed)


def widths(
    kinetics: Kinetics, speed: Array, level: Array, target: Array, shortest: float, longest: float
) -> Array:  # fmt: skip
    """Pulse width for every cell [s]; its sign is that of target - level."""
    up = target > level
    own = _toward(up, believed(speed))
    return np.clip(kinetics.time(level, target, up) / own, shortest, longest)


def learned(
    kinetics: Kinetics, speed: Array, width: Array, before: Array, after: Array, target: Array, worth: float
) -> Array:  # fmt: skip
    """Speeds after a round of pulses.

    Args:
        kinetics: of the nominal cell.
        speed: believed before, NaN where unknown; shape (2, rows, cols).
        width: of the pulses [s], 0 where there was none; shape (rows, cols).
        before, after, target: levels.
        worth: a pulse that would not move even a nominal cell by this much teaches nothing: disturb is as large.
    """
    up = target > before
    old = _toward(up, believed(speed))
    meant = np.abs(kinetics.end(before, width * np.maximum(old, 1), up) - before)
    told = (width > 0) & (meant >= worth)
    seen = kinetics.time(before, after, up) / np.where(told, width, 1.0)
    new = np.clip(seen, old / _CAUTION, old * _CAUTION)
    return np.stack([np.where(told & way, new, had) for way, had in zip((up, ~up), speed, strict=True)])


def dead(speed: Array, up: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Cells that no longer answer to pulses of the sign they need."""
    return np.asarray(_toward(up, speed) < DEAD)  # NaN, unknown, is not


def _toward(up: NDArray[np.bool_], speed: Array) -> Array:
    """Of set and reset, that which each cell needs."""
    return np.where(up, speed[0], speed[1])

"""Which pulse takes a cell to its level, and what the last one taught: the controller of closed-loop programming.

It knows the nominal kinetics of the film, and learns from each pulse how fast this very cell answers. Cells are not
alike, and lines take a part of the voltage. All it sees are levels as they were read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyspice_models.array import Crossbar
from pyspice_models.errors import RequestError

Array = NDArray[np.float64]

STILL = 0.01
"""A cell stands still if it moves by less than this share of what the pulse does to the nominal cell."""
SILENT_AFTER = 3
"""A cell that stood still under so many pulses of one sign, one after the other, gets no more of that sign."""
_CAUTION = 8.0  # one pulse may change what is believed of a cell by this factor
_HIDDEN = 0.5
"""Others disturb a cell if they may move it by this share of what its own pulse does."""
_BLUR = 3 * 2**0.5
"""Two reads of the same conductance differ by more than so many standard deviations of one once in 370 times."""
_FAR = 1e-3  # what a read leaves open of a conductance far above the window, where IR drop is large


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
        """Those of the crossbar's common cell at this voltage [V], which differs from that of single cells.

        Raises:
            RequestError: a cell that states none.
        """
        law = crossbar.model.soft_bounds
        if law is None:
            raise RequestError(
                f"closed-loop programming reckons with the kinetics of a level, and the cell {crossbar.model.name!r} "
                "states none. Use a cell that does, such as 'ag2s', or a program of writes and reads."
            )
        setting, resetting, exponent = law(crossbar.cell, crossbar.temperature, voltage)
        return cls(np.array([setting, resetting]), 1 - exponent)

    def time(self, start: Array, end: Array, up: NDArray[np.bool_]) -> Array:
        """Pulse width that moves a nominal cell from one level to another [s]; negative against the pulse's sign."""
        return np.asarray((self._way(start, up) - self._way(end, up)) / (self.rates[np.where(up, 0, 1)] * self.span))

    def end(self, start: Array, width: Array, up: NDArray[np.bool_]) -> Array:
        """Level of a nominal cell after a pulse of this width."""
        left = self._way(start, up) - width * self.rates[np.where(up, 0, 1)] * self.span
        distance = np.clip(left, 0, None) ** (1 / self.span)
        return np.where(up, 1 - distance, distance)

    def travel(self, start: Array, width: Array, up: NDArray[np.bool_]) -> Array:
        """How far a pulse of this width moves a nominal cell; nothing beyond the bound that it moves to."""
        return np.abs(self.end(start, width, up) - self.end(start, np.zeros_like(width), up))

    def _way(self, level: Array, up: NDArray[np.bool_]) -> Array:
        # a cell whose own window is wider than the nominal one may be further from the bound than 1
        return np.asarray(np.clip(np.where(up, 1 - level, level), 0, None) ** self.span)


@dataclass(frozen=True)
class Responses:
    """What pulses have told of each cell, for set and reset; arrays of shape (2, rows, cols).

    Attributes:
        speed: multiples of the nominal kinetics, NaN where no pulse has told.
        still: under how many pulses in a row the cell stood still.
        disturbed: whether the pulses for others moved the cell in the last round, or may have: it went away from its
            level without a pulse, or against its pulse, or theirs could do half as much as its own. Shape (rows, cols).
    """

    speed: Array
    still: NDArray[np.int_]
    disturbed: NDArray[np.bool_]

    @classmethod
    def none(cls, shape: tuple[int, int]) -> Responses:
        """Before the first pulse."""
        return cls(np.full((2, *shape), np.nan), np.zeros((2, *shape), dtype=int), np.zeros(shape, dtype=bool))

    def silent(self, up: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Cells that no longer answer to pulses of the sign they need."""
        return np.asarray(_toward(up, self.still) >= SILENT_AFTER)

    def believed(self) -> Array:
        """Speeds to reckon with: a cell's own, where it is known; else that of its other sign; else nominal."""
        other = np.where(np.isnan(self.speed[::-1]), 1.0, self.speed[::-1])
        return np.where(np.isnan(self.speed), other, self.speed)

    def widths(self, kinetics: Kinetics, level: Array, target: Array, shortest: float, longest: float) -> Array:
        """Pulse width for every cell [s]; its sign is that of target - level."""
        up = target > level
        return np.clip(kinetics.time(level, target, up) / _toward(up, self.believed()), shortest, longest)

    def after(
        self, kinetics: Kinetics, width: Array, others: Array, before: Array, after: Array, target: Array, worth: float,
        noise: float = 0.0,
    ) -> Responses:  # fmt: skip
        """What is known after a round of pulses.

        Args:
            kinetics: of the nominal cell.
            width: of the pulses [s], 0 where there was none; shape (rows, cols).
            others: what the pulses for others may set and reset, see `disturb.doses` [s]; shape (2, rows, cols).
            before, after, target: levels.
            worth: a pulse that would not move even a nominal cell by this much teaches nothing: disturb is as large.
            noise: standard deviation of a read: reads differ by up to 3 sqrt(2) of them without any move.
        """
        up = target > before
        old = _toward(up, self.believed())
        moved = np.where(up, after - before, before - after)
        blur = _BLUR * noise
        meant = kinetics.end(before, width, up)
        nominal = np.abs(meant - before)
        told = (width > 0) & (np.abs(kinetics.end(before, width * np.maximum(old, 1), up) - before) >= worth)
        standing = np.abs(moved) < STILL * nominal + blur + _FAR * np.clip(np.abs(before) - 1, 0, None)
        # one that others moved back says nothing of how it answers itself
        back = (moved < 0) & ~standing
        undone, added = (kinetics.travel(meant, _toward(way, others), way) for way in (~up, up))
        hidden = undone > _HIDDEN * nominal
        seen = kinetics.time(before, after, up) / np.where(told, width, 1.0)
        speed = np.where(back, old, np.clip(seen, old / _CAUTION, old * _CAUTION))
        still = np.where(standing, _toward(up, self.still) + 1, 0)
        told &= ~(hidden & standing)
        astray = np.where(
            width > 0, back | hidden | (added > _HIDDEN * nominal), abs(target - after) > abs(target - before) + blur
        )
        ways = np.stack([told & up, told & ~up])
        return Responses(
            np.where(ways, speed, self.speed),
            np.where(ways, still, self.still),
            astray & bool(width.any()),
        )


def _toward(up: NDArray[np.bool_], both: NDArray[Any]) -> NDArray[Any]:
    """Of set and reset, that which each cell needs."""
    return np.where(up, both[0], both[1])

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
from pyspice_models.cells.soft_bounds import SoftBounds
from pyspice_models.errors import RequestError

Array = NDArray[np.float64]

STILL = 0.01
"""A cell stands still if it moves by less than this share of what the pulse does to the nominal cell."""
SILENT_AFTER = 3
"""A cell that stood still under so many pulses of one sign, one after the other, gets no more of that sign."""
_CAUTION = 8.0  # one pulse may change what is believed of a cell by this factor
_HIDDEN = 0.5
"""Others disturb a cell if they may move it by this share of what its own pulse does."""
_DRAG = 0.15
"""Others do little to a cell if they may move it by less than this share of what its own pulse does."""
_BLUR = 3 * 2**0.5
"""Two reads of the same conductance differ by more than so many standard deviations of one once in 370 times."""
_FAR = 1e-3  # what a read leaves open of a conductance far above the window, where IR drop is large


def nominal_bounds(crossbar: Crossbar, voltage: float) -> SoftBounds:
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
    return law(crossbar.cell, crossbar.temperature, voltage)


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

    def widths(self, bounds: SoftBounds, level: Array, target: Array, shortest: float, longest: Array | float) -> Array:
        """Pulse width for every cell [s]; its sign is that of target - level."""
        up = target > level
        return np.clip(bounds.time(level, target, up) / _toward(up, self.believed()), shortest, longest)

    def after(
        self, bounds: SoftBounds, width: Array, others: Array, before: Array, after: Array, target: Array, worth: float,
        noise: float = 0.0,
    ) -> Responses:  # fmt: skip
        """What is known after a round of pulses.

        Args:
            bounds: of the nominal cell.
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
        meant = bounds.end(before, width, up)
        nominal = np.abs(meant - before)
        told = (width > 0) & (np.abs(bounds.end(before, width * np.maximum(old, 1), up) - before) >= worth)
        undone, added = (bounds.travel(meant, _toward(way, others), way) for way in (~up, up))
        # a move that others may have done is no answer to a pulse that should have done far more than they
        drag = np.where(undone + added < _DRAG * nominal, undone + added, 0.0)
        standing = np.abs(moved) < STILL * nominal + drag + blur + _FAR * np.clip(np.abs(before) - 1, 0, None)
        # one that others moved back says nothing of how it answers itself
        back = (moved < 0) & ~standing
        hidden = undone > _HIDDEN * nominal
        seen = bounds.time(before, after, up) / np.where(told, width, 1.0)
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

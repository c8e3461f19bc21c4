"""What closed-loop programming came to: as the hardware reads it, and as the cells really hold it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from pyspice_models.array.levels import Scale
from pyspice_models.displayed import Drawn
from pyspice_models.units import shown

Array = NDArray[np.float64]
Place = tuple[int, int]


@dataclass(frozen=True)
class LevelFigures:
    """The cells that were to hold one level; conductances in siemens.

    Attributes:
        level: share of the nominal window.
        conductance: of the level.
        cells: how many were to hold it.
        faulty: how many of them the description calls faulty; the figures of what is held leave them out.
        mean_error, largest_error: of what they hold, less the level; that of largest magnitude keeps its sign. NaN if
            all are faulty.
        lowest, highest: conductance held. NaN if all are faulty.
        deviation: standard deviation of what they hold; NaN for fewer than two.
        wrong: how many hold a conductance that is nearer to another level; faulty ones count.
        pulses: that they got together.
    """

    level: float
    conductance: float
    cells: int
    faulty: int
    mean_error: float
    largest_error: float
    lowest: float
    highest: float
    deviation: float
    wrong: int
    pulses: int


@dataclass(frozen=True, repr=False)
class Programmed(Drawn):
    """What programming came to. Levels are shares of the nominal window, arrays have the shape (rows, cols).

    Attributes:
        scale: what the levels are as conductances.
        levels: those that a cell may be asked to hold, in rising order; empty if any may.
        tolerance: largest read error of a cell that counts as programmed.
        target, read, held: levels asked for; as the array's read shows them at last, all that hardware knows; and of
            the conductance that each cell really has at the read voltage.
        states: of the cells at the end, by name.
        errors: largest read error after each read, the one before the first write first.
        typical: the error that nine cells of ten stay within, likewise.
        off: number of cells beyond the tolerance, likewise.
        pulses: how many each cell got.
        energy_source: delivered by all ideal sources, which take line charge back, reads included [J].
        energy_supply: drawn from all rails, nothing taken back, reads included; see `measure.supply` [J].
        reach: lowest and highest level that each cell's own window allows, shape (2, rows, cols).
        silent: cells beyond the tolerance that no longer answered and got no more pulses.
        disturbed: cells beyond the tolerance that the pulses for others moved back, or may have: see `Responses`.
        faulty: cells that the description calls faulty, shape (rows, cols).
        time: of the whole programming on the array, waits and reads included [s].
        pulse_time: of the tops of all pulses together [s].
        overshoot: by how much the reads showed each cell beyond its level after a pulse of its own, in the direction of
            the pulse; the largest of all rounds, 0 if never.
        disturb: largest change of what each cell holds in a round in which it got no pulse: by the pulses and reads of
            others, and by its own read. No hardware knows it.
        noise: standard deviation of the reads of each cell, steps of the converter included; 0 with ideal ones.
        given_up: cells beyond the tolerance that the algorithm gave up, and why; see `algorithms.base.REASONS`.
        energy_cells: drawn from all rails by cell: a pulse's by the cells that it is for, a row's read by its cells;
            shape (rows, cols) [J].
        pulse_time_cells: of each cell's own pulses, shape (rows, cols) [s].
        kept_round: the round whose states these are: the last one, or the best of a loop that diverged.
        algorithm: its name.
        diverged: whether the loop ended since it got no better.
    """

    scale: Scale
    levels: Array
    tolerance: float
    target: Array
    read: Array
    held: Array
    states: Mapping[str, Array]
    errors: list[float]
    typical: list[float]
    off: list[int]
    pulses: NDArray[np.int_]
    energy_source: float
    energy_supply: float
    reach: Array
    silent: list[Place]
    disturbed: list[Place]
    faulty: NDArray[np.bool_]
    time: float
    pulse_time: float
    overshoot: Array
    disturb: Array
    noise: Array
    given_up: Mapping[Place, str] = field(default_factory=dict)
    energy_cells: Array = field(default_factory=lambda: np.zeros((1, 1)))
    pulse_time_cells: Array = field(default_factory=lambda: np.zeros((1, 1)))
    kept_round: int = 0
    algorithm: str = "width"
    diverged: bool = False

    def __repr__(self) -> str:
        """One line for people."""
        rows, cols = self.target.shape
        missed = len(self.missed)
        what = f"{missed} of {rows * cols} cells miss their level" if missed else "all cells read their level"
        rounds = f"{self.rounds} round{'s' * (self.rounds != 1)}"
        told = f"{what} after {rounds}, {int(self.pulses.sum())} pulses, {shown(self.time, 's')}"
        wrong = f", {len(self.wrong)} hold another" if self.wrong else ""
        return f"<Programmed {rows} x {cols}: {told}{wrong}>"

    @property
    def rounds(self) -> int:
        """Of writing."""
        return len(self.errors) - 1

    @property
    def missed(self) -> list[Place]:
        """Cells whose read error exceeds the tolerance."""
        return places(np.abs(self.read - self.target) > self.tolerance)

    @property
    def converged(self) -> bool:
        """Whether every cell reads its level: what hardware would say."""
        return not self.missed

    @property
    def held_error(self) -> Array:
        """What the cells hold less what they should, as a share of the window. No hardware knows it."""
        return self.held - self.target

    @property
    def read_error(self) -> Array:
        """What the array makes of a read: level read less level held. No hardware knows it.

        IR drop and sneak currents, a read voltage that is not what it should be, charge that has not settled.
        """
        return self.read - self.held

    @property
    def wrong(self) -> list[Place]:
        """Cells whose conductance is nearer to another level than to their own; none where any level may be asked."""
        return places(self.held_level != self.level_of(self.target)) if len(self.levels) else []

    @property
    def beyond(self) -> list[Place]:
        """Cells whose own window ends before their level; faulty ones, which have none, do not count."""
        low, high = self.reach
        return places(~self.faulty & ~((low <= self.target) & (self.target <= high)))

    @property
    def done(self) -> bool:
        """Whether every cell reads its level, and none holds another one."""
        return self.converged and not self.wrong

    @property
    def held_level(self) -> NDArray[np.int_]:
        """Number of the level that is nearest to what each cell holds."""
        return self.level_of(self.held)

    def level_of(self, share: Array) -> NDArray[np.int_]:
        """Number of the nearest level, counted from 0; needs levels."""
        return np.abs(np.asarray(share)[..., None] - self.levels).argmin(axis=-1)

    def why(self, place: Place) -> str:
        """Why a cell of `missed` did not get there, or how one of `wrong` comes to hold another level."""
        if self.faulty[place]:
            return "faulty"
        if place in self.beyond:
            return "out of its reach"
        if np.abs(self.read - self.target)[place] <= self.tolerance:
            return "reads its level, holds another"
        if self.noise[place] and np.abs(self.held_error)[place] <= self.tolerance:
            return "holds its level, reads off it"
        if place in self.given_up:
            return self.given_up[place]
        return "disturbed by the pulses of others" if place in self.disturbed else "rounds used up"

    def by_level(self) -> list[LevelFigures]:
        """Figures of every level that a cell was to hold, the lowest first; none where any level may be asked."""
        return [self._figures(n) for n in np.unique(self.level_of(self.target))] if len(self.levels) else []

    def gaps(self) -> list[tuple[float, float, float]]:
        """Between neighbouring levels: both, and lowest conductance held of the upper less highest of the lower [S].

        Negative where no threshold tells all their cells apart. Faulty cells are left out, and levels that no sound
        cell was to hold.
        """
        held = [one for one in self.by_level() if np.isfinite(one.lowest)]
        return [(one.level, two.level, two.lowest - one.highest) for one, two in pairwise(held)]

    def _figures(self, number: int) -> LevelFigures:
        mine = self.level_of(self.target) == number
        sound = mine & ~self.faulty
        error, held = self.scale.difference(self.held_error[sound]), self.scale.conductances(self.held[sound])
        known = len(held) > 0
        return LevelFigures(
            level=float(self.levels[number]),
            conductance=float(self.scale.conductances(self.levels[number])),
            cells=int(mine.sum()),
            faulty=int((mine & self.faulty).sum()),
            mean_error=float(error.mean()) if known else np.nan,
            largest_error=float(error[np.abs(error).argmax()]) if known else np.nan,
            lowest=float(held.min()) if known else np.nan,
            highest=float(held.max()) if known else np.nan,
            deviation=float(held.std(ddof=1)) if len(held) > 1 else np.nan,
            wrong=int((mine & (self.held_level != number)).sum()),
            pulses=int(self.pulses[mine].sum()),
        )


def places(which: NDArray[np.bool_]) -> list[Place]:
    """(row, col) of what is true, row by row."""
    return [(int(row), int(col)) for row, col in np.argwhere(which)]

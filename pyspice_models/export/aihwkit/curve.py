"""What pulses make of the cell: its steps at every level, its symmetric points, and a train of sets and resets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import scipy  # loads scipy.optimize where it is first used
from numpy.typing import NDArray

from pyspice_models.cells.model import CellModel
from pyspice_models.cells.registry import model_of
from pyspice_models.errors import RequestError
from pyspice_models.export.aihwkit.contents import TrainingDevice
from pyspice_models.program.held import held
from pyspice_models.program.learning.tiles.response import Response, corners, response_of

Array = NDArray[np.float64]
Step = Callable[[float, bool], float]
"""What one pulse makes of a level: set for true, reset for false."""

NODES = 41
"""Levels from 0 to 1 at which the steps are handed on; the toolkit takes fewer than 64 on graphics cards."""

SETS = 30
"""And as many resets, of the train by which a device is held against the cell."""

_LEAST = 1e-4  # of the window, of a step at the symmetric point
_START = 0.0  # level at which the train begins


@dataclass(frozen=True)
class Train:
    """Sets, then as many resets.

    Attributes:
        start: level before the first.
        signs: 1 for a set, -1 for a reset, shape (pulses,).
        levels: after each of them, shape (pulses,).
        others: states that a device does not know, after the last set and after the last reset, by name.
    """

    start: float
    signs: NDArray[np.int_]
    levels: Array
    others: dict[str, tuple[float, float]]


@dataclass(frozen=True)
class Points:
    """Symmetric points, as levels.

    Attributes:
        alternating: mean of the levels after a set and after the reset that follows it, for ever.
        equal: where a set and a reset from the same level are equally large.
    """

    alternating: float
    equal: float


class CellUnderPulses:
    """A cell alone, and its map of one pulse.

    Attributes:
        model, response: of the cell.
    """

    model: CellModel
    response: Response

    def __init__(self, asked: TrainingDevice) -> None:
        """Make the map.

        Raises:
            RequestError: a cell without equations, pulses that no map follows, or that hardly move it.
        """
        self._cell, self._pulses = asked.cell.cell, asked.pulses
        self.model, pulses = model_of(self._cell), asked.pulses
        self.response = response_of(self._cell, pulses.temperature, pulses.voltage, pulses.width, pulses.edge)
        self._place = [state.name for state in self.model.states].index(self.model.level)
        middle = symmetric_points(self.mapped).alternating if self._moves(0.5) else 0.5
        if not self._moves(middle):
            raise RequestError(
                f"pulses of {pulses.voltage:g} V and {pulses.width:g} s move the cell by less than {_LEAST:g} of its "
                "window: nothing could be trained with them. Choose a larger voltage or a longer pulse."
            )

    def steps(self, levels: Array) -> tuple[Array, Array]:
        """Sizes of a set and of a reset from these levels, both positive, by the map."""
        states = {state.name: np.zeros_like(levels) for state in self.model.states} | {self.model.level: levels}
        sizes = [
            sign * self.response.change(np.full(levels.shape, sign * self._pulses.voltage), states)[self.model.level]
            for sign in (1, -1)
        ]
        return sizes[0], sizes[1]

    def mapped(self, level: float, up: bool) -> float:
        """What one pulse makes of a level, by the map; no other state moves it."""
        sizes = self.steps(np.array([level]))
        return float(np.clip(level + sizes[0][0] if up else level - sizes[1][0], 0.0, 1.0))

    def simulated(self, level: float, up: bool) -> float:
        """The same by the cell's own simulation."""
        states = [np.array([level if name == self.model.level_parameter else 0.0]) for name in self.model.initial]
        return float(self._pulse(states, up)[self._place][0])

    def train(self) -> Train:
        """By the cell's own simulation, all of its states."""
        signs = np.repeat([1, -1], SETS)
        states = [np.array([_START if name == self.model.level_parameter else 0.0]) for name in self.model.initial]
        after = []
        for sign in signs:
            states = self._pulse(states, sign > 0)
            after.append([float(state[0]) for state in states])
        found = np.array(after).T
        others = {
            state.name: (float(found[n][SETS - 1]), float(found[n][-1]))
            for n, state in enumerate(self.model.states) if n != self._place
        }  # fmt: skip
        return Train(_START, signs, found[self._place], others)

    def _pulse(self, states: list[Array], up: bool) -> list[Array]:
        assert self.model.alone is not None, "the map refuses such a cell"
        pulses, asked = self._pulses, "a train of pulses"
        equations = self.model.solved(self._cell, pulses.temperature, asked=asked)
        volts = corners(pulses.voltage if up else -pulses.voltage, pulses.width, pulses.edge)
        initial = dict(zip(self.model.initial, states, strict=True))
        changes = self.model.alone(self._cell, initial, *volts, temperature=pulses.temperature)
        return [held(equations, equations.clip(s) + change) for s, change in zip(states, changes, strict=True)]

    def _moves(self, level: float) -> bool:
        return min(float(size[0]) for size in self.steps(np.array([level]))) > _LEAST


def symmetric_points(step: Step, low: float = 0.0, high: float = 1.0) -> Points:
    """Of anything that pulses move between two ends; `step` is asked at levels, or at weights."""

    def pair(level: float) -> float:
        return step(step(level, True), False) - level

    def both(level: float) -> float:
        return step(level, True) + step(level, False) - 2 * level

    solve = partial(scipy.optimize.brentq, a=low, b=high, xtol=1e-9)
    lower = solve(pair)
    return Points(float((lower + step(lower, True)) / 2), float(solve(both)))

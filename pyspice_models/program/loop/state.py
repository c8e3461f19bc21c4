"""How far a closed loop has come: all that its next round depends on, as arrays that a checkpoint holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyspice_models.folders.checkpoint import Checkpoint
from pyspice_models.program.algorithms.base import Array, Memory, Pulses
from pyspice_models.program.loop.executed import Executed


@dataclass(frozen=True)
class Moment:
    """The array after a round.

    Attributes:
        round: its number; -1 before the first read.
        states: of all cells, shape (states, rows, cols).
        read: levels as read, shape (rows, cols).
    """

    round: int
    states: Array
    read: Array


@dataclass(frozen=True)
class RoundState:
    """Everything after a round.

    Attributes:
        now, best: the array as it is, and as it was when fewest cells were off their levels (of equal ones, when these
            were least off).
        memory: of the algorithm.
        owed: what cells that age owe to their past, see `array.aging.Memory`; nothing where none does.
        errors, typical, off: after each read, see `Programmed`.
        score: of the best moment: cells off, and mean error of all beyond the tolerance, a share of the window.
        least: the fewest cells off and the smallest mean error of all rounds, be they of the same round or not.
        progress: the last round in which one of these two fell.
        pulses, turns: of each cell; a turn is a pulse of the other sign than the one before.
        way: sign of the last pulse of each cell, 0 for none.
        energy_source, energy_supply, energy_cells, time, pulse_time, pulse_time_cells, overshoot, disturb: since the
            start, see `Programmed`.
    """

    now: Moment
    best: Moment
    memory: Memory
    owed: Mapping[str, Array]
    errors: list[float]
    typical: list[float]
    off: list[int]
    score: tuple[float, float]
    least: tuple[float, float]
    progress: int
    pulses: NDArray[np.int_]
    turns: NDArray[np.int_]
    way: NDArray[np.int_]
    energy_source: float
    energy_supply: float
    energy_cells: Array
    time: float
    pulse_time: float
    pulse_time_cells: Array
    overshoot: Array
    disturb: Array

    @classmethod
    def start(cls, states: Array, memory: Memory, owed: Mapping[str, Array]) -> RoundState:
        """Before the first read."""
        none = np.zeros(states.shape[1:])
        count = none.astype(int)
        begun = Moment(-1, states, none)
        worst = (np.inf, np.inf)
        return cls(
            begun, begun, memory, owed, [], [], [], worst, worst, -1, count, count, count, 0.0, 0.0, none, 0.0, 0.0,
            none, none, none,
        )  # fmt: skip

    @property
    def round(self) -> int:
        """Number of the last round."""
        return self.now.round

    @property
    def states(self) -> Array:
        """Of all cells now."""
        return self.now.states

    @property
    def read(self) -> Array:
        """Levels as last read."""
        return self.now.read

    def after(
        self, now: Moment, memory: Memory, owed: Mapping[str, Array], target: Array, tolerance: float, *,
        given: Pulses, pieces: NDArray[np.int_], done: Executed, moved: Array,
    ) -> RoundState:  # fmt: skip
        """With one more round: its pulses, in how many pieces they came, what it cost, by how much cells moved."""
        level, up, had = now.read, given.up, given.width > 0
        error, way = np.abs(target - level), np.where(given.up, 1, -1)
        off = int((error > tolerance).sum())
        score = (float(off), float(np.clip(error - tolerance, 0, None).mean()))
        return RoundState(
            now, now if score < self.score else self.best, memory, owed,
            [*self.errors, float(error.max())],
            [*self.typical, float(np.quantile(error, 0.9))],
            [*self.off, off],
            min(score, self.score),
            (min(score[0], self.least[0]), min(score[1], self.least[1])),
            now.round if score[0] < self.least[0] or score[1] < self.least[1] else self.progress,
            self.pulses + pieces,
            self.turns + (had & (self.way == -way)),
            np.where(had, way, self.way),
            self.energy_source + done.energy_source,
            self.energy_supply + done.energy_supply,
            self.energy_cells + done.energy_cells,
            self.time + done.time,
            self.pulse_time + float(given.width.sum()),
            self.pulse_time_cells + given.width,
            np.maximum(self.overshoot, np.where(had, np.where(up, level - target, target - level), 0.0)),
            np.maximum(self.disturb, np.where(had, 0.0, moved)),
        )  # fmt: skip

    def as_arrays(self) -> dict[str, np.ndarray]:
        """All of it by name."""
        plain = {f.name: np.asarray(getattr(self, f.name)) for f in fields(self) if f.name not in _OTHERS}
        for name in ("now", "best"):
            plain |= {f"{name}_{f.name}": np.asarray(getattr(getattr(self, name), f.name)) for f in fields(Moment)}
        plain |= {f"owed_{name}": np.asarray(values) for name, values in self.owed.items()}
        return plain | {f"memory_{name}": np.asarray(values) for name, values in self.memory.items()}

    @classmethod
    def kept(cls, checkpoint: Checkpoint, begun: RoundState) -> RoundState | None:
        """From a checkpoint of the request that `begun` begins; None where there is none.

        Raises:
            RequestError: it is damaged, or another request's.
        """
        values = checkpoint.load(begun.as_arrays())
        if values is None:
            return None
        found: dict[str, Any] = {f.name: values[f.name] for f in fields(cls) if f.name not in _OTHERS}
        found |= {name: values[name].tolist() for name in ("errors", "typical", "off")}
        found["progress"] = int(values["progress"])
        found |= {name: float(values[name]) for name in ("energy_source", "energy_supply", "time", "pulse_time")}
        return cls(
            now=_moment(values, "now"), best=_moment(values, "best"),
            memory={name: values[f"memory_{name}"] for name in begun.memory},
            owed={name: values[f"owed_{name}"] for name in begun.owed},
            **found | {name: tuple(values[name].tolist()) for name in ("score", "least")},
        )  # fmt: skip


_OTHERS = {"now", "best", "memory", "owed"}


def _moment(values: Mapping[str, np.ndarray], name: str) -> Moment:
    return Moment(int(values[f"{name}_round"]), values[f"{name}_states"], values[f"{name}_read"])

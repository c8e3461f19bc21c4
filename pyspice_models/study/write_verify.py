"""Closed-loop programming: write, read through the array, correct, until every cell holds its level or the budget ends.

Each round is one run of the simulator: a pulse for every cell that is off its level, a wait, and a read of all rows
with the real sense circuits. What disturb, sneak currents and IR drop do is seen by the read and corrected in the next
round, as far as a read can see it. The states at the end of a run are the start of the next.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pyspice_models.array import Crossbar
from pyspice_models.bench import ReadAll, Wait, Write
from pyspice_models.bench.scheme import WRITE_SCHEMES
from pyspice_models.errors import RequestError
from pyspice_models.measure import energy_split, sense_current
from pyspice_models.params import ParameterSet, quantity
from pyspice_models.params.quantity import choice
from pyspice_models.result import windows
from pyspice_models.study.checkpoint import Checkpoint, content_key
from pyspice_models.study.correction import Kinetics, dead, learned, widths
from pyspice_models.study.identity import identity
from pyspice_models.study.levels import checked_levels, to_levels
from pyspice_models.study.run import simulate_study
from pyspice_models.study.spec import Study
from pyspice_models.study.states import last_states

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Budget(ParameterSet):
    """How programming goes about it.

    Raises:
        RequestError: a value out of range, or a number of rounds that is not whole.
    """

    tolerance: float = quantity(
        0.02, "", above=0, high=0.5, tag="assumed", source="a third of the step between 16 levels",
        about="largest error of a cell, as a share of the window",
    )  # fmt: skip
    rounds: float = quantity(
        10, "", low=1, high=1000, tag="assumed", source="choice of the user",
        about="most rounds of writing, and so most pulses of a cell",
    )  # fmt: skip
    voltage: float = quantity(
        0.15, "V", above=0, high=5, tag="assumed",
        source="a third of it moves the other cells 3000 times less; a third of 0.3 V only 160 times less",
        about="of the pulses, both signs",
    )  # fmt: skip
    longest: float = quantity(
        200e-6, "s", above=0, high=1, tag="assumed", source="about half of the window at 0.15 V",
        about="longest pulse",
    )  # fmt: skip
    read_voltage: float = quantity(
        5e-3, "V", above=0, high=1, tag="measured", source="S14a", about="of the verifying read",
    )  # fmt: skip
    read_duration: float = quantity(
        15e-6, "s", above=0, high=1, tag="assumed", source="three times the recovery (Note S1)",
        about="of the read of each row, and of the wait before the first",
    )  # fmt: skip
    scheme: str = choice(
        "auto", "auto", *WRITE_SCHEMES, about="of the pulses; auto: grounded where transistors select, else V/3"
    )

    def __post_init__(self) -> None:
        """Check that rounds can be counted."""
        super().__post_init__()
        if self.rounds != int(self.rounds):
            raise RequestError.for_value("rounds", self.rounds, allowed="a whole number from 1 to 1000")


@dataclass(frozen=True)
class Report:
    """What programming came to.

    Attributes:
        target, read, states: levels asked for, as last read, and interface states as the cells really hold them,
            shape (row, col).
        errors: largest read error after each read, the one before the first write first.
        typical: the error that nine cells of ten stay within, likewise.
        off: number of cells beyond the tolerance, likewise.
        pulses: how many each cell got, shape (row, col).
        energy: delivered by all sources, reads included [J].
        missed: cells whose read error exceeds the tolerance.
        silent: those of them that no longer answered and got no more pulses.
        faulty: those of them that the description calls faulty.
    """

    target: Array
    read: Array
    states: Array
    errors: list[float]
    typical: list[float]
    off: list[int]
    pulses: NDArray[np.int_]
    energy: float
    missed: list[tuple[int, int]]
    silent: list[tuple[int, int]]
    faulty: list[tuple[int, int]]

    @property
    def converged(self) -> bool:
        """Whether every cell reads its level."""
        return not self.missed

    @property
    def read_error(self) -> Array:
        """What the array makes of a read: level read less interface state, shape (row, col). No hardware knows it.

        IR drop and sneak currents, charge that has not settled, and, in a cell that grew one, the filament.
        """
        return self.read - self.states

    def why(self, place: tuple[int, int]) -> str:
        """Why a cell of `missed` did not get there."""
        if place in self.faulty:
            return "faulty"
        return "does not answer" if place in self.silent else "rounds used up"


def write_verify(
    study: Study,
    target: Array,
    budget: Budget,
    *,
    folder: Path | None = None,
    checkpoint: Path | None = None,
    force: bool = False,
    report: Callable[[float], None] | None = None,
) -> tuple[Report, Crossbar]:
    """Program the study's crossbar to `target`, levels from 0 to 1 of shape (rows, cols).

    Args:
        study: crossbar, engine, accuracy, limits; its program is not used.
        target: levels wanted; for conductances see `levels_for`.
        budget: tolerance, rounds, pulses.
        folder: an existing folder for deck and log of every round; without it they go with the run.
        checkpoint: a file that is written after every round; if it is there and belongs to the same request, the work
            goes on from it, with the same result as if it had never stopped.
        force: replace a checkpoint of another request, or a damaged one.
        report: is told the share of the rounds that is done.

    Returns:
        The report, and the crossbar with the states that it now holds.

    Raises:
        RequestError: a target of the wrong shape or outside [0, 1], an array that cannot be verified, a checkpoint of
            another request or a damaged one.
        SimulationError, ToolError: see `Engine.run`; the checkpoint holds the rounds before.
    """
    if study.crossbar.kind == "1S1R":
        raise RequestError(
            "write-verify cannot read cells behind threshold selectors: what a read sees is the selector, not the "
            "cell. Leave out the [selector] table, or use a [transistor]."
        )
    target = checked_levels(study.crossbar, target)
    kept = Checkpoint(checkpoint, _key(study, target, budget), force) if checkpoint is not None else None
    state = _resumed(kept) or _Progress.start(study.crossbar)
    while True:
        off = np.asarray(np.abs(target - state.read) > budget.tolerance) | (not state.errors)
        silent = off & dead(state.speed, target > state.read)
        if state.errors and (not (off & ~silent).any() or state.round >= budget.rounds):
            break
        state = _round(study, target, state, off & ~silent, budget, folder)
        if kept is not None:
            kept.save(state.as_arrays())
        if report is not None:
            report(min(1.0, state.round / budget.rounds))
    found = Report(
        target, state.read, state.w, state.errors, state.typical, state.off, state.pulses, state.energy,
        missed=_places(off), silent=_places(silent), faulty=_places(off & study.crossbar.faults.cells(target.shape)),
    )  # fmt: skip
    return found, study.crossbar.with_states(state.w, state.x)


@dataclass(frozen=True)
class _Progress:
    """How far it has come: all that the next round depends on."""

    w: Array
    x: Array
    read: Array
    speed: Array
    pulses: NDArray[np.int_]
    errors: list[float]
    typical: list[float]
    off: list[int]
    energy: float
    round: int

    @classmethod
    def start(cls, crossbar: Crossbar) -> _Progress:
        none = np.zeros(crossbar.shape)
        unknown = np.full((2, *crossbar.shape), np.nan)
        return cls(crossbar.w0, crossbar.x0, none, unknown, none.astype(int), [], [], [], 0.0, -1)

    def as_arrays(self) -> dict[str, np.ndarray]:
        return {f.name: np.asarray(getattr(self, f.name)) for f in fields(self)}


def _resumed(checkpoint: Checkpoint | None) -> _Progress | None:
    values = checkpoint.load(f.name for f in fields(_Progress)) if checkpoint is not None else None
    if values is None:
        return None
    return _Progress(
        values["w"], values["x"], values["read"], values["speed"], values["pulses"],
        values["errors"].tolist(), values["typical"].tolist(), values["off"].tolist(),
        float(values["energy"]), int(values["round"]),
    )  # fmt: skip


def _round(
    study: Study, target: Array, state: _Progress, chosen: NDArray[np.bool_], budget: Budget, folder: Path | None
) -> _Progress:  # fmt: skip
    """Give the chosen cells a pulse, let the array recover, read it; the first round only reads."""
    crossbar = study.crossbar.with_states(state.w, state.x)
    kinetics = Kinetics.of(crossbar, budget.voltage)
    width = np.zeros(crossbar.shape)
    if state.errors:
        # ten edges: below that a pulse is more edge than top
        shortest = 10 * crossbar.driver.t_edge
        wanted = widths(kinetics, state.speed, state.read, target, shortest, max(shortest, budget.longest))
        width = np.where(chosen, wanted, 0.0)
    program = _pulses(crossbar, width, target > state.read, budget)
    read = ReadAll(voltage=budget.read_voltage, duration=budget.read_duration)
    settle = [Wait(budget.read_duration)] if program else []
    number = state.round + 1
    asked = replace(study, crossbar=crossbar, program=[*program, *settle, read], title=f"{study.title}, round {number}")
    own = folder / f"round-{number:03d}" if folder is not None else None
    if own is not None:
        own.mkdir(exist_ok=True)
    dataset = simulate_study(asked, own)
    rows = [sense_current(dataset, window).values for window in windows(dataset, "read")]
    level = to_levels(crossbar, np.array(rows) / budget.read_voltage, budget.read_voltage)
    w, x = last_states(dataset)
    error = np.abs(target - level)
    return _Progress(
        w, x, level,
        learned(kinetics, state.speed, width, state.read, level, target, worth=2 * budget.tolerance),
        state.pulses + (width > 0),
        [*state.errors, float(error.max())],
        [*state.typical, float(np.quantile(error, 0.9))],
        [*state.off, int((error > budget.tolerance).sum())],
        state.energy + energy_split(dataset, 0.0, float(dataset["time"][-1])).source,
        number,
    )  # fmt: skip


def _pulses(crossbar: Crossbar, width: Array, up: NDArray[np.bool_], budget: Budget) -> list[Write]:
    """One after another, row by row."""
    scheme = budget.scheme
    if scheme == "auto":
        scheme = "grounded" if crossbar.kind == "1T1R" else "V/3"
    return [
        Write(
            row, col, width=float(width[row, col]), scheme=scheme,
            voltage=budget.voltage if up[row, col] else -budget.voltage,
        )
        for row, col in _places(width > 0)
    ]  # fmt: skip


def _places(which: NDArray[np.bool_]) -> list[tuple[int, int]]:
    return [(int(row), int(col)) for row, col in np.argwhere(which)]


def _key(study: Study, target: Array, budget: Budget) -> str:
    """What a checkpoint belongs to: everything that decides the result."""
    return content_key(identity(study) | {"budget": budget, "target": target})

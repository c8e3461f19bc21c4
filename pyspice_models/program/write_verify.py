"""Closed-loop programming: write, read through the array, correct, until every cell holds its level or the budget ends.

Each round is one run of the simulator: a pulse for every cell that is off its level, a wait, and a read of all rows
with the real sense circuits. What disturb, sneak currents and IR drop do is seen by the read and corrected in the next
round, as far as a read can see it. The states at the end of a run are the start of the next; in the package's own
solver it is one array that is kept alive, see `rounds.py`.

Check and correction know what hardware knows: the nominal cell, the voltages that were asked for, and what the sense
circuits read. True states only carry the array from one round to the next, and go into the report.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from pyspice_models.array import Crossbar
from pyspice_models.array.levels import window
from pyspice_models.folders.checkpoint import Checkpoint, content_key
from pyspice_models.measure import energy_split, sense_current, supply
from pyspice_models.program.correction import Responses, nominal_bounds
from pyspice_models.program.disturb import doses
from pyspice_models.program.file import load_write_verify
from pyspice_models.program.programmed import Programmed, places
from pyspice_models.program.programming import Budget, Programming
from pyspice_models.program.rounds import Rounds
from pyspice_models.program.save import save_programmed, write_request
from pyspice_models.progress import followed
from pyspice_models.result import windows
from pyspice_models.stimulus import ReadAll, Step, Wait, Write
from pyspice_models.study.bounds import check_run
from pyspice_models.study.fluctuation import Past
from pyspice_models.study.identity import identity
from pyspice_models.study.states import first_states, last_states
from pyspice_models.study.study import Study

Array = NDArray[np.float64]


def write_verify(
    asked: Programming | Path | str,
    *,
    folder: Path | None = None,
    checkpoint: Path | None = None,
    force: bool = False,
    progress: Callable[[float], None] | bool | None = None,
) -> tuple[Programmed, Crossbar]:
    """Program a crossbar.

    Args:
        asked: array, levels, budget; or a study file with a `[write_verify]` table.
        folder: an existing folder for the request, deck and log of every round, report and states; without it they go
            with the run.
        checkpoint: a file that is written after every round; if it is there and belongs to the same request, the work
            goes on from it, with the same result as if it had never stopped.
        force: replace a checkpoint of another request, or a damaged one.
        progress: True for a bar, in notebooks and terminals; or what is told the share of the rounds that is done.

    Returns:
        The report, and the crossbar as it was in the last round, with the states that it now holds.

    Raises:
        RequestError: a file that asks for nothing; a checkpoint of another request or a damaged one; a draw that leaves
            a parameter's range.
        SimulationError, ToolError: see `Engine.run`; the checkpoint holds the rounds before.
    """
    if not isinstance(asked, Programming):
        asked = load_write_verify(asked)
    with followed(progress, asked.study.name) as told:
        return _programmed(asked, folder, checkpoint, told, force=force)


def _programmed(
    asked: Programming, folder: Path | None, checkpoint: Path | None, progress: Callable[[float], None] | None, *,
    force: bool,
) -> tuple[Programmed, Crossbar]:  # fmt: skip
    budget, target = asked.budget, asked.target
    if folder is not None:
        write_request(asked, folder)
    key = content_key(identity(asked.study) | asked.about)
    kept = Checkpoint(checkpoint, key, force) if checkpoint is not None else None
    state = _resumed(kept) or _RoundState.start(asked.study.crossbar)
    check_run(_first_round(asked), folder, busy=True)
    rounds = Rounds()
    while True:
        off = np.asarray(np.abs(target - state.read) > budget.tolerance) | (not state.errors)
        silent = off & state.responses.silent(target > state.read)
        if state.errors and (not (off & ~silent).any() or state.round >= budget.rounds):
            break
        state = _round(asked, rounds, state, off & ~silent, folder)
        if kept is not None:
            kept.save(state.as_arrays())
        if progress is not None:
            progress(min(1.0, state.round / budget.rounds))
    last = asked.round(state.round, state.states, asked.study.program)
    scale, array, held = asked.scale, last.crossbar, _held(last, budget, state.states)
    programmed = Programmed(
        scale, asked.levels, budget.tolerance, target, state.read, scale.levels(held),
        dict(zip((kind.name for kind in array.model.states), state.states, strict=True)),
        state.errors, state.typical, state.off, state.pulses, state.energy_source,
        state.energy_supply,
        reach=scale.levels(window(array, budget.read_voltage)), silent=places(silent),
        disturbed=places(off & state.disturbed), faulty=array.faults.cells(array.shape),
        time=state.time, pulse_time=state.pulse_time,
        overshoot=state.overshoot, disturb=state.disturb, noise=_noise_of(asked, held),
    )  # fmt: skip
    if folder is not None:
        save_programmed(asked, programmed, array, folder)
    return programmed, array


@dataclass(frozen=True)
class _RoundState:
    """How far it has come: all that the next round depends on."""

    states: Array
    read: Array
    speed: Array
    still: NDArray[np.int_]
    disturbed: NDArray[np.bool_]
    pulses: NDArray[np.int_]
    errors: list[float]
    typical: list[float]
    off: list[int]
    energy_source: float
    energy_supply: float
    time: float
    pulse_time: float
    overshoot: Array
    disturb: Array
    round: int

    @classmethod
    def start(cls, crossbar: Crossbar) -> _RoundState:
        none, new = np.zeros(crossbar.shape), Responses.none(crossbar.shape)
        return cls(
            np.stack(crossbar.initial_states), none, new.speed, new.still, new.disturbed, none.astype(int), [], [], [],
            0.0, 0.0, 0.0, 0.0, none, none, -1,
        )  # fmt: skip

    @property
    def responses(self) -> Responses:
        return Responses(self.speed, self.still, self.disturbed)

    def as_arrays(self) -> dict[str, np.ndarray]:
        return {f.name: np.asarray(getattr(self, f.name)) for f in fields(self)}


def _resumed(checkpoint: Checkpoint | None) -> _RoundState | None:
    values = checkpoint.load(f.name for f in fields(_RoundState)) if checkpoint is not None else None
    if values is None:
        return None
    kept: dict[str, Any] = dict(values)
    kept |= {name: values[name].tolist() for name in ("errors", "typical", "off")}
    kept |= {name: float(values[name]) for name in ("energy_source", "energy_supply", "time", "pulse_time")}
    return _RoundState(**kept | {"round": int(values["round"])})


def _round(
    asked: Programming, rounds: Rounds, state: _RoundState, chosen: NDArray[np.bool_], folder: Path | None
) -> _RoundState:
    """Give the chosen cells a pulse, let the array recover, read it; the first round only reads."""
    crossbar, budget, target = asked.study.crossbar, asked.budget, asked.target
    bounds, known = nominal_bounds(crossbar, budget.voltage), state.responses
    width = np.zeros(crossbar.shape)
    if state.errors:
        # ten edges: below that a pulse is more edge than top
        shortest = 10 * crossbar.driver.t_edge
        wanted = known.widths(bounds, state.read, target, shortest, max(shortest, budget.longest))
        width = np.where(chosen, wanted, 0.0)
    up, scheme = np.asarray(target > state.read), _scheme(crossbar, budget)
    program: list[Step] = [*_pulses(width, up, scheme, budget.voltage)]
    if program:
        program.append(Wait(budget.read_duration))
    program.append(ReadAll(voltage=budget.read_voltage, duration=budget.read_duration))
    number = state.round + 1
    own = folder / f"round-{number:03d}" if folder is not None else None
    if own is not None:
        own.mkdir(exist_ok=True)
    study = asked.round(number, state.states, program)
    rounds.past = Past(state.time, state.pulses)
    dataset = rounds.run(study, own)
    ended = np.stack([*last_states(dataset, crossbar.model).values()])
    # what hardware makes of a read: current over the voltage that it asked for; what the drivers of an array really
    # give may be another one, see `array_amplitude`
    level = asked.scale.levels(_currents_read(asked, study, dataset, ended, number) / budget.read_voltage)
    error, end = np.abs(target - level), float(dataset["time"][-1])
    # from the first sample on: a simulator holds a state that lies at its bound a little inside
    began = np.stack([*first_states(dataset, crossbar.model).values()])
    held = [asked.scale.levels(_held(study, budget, states)) for states in (began, ended)]
    moved = np.abs(held[1] - held[0])
    others = doses(crossbar, scheme, budget.voltage, width, up)
    worth = max(2 * budget.tolerance, 8 * asked.noise)
    learned = known.after(bounds, width, others, state.read, level, target, worth, asked.noise)
    return _RoundState(
        ended, level, learned.speed, learned.still, learned.disturbed,
        state.pulses + (width > 0),
        [*state.errors, float(error.max())],
        [*state.typical, float(np.quantile(error, 0.9))],
        [*state.off, int((error > budget.tolerance).sum())],
        state.energy_source + energy_split(dataset, 0.0, end).source,
        state.energy_supply + sum(supply(dataset, one).energy for one in windows(dataset)),
        state.time + end,
        state.pulse_time + float(width.sum()),
        np.maximum(state.overshoot, np.where(width > 0, np.where(up, level - target, target - level), 0.0)),
        np.maximum(state.disturb, np.where(width > 0, 0.0, moved)),
        number,
    )  # fmt: skip


def _noise_of(asked: Programming, held: Array) -> Array:
    """Standard deviation of what the last read shows of each cell, as a share of the window."""
    if asked.read_out is None:
        return np.zeros_like(held)
    volts = asked.budget.read_voltage
    return asked.read_out.spread(held * volts, held.sum(axis=0)) / volts / float(asked.scale.difference(1.0))


def _first_round(asked: Programming) -> Study:
    """The first round of writing as a study, as far as it is known before anything is read."""
    crossbar, budget = asked.study.crossbar, asked.budget
    now = asked.scale.levels(crossbar.conductance(budget.read_voltage, *crossbar.initial_states))
    longest = max(budget.longest, 10 * crossbar.driver.t_edge)
    width = np.where(np.abs(asked.target - now) > budget.tolerance, longest, 0.0)
    pulses = _pulses(width, np.asarray(asked.target > now), _scheme(crossbar, budget), budget.voltage)
    program: list[Step] = [*pulses, Wait(budget.read_duration)]
    return replace(asked.study, program=[*program, ReadAll(duration=budget.read_duration)])


def _currents_read(asked: Programming, study: Study, dataset: xr.Dataset, states: Array, number: int) -> Array:
    """What the converters say of a read of all rows, the sensed currents if there are none; shape (rows, cols) [A]."""
    sensed = np.array([sense_current(dataset, one).values for one in windows(dataset, "read")])
    if asked.read_out is None:
        return sensed
    return asked.read_out.seen(sensed, _held(study, asked.budget, states).sum(axis=0), number)


def _held(study: Study, budget: Budget, states: Array) -> Array:
    """What the cells hold in these states, each by its own parameters, shape (rows, cols) [S]."""
    return study.crossbar.conductance(budget.read_voltage, *states)


def _scheme(crossbar: Crossbar, budget: Budget) -> str:
    """Of the pulses."""
    if budget.scheme != "auto":
        return budget.scheme
    return "grounded" if crossbar.kind == "1T1R" else "V/3"


def _pulses(width: Array, up: NDArray[np.bool_], scheme: str, voltage: float) -> list[Write]:
    """One after another, row by row."""
    return [
        Write(row, col, width=float(width[row, col]), scheme=scheme, voltage=voltage if up[row, col] else -voltage)
        for row, col in places(width > 0)
    ]

"""The closed loop: an algorithm asks for pulses, the array is simulated and read, and what the read shows goes back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pyspice_models.array import Crossbar
from pyspice_models.array.aging import Memory
from pyspice_models.folders.checkpoint import Checkpoint
from pyspice_models.program.algorithms.base import SILENT, SOUND, SPENT, TURNS, Array, Known, Pulses
from pyspice_models.program.algorithms.layout import FORECAST, Group, laid_out, received, row_times
from pyspice_models.program.disturb import doses
from pyspice_models.program.loop.executed import Executed, executed, parts
from pyspice_models.program.loop.lines import without_lines
from pyspice_models.program.loop.order import cheapest
from pyspice_models.program.loop.state import Moment, RoundState
from pyspice_models.program.programming import Programming
from pyspice_models.program.rounds import Rounds
from pyspice_models.stimulus import ReadAll, Step, Wait
from pyspice_models.study.bounds import check_run
from pyspice_models.study.fluctuation import Past
from pyspice_models.study.study import Study


class Loop:
    """One programming, round by round; what there is to know of it is in a `RoundState`.

    Args:
        asked: array, levels, budget, algorithm.
        folder: an existing folder for deck and log of every round; without it they go with the run.
    """

    def __init__(self, asked: Programming, folder: Path | None = None) -> None:
        """Before the first read."""
        self._asked, self._folder, self._rounds = asked, folder, Rounds()
        self._scheme = write_scheme(asked.study.crossbar, asked.budget.scheme)
        self._layout = asked.way.how.layout(asked.way.algorithm, _shortest(asked.study.crossbar))

    def start(self) -> RoundState:
        """Nothing is read."""
        bar = self._asked.study.crossbar
        memory = self._asked.way.algorithm.begin(bar.shape)
        begun = self._past(self._asked.study).memory
        return RoundState.start(np.stack(bar.initial_states), memory, begun.as_arrays() if begun else {})

    def resumed(self, checkpoint: Checkpoint | None) -> RoundState | None:
        """Where a checkpoint of this request ended; None without one."""
        return RoundState.kept(checkpoint, self.start()) if checkpoint is not None else None

    def goes_on(self, state: RoundState) -> bool:
        """Whether there is another round."""
        if not state.errors:
            return True
        if state.round >= self._asked.rounds or self.diverged(state):
            return False
        chosen = self._chosen(state)
        return bool(chosen.any()) or self._rest(state, chosen) is not None

    def diverged(self, state: RoundState) -> bool:
        """Whether so many rounds went by without progress as the patience allows."""
        patience = self._asked.way.how.patience
        return bool(patience) and state.round - state.progress >= patience and bool(state.off[-1])

    def given_up(self, state: RoundState) -> NDArray[np.int_]:
        """Of each cell whether, and why, it gets no more pulses; see `REASONS`."""
        how, found = self._asked.way.how, self._asked.way.algorithm.given_up(self.known(state), state.memory)
        if how.turns:
            found = np.where((found == SOUND) & (state.turns > how.turns), TURNS, found)
        if how.most_pulses:
            found = np.where((found == SOUND) & (state.pulses >= how.most_pulses), SPENT, found)
        return np.asarray(found)

    def known(self, state: RoundState) -> Known:
        """What hardware knows."""
        asked, bar = self._asked, self._asked.study.crossbar
        shortest = _shortest(bar)
        return Known(
            bar, asked.target, state.read, asked.budget.tolerance, asked.noise / np.sqrt(asked.way.how.reads),
            asked.budget.voltage, shortest, max(shortest, asked.budget.longest), self._scheme, state.round,
            state.pulses,
        )  # fmt: skip

    def round(self, state: RoundState) -> RoundState:
        """Give the cells that are chosen their pulses, let the array recover, read it; the first round only reads.

        Raises:
            RequestError, SimulationError, ToolError, StorageError: see `Rounds.run`.
        """
        asked, known, memory = self._asked, self.known(state), state.memory
        shape = asked.study.crossbar.shape
        given, rest = Pulses(np.zeros(shape), np.full(shape, known.voltage), known.up), None
        if state.errors:
            chosen = self._chosen(state)
            rest = self._rest(state, chosen)
            given, memory = asked.way.algorithm.pulses(known, memory, chosen)
        groups = self._groups(known, given)
        time, count = received(groups, shape)
        given, number = replace(given, width=time), state.round + 1
        study = asked.round(number, state.states, self._program(groups, rest))
        past = self._past(study, state)
        self._rounds.past = past
        done = executed(study, self._rounds, self._place(number))
        level = self._read(study, done, number)
        given = replace(given, others=self._others(known, given, groups))
        memory = asked.way.algorithm.after(known, memory, given, level)
        owed = past.memory.as_arrays() if past.memory else {}
        return state.after(
            Moment(number, done.ended, level), memory, owed, asked.target, asked.budget.tolerance, given=given,
            pieces=count, done=done, moved=self._moved(study, done),
        )  # fmt: skip

    def noise_of(self, held: Array) -> Array:
        """Standard deviation of what a round shows of cells that hold this [S], as shares of the window."""
        asked = self._asked
        if asked.read_out is None:
            return np.zeros_like(held)
        volts = asked.budget.read_voltage
        spread = asked.read_out.spread(held * volts, held.sum(axis=0)) / volts / float(asked.scale.difference(1.0))
        return np.asarray(spread / np.sqrt(asked.way.how.reads))

    def _past(self, study: Study, state: RoundState | None = None) -> Past:
        """What came before a round of this study: time, pulses, and what cells that age owe to them."""
        memory = Memory(study.crossbar, study.aging) if study.ages and study.aging is not None else None
        if state is None:
            return Past(memory=memory)
        return Past(state.time, state.pulses, memory.with_arrays(state.owed) if memory else None)

    def _chosen(self, state: RoundState) -> NDArray[np.bool_]:
        asked, sound = self._asked, self.given_up(state) == SOUND
        error = asked.target - state.read
        chosen = sound & (np.abs(error) > asked.budget.tolerance)
        if asked.way.how.band < 1:
            # what pulses do to all others is paid once for a row: cells that need less of the same ride along
            inner = sound & (np.abs(error) > asked.way.how.band * asked.budget.tolerance)
            for mine in (error > 0, error < 0):
                chosen |= inner & mine & (chosen & mine).any(axis=1, keepdims=True)
        return np.asarray(chosen)

    def _rest(self, state: RoundState, chosen: NDArray[np.bool_]) -> float | None:
        return self._asked.way.algorithm.rest(self.known(state), state.memory, chosen)

    def _program(self, groups: list[Group], rest: float | None) -> list[Step]:
        budget = self._asked.budget
        program: list[Step] = [group.step(self._scheme) for group in groups]
        if program or rest is not None:
            program.append(Wait(rest or budget.read_duration))
        read = ReadAll(voltage=budget.read_voltage, duration=budget.read_duration)
        return program + [read] * self._asked.way.how.reads

    def _groups(self, known: Known, given: Pulses) -> list[Group]:
        """Pulses one after another."""
        if self._asked.way.how.order_of(self._asked.way.algorithm) == FORECAST:
            return cheapest(known, given, self._layout)
        return laid_out(given, self._layout)

    def _place(self, number: int) -> Path | None:
        own = self._folder / f"round-{number:03d}" if self._folder is not None else None
        if own is not None:
            own.mkdir(exist_ok=True)
        return own

    def _read(self, study: Study, done: Executed, number: int) -> Array:
        """Levels as hardware reads them: mean current of the reads over the voltage that was asked for.

        Without what lines and their ends take, where that is asked for.
        """
        asked, volts = self._asked, self._asked.budget.read_voltage
        seen = done.sensed
        if asked.read_out is not None:
            held = study.crossbar.conductance(volts, *done.ended).sum(axis=0)
            first = number * asked.way.how.reads
            seen = np.stack([asked.read_out.seen(one, held, first + n) for n, one in enumerate(done.sensed)])
        found = seen.mean(axis=0) / volts
        if asked.way.how.correct == "lines":
            found = without_lines(asked.study.crossbar, found)
        return asked.scale.levels(found)

    def _others(self, known: Known, given: Pulses, groups: list[Group]) -> Array:
        """See `Pulses.others`."""
        found = np.zeros((2, *given.width.shape))
        if not self._asked.way.algorithm.kinetics:
            return found
        at = np.array(known.bounds(known.voltage).rates)
        for volts in sorted({abs(group.voltage) for group in groups}):
            width = np.where(given.voltage == volts, given.width, 0.0)
            rows = row_times(groups, volts, width.shape[0]) if self._layout.rows else None
            own = doses(known.crossbar, known.scheme, volts, width, given.up, rows)
            if volts != known.voltage:
                own = own * (np.array(known.bounds(volts).rates) / at)[:, None, None]
            found = found + own
        return found

    def _moved(self, study: Study, done: Executed) -> Array:
        """By how much what each cell holds has changed in a round, as a share of the window."""
        volts, scale = self._asked.budget.read_voltage, self._asked.scale
        began, ended = (scale.levels(study.crossbar.conductance(volts, *one)) for one in (done.began, done.ended))
        return np.abs(ended - began)


def checked_first_round(asked: Programming, folder: Path | None) -> None:
    """Refuse what does not fit into this machine: the first round of writing, as far as it is known before any read.

    Raises:
        RequestError: see `check_run`.
    """
    bar, budget = asked.study.crossbar, asked.budget
    now = asked.scale.levels(bar.conductance(budget.read_voltage, *bar.initial_states))
    up, longest = np.asarray(asked.target > now), max(budget.longest, 10 * bar.driver.t_edge)
    width = np.where(np.abs(asked.target - now) > budget.tolerance, longest, 0.0)
    pulses = Pulses(width, np.full(width.shape, budget.voltage), up)
    layout = asked.way.how.layout(asked.way.algorithm, _shortest(bar))
    scheme = write_scheme(bar, budget.scheme)
    program: list[Step] = [*(one.step(scheme) for one in laid_out(pulses, layout)), Wait(budget.read_duration)]
    study = replace(asked.study, program=[*program, *[ReadAll(duration=budget.read_duration)] * asked.way.how.reads])
    part = max(parts(study), key=lambda steps: len(steps) + bar.rows * sum(isinstance(s, ReadAll) for s in steps))
    check_run(replace(study, program=list(part)), folder, busy=True)


def write_scheme(crossbar: Crossbar, asked: str) -> str:
    """Of the pulses."""
    if asked != "auto":
        return asked
    return "grounded" if crossbar.kind == "1T1R" else "V/3"


def _shortest(crossbar: Crossbar) -> float:
    """Ten edges: below that a pulse is more edge than top."""
    return 10 * crossbar.driver.t_edge


__all__ = ["SILENT", "Loop", "RoundState", "checked_first_round", "write_scheme"]

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
from pathlib import Path

from pyspice_models.array import Crossbar
from pyspice_models.array.levels import window
from pyspice_models.folders.checkpoint import Checkpoint, content_key
from pyspice_models.program.algorithms.base import REASONS, SILENT, SOUND
from pyspice_models.program.file import load_write_verify
from pyspice_models.program.loop.loop import Loop, RoundState, checked_first_round
from pyspice_models.program.programmed import Programmed, places
from pyspice_models.program.programming import Programming
from pyspice_models.program.save import save_programmed, write_request
from pyspice_models.progress import followed
from pyspice_models.study.identity import identity


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
    if folder is not None:
        write_request(asked, folder)
    key = content_key(identity(asked.study) | asked.about)
    kept = Checkpoint(checkpoint, key, force) if checkpoint is not None else None
    loop = Loop(asked, folder)
    state = loop.resumed(kept) or loop.start()
    checked_first_round(asked, folder)
    while loop.goes_on(state):
        state = loop.round(state)
        if kept is not None:
            kept.save(state.as_arrays())
        if progress is not None:
            progress(min(1.0, state.round / asked.rounds))
    programmed, array = _report(asked, loop, state)
    if folder is not None:
        save_programmed(asked, programmed, array, folder)
    return programmed, array


def _report(asked: Programming, loop: Loop, state: RoundState) -> tuple[Programmed, Crossbar]:
    """What came out; of a loop that diverged, its best state."""
    budget, scale, kept = asked.budget, asked.scale, state.best if loop.diverged(state) else state.now
    last = asked.round(kept.round, kept.states, asked.study.program)
    array, given_up = last.crossbar, loop.given_up(state)
    held = array.conductance(budget.read_voltage, *kept.states)
    off = abs(asked.target - kept.read) > budget.tolerance
    programmed = Programmed(
        scale, asked.levels, budget.tolerance, asked.target, kept.read, scale.levels(held),
        dict(zip((kind.name for kind in array.model.states), kept.states, strict=True)),
        state.errors, state.typical, state.off, state.pulses, state.energy_source,
        state.energy_supply,
        reach=scale.levels(window(array, budget.read_voltage)), silent=places(off & (given_up == SILENT)),
        disturbed=places(off & asked.way.algorithm.disturbed(state.memory)), faulty=array.faults.cells(array.shape),
        time=state.time, pulse_time=state.pulse_time,
        overshoot=state.overshoot, disturb=state.disturb, noise=loop.noise_of(held),
        given_up={place: REASONS[int(given_up[place])] for place in places(off & (given_up != SOUND))},
        energy_cells=state.energy_cells, pulse_time_cells=state.pulse_time_cells, kept_round=kept.round,
        algorithm=asked.way.name, diverged=loop.diverged(state),
    )  # fmt: skip
    return programmed, array

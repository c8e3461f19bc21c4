"""One round as it is simulated: pulses, a wait, reads; and what it cost, cell by cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from pyspice_models.measure import energy_split, sense_current, supply
from pyspice_models.program.rounds import Rounds
from pyspice_models.result import windows
from pyspice_models.stimulus import Step
from pyspice_models.study.states import first_states, last_states
from pyspice_models.study.study import Study

Array = NDArray[np.float64]

PART = 400_000
"""Cells times steps of a program that are kept as waves at once; more go in parts, in a solver that keeps charges."""


@dataclass(frozen=True)
class Executed:
    """What a round came to.

    Attributes:
        began, ended: states of all cells, shape (states, rows, cols).
        sensed: of each read of all rows the settled currents, shape (reads, rows, cols) [A].
        energy_source: delivered by all sources [J].
        energy_supply: drawn from all rails [J].
        energy_cells: the same by cell: that of a pulse to the cells that it is for, that of a row's read to the row,
            the rest to all alike; shape (rows, cols) [J].
        time: that it took [s].
    """

    began: Array
    ended: Array
    sensed: Array
    energy_source: float
    energy_supply: float
    energy_cells: Array
    time: float


def executed(study: Study, rounds: Rounds, folder: Path | None) -> Executed:
    """Simulate a round; of a large array in the package's own solver in parts, so that its waves need not fit at once.

    Raises:
        RequestError, SimulationError, ToolError, StorageError: see `Rounds.run`.
    """
    found: list[Executed] = []
    for number, program in enumerate(parts(study)):
        one = replace(study, program=list(program))
        if found:
            names = [state.name for state in study.crossbar.model.states]
            one = replace(
                one, crossbar=study.crossbar.with_states(**dict(zip(names, found[-1].ended, strict=True)))
            )  # fmt: skip
        found.append(_measured(one, rounds.run(one, folder, goes_on=number > 0)))
    reads = [one.sensed for one in found if one.sensed.size]
    return Executed(
        found[0].began, found[-1].ended, np.concatenate(reads, axis=0).reshape(-1, *study.crossbar.shape),
        sum(one.energy_source for one in found), sum(one.energy_supply for one in found),
        np.sum([one.energy_cells for one in found], axis=0), sum(one.time for one in found),
    )  # fmt: skip


def parts(study: Study) -> list[Sequence[Step]]:
    """The program, or pieces of it that follow each other; the array goes on from one to the next."""
    cells, steps = study.crossbar.rows * study.crossbar.cols, list(study.program)
    most = max(1, PART // cells)
    if study.engine != "nodal" or study.fluctuation.acts or len(steps) <= most:
        return [steps]
    return [steps[n : n + most] for n in range(0, len(steps), most)]


def _measured(study: Study, dataset: xr.Dataset) -> Executed:
    shape, model = study.crossbar.shape, study.crossbar.model
    by_cell, total = np.zeros(shape), 0.0
    for one in windows(dataset):
        energy = supply(dataset, one).energy
        total += energy
        rows = list(one.rows) or list(range(shape[0]))
        cols = list(one.cols) or list(range(shape[1]))
        by_cell[np.ix_(rows, cols)] += energy / (len(rows) * len(cols))
    end = float(dataset["time"][-1])
    sensed = np.array([sense_current(dataset, one).values for one in windows(dataset, "read")])
    return Executed(
        # from the first sample on: a simulator holds a state that lies at its bound a little inside
        np.stack([*first_states(dataset, model).values()]),
        np.stack([*last_states(dataset, model).values()]),
        sensed.reshape(-1, shape[1]) if sensed.size else np.zeros((0, shape[1])),
        energy_split(dataset, 0.0, end).source, total, by_cell, end,
    )  # fmt: skip

"""What comes before a study that lasts: the program that writes the array, done once."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from pyspice_models.array import Crossbar
from pyspice_models.array.aging import Memory
from pyspice_models.array.levels import nominal_windows, read_voltages
from pyspice_models.campaign.lasting.powers import Rates
from pyspice_models.cells.aging.params import AgingParams
from pyspice_models.engine import Progress
from pyspice_models.errors import RequestError
from pyspice_models.stimulus import Step
from pyspice_models.study.aging.run import aged_run, initial, without_gaps
from pyspice_models.study.run import simulate_study
from pyspice_models.study.states import last_states
from pyspice_models.study.study import Study

Array = NDArray[np.float64]
States = dict[str, Array]

MOST_CELLS = 2**14
"""Of an array: each has maps of its own, some dozens of them."""

NONE = AgingParams(relax_share=0.0, retain_time=0.0, wear_cycles=0.0)


def begun(study: Study, program: Sequence[Step], progress: Progress | None = None) -> tuple[States, Memory]:
    """States after these steps, by name, and what the cells remember of them; of none the states of the start.

    Raises:
        RequestError, Ag2sError: see `run_study`.
    """
    bar = study.crossbar
    if not program:
        memory = Memory(bar, study.aging or NONE)
        return memory.bounded(initial(bar)), memory
    first = replace(study, program=list(program))
    if not study.ages:
        dataset = simulate_study(first, None, progress)
        return last_states(dataset, *(one.model for one in bar.populations)), Memory(bar, NONE)
    with tempfile.TemporaryDirectory(prefix="ag2s-") as scratch:
        dataset, _, memory = aged_run(
            first, first.schedule(), Path(scratch), time_limit=study.limits.time_limit, progress=progress
        )
    return last_states(dataset, *(one.model for one in bar.populations)), memory


def at_states(crossbar: Crossbar, states: States) -> Crossbar:
    """The same array with these states at the start."""
    return crossbar.with_states(**without_gaps(states))


def check_solvable(crossbar: Crossbar, asked: str) -> None:
    """Raise RequestError for cells without states or known equations, no sound one, or more than maps are made of."""
    if crossbar.rows * crossbar.cols > MOST_CELLS:
        raise RequestError.for_value(
            "array.rows * array.cols", crossbar.rows * crossbar.cols, allowed=f"<= {MOST_CELLS} in {asked}",
            advice="It holds a map for every cell. Take a smaller array: cells far from each other hardly know.",
        )  # fmt: skip
    if not np.isnan(crossbar.broken).any():
        raise RequestError(
            f"{asked} needs a sound cell, and every cell of the array is broken. Take some out of [faults]."
        )
    for one in crossbar.populations:
        one.model.solved(one.cell, crossbar.temperature, asked=asked)
    if not crossbar.states:
        raise RequestError(f"{asked} needs declared states, and the cell {crossbar.model.name!r} declares none.")


def rates_of(crossbar: Crossbar) -> tuple[Rates, bool]:
    """Rates of the states of all cells, and whether cells differ in their states alone: then any shape will do."""
    one = crossbar.populations[0]
    if one.whole and set(one.per_cell) <= set(one.model.initial):
        return one.model.solved(one.cell, crossbar.temperature, asked="what was asked").rates, True
    return crossbar.equations.rates, False


def conductances(crossbar: Crossbar, states: States) -> Array:
    """Of all cells at the voltage at which their kind states them, shape (row, col) [S]."""
    return crossbar.conductance(read_voltages(crossbar), *states.values())


def windows(crossbar: Crossbar) -> Array:
    """What the nominal cell of each one's kind can hold, from its lowest to its highest conductance [S]."""
    low, high = nominal_windows(crossbar)
    return np.abs(high - low)


def level_of(crossbar: Crossbar, states: States) -> Array:
    """The state that levels set, of each cell's own kind, shape (row, col)."""
    found = np.full(crossbar.shape, np.nan)
    for one in crossbar.populations:
        if one.states:
            found[one.where] = states[one.model.level][one.where]
    return found


def voltages(dataset: xr.Dataset) -> Array:
    """Across every cell in a run, shape (time, row, col) [V]."""
    below = dataset["v_mid"] if "v_mid" in dataset else dataset["v_bit"]
    return np.asarray(dataset["v_word"].values - below.values)


def crossing(along: Array, values: Array, bound: float) -> Array:
    """Where each column of values, shape (n, ...), first reaches a bound, on a logarithmic axis; inf where it does not.

    Args:
        along: shape (n,), rising; a first one of 0 counts as a hundredth of the next.
        values: what grows.
        bound: that they reach.
    """
    x = np.log(np.where(along > 0, along, along[min(1, len(along) - 1)] / 100))
    over = values >= bound
    first = np.argmax(over, axis=0)
    found = np.full(values.shape[1:], np.inf)
    for place in np.ndindex(found.shape):
        n = int(first[place])
        if not over[(n, *place)]:
            continue
        if n == 0:
            found[place] = along[0]
            continue
        low, high = values[(n - 1, *place)], values[(n, *place)]
        share = (bound - low) / (high - low)
        found[place] = np.exp(x[n - 1] + share * (x[n] - x[n - 1]))
    return found

"""Cells that differ from the nominal one: at which voltage the nominal cell would move as fast as they do.

A state's rate is taken to be a factor of the voltage times a factor of the state. Then a pulse that moves a cell as
fast as another pulse moves the nominal one moves it as far, and one map serves all cells. How far that is from each
cell's own simulation is measured by `error_of`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pyspice_models.array import Crossbar
from pyspice_models.program.held import held
from pyspice_models.program.learning.tiles.response import Response, corners

Array = NDArray[np.float64]

_NODES, _FINE = 33, 4001
_STILL = 1e-7  # of the window in a pulse: slower cells stand still, and need no other voltage
_FURTHEST = 1.5  # of the largest voltage
_PROBES = 200


def is_varied(crossbar: Crossbar) -> bool:
    """Whether cells differ in more than their states."""
    return bool(set(crossbar.per_cell) - set(crossbar.model.initial))


def needed_reach(crossbar: Crossbar, voltage: float) -> float:
    """Voltage at which the nominal cell moves as fast as the fastest cell does at this one [V]."""
    if not is_varied(crossbar):
        return voltage
    found = _equivalent(crossbar, np.array([voltage]), 0.0)
    return float(min(max(voltage, found.max()), _FURTHEST * voltage))


def shifts_of(crossbar: Crossbar, voltage: float, width: float, reach: float) -> Array:
    """What to add to the size of a voltage for each cell to move as the nominal one [V].

    Args:
        crossbar: its cells.
        voltage: largest that is asked for [V].
        width: of the pulse [s]: what does not move in it needs no shift.
        reach: of the map of the response [V].

    Returns:
        Shape (states, 2 signs, sizes, cells) on an even grid from 0 to reach; of a single cell without a shift if all
        are alike.
    """
    count = len(crossbar.model.states)
    if not is_varied(crossbar):
        return np.zeros((count, 2, 2, 1))
    sizes = np.linspace(0.0, reach, _NODES)
    found = _equivalent(crossbar, sizes, _STILL / width)
    return np.asarray(np.clip(found, 0.0, reach) - sizes[:, None])


def _equivalent(crossbar: Crossbar, sizes: Array, still: float) -> Array:
    """Voltages at which the nominal cell is as fast, shape (states, 2, sizes, cells); slower than `still`: as given."""
    nominal = crossbar.model.solved(crossbar.cell, crossbar.temperature, asked="a table of the cells' response")
    own, count, cells = crossbar.equations, len(crossbar.model.states), crossbar.rows * crossbar.cols
    middle = [np.array(0.5)] * count
    grid = np.linspace(0.0, 2.0 * sizes.max(), _FINE)
    found = np.empty((count, 2, len(sizes), cells))
    for side, sign in enumerate((1.0, -1.0)):
        known = [np.log(np.maximum(np.abs(part), 1e-300)) for part in nominal.rates(sign * grid, *middle)]
        for n, size in enumerate(sizes):
            for k, rate in enumerate(own.rates(sign * size, *middle)):
                speed = np.abs(np.broadcast_to(rate, crossbar.shape).ravel())
                there = np.interp(np.log(np.maximum(speed, 1e-300)), np.maximum.accumulate(known[k]), grid)
                found[k, side, n] = np.where(speed > still, there, size)
    return found


def error_of(crossbar: Crossbar, response: Response, shifts: Array) -> float:
    """Largest error of a state's change under a pulse against the cell's own simulation, of the window.

    Cells are chosen at random, in random states; the voltages are whole, half and a third of a pulse of both signs.
    0 if all cells are alike.
    """
    if not is_varied(crossbar):
        return 0.0
    from pyspice_models.engine.nodal.tabulated.cells import moved

    model, places = crossbar.model, np.random.default_rng(np.random.SeedSequence(2))
    chosen = places.integers(crossbar.rows * crossbar.cols, size=_PROBES)
    own = {
        name: np.asarray(values).ravel()[chosen]
        for name, values in crossbar.per_cell.items() if name not in model.initial
    }  # fmt: skip
    equations, worst = model.solved(crossbar.cell, crossbar.temperature, asked="a table of the cells' response"), 0.0
    assert model.alone is not None
    for share in (1.0, 0.5, 1 / 3):
        for sign in (1, -1):
            volt = sign * share * response.voltage
            starts = {name: places.random(_PROBES) for name in model.initial}
            change = model.alone(
                crossbar.cell, own | starts, *corners(volt, response.width, response.edge),
                temperature=crossbar.temperature,
            )  # fmt: skip
            at = np.stack([starts[state.initial] for state in model.states])
            mapped, every = np.empty_like(at), np.arange(_PROBES)
            moved(
                np.full(_PROBES, volt), at, response.changes, response.reach, np.ascontiguousarray(shifts[..., chosen]),
                every, mapped,
            )  # fmt: skip
            true = held(equations, equations.clip(at) + np.stack(change))
            worst = max(worst, float(np.abs(mapped - true).max()))
    return worst

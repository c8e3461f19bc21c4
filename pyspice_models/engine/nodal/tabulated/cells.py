"""What all cells do that are maps, compiled: what they conduct, where a pulse moves them, what they lose.

Maps are even grids, read on straight lines between their points. What differs from cell to cell stands in arrays whose
last dimension is the number of the cell, or 1 if all cells are alike.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pyspice_models.engine.nodal.linear.compiled import compiled

Array = NDArray[np.float64]

A, B, LOST_V, LOST_VQ, LOST_Q, MEAN_V, MEAN_Q, CAPACITANCE = range(8)
"""Of a branch of a resistor R and a capacitor in series, whose voltage is q, under one pulse of the voltage v:
q becomes A v + B q, R loses LOST_V v^2 + LOST_VQ v q + LOST_Q q^2, the mean current is MEAN_V v + MEAN_Q q."""


@compiled
def position(value: float, low: float, high: float, points: int) -> tuple[int, float]:
    """Number of the point of an even grid below a value, and how far the value lies between it and the next."""
    place = (value - low) * ((points - 1) / (high - low))
    if place <= 0.0:
        return 0, 0.0
    number = int(place)
    if number >= points - 1:
        return points - 2, 1.0
    return number, place - number


@compiled
def conductances(
    volts: Array, states: Array, base: Array, rise: Array, reach: float, factors: Array, broken: Array,
    places: NDArray[np.intp], out: Array,
) -> None:  # fmt: skip
    """I/V of cells [S]: what each is with all states at 0, and what each state adds, times the cell's own factors.

    Args:
        volts: across the cells, shape (cells,) [V].
        states: shape (states, cells).
        base, rise, reach, factors, broken: see `program.learning.tiles.conduction`.
        places: which cells are wanted.
        out: filled for these, shape (cells,).
    """
    for place in range(len(places)):
        cell = places[place]
        if not np.isnan(broken[cell]):
            out[cell] = broken[cell]
            continue
        own = cell if factors.shape[1] > 1 else 0
        i, a = position(volts[cell], -reach, reach, base.shape[0])
        found = factors[0, own] * (base[i] + a * (base[i + 1] - base[i]))
        for k in range(states.shape[0]):
            j, b = position(states[k, cell], 0.0, 1.0, rise.shape[2])
            low = rise[k, i, j] + b * (rise[k, i, j + 1] - rise[k, i, j])
            high = rise[k, i + 1, j] + b * (rise[k, i + 1, j + 1] - rise[k, i + 1, j])
            begin, end = factors[2 * k + 1, own], factors[2 * k + 2, own]
            found += (begin + states[k, cell] * (end - begin)) * (low + a * (high - low))
        out[cell] = found


@compiled
def moving(volts: Array, quiet: float, broken: Array, out: NDArray[np.intp]) -> int:
    """Numbers of the sound cells whose voltage is larger than `quiet` [V], filled into `out`; how many there are."""
    count = 0
    for cell in range(len(volts)):
        out[count] = cell
        count += int((abs(volts[cell]) > quiet) & np.isnan(broken[cell]))
    return count


@compiled
def moved(
    volts: Array, states: Array, changes: Array, reach: float, shifts: Array, places: NDArray[np.intp], out: Array
) -> None:
    """States after a pulse, looked up at the voltage at which the nominal cell moves as each one does at its own.

    Args:
        volts, states: as `conductances`.
        changes, reach: see `program.learning.tiles.response`.
        shifts: see `program.learning.tiles.difference`.
        places: of the cells that move, see `moving`.
        out: filled for these, shape (states, cells); may be `states` itself.
    """
    for place in range(len(places)):
        cell = places[place]
        i, a = position(volts[cell], -reach, reach, changes.shape[1])
        for k in range(len(states)):
            if shifts.shape[3] > 1:
                size, side = abs(volts[cell]), 0 if volts[cell] >= 0.0 else 1
                n, share = position(size, 0.0, reach, shifts.shape[2])
                own = size + (1.0 - share) * shifts[k, side, n, cell] + share * shifts[k, side, n + 1, cell]
                i, a = position(own if side == 0 else -own, -reach, reach, changes.shape[1])
            j, b = position(states[k, cell], 0.0, 1.0, changes.shape[2])
            low = changes[k, i, j] + b * (changes[k, i, j + 1] - changes[k, i, j])
            high = changes[k, i + 1, j] + b * (changes[k, i + 1, j + 1] - changes[k, i + 1, j])
            out[k, cell] = min(max(states[k, cell] + low + a * (high - low), 0.0), 1.0)


@compiled
def slow_branches(q: Array, branch: Array, broken: Array, conducted: Array, slope: Array, offset: Array) -> None:
    """What cells carry as slope v + offset: what conducts, and the mean current of the slow branch; shape (cells,).

    Args:
        q: voltages of the slow branches [V].
        branch: see the names above, shape (8, 1 or cells).
        broken: as `conductances`.
        conducted: conductance [S].
        slope, offset: filled [S], [A].
    """
    for cell in range(len(q)):
        slope[cell], offset[cell] = conducted[cell], 0.0
        if np.isnan(broken[cell]):
            own = cell if branch.shape[1] > 1 else 0
            slope[cell] += branch[MEAN_V, own]
            offset[cell] = branch[MEAN_Q, own] * q[cell]


@compiled
def losses(
    v: Array, q: Array, mean: Array, length: float, branch: Array, broken: Array, whole: NDArray[np.bool_], spent: Array
) -> None:
    """Energies lost in cells, and the voltages `q` of their slow branches after the pulse, changed in place.

    Args:
        v, q: across cells and slow branches, shape (cells,) [V].
        mean: conductance while the pulse lasts [S].
        length: of a plateau that heats as much as the pulse does [s].
        branch, broken: as `slow_branches`.
        whole: cells that get the whole pulse.
        spent: of these, and of the others; added to [J].
    """
    in_whole = in_others = 0.0
    for cell in range(len(v)):
        own = cell if branch.shape[1] > 1 else 0
        volt, charge = v[cell], q[cell]
        lost = volt * volt * mean[cell] * length
        if np.isnan(broken[cell]):
            lost += branch[LOST_V, own] * volt * volt + branch[LOST_VQ, own] * volt * charge
            lost += branch[LOST_Q, own] * charge * charge
            q[cell] = branch[A, own] * volt + branch[B, own] * charge
        if whole[cell]:
            in_whole += lost
        else:
            in_others += lost
    spent[0] += in_whole
    spent[1] += in_others

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
def position(place: float, points: int) -> tuple[int, float]:
    """Number of the point of an even grid below a place that counts in its points, and how far the place lies on."""
    if place <= 0.0:
        return 0, 0.0
    number = int(place)
    if number >= points - 1:
        return points - 2, 1.0
    return number, place - number


@compiled
def between(table: Array, corner: int, cols: int, a: float, b: float) -> tuple[float, float]:
    """Of a flat map with so many columns, a and b of the way from one corner of a field to the opposite one.

    Returns:
        On the field's first row, and what the way towards the next one adds.
    """
    low = table[corner] + b * (table[corner + 1] - table[corner])
    if a == 0.0:
        return low, 0.0
    high = table[corner + cols] + b * (table[corner + cols + 1] - table[corner + cols])
    return low, a * (high - low)


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
    rows, cols, alike = rise.shape[1], rise.shape[2], factors.shape[1] == 1
    table, per_volt = rise.reshape(rise.size), (rows - 1) / (2 * reach)
    for n in range(len(places)):
        cell = places[n]
        if not np.isnan(broken[cell]):
            out[cell] = broken[cell]
            continue
        own = 0 if alike else cell
        i, a = position((volts[cell] + reach) * per_volt, rows)
        found = factors[0, own] * (base[i] + a * (base[i + 1] - base[i]))
        for k in range(states.shape[0]):
            state = states[k, cell]
            j, b = position(state * (cols - 1), cols)
            low, more = between(table, (k * rows + i) * cols + j, cols, a, b)
            begin, end = factors[2 * k + 1, own], factors[2 * k + 2, own]
            found += (begin + state * (end - begin)) * (low + more)
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
    rows, cols, sizes, alike = changes.shape[1], changes.shape[2], shifts.shape[2], shifts.shape[3] == 1
    table, per_volt, per_size = changes.reshape(changes.size), (rows - 1) / (2 * reach), (sizes - 1) / reach
    for n in range(len(places)):
        cell = places[n]
        volt = volts[cell]
        i, a = position((volt + reach) * per_volt, rows)
        for k in range(len(states)):
            if not alike:
                size, side = abs(volt), 0 if volt >= 0.0 else 1
                m, share = position(size * per_size, sizes)
                own = size + (1.0 - share) * shifts[k, side, m, cell] + share * shifts[k, side, m + 1, cell]
                i, a = position(((own if side == 0 else -own) + reach) * per_volt, rows)
            state = states[k, cell]
            j, b = position(state * (cols - 1), cols)
            low, more = between(table, (k * rows + i) * cols + j, cols, a, b)
            out[k, cell] = min(max(state + low + more, 0.0), 1.0)


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

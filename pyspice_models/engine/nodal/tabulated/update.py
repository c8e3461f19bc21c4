"""An update of a crossbar whose cells are maps, slot by slot, and a product: compiled, as each takes microseconds."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pyspice_models.engine.nodal.linear.compiled import compiled
from pyspice_models.engine.nodal.tabulated.cells import CAPACITANCE, conductances, losses, moved, moving, slow_branches
from pyspice_models.engine.nodal.tabulated.lines import charging, lost_on_lines, settle_lines
from pyspice_models.engine.nodal.tabulated.pulsed import largest, sources

Array = NDArray[np.float64]


@compiled
def slots(
    word: NDArray[np.bool_], bit: NDArray[np.bool_], sign: NDArray[np.int8], voltage: float, thirds: bool,
    word_end: float, bit_end: float, r_word: float, r_bit: float, states: Array, charge: Array, at_rest: Array,
    had: NDArray[np.int_], base: Array, rise: Array, g_reach: float, factors: Array, rest_base: Array,
    rest_rise: Array, rest_reach: float, rest_factors: Array, broken: Array, changes: Array, reach: float,
    shifts: Array, quiet: float, straight: float, branch: Array, length: float, first: float, allowed: float,
    most: int, plates: Array, own_word: Array, own_bit: Array, couple_word: float, couple_bit: float,
    weight_word: Array, weight_bit: Array, spent: Array,
) -> bool:  # fmt: skip
    """Follow all slots of an update.

    Args:
        word, bit, sign, voltage, thirds: as `sources`.
        word_end, bit_end, r_word, r_bit: as `sweep`.
        states, charge, at_rest: of the cells, changed in place: states, voltages of the slow branches [V], and
            conductances near 0 V [S].
        had: whole pulses of each cell, shape (rows, cols); added to.
        base, rise, g_reach, factors: map of conduction for the pulses; `rest_` the one near 0 V.
        broken, changes, reach, shifts: as `moved`.
        quiet: voltage up to which nothing moves [V].
        straight: voltage up to which conductances are those near 0 V.
        branch, length: as `losses`.
        first, allowed, most: changes of a voltage below which lines have settled, before and after it is known how far
            cells move [V], and the most sweeps.
        plates and the rest: as `charging`.
        spent: in cells with a whole pulse, in others, in lines and in ends while pulses last, on word lines and on bit
            lines at their edges; added to [J]. What slow branches hold in the end counts as their cells'.

    Returns:
        Whether all sweeps came to rest.
    """
    on_word, on_bit = sources(word, bit, sign, voltage, thirds)
    number, rows, cols = len(word), word.shape[1], bit.shape[1]
    v, slope, offset = np.empty((rows, cols)), np.empty((rows, cols)), np.empty((rows, cols))
    current, down, here = np.empty((rows, cols)), np.empty((rows, cols)), np.empty((rows, cols))
    flat, flat_slope, flat_offset = v.reshape(rows * cols), slope.reshape(rows * cols), offset.reshape(rows * cols)
    mean, after, nothing = np.empty(rows * cols), np.empty(rows * cols), np.zeros(rows * cols)
    whole, ahead, least = np.empty(rows * cols, dtype=np.bool_), np.empty_like(states), min(quiet, straight)
    active, move = np.empty(rows * cols, dtype=np.intp), np.empty(rows * cols, dtype=np.intp)
    for n in range(number):
        some = 0
        for r in range(rows):
            for c in range(cols):
                cell = r * cols + c
                v[r, c] = on_word[n, r] - on_bit[n, c]
                active[some] = cell
                some += int(abs(v[r, c]) > least)
                whole[cell] = word[n, r] & bit[n, c]
                had[r, c] += whole[cell]
        mean[:] = at_rest
        conductances(flat, states, base, rise, g_reach, factors, broken, active[:some], mean)
        slow_branches(charge, branch, broken, mean, flat_slope, flat_offset)
        if not settle_lines(
            slope, offset, on_word[n], on_bit[n], word_end, bit_end, r_word, r_bit, v, current, down, here,
            first, most,
        ):  # fmt: skip
            return False
        # a second time with the mean of the conductances before and after the pulse
        ahead[:] = states
        count = moving(flat, quiet, broken, move)
        moved(flat, states, changes, reach, shifts, move[:count], ahead)
        after[:] = mean
        conductances(flat, ahead, base, rise, g_reach, factors, broken, active[:some], after)
        for cell in range(rows * cols):
            more = 0.5 * (after[cell] - mean[cell])
            mean[cell] += more
            flat_slope[cell] += more
        if not settle_lines(
            slope,
            offset,
            on_word[n],
            on_bit[n],
            word_end,
            bit_end,
            r_word,
            r_bit,
            v,
            current,
            down,
            here,
            allowed,
            most,
        ):
            return False
        count = moving(flat, quiet, broken, move)
        moved(flat, states, changes, reach, shifts, move[:count], states)
        conductances(nothing, states, rest_base, rest_rise, rest_reach, rest_factors, broken, active[:some], at_rest)
        losses(flat, charge, mean, length, branch, broken, whole, spent)
        in_lines, in_ends = lost_on_lines(current, down, word_end, bit_end, r_word, r_bit)
        at_edges = charging(
            on_word[n], on_bit[n], plates, own_word, own_bit, couple_word, couple_bit, weight_word, weight_bit
        )
        spent[2] += in_lines * length
        spent[3] += in_ends * length
        spent[4] += at_edges[0]
        spent[5] += at_edges[1]
    for r in range(rows):
        for c in range(cols):
            cell = r * cols + c
            own = cell if branch.shape[1] > 1 else 0
            spent[0 if had[r, c] > 0 else 1] += 0.5 * branch[CAPACITANCE, own] * charge[cell] * charge[cell]
    return True


@compiled
def scattered(
    state: Array, before: Array, had: NDArray[np.int_], shares: Array, out: NDArray[np.intp]
) -> None:  # fmt: skip
    """Let what an update did to a state be more by a share of it, within 0 to 1.

    Args:
        state, before: after and before the update, shape (cells,); the first is changed in place.
        had: whole pulses of each cell.
        shares: of the cells that had any.
        out: filled with their numbers, as many as shares.
    """
    found = 0
    for cell in range(len(state)):
        if had[cell] > 0:
            changed = state[cell] + (state[cell] - before[cell]) * shares[found]
            state[cell] = min(max(changed, 0.0), 1.0)
            out[found] = cell
            found += 1


@compiled
def products(
    volts: Array, of_words: bool, word_end: float, bit_end: float, r_word: float, r_bit: float, slope: Array,
    tolerance: float, most: int, currents: Array,
) -> float:  # fmt: skip
    """Currents into the ends of the lines that are not driven, and the power of the whole array, for given cells [W].

    Args:
        volts: of the sources of driven lines, shape (vectors, lines), all others at 0 V [V].
        of_words: whether word lines are driven, or else bit lines.
        word_end, bit_end, r_word, r_bit, slope: as `sweep`.
        tolerance: change of a voltage below which lines have settled, as a share of a vector's largest one.
        most: sweeps.
        currents: filled, shape (vectors, lines) [A].

    Returns:
        The sum of all vectors; NaN where the sweeps do not come to rest.
    """
    rows, cols = slope.shape
    v, offset, power = np.empty((rows, cols)), np.zeros((rows, cols)), 0.0
    current, down, here = np.empty((rows, cols)), np.empty((rows, cols)), np.empty((rows, cols))
    on_word, on_bit = np.zeros(rows), np.zeros(cols)
    for n in range(len(volts)):
        if of_words:
            on_word[:] = volts[n]
        else:
            on_bit[:] = volts[n]
        top = largest(volts[n])
        if top == 0.0:
            currents[n] = 0.0
            continue
        for r in range(rows):
            for c in range(cols):
                v[r, c] = on_word[r] - on_bit[c]
        if not settle_lines(
            slope, offset, on_word, on_bit, word_end, bit_end, r_word, r_bit, v, current, down, here,
            tolerance * top, most,
        ):  # fmt: skip
            return np.nan
        own = 0.0
        for r in range(rows):
            into = 0.0
            for c in range(cols):
                into += current[r, c]
            own += on_word[r] * into
            if not of_words:
                currents[n, r] = -into
        for c in range(cols):
            own -= on_bit[c] * down[rows - 1, c]
            if of_words:
                currents[n, c] = down[rows - 1, c]
        power += own
    return power

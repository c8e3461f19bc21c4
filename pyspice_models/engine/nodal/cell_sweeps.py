"""What all cells of a crossbar do in a stage of the transient, compiled: one pass over the array.

A cell's constants stand in a row of a table whose columns have names (`COLUMNS`); the table has one row for all cells,
or one for each.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyspice_models.cells.ag2s.law import CONSTANTS
from pyspice_models.engine.nodal.law_maps import SMALL, LawMaps, bound, on_map, piece, place_of_voltage
from pyspice_models.engine.nodal.linear.compiled import compiled, formulas

Array = NDArray[np.float64]
Table = NDArray[np.void]
"""Of shape (1,) or (cell,), with `COLUMNS`."""
Row = Any
"""One of them."""

COLUMNS = np.dtype([(name, np.float64) for name in (*CONSTANTS, "c_parallel")])
"""The law's constants, and the capacitance between both lines at a crossing, the cell's own included [F]."""

seen, interface_factor, filament_factor, interface_motion, filament_motion, rate = formulas(
    "seen", "interface_factor", "filament_factor", "interface_motion", "filament_motion", "rate"
)
interface, filament, bend, both_paths, ionic, dissipated = formulas(
    "interface", "filament", "bend", "both_paths", "ionic", "dissipated"
)

_PROBE = 1e-6  # for slopes, of states and voltages [V]: small beside v_smooth, large beside rounding
_TURNS = 6
_CLOSE = 1e-9
_SETTLED = 1e-6


@compiled
def settle(
    start: float, guess: float, step: float, factor: float, direction: float, setting: float, resetting: float,
    exponent: float, width: float,
) -> float:  # fmt: skip
    """The state s with s = start + step * rate(s); NaN if it is not found, which a shorter step will cure."""
    state, change = guess, 0.0
    here = rate(factor, direction, state, setting, resetting, exponent, width)
    beyond = rate(factor, direction, state + _PROBE, setting, resetting, exponent, width)
    slope = 1.0 - step * (beyond - here) / _PROBE
    for _ in range(_TURNS):
        change = (state - start - step * here) / slope
        state -= change
        if abs(change) < _CLOSE:
            break
        here = rate(factor, direction, state, setting, resetting, exponent, width)
    return state if abs(change) < _SETTLED else np.nan


@compiled
def settle_on_map(
    start: float, guess: float, setting: float, resetting: float, bounds: Array, column: int
) -> float:  # fmt: skip
    """The state s with s = start + setting bound(1 - s) - resetting bound(s); NaN if it is not found on the map."""
    state, change = guess, 0.0
    for _ in range(_TURNS):
        if not on_map(state):
            return np.nan
        (below, rise), (above, fall) = bound(bounds, column, 1.0 - state), bound(bounds, column, state)
        change = (state - start - setting * below + resetting * above) / (1.0 + setting * rise + resetting * fall)
        state -= change
        if abs(change) < _CLOSE:
            break
    return state if abs(change) < _SETTLED else np.nan


@compiled
def moved(
    v: float, start_w: float, start_x: float, w: float, x: float, step: float, k: Row, maps: LawMaps
) -> tuple[float, float]:  # fmt: skip
    """States after a step at a voltage; w and x are guesses."""
    size, pieces = abs(v), maps.motion.shape[0] - 1
    if maps.bounds.shape[0] > 0 and SMALL * maps.reach <= size <= maps.reach and pieces > 0:
        number, share = place_of_voltage(v, maps, pieces)
        a, b, c, d = (
            step * piece(maps.motion, 0, number, share), step * piece(maps.motion, 2, number, share),
            step * piece(maps.motion, 4, number, share), step * piece(maps.motion, 6, number, share),
        )  # fmt: skip
        new_w = settle_on_map(start_w, w, a * k.int_set, b * k.int_reset, maps.bounds, 0)
        new_x = settle_on_map(start_x, x, c * k.fil_set, d * k.fil_reset, maps.bounds, 2)
        if not (np.isnan(new_w) or np.isnan(new_x)):
            return new_w, new_x
    direction, mag = seen(v, k)
    f_int, f_fil = interface_factor(mag, k), filament_factor(mag, k)
    new_w = settle(start_w, w, step, f_int, direction, *interface_motion(k))
    return new_w, settle(start_x, x, step, f_fil, direction, *filament_motion(k))


@compiled
def bent(v: float, k: Row, maps: LawMaps) -> float:
    """What a voltage makes of the interface's conductance."""
    pieces = maps.bend.shape[0] - 1
    if pieces > 0 and abs(v) <= maps.reach:
        number, share = place_of_voltage(v, maps, pieces)
        return piece(maps.bend, 0, number, share)
    return bend(v, k)


@compiled
def follow(
    word: Array, bit: Array, start_w: Array, start_x: Array, start_q: Array, step: float, table: Table, maps: LawMaps,
    quiet: float, w: Array, x: Array, q: Array, g_int: Array, g_fil: Array, current: Array, power: Array,
) -> None:  # fmt: skip
    """States at the end of an implicit stage under given line voltages, and the cells' currents and powers.

    States start as the guess and end as the result; `g_int` and `g_fil` are the conductances at 0 V that belong to
    them, and must come so. Below the voltage `quiet` no state moves within the step.
    """
    rows, cols = word.shape
    for r in range(rows):
        for c in range(cols):
            k = table[r * cols + c] if len(table) > 1 else table[0]
            v = word[r, c] - bit[r, c]
            new_w, new_x = start_w[r, c], start_x[r, c]
            if abs(v) > quiet:
                new_w, new_x = moved(v, new_w, new_x, w[r, c], x[r, c], step, k, maps)
            if new_w != w[r, c]:
                w[r, c] = new_w
                g_int[r, c] = interface(new_w, k)
            if new_x != x[r, c]:
                x[r, c] = new_x
                g_fil[r, c] = filament(new_x, k)
            share = step / k.tau
            charged = (start_q[r, c] + share * v) / (1.0 + share)
            q[r, c] = charged
            through, charging = v * both_paths(bent(v, k, maps), g_int[r, c], g_fil[r, c]), ionic(v, charged, k)
            current[r, c] = through + charging
            power[r, c] = dissipated(v, charged, through, charging)


@compiled
def conductances(w: Array, x: Array, table: Table, g_int: Array, g_fil: Array) -> None:
    """Conductances of both paths at 0 V for given states."""
    rows, cols = w.shape
    for r in range(rows):
        for c in range(cols):
            k = table[r * cols + c] if len(table) > 1 else table[0]
            g_int[r, c], g_fil[r, c] = interface(w[r, c], k), filament(x[r, c], k)


@compiled
def slopes(
    word: Array, bit: Array, g_int: Array, g_fil: Array, step: float, table: Table, maps: LawMaps, out: Array
) -> None:  # fmt: skip
    """dI/dv of the cells and their parallel capacitances over a step, the states w and x held [S]."""
    rows, cols = word.shape
    for r in range(rows):
        for c in range(cols):
            k = table[r * cols + c] if len(table) > 1 else table[0]
            v = word[r, c] - bit[r, c]
            here, beyond = v * bent(v, k, maps), (v + _PROBE) * bent(v + _PROBE, k, maps)
            charging = 1.0 / (k.r_ion * (1.0 + step / k.tau))
            out[r, c] = g_int[r, c] * (beyond - here) / _PROBE + g_fil[r, c] + charging + k.c_parallel / step


@compiled
def line_currents(
    word: Array, bit: Array, cells: Array, g_word: float, g_bit: float, word_near: Array, word_far: Array,
    bit_near: Array, bit_far: Array, v_word: Array, v_bit: Array, into_word: Array, into_bit: Array,
) -> float:  # fmt: skip
    """Currents into every crossing of both sides from segments, ends and cells; gives the power lost in segments
    between crossings. Lines without resistance have infinite conductance and no segments."""
    rows, cols = word.shape
    lost = 0.0
    for r in range(rows):
        for c in range(cols):
            into_word[r, c] = -cells[r, c]
            into_bit[r, c] = cells[r, c]
        into_word[r, 0] += word_near[r] * (v_word[r] - word[r, 0])
        into_word[r, cols - 1] += word_far[r] * (v_word[r] - word[r, cols - 1])
        if not np.isinf(g_word):
            for c in range(cols - 1):
                drop = word[r, c] - word[r, c + 1]
                into_word[r, c] -= g_word * drop
                into_word[r, c + 1] += g_word * drop
                lost += g_word * drop * drop
    for c in range(cols):
        into_bit[rows - 1, c] += bit_near[c] * (v_bit[c] - bit[rows - 1, c])
        into_bit[0, c] += bit_far[c] * (v_bit[c] - bit[0, c])
    if not np.isinf(g_bit):
        for r in range(rows - 1):
            for c in range(cols):
                drop = bit[r, c] - bit[r + 1, c]
                into_bit[r, c] -= g_bit * drop
                into_bit[r + 1, c] += g_bit * drop
                lost += g_bit * drop * drop
    return lost


@compiled
def charges(
    word: Array, bit: Array, c_word: float, c_bit: float, table: Table, on_word: Array, on_bit: Array
) -> None:  # fmt: skip
    """Charge at every crossing of both sides from line capacitances to ground and the cells' parallel capacitances."""
    rows, cols = word.shape
    for r in range(rows):
        for c in range(cols):
            k = table[r * cols + c] if len(table) > 1 else table[0]
            across = k.c_parallel * (word[r, c] - bit[r, c])
            on_word[r, c] = c_word * word[r, c] + across
            on_bit[r, c] = c_bit * bit[r, c] - across

"""What all cells of a crossbar do in a stage of the transient, compiled: one pass over the array.

A cell's parameters stand in a row of a table, in the order of the names below (`LOW` and so on); the table has one row
for all cells, or one for each.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pyspice_models.engine.nodal.linear.compiled import compiled, formulas

Array = NDArray[np.float64]

(
    LOW, HIGH, GAP, GAIN, V_INT, R_ION, TAU, C_PARALLEL, LEVER, V_LINEAR, V_SMOOTH, STEEP, LIMIT, LIMIT_STEEP,
    PER_INT, NUC_INT, PER_FIL, NUC_FIL, INT_SET, INT_RESET, FIL_SET, FIL_RESET, P_INT, P_FIL, S_SMOOTH, S_CLIP, V_BEND,
) = range(27)  # fmt: skip

_known = formulas(
    "bounded", "magnitude", "interface_bend", "clipped", "kinetic_factor", "soft_bound", "rate"
)  # fmt: skip
bounded, magnitude, interface_bend, clipped = (
    _known[name] for name in ("bounded", "magnitude", "interface_bend", "clipped")
)
kinetic_factor, rate = _known["kinetic_factor"], _known["rate"]

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
def follow(
    word: Array, bit: Array, start_w: Array, start_x: Array, start_q: Array, step: float, table: Array, quiet: float,
    w: Array, x: Array, q: Array, g_int: Array, g_fil: Array, current: Array, power: Array,
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
                u = bounded(k[LEVER] * v, k[V_LINEAR])
                mag = magnitude(u, k[V_SMOOTH])
                f_int = kinetic_factor(mag, k[PER_INT], k[NUC_INT], k[STEEP], k[LIMIT], k[LIMIT_STEEP])
                f_fil = kinetic_factor(mag, k[PER_FIL], k[NUC_FIL], k[STEEP], k[LIMIT], k[LIMIT_STEEP])
                new_w = settle(
                    new_w, w[r, c], step, f_int, u / mag, k[INT_SET], k[INT_RESET], k[P_INT], k[S_SMOOTH]
                )  # fmt: skip
                new_x = settle(
                    new_x, x[r, c], step, f_fil, u / mag, k[FIL_SET], k[FIL_RESET], k[P_FIL], k[S_SMOOTH]
                )  # fmt: skip
            if new_w != w[r, c]:
                w[r, c] = new_w
                g_int[r, c] = k[LOW] + (k[HIGH] - k[LOW]) * clipped(new_w, k[S_CLIP])
            if new_x != x[r, c]:
                x[r, c] = new_x
                g_fil[r, c] = k[GAP] * np.exp(k[GAIN] * clipped(new_x, k[S_CLIP]))
            share = step / k[TAU]
            charged = (start_q[r, c] + share * v) / (1.0 + share)
            q[r, c] = charged
            conducted = v * (g_int[r, c] * interface_bend(v, k[V_BEND], k[V_SMOOTH], k[V_INT]) + g_fil[r, c])
            ionic = (v - charged) / k[R_ION]
            current[r, c] = conducted + ionic
            power[r, c] = v * conducted + (v - charged) * ionic


@compiled
def conductances(w: Array, x: Array, table: Array, g_int: Array, g_fil: Array) -> None:
    """Conductances of both paths at 0 V for given states."""
    rows, cols = w.shape
    for r in range(rows):
        for c in range(cols):
            k = table[r * cols + c] if len(table) > 1 else table[0]
            g_int[r, c] = k[LOW] + (k[HIGH] - k[LOW]) * clipped(w[r, c], k[S_CLIP])
            g_fil[r, c] = k[GAP] * np.exp(k[GAIN] * clipped(x[r, c], k[S_CLIP]))


@compiled
def slopes(word: Array, bit: Array, g_int: Array, g_fil: Array, step: float, table: Array, out: Array) -> None:
    """dI/dv of the cells and their parallel capacitances over a step, the states w and x held [S]."""
    rows, cols = word.shape
    for r in range(rows):
        for c in range(cols):
            k = table[r * cols + c] if len(table) > 1 else table[0]
            v = word[r, c] - bit[r, c]
            here = v * interface_bend(v, k[V_BEND], k[V_SMOOTH], k[V_INT])
            beyond = (v + _PROBE) * interface_bend(v + _PROBE, k[V_BEND], k[V_SMOOTH], k[V_INT])
            ionic = 1.0 / (k[R_ION] * (1.0 + step / k[TAU]))
            out[r, c] = g_int[r, c] * (beyond - here) / _PROBE + g_fil[r, c] + ionic + k[C_PARALLEL] / step


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
    word: Array, bit: Array, c_word: float, c_bit: float, table: Array, on_word: Array, on_bit: Array
) -> None:  # fmt: skip
    """Charge at every crossing of both sides from line capacitances to ground and the cells' parallel capacitances."""
    rows, cols = word.shape
    for r in range(rows):
        for c in range(cols):
            parallel = table[r * cols + c, C_PARALLEL] if len(table) > 1 else table[0, C_PARALLEL]
            across = parallel * (word[r, c] - bit[r, c])
            on_word[r, c] = c_word * word[r, c] + across
            on_bit[r, c] = c_bit * bit[r, c] - across

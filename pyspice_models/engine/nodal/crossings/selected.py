"""An Ag2S cell and a threshold selector at each crossing (1S1R), with or without a memory; see `base.py`.

The node between them is a local unknown: the voltage u on the cell, of which v - u is left to the selector. Its current
balance rises with u, so that Newton's method inside a bracket finds it, with the states following as they do without a
selector. What the lines see is both slopes in series.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pyspice_models.cells.selectors import law
from pyspice_models.cells.selectors.law import Memory, Threshold
from pyspice_models.engine.nodal.crossings.cell_sweeps import dissipated
from pyspice_models.engine.nodal.crossings.in_series import (
    FINE,
    TURNS,
    InSeries,
    cell_at,
    ionic_share,
    narrowed,
    spend_both,
)
from pyspice_models.engine.nodal.crossings.memory import remembered
from pyspice_models.engine.nodal.crossings.own import STATES, quiet_below
from pyspice_models.engine.nodal.linear.compiled import formulas, merged, uncounted

Array = NDArray[np.float64]

KERNEL = "selected"

conductance_slopes, conducting = formulas("conductance_slopes", "conducting", of=law)


class Devices(NamedTuple):
    """What does not change.

    Attributes:
        cells: and what is beside them.
        selector, memory: constants of the selectors, shape (place,), or (1,) where all are alike; those of a memory
            play no part unless `remembers`.
        remembers: whether they have one.
        c_sel: beside each selector [F].
        renewed, largest: see `Crossings`.
    """

    cells: InSeries
    selector: Threshold
    memory: Memory
    remembers: bool
    c_sel: float
    renewed: bool
    largest: float


W, X, Q, S, CHARGE = range(5)
"""Columns of `Held` and of what a stage starts from, both of shape (place, column): states of the cell, voltage on its
ionic capacitance [V], state of the selector, charge on the node between both [C]."""
STATED, RATE, QUIET = 5, 5, 5
"""How many these are; the column of the first one's time derivative; and in what a stage starts from the column whose
first number is the voltage below which no state of a cell moves in it [V]."""
V, U, SHARE, G_INT, G_FIL = range(10, 15)
"""Further columns: voltages between the lines and on the cell [V], what of a change of the first falls to the second,
and the conductances of the cell at 0 V that belong to its states [S]."""
G_CELL, G_SEL, POWER, POWER_SELECTOR = range(15, 19)
"""Slopes of both, the ionic branch and capacitances left out [S]; lost in both [W]."""
COLUMNS = 19

Held = Array
"""Of one moment. One array: what takes many is slow to compile."""
Start = Array


@uncounted
def ahead(
    devices: Devices, first: int, last: int, stage: float, a: float, one: Held, b: float, two: Held, start: Start,
    held: Held,
) -> None:  # fmt: skip
    """See `base.py`."""
    cells = devices.cells
    start[0, QUIET] = quiet_below(cells.volts, cells.fastest, stage)
    by_one, by_two = stage * a, stage * b
    for n in range(cells.places.first[first], cells.places.first[last]):
        for k in range(STATED):
            start[n, k] = one[n, k] + (by_one * one[n, RATE + k] + by_two * two[n, RATE + k])
            held[n, k] = two[n, k]
        for k in range(V, G_CELL):
            held[n, k] = two[n, k]


@uncounted
def prepare(devices: Devices, stage: float, gates: Any, word: Array, bit: Array, start: Start, held: Held) -> None:
    """Nothing: there are no gates."""


@merged
def selector_at(
    n: int, v: float, start_s: float, guess: float, stage: float, devices: Devices
) -> tuple[float, float, float]:  # fmt: skip
    """State of a selector at the end of a stage with a voltage on it, its current [A], and the slope of that [S]."""
    k, own = devices.selector, devices.memory
    m = n if len(k.opens) > 1 else 0
    constants = Threshold(k.g_off[m], k.ln_ratio[m], k.opens[m], k.v_slope[m])
    if not devices.remembers:
        g, slope, _ = conductance_slopes(v, 1.0, constants)
        return 0.0, g * v, slope
    memory = Memory(own.v_th[m], own.v_low[m], own.v_slope[m], own.rise[m], own.fall[m])
    s, by_volt = remembered(start_s, guess, v, stage, memory)
    on = conducting(s)
    g, slope, by_on = conductance_slopes(v, on, constants)
    return s, g * v, slope + max(by_on * on * (1.0 - on) / law.TURN * by_volt, 0.0)


@merged
def settle_place(
    devices: Devices, n: int, v: float, stage: float, per: float, ions: tuple[float, float], start: Start, held: Held
) -> tuple[float, float, float]:  # fmt: skip
    """Solve for u at one place; gives the currents of the cell and the selector, and the capacitance of the plates.

    No numbers where it is not found, which a shorter step will cure."""
    cells = devices.cells
    k = cells.table[n] if len(cells.table) > 1 else cells.table[0]
    share, beside = ions if len(cells.table) == 1 else ionic_share(stage, k)
    c_cell, c_sel = k.c_parallel * per, devices.c_sel * per
    u, s, low, high = held[n, U] + held[n, SHARE] * (v - held[n, V]), held[n, S], -np.inf, np.inf
    w, x, g_int, g_fil, quiet = held[n, W], held[n, X], held[n, G_INT], held[n, G_FIL], start[0, QUIET]
    for _ in range(TURNS):
        w, x, q, g_int, g_fil, through, charging, g_cell = cell_at(
            u, start[n, W], start[n, X], start[n, Q], stage, share, quiet, k, cells.maps, w, x, g_int, g_fil
        )
        s, behind, g_sel = selector_at(n, v - u, start[n, S], s, stage, devices)
        near, far = g_cell + beside + c_cell, g_sel + c_sel
        left = through + charging + c_cell * u - behind - c_sel * (v - u) + start[n, CHARGE] * per
        both = 1.0 / (near + far)
        change = -left * both
        if abs(change) < FINE:
            u, q, behind = u + change, q + change * share, behind - g_sel * change
            through, charging = through + g_cell * change, charging + beside * change
            held[n, V], held[n, U], held[n, SHARE] = v, u, far * both
            held[n, W], held[n, X], held[n, Q], held[n, S] = w, x, q, s
            held[n, G_INT], held[n, G_FIL], held[n, G_CELL], held[n, G_SEL] = g_int, g_fil, g_cell, g_sel
            held[n, CHARGE] = devices.c_sel * (v - u) - k.c_parallel * u
            held[n, RATE + W], held[n, RATE + X] = (w - start[n, W]) * per, (x - start[n, X]) * per
            held[n, RATE + Q], held[n, RATE + S] = (q - start[n, Q]) * per, (s - start[n, S]) * per
            held[n, RATE + CHARGE] = (held[n, CHARGE] - start[n, CHARGE]) * per
            held[n, POWER], held[n, POWER_SELECTOR] = dissipated(u, q, through, charging), behind * (v - u)
            return through + charging, behind, k.c_parallel
        if np.isnan(left):
            break
        if left > 0.0:
            high = u
        else:
            low = u
        u = narrowed(u, change, low, high)
    return np.nan, np.nan, np.nan


@uncounted
def follow(
    devices: Devices, first: int, last: int, stage: float, word: Array, bit: Array, start: Start, held: Held,
    flow_word: Array, flow_bit: Array, rest_word: Array, rest_bit: Array,
) -> None:  # fmt: skip
    """See `base.py`."""
    places, crossing, per = devices.cells.places, devices.cells.c_crossing, 1.0 / stage
    ions = ionic_share(stage, devices.cells.table[0])
    for r in range(first, last):
        word_r, bit_r = word[r], bit[r]
        into_word, into_bit, left_word, left_bit = flow_word[r], flow_bit[r], rest_word[r], rest_bit[r]
        for n in range(places.first[r], places.first[r + 1]):
            c = places.col[n]
            v = word_r[c] - bit_r[c]
            current, behind, plates = settle_place(devices, n, v, stage, per, ions, start, held)
            u = held[n, U]
            into_word[c], into_bit[c] = -current, behind
            left_word[c] = -current - (crossing * v + plates * u) * per
            left_bit[c] = behind + (crossing * v + devices.c_sel * (v - u)) * per


@uncounted
def slopes(
    devices: Devices, first: int, last: int, stage: float, word: Array, bit: Array, held: Held, branch: Array
) -> None:  # fmt: skip
    """See `base.py`; the states w and x are held."""
    places, table = devices.cells.places, devices.cells.table
    for r in range(first, last):
        for n in range(places.first[r], places.first[r + 1]):
            k = table[n] if len(table) > 1 else table[0]
            near = held[n, G_CELL] + ionic_share(stage, k)[1] + k.c_parallel / stage
            far = held[n, G_SEL] + devices.c_sel / stage
            branch[r, places.col[n]] = near * far / (near + far) + devices.cells.c_crossing / stage


@uncounted
def stored(
    devices: Devices, first: int, last: int, word: Array, bit: Array, held: Held, on_word: Array, on_bit: Array
) -> None:  # fmt: skip
    """See `base.py`."""
    places, table = devices.cells.places, devices.cells.table
    for r in range(first, last):
        for n in range(places.first[r], places.first[r + 1]):
            c = places.col[n]
            k = table[n] if len(table) > 1 else table[0]
            v, u = word[r, c] - bit[r, c], held[n, U]
            across = devices.cells.c_crossing * v
            on_word[r, c], on_bit[r, c] = across + k.c_parallel * u, -across - devices.c_sel * (v - u)


@uncounted
def error(
    devices: Devices, first: int, last: int, stage: float, a: float, point: Held, b: float, middle: Held, c: float,
    end: Held, reltol: float, volt: float,
) -> float:  # fmt: skip
    """See `base.py`."""
    cells, of_states, of_nodes, every = devices.cells, 0.0, 0.0, 0.0
    for n in range(cells.places.first[first], cells.places.first[last]):
        k = cells.table[n] if len(cells.table) > 1 else cells.table[0]
        dw = a * point[n, RATE + W] + b * middle[n, RATE + W] + c * end[n, RATE + W]
        dx = a * point[n, RATE + X] + b * middle[n, RATE + X] + c * end[n, RATE + X]
        ds = a * point[n, RATE + S] + b * middle[n, RATE + S] + c * end[n, RATE + S]
        dq = a * point[n, RATE + Q] + b * middle[n, RATE + Q] + c * end[n, RATE + Q]
        charge = a * point[n, RATE + CHARGE] + b * middle[n, RATE + CHARGE] + c * end[n, RATE + CHARGE]
        slope = stage * (end[n, G_CELL] + end[n, G_SEL] + ionic_share(stage, k)[1]) + k.c_parallel + devices.c_sel
        of_states = max(of_states, max(abs(dw), max(abs(dx), abs(ds))))
        allowed = max(volt, reltol * max(abs(point[n, U]), abs(end[n, U])))
        of_nodes = max(of_nodes, max(abs(charge) / slope, abs(dq) / (1.0 + stage / k.tau)) / allowed)
        every += dw + dx + dq + ds + charge
    if np.isnan(every):  # which no maximum tells
        return np.nan
    return max(of_states / (STATES * reltol), of_nodes)


@uncounted
def spend(
    devices: Devices, first: int, last: int, a: float, point: Held, b: float, middle: Held, c: float, end: Held,
    cells: Array, selectors: Array,
) -> None:  # fmt: skip
    """See `base.py`."""
    spend_both(
        devices.cells.places, first, last, a, point, b, middle, c, end, POWER, POWER_SELECTOR, cells, selectors
    )  # fmt: skip


@uncounted
def beside(devices: Devices, gates: Any, held: Held, powers: Array) -> None:
    """Nothing: there are no gates."""


@uncounted
def keep(devices: Devices, first: int, last: int, held: Held, planes: Array) -> None:
    """See `base.py`: w, x, q, the cell's power, u and s."""
    places = devices.cells.places
    for r in range(first, last):
        for n in range(places.first[r], places.first[r + 1]):
            c = places.col[n]
            planes[0, r, c], planes[1, r, c], planes[2, r, c] = held[n, W], held[n, X], held[n, Q]
            planes[3, r, c], planes[4, r, c], planes[5, r, c] = held[n, POWER], held[n, U], held[n, S]

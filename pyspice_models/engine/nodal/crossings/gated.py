"""An Ag2S cell and a transistor at each crossing (1T1R), and the gate lines; see `base.py`.

The node between cell and channel is a local unknown, found by Newton's method inside a bracket. The current of a
crossing then follows the word line by another slope than the bit line, whose voltage the channel also sees against its
gate: dI = a dW - b dB. Their mean is the slope that the lines' matrix gets, the symmetric part of what a crossing is;
Newton's method makes up for the rest.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pyspice_models.cells.selectors import law
from pyspice_models.cells.selectors.law import Channel
from pyspice_models.engine.nodal.crossings.cell_sweeps import dissipated
from pyspice_models.engine.nodal.crossings.gate_lines import GateLines, gate_powers, gates_error, settle_gates
from pyspice_models.engine.nodal.crossings.in_series import (
    FINE,
    TURNS,
    InSeries,
    cell_at,
    ionic_share,
    narrowed,
    spend_both,
)
from pyspice_models.engine.nodal.crossings.own import STATES, quiet_below
from pyspice_models.engine.nodal.ends.base import GateDrive
from pyspice_models.engine.nodal.linear.compiled import formulas, merged, uncounted

Array = NDArray[np.float64]

KERNEL = "gated"

(channel_slopes,) = formulas("channel_slopes", of=law)


class Devices(NamedTuple):
    """What does not change.

    Attributes:
        cells: and what is beside them.
        channel: constants of the transistors, shape (place,) or (1,).
        gates: their lines.
        v_gate: of a selected one [V].
        renewed, largest: see `Crossings`.
    """

    cells: InSeries
    channel: Channel
    gates: GateLines
    v_gate: float
    renewed: bool
    largest: float


W, X, Q, CHARGE = range(4)
"""Columns of what a moment and the start of a stage hold of each place: states of the cell, voltage on its ionic
capacitance [V], charge on the node between cell and channel [C]."""
STATED, RATE, QUIET = 4, 4, 4
"""How many these are; the column of the first one's time derivative; and at the start of a stage the column whose first
number is the voltage below which no state of a cell moves in it [V]."""
WORD, BIT, OVER, U, G_INT, G_FIL, G_BIT, NEAR, FAR = range(8, 17)
"""Further columns: voltages of both lines and of the gate at which the others hold, and on the cell [V]; conductances
of the cell at 0 V that belong to its states; how the channel's current falls with the bit line's voltage; slopes on
both sides of the node between, over the stage [S]."""
G_CELL, G_MID, POWER, POWER_SELECTOR = range(17, 21)
"""Slopes of the cell, the ionic branch and capacitances left out, and of the channel at the node between [S]; power
lost in both [W]."""
COLUMNS = 21

GATE, GATE_CHARGE, GATE_RATE, GATE_CURRENT = range(4)
"""Of the gate lines at each crossing: voltage, charge, its rate, and the current from the source's side."""
GATES_CHARGE, ENDS = range(2)
"""At the start of a stage: their charge, and the sum of both ends of each channel."""


class Held(NamedTuple):
    """Of a moment, or of the start of a stage: shapes (place, column) and (number, row, col)."""

    places: Array
    gates: Array


Start = Held


@uncounted
def ahead(
    devices: Devices, first: int, last: int, stage: float, a: float, one: Held, b: float, two: Held, start: Start,
    held: Held,
) -> None:  # fmt: skip
    """See `base.py`."""
    cells = devices.cells
    start.places[0, QUIET] = quiet_below(cells.volts, cells.fastest, stage)
    by_one, by_two = stage * a, stage * b
    for n in range(cells.places.first[first], cells.places.first[last]):
        for k in range(STATED):
            rates = by_one * one.places[n, RATE + k] + by_two * two.places[n, RATE + k]
            start.places[n, k], held.places[n, k] = one.places[n, k] + rates, two.places[n, k]
        for k in range(WORD, G_CELL):
            held.places[n, k] = two.places[n, k]
    for r in range(first, last):
        for c in range(start.gates.shape[2]):
            rates = by_one * one.gates[GATE_RATE, r, c] + by_two * two.gates[GATE_RATE, r, c]
            start.gates[GATES_CHARGE, r, c] = one.gates[GATE_CHARGE, r, c] + rates


@merged
def guessed(held: Array, n: int, word: float, bit: float, gate: float) -> float:
    """Voltage on a cell, from where it stood and the slopes there [V]."""
    over = gate - held[n, OVER]  # where all three move together, nothing changes
    change = held[n, FAR] * (word - held[n, WORD] - over) - held[n, G_BIT] * (bit - held[n, BIT] - over)
    return held[n, U] + change / (held[n, NEAR] + held[n, FAR])


@uncounted
def prepare(
    devices: Devices, stage: float, gates: GateDrive, word: Array, bit: Array, start: Start, held: Held
) -> None:  # fmt: skip
    """Solve the gate lines for the channels as they stand."""
    places = devices.cells.places
    for r in range(word.shape[0]):
        for n in range(places.first[r], places.first[r + 1]):
            c = places.col[n]
            u = guessed(held.places, n, word[r, c], bit[r, c], held.places[n, OVER])
            start.gates[ENDS, r, c] = word[r, c] - u + bit[r, c]
    settle_gates(
        devices.gates, stage, gates, start.gates[ENDS], start.gates[GATES_CHARGE], held.gates[GATE],
        held.gates[GATE_CHARGE], held.gates[GATE_RATE], held.gates[GATE_CURRENT],
    )  # fmt: skip


@merged
def channel_at(devices: Devices, n: int) -> Channel:
    """Constants of the transistor at one place."""
    k, m = devices.channel, n if len(devices.channel.vto) > 1 else 0
    return Channel(k.half_beta[m], k.lambda_[m], k.vto[m], k.u[m], k.g_off[m])


@merged
def settle_place(
    devices: Devices, n: int, word: float, bit: float, gate: float, stage: float, per: float, ions: tuple[float, float],
    start: Start, held: Held,
) -> tuple[float, float, float]:  # fmt: skip
    """Solve for u; gives both currents and the plates' capacitance, no numbers where it is not found."""
    cells, channel = devices.cells, channel_at(devices, n)
    now, before = held.places, start.places
    k = cells.table[n] if len(cells.table) > 1 else cells.table[0]
    share, beside = ions if len(cells.table) == 1 else ionic_share(stage, k)
    c_cell, c_gate = k.c_parallel * per, devices.gates.c_gate * per
    u, low, high = guessed(now, n, word, bit, gate), -np.inf, np.inf
    w, x, g_int, g_fil, quiet = now[n, W], now[n, X], now[n, G_INT], now[n, G_FIL], before[0, QUIET]
    for _ in range(TURNS):
        w, x, q, g_int, g_fil, through, charging, g_cell = cell_at(
            u, before[n, W], before[n, X], before[n, Q], stage, share, quiet, k, cells.maps, w, x, g_int, g_fil
        )
        behind, g_mid, by_bit = channel_slopes(gate, word - u, bit, channel)
        near, far = g_cell + beside + c_cell, g_mid + c_gate
        left = through + charging + c_cell * u - behind - c_gate * (word - u - gate) + before[n, CHARGE] * per
        change = -left / (near + far)
        if abs(change) < FINE:
            u, q, behind = u + change, q + change * share, behind - g_mid * change
            through, charging, mid = through + g_cell * change, charging + beside * change, word - u
            now[n, WORD], now[n, BIT], now[n, OVER], now[n, U] = word, bit, gate, u
            now[n, W], now[n, X], now[n, Q] = w, x, q
            now[n, G_INT], now[n, G_FIL], now[n, G_CELL] = g_int, g_fil, g_cell
            now[n, G_MID], now[n, G_BIT], now[n, NEAR], now[n, FAR] = g_mid, -by_bit, near, far
            now[n, CHARGE] = devices.gates.c_gate * (mid - gate) - k.c_parallel * u
            now[n, RATE + W], now[n, RATE + X] = (w - before[n, W]) * per, (x - before[n, X]) * per
            now[n, RATE + Q] = (q - before[n, Q]) * per
            now[n, RATE + CHARGE] = (now[n, CHARGE] - before[n, CHARGE]) * per
            now[n, POWER], now[n, POWER_SELECTOR] = dissipated(u, q, through, charging), behind * (mid - bit)
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
    places, crossing, c_gate = devices.cells.places, devices.cells.c_crossing, devices.gates.c_gate
    per, ions = 1.0 / stage, ionic_share(stage, devices.cells.table[0])
    for r in range(first, last):
        word_r, bit_r, gate_r = word[r], bit[r], held.gates[GATE, r]
        into_word, into_bit, left_word, left_bit = flow_word[r], flow_bit[r], rest_word[r], rest_bit[r]
        for n in range(places.first[r], places.first[r + 1]):
            c = places.col[n]
            current, behind, plates = settle_place(
                devices, n, word_r[c], bit_r[c], gate_r[c], stage, per, ions, start, held
            )
            across = crossing * (word_r[c] - bit_r[c])
            into_word[c], into_bit[c] = -current, behind
            left_word[c] = -current - (across + plates * held.places[n, U]) * per
            left_bit[c] = behind + (across - c_gate * (bit_r[c] - gate_r[c])) * per


@uncounted
def slopes(
    devices: Devices, first: int, last: int, stage: float, word: Array, bit: Array, held: Held, branch: Array
) -> None:  # fmt: skip
    """See `base.py`; the states w and x and the gates are held."""
    places, table = devices.cells.places, devices.cells.table
    now = held.places
    for r in range(first, last):
        for n in range(places.first[r], places.first[r + 1]):
            k = table[n] if len(table) > 1 else table[0]
            near = now[n, G_CELL] + ionic_share(stage, k)[1] + k.c_parallel / stage
            far = now[n, G_MID] + devices.gates.c_gate / stage
            both = 0.5 * (far + now[n, G_BIT])
            branch[r, places.col[n]] = near * both / (near + far) + devices.cells.c_crossing / stage


@uncounted
def stored(
    devices: Devices, first: int, last: int, word: Array, bit: Array, held: Held, on_word: Array, on_bit: Array
) -> None:  # fmt: skip
    """See `base.py`."""
    places, table = devices.cells.places, devices.cells.table
    now = held.places
    for r in range(first, last):
        for n in range(places.first[r], places.first[r + 1]):
            c = places.col[n]
            k = table[n] if len(table) > 1 else table[0]
            across = devices.cells.c_crossing * (word[r, c] - bit[r, c])
            on_word[r, c] = across + k.c_parallel * now[n, U]
            on_bit[r, c] = -across + devices.gates.c_gate * (bit[r, c] - held.gates[GATE, r, c])


@uncounted
def error(
    devices: Devices, first: int, last: int, stage: float, a: float, point: Held, b: float, middle: Held, c: float,
    end: Held, reltol: float, volt: float,
) -> float:  # fmt: skip
    """See `base.py`."""
    cells, of_states, of_nodes, every = devices.cells, 0.0, 0.0, 0.0
    one, two, three = point.places, middle.places, end.places
    if first == 0:
        off = gates_error(
            devices.gates, stage, a, point.gates[GATE_RATE], b, middle.gates[GATE_RATE], c, end.gates[GATE_RATE]
        )
        of_nodes = off / max(volt, reltol * devices.v_gate)
        every += of_nodes
    for n in range(cells.places.first[first], cells.places.first[last]):
        k = cells.table[n] if len(cells.table) > 1 else cells.table[0]
        dw = a * one[n, RATE + W] + b * two[n, RATE + W] + c * three[n, RATE + W]
        dx = a * one[n, RATE + X] + b * two[n, RATE + X] + c * three[n, RATE + X]
        dq = a * one[n, RATE + Q] + b * two[n, RATE + Q] + c * three[n, RATE + Q]
        charge = a * one[n, RATE + CHARGE] + b * two[n, RATE + CHARGE] + c * three[n, RATE + CHARGE]
        slope = three[n, G_CELL] + three[n, G_MID] + ionic_share(stage, k)[1]
        slope = stage * slope + k.c_parallel + devices.gates.c_gate
        of_states = max(of_states, max(abs(dw), abs(dx)))
        allowed = max(volt, reltol * max(abs(one[n, U]), abs(three[n, U])))
        of_nodes = max(of_nodes, max(abs(charge) / slope, abs(dq) / (1.0 + stage / k.tau)) / allowed)
        every += dw + dx + dq + charge
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
        devices.cells.places, first, last, a, point.places, b, middle.places, c, end.places, POWER, POWER_SELECTOR,
        cells, selectors,
    )  # fmt: skip


@uncounted
def beside(devices: Devices, gates: GateDrive, held: Held, powers: Array) -> None:
    """See `base.py`."""
    gate_powers(devices.gates, gates, held.gates[GATE_CURRENT], powers)


@uncounted
def keep(devices: Devices, first: int, last: int, held: Held, planes: Array) -> None:
    """See `base.py`: w, x, q, the cell's power, u, and of the gate lines voltage and current."""
    places = devices.cells.places
    now = held.places
    for r in range(first, last):
        for n in range(places.first[r], places.first[r + 1]):
            c = places.col[n]
            planes[0, r, c], planes[1, r, c], planes[2, r, c] = now[n, W], now[n, X], now[n, Q]
            planes[3, r, c], planes[4, r, c] = now[n, POWER], now[n, U]
            planes[5, r, c], planes[6, r, c] = held.gates[GATE, r, c], held.gates[GATE_CURRENT, r, c]

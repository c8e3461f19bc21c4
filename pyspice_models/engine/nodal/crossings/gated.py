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
from pyspice_models.engine.nodal.crossings.in_series import FINE, NODES, TURNS, InSeries, cell_at, ionic_slope, narrowed
from pyspice_models.engine.nodal.crossings.own import STATES, quiet_below
from pyspice_models.engine.nodal.linear.compiled import compiled, formulas, inside

Array = NDArray[np.float64]

KERNEL = "gated"

(channel_slopes,) = formulas("channel_slopes", of=law)


class Devices(NamedTuple):
    """What does not change.

    Attributes:
        cells: and what is beside them.
        channel: constants of the transistors.
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


class Held(NamedTuple):
    """Of one moment, each of shape (place,) unless said otherwise.

    Attributes:
        word, bit, over: voltages of both lines and of the gate at which the others hold [V].
        u: voltage on the cell [V].
        w, x, q: its states, and voltage on its ionic capacitance [V].
        charge: on the node between cell and channel [C].
        g_int, g_fil: conductances of the cell at 0 V that belong to its states [S].
        g_cell: its slope, the ionic branch and capacitances left out [S].
        g_mid, g_bit: slopes of the channel's current by its end at the cell, and against that at the bit line [S].
        near, far: slopes on both sides of the node between, over the stage [S].
        rate_w, rate_x, rate_q, rate_charge: time derivatives.
        power, power_selector: lost [W].
        gate, gate_charge, gate_rate, gate_current: of the gate lines, shape (row, col): voltage, charge, its rate, and
            the current from the source's side.
    """

    word: Array
    bit: Array
    over: Array
    u: Array
    w: Array
    x: Array
    q: Array
    charge: Array
    g_int: Array
    g_fil: Array
    g_cell: Array
    g_mid: Array
    g_bit: Array
    near: Array
    far: Array
    rate_w: Array
    rate_x: Array
    rate_q: Array
    rate_charge: Array
    power: Array
    power_selector: Array
    gate: Array
    gate_charge: Array
    gate_rate: Array
    gate_current: Array


class Start(NamedTuple):
    """What a stage starts from, shape (place,); charges of gates and the sum of each channel's ends, shape (row, col);
    the voltage below which no state moves, shape (1,) [V]."""

    w: Array
    x: Array
    q: Array
    charge: Array
    gate_charge: Array
    ends: Array
    quiet: Array


@compiled
def ahead(
    devices: Devices, first: int, last: int, stage: float, a: float, one: Held, b: float, two: Held, start: Start,
    held: Held,
) -> None:  # fmt: skip
    """See `base.py`."""
    cells = devices.cells
    start.quiet[0] = quiet_below(cells.volts, cells.fastest, stage)
    by_one, by_two = stage * a, stage * b
    for n in range(cells.places.first[first], cells.places.first[last]):
        start.w[n] = one.w[n] + (by_one * one.rate_w[n] + by_two * two.rate_w[n])
        start.x[n] = one.x[n] + (by_one * one.rate_x[n] + by_two * two.rate_x[n])
        start.q[n] = one.q[n] + (by_one * one.rate_q[n] + by_two * two.rate_q[n])
        start.charge[n] = one.charge[n] + (by_one * one.rate_charge[n] + by_two * two.rate_charge[n])
        held.word[n], held.bit[n], held.over[n], held.u[n] = two.word[n], two.bit[n], two.over[n], two.u[n]
        held.w[n], held.x[n], held.q[n] = two.w[n], two.x[n], two.q[n]
        held.g_int[n], held.g_fil[n], held.g_bit[n] = two.g_int[n], two.g_fil[n], two.g_bit[n]
        held.near[n], held.far[n] = two.near[n], two.far[n]
    for r in range(first, last):
        for c in range(start.ends.shape[1]):
            moved = by_one * one.gate_rate[r, c] + by_two * two.gate_rate[r, c]
            start.gate_charge[r, c] = one.gate_charge[r, c] + moved


@inside
def guessed(held: Held, n: int, word: float, bit: float, gate: float) -> float:
    """Voltage on a cell, from where it stood and the slopes there [V]."""
    over = gate - held.over[n]  # where all three move together, nothing changes
    change = held.far[n] * (word - held.word[n] - over) - held.g_bit[n] * (bit - held.bit[n] - over)
    return held.u[n] + change / (held.near[n] + held.far[n])


@compiled
def prepare(devices: Devices, stage: float, gates: Array, word: Array, bit: Array, start: Start, held: Held) -> None:
    """Solve the gate lines for the channels as they stand."""
    places = devices.cells.places
    for r in range(word.shape[0]):
        for n in range(places.first[r], places.first[r + 1]):
            c = places.col[n]
            start.ends[r, c] = word[r, c] - guessed(held, n, word[r, c], bit[r, c], held.over[n]) + bit[r, c]
    settle_gates(
        devices.gates, stage, gates, start.ends, start.gate_charge, held.gate, held.gate_charge, held.gate_rate,
        held.gate_current,
    )  # fmt: skip


@inside
def settle_place(
    devices: Devices, n: int, word: float, bit: float, gate: float, stage: float, start: Start, held: Held
) -> tuple[float, float, float]:  # fmt: skip
    """Solve for u; gives both currents and the plates' capacitance, no numbers where it is not found."""
    cells, channel = devices.cells, devices.channel
    k = cells.table[n] if len(cells.table) > 1 else cells.table[0]
    c_cell, c_gate, beside = k.c_parallel / stage, devices.gates.c_gate / stage, ionic_slope(stage, k)
    u, low, high = guessed(held, n, word, bit, gate), -np.inf, np.inf
    w, x, g_int, g_fil, quiet = held.w[n], held.x[n], held.g_int[n], held.g_fil[n], start.quiet[0]
    for _ in range(TURNS):
        w, x, q, g_int, g_fil, through, charging, g_cell = cell_at(
            u, start.w[n], start.x[n], start.q[n], stage, quiet, k, cells.maps, w, x, g_int, g_fil
        )
        behind, g_mid, by_bit = channel_slopes(gate, word - u, bit, channel)
        near, far = g_cell + beside + c_cell, g_mid + c_gate
        left = through + charging + c_cell * u - behind - c_gate * (word - u - gate) + start.charge[n] / stage
        change = -left / (near + far)
        if abs(change) < FINE:
            u, q, behind = u + change, q + change * stage / (k.tau + stage), behind - g_mid * change
            through, charging, mid = through + g_cell * change, charging + beside * change, word - u
            held.word[n], held.bit[n], held.over[n], held.u[n] = word, bit, gate, u
            held.w[n], held.x[n], held.q[n] = w, x, q
            held.g_int[n], held.g_fil[n], held.g_cell[n] = g_int, g_fil, g_cell
            held.g_mid[n], held.g_bit[n], held.near[n], held.far[n] = g_mid, -by_bit, near, far
            held.charge[n] = devices.gates.c_gate * (mid - gate) - k.c_parallel * u
            held.rate_w[n], held.rate_x[n] = (w - start.w[n]) / stage, (x - start.x[n]) / stage
            held.rate_q[n] = (q - start.q[n]) / stage
            held.rate_charge[n] = (held.charge[n] - start.charge[n]) / stage
            held.power[n], held.power_selector[n] = dissipated(u, q, through, charging), behind * (mid - bit)
            return through + charging, behind, k.c_parallel
        if np.isnan(left):
            break
        if left > 0.0:
            high = u
        else:
            low = u
        u = narrowed(u, change, low, high)
    return np.nan, np.nan, np.nan


@compiled
def follow(
    devices: Devices, first: int, last: int, stage: float, word: Array, bit: Array, start: Start, held: Held,
    flow_word: Array, flow_bit: Array, rest_word: Array, rest_bit: Array,
) -> None:  # fmt: skip
    """See `base.py`."""
    places, crossing, c_gate = devices.cells.places, devices.cells.c_crossing, devices.gates.c_gate
    for r in range(first, last):
        word_r, bit_r, gate_r = word[r], bit[r], held.gate[r]
        into_word, into_bit, left_word, left_bit = flow_word[r], flow_bit[r], rest_word[r], rest_bit[r]
        for n in range(places.first[r], places.first[r + 1]):
            c = places.col[n]
            current, behind, plates = settle_place(devices, n, word_r[c], bit_r[c], gate_r[c], stage, start, held)
            across = crossing * (word_r[c] - bit_r[c])
            into_word[c], into_bit[c] = -current, behind
            left_word[c] = -current - (across + plates * held.u[n]) / stage
            left_bit[c] = behind + (across - c_gate * (bit_r[c] - gate_r[c])) / stage


@compiled
def slopes(
    devices: Devices, first: int, last: int, stage: float, word: Array, bit: Array, held: Held, branch: Array
) -> None:  # fmt: skip
    """See `base.py`; the states w and x and the gates are held."""
    places, table = devices.cells.places, devices.cells.table
    for r in range(first, last):
        for n in range(places.first[r], places.first[r + 1]):
            k = table[n] if len(table) > 1 else table[0]
            near = held.g_cell[n] + ionic_slope(stage, k) + k.c_parallel / stage
            far = held.g_mid[n] + devices.gates.c_gate / stage
            both = 0.5 * (far + held.g_bit[n])
            branch[r, places.col[n]] = near * both / (near + far) + devices.cells.c_crossing / stage


@compiled
def stored(
    devices: Devices, first: int, last: int, word: Array, bit: Array, held: Held, on_word: Array, on_bit: Array
) -> None:  # fmt: skip
    """See `base.py`."""
    places, table = devices.cells.places, devices.cells.table
    for r in range(first, last):
        for n in range(places.first[r], places.first[r + 1]):
            c = places.col[n]
            k = table[n] if len(table) > 1 else table[0]
            across = devices.cells.c_crossing * (word[r, c] - bit[r, c])
            on_word[r, c] = across + k.c_parallel * held.u[n]
            on_bit[r, c] = -across + devices.gates.c_gate * (bit[r, c] - held.gate[r, c])


@compiled
def error(
    devices: Devices, first: int, last: int, stage: float, a: float, point: Held, b: float, middle: Held, c: float,
    end: Held, reltol: float, volt: float,
) -> float:  # fmt: skip
    """See `base.py`."""
    cells, of_states, of_nodes, every = devices.cells, 0.0, 0.0, 0.0
    if first == 0:
        off = gates_error(devices.gates, stage, a, point.gate_rate, b, middle.gate_rate, c, end.gate_rate)
        of_nodes = off / max(volt, reltol * devices.v_gate)
        every += of_nodes
    for n in range(cells.places.first[first], cells.places.first[last]):
        k = cells.table[n] if len(cells.table) > 1 else cells.table[0]
        dw = a * point.rate_w[n] + b * middle.rate_w[n] + c * end.rate_w[n]
        dx = a * point.rate_x[n] + b * middle.rate_x[n] + c * end.rate_x[n]
        dq = a * point.rate_q[n] + b * middle.rate_q[n] + c * end.rate_q[n]
        charge = a * point.rate_charge[n] + b * middle.rate_charge[n] + c * end.rate_charge[n]
        slope = stage * (end.g_cell[n] + end.g_mid[n] + ionic_slope(stage, k)) + k.c_parallel + devices.gates.c_gate
        of_states = max(of_states, max(abs(dw), abs(dx)))
        allowed = max(volt, reltol * max(abs(point.u[n]), abs(end.u[n])))
        of_nodes = max(of_nodes, max(abs(charge) / slope / NODES, abs(dq) / (1.0 + stage / k.tau)) / allowed)
        every += dw + dx + dq + charge
    if np.isnan(every):  # which no maximum tells
        return np.nan
    return max(of_states / (STATES * reltol), of_nodes)


@compiled
def spend(
    devices: Devices, first: int, last: int, a: float, point: Held, b: float, middle: Held, c: float, end: Held,
    cells: Array, selectors: Array,
) -> None:  # fmt: skip
    """See `base.py`."""
    places = devices.cells.places
    for r in range(first, last):
        for n in range(places.first[r], places.first[r + 1]):
            k = places.col[n]
            cells[r, k] += a * point.power[n] + b * middle.power[n] + c * end.power[n]
            selectors[r, k] += a * point.power_selector[n] + b * middle.power_selector[n] + c * end.power_selector[n]


@compiled
def beside(devices: Devices, gates: Array, held: Held, powers: Array) -> None:
    """See `base.py`."""
    gate_powers(devices.gates, gates, held.gate_current, powers)


@compiled
def keep(devices: Devices, first: int, last: int, held: Held, planes: Array) -> None:
    """See `base.py`: w, x, q, the cell's power, u, and of the gate lines voltage and current."""
    places = devices.cells.places
    for r in range(first, last):
        for n in range(places.first[r], places.first[r + 1]):
            c = places.col[n]
            planes[0, r, c], planes[1, r, c], planes[2, r, c] = held.w[n], held.x[n], held.q[n]
            planes[3, r, c], planes[4, r, c] = held.power[n], held.u[n]
            planes[5, r, c], planes[6, r, c] = held.gate[r, c], held.gate_current[r, c]

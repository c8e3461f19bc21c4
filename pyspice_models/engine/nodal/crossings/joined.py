"""Several compiled objects that meet at inner nodes, at each crossing; see `base.py`, and `joined/place.py` for one.

A place has two or three lines: word and bit line, and the gate line of a transistor. States are the charges of inner
nodes, their rates the currents into these. The charge of a place on each of its lines is no state of it, but its rate
is kept: it is part of what goes into a cell of which no more is known than its terminals. Gate lines are a third layer,
solved between two of Newton's turns for what all places take by their linear forms.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyspice_models.engine.nodal.crossings.gate_lines import gate_powers, gates_error
from pyspice_models.engine.nodal.joined.devices import BIT, GATE, WORD, Devices, blame
from pyspice_models.engine.nodal.joined.evaluate import evaluate, line_of, linear
from pyspice_models.engine.nodal.joined.held import ALONG, BESIDE, CHARGE, GATES, INTO, RATE, V_GATE, Held, Start
from pyspice_models.engine.nodal.joined.lines import prepare, settle
from pyspice_models.engine.nodal.joined.place import apart, followed
from pyspice_models.engine.nodal.linear.compiled import uncounted
from pyspice_models.engine.nodal.osdi.devices import SINGULAR
from pyspice_models.engine.osdi.calls import copied_rows

Array = NDArray[np.float64]

__all__ = ["prepare"]

KERNEL = "joined"

_STATES = 0.005  # times reltol, of what a declared state is from 0 to 1, see `own.py`
_ROUNDING = 1e-13  # of a node's voltage
_SMALL = 1e-30


@uncounted
def ahead(
    devices: Devices, first: int, last: int, stage: float, a: float, one: Held, b: float, two: Held, start: Start,
    held: Held,
) -> None:  # fmt: skip
    """See `base.py`."""
    by_one, by_two, width = stage * a, stage * b, one.v.shape[1]
    if first == 0:
        copied_rows(two.moved, held.moved)
    for n in range(devices.places.first[first], devices.places.first[last]):
        for k in range(width):
            start.q[n, k] = one.q[n, k] - (by_one * one.f[n, k] + by_two * two.f[n, k])
            held.v[n, k], held.f[n, k], held.q[n, k] = two.v[n, k], two.f[n, k], two.q[n, k]
        if devices.cells[n].kind >= 0:
            kind = devices.kinds[devices.cells[n].kind]
            for line in range(3):
                k = line_of(kind, line)
                if k >= 0:
                    start.q[n, k] = one.q[n, k] + (by_one * one.rates[n, line] + by_two * two.rates[n, line])
    for r in range(first, last):
        for c in range(len(devices.gates.near)):
            rates = by_one * one.gates[RATE, r, c] + by_two * two.gates[RATE, r, c]
            start.gates[r, c] = one.gates[CHARGE, r, c] + rates
            for k in range(GATES):
                held.gates[k, r, c] = two.gates[k, r, c]


@uncounted
def follow(
    devices: Devices, first: int, last: int, stage: float, word: Array, bit: Array, start: Start, held: Held,
    flow_word: Array, flow_bit: Array, rest_word: Array, rest_bit: Array,
) -> None:  # fmt: skip
    """See `base.py`."""
    per_stage = 1.0 / stage
    v, f, q, gated = held.v, held.f, held.q, len(devices.gates.near) > 0
    for r in range(first, last):
        room = devices.room[r]
        for n in range(devices.places.first[r], devices.places.first[r + 1]):
            c, place = devices.places.col[n], devices.cells[n]
            on_word, on_bit = word[r, c], bit[r, c]
            across = on_word - on_bit
            if place.kind < 0:
                v[n, 0], v[n, 1] = on_word, on_bit
                f[n, 0], f[n, 1] = place.resistor * across, -place.resistor * across
                held.power[n] = f[n, 0] * across
            else:
                on_gate = held.gates[V_GATE, r, c] if gated else 0.0
                if followed(
                    devices, r, n, per_stage, on_word, on_bit, on_gate, start.q, v, f, q, held.moved, room
                ):  # fmt: skip
                    settle(devices, n, per_stage, start, held)
                else:
                    f[n, 0] = f[n, 1] = held.power[n] = np.nan
                if gated:
                    gate = devices.kinds[place.kind].gate
                    held.gates[INTO, r, c] = f[n, gate] + held.rates[n, GATE]
            displaced = place.parallel * across
            flow_word[r, c], flow_bit[r, c] = -f[n, 0], -f[n, 1]
            rest_word[r, c] = -f[n, 0] - per_stage * (q[n, 0] + displaced)
            rest_bit[r, c] = -f[n, 1] - per_stage * (q[n, 1] - displaced)


@uncounted
def slopes(
    devices: Devices, first: int, last: int, stage: float, word: Array, bit: Array, held: Held, branch: Array
) -> None:  # fmt: skip
    """See `base.py`: all inner nodes follow, states too, and gates are held; where the bit line's voltage does other
    things than the word line's, their mean."""
    per_stage = 1.0 / stage
    for r in range(first, last):
        room = devices.room[r]
        for n in range(devices.places.first[r], devices.places.first[r + 1]):
            c = devices.places.col[n]
            if devices.cells[n].kind < 0:
                slope = devices.cells[n].resistor
            else:
                # a step that was given up leaves points behind that nothing is near to
                if not apart(devices, n, held.moved, devices.at[n], held.v[n]) <= 1.0:
                    evaluate(devices, r, n, held.v[n])
                if not linear(devices, n, per_stage, room):
                    blame(devices, SINGULAR, n, 0, held.v[n])
                    devices.slope[n] = np.nan
                slope = devices.slope[n]
            branch[r, c] = slope + per_stage * devices.cells[n].parallel


@uncounted
def stored(
    devices: Devices, first: int, last: int, word: Array, bit: Array, held: Held, on_word: Array, on_bit: Array
) -> None:  # fmt: skip
    """See `base.py`."""
    for r in range(first, last):
        for n in range(devices.places.first[r], devices.places.first[r + 1]):
            c = devices.places.col[n]
            displaced = devices.cells[n].parallel * (word[r, c] - bit[r, c])
            on_word[r, c] = held.q[n, 0] + displaced
            on_bit[r, c] = held.q[n, 1] - displaced


@uncounted
def error(
    devices: Devices, first: int, last: int, stage: float, a: float, point: Held, b: float, middle: Held, c: float,
    end: Held, reltol: float, volt: float,
) -> float:  # fmt: skip
    """See `base.py`: of inner nodes, by the charge that the formulas differ in."""
    room, per_stage, largest = devices.room[first], 1.0 / stage, 0.0
    charge = room[0]
    if first == 0 and len(devices.gates.near) > 0:
        off = gates_error(devices.gates, stage, a, point.gates[RATE], b, middle.gates[RATE], c, end.gates[RATE])
        largest = off / max(volt, reltol * devices.v_gate)
        if np.isnan(largest):
            return np.nan
    for n in range(devices.places.first[first], devices.places.first[last]):
        m = devices.cells[n].kind
        if m < 0 or devices.kinds[m].inners == 0:
            continue
        kind, moved, off = devices.kinds[m], point.moved[m], 0.0
        inner, count = kind.inner, kind.inners
        for i in range(count):
            k = inner[i]
            charge[i] = 0.0
            if kind.charged[k] == 1:
                charge[i] = per_stage * (a * point.f[n, k] + b * middle.f[n, k] + c * end.f[n, k])
            off += abs(charge[i])
        if off == 0.0:
            continue
        if not linear(devices, n, per_stage, room):
            return np.nan
        for i in range(count):
            k = inner[i]
            if kind.fixed[k] > 0.0:
                allowed = _STATES * reltol * kind.fixed[k]
            elif kind.volts[k] == 1:
                allowed = volt
                if kind.mid >= 0:  # behind a selector nothing is left of a pulse but what its node has seen
                    allowed = max(volt, reltol * abs(end.v[n, k]))
            else:
                allowed = reltol * max(moved[k], abs(end.v[n, k] - devices.origin[n, k]))
            off = 0.0
            for j in range(count):
                off += devices.inverse[n, i, j] * charge[j]
            share = abs(off) / (allowed + _ROUNDING * abs(end.v[n, k]) + _SMALL)
            if not share <= largest:
                largest = share
            if np.isnan(share):
                return np.nan
    return largest


@uncounted
def spend(
    devices: Devices, first: int, last: int, a: float, point: Held, b: float, middle: Held, c: float, end: Held,
    cells: Array, selectors: Array,
) -> None:  # fmt: skip
    """See `base.py`; the step is made: how far nodes have moved counts from now on."""
    if first == 0:
        devices.fault[0] = 0
        copied_rows(point.moved, end.moved)
    for r in range(first, last):
        for n in range(devices.places.first[r], devices.places.first[r + 1]):
            at = devices.places.col[n]
            cells[r, at] += a * point.power[n] + b * middle.power[n] + c * end.power[n]
            if len(selectors) > 0:
                selectors[r, at] += a * point.beside[n] + b * middle.beside[n] + c * end.beside[n]
            m = devices.cells[n].kind
            if m >= 0:
                kind, moved = devices.kinds[m], end.moved[m]
                for i in range(kind.inners):
                    k = kind.inner[i]
                    moved[k] = max(moved[k], abs(end.v[n, k] - devices.origin[n, k]))


@uncounted
def beside(devices: Devices, gates: Any, held: Held, powers: Array) -> None:
    """See `base.py`."""
    if len(devices.gates.near) > 0:
        gate_powers(devices.gates, gates, held.gates[ALONG], powers)


@uncounted
def keep(devices: Devices, first: int, last: int, held: Held, planes: Array) -> None:
    """See `base.py`: voltages of the inner nodes, then what `BESIDE` says."""
    nodes, gated = len(planes) - BESIDE, len(devices.gates.near) > 0
    for r in range(first, last):
        for n in range(devices.places.first[r], devices.places.first[r + 1]):
            c, m = devices.places.col[n], devices.cells[n].kind
            for i in range(nodes):
                planes[i, r, c] = held.v[n, devices.kinds[m].inner[i]] if m >= 0 else 0.0
            planes[nodes, r, c] = held.f[n, 0] + held.rates[n, WORD]
            planes[nodes + 1, r, c] = held.f[n, 1] + held.rates[n, BIT]
            for i in range(3):
                planes[nodes + 2 + i, r, c] = 0.0
            if gated:
                planes[nodes + 2, r, c] = held.gates[V_GATE, r, c]
                planes[nodes + 3, r, c], planes[nodes + 4, r, c] = held.gates[ALONG, r, c], held.gates[INTO, r, c]

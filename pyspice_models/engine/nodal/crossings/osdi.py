"""Cells that are compiled Verilog-A at the crossings, see `base.py`; `osdi/local.py` does it for one.

States are the charges of inner nodes, their rates the currents into these; nodes without charge follow at once. The
equations are the object's own, residuals and Jacobians: an `idt`, an implicit equation or a temperature is an inner
node like any other.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pyspice_models.engine.nodal.linear.compiled import compiled
from pyspice_models.engine.nodal.osdi.called import evaluate
from pyspice_models.engine.nodal.osdi.devices import (
    AT,
    BASED,
    RELTOL,
    SINGULAR,
    SLOPE,
    VOLT,
    Devices,
    blame,
)  # fmt: skip
from pyspice_models.engine.nodal.osdi.local import SHARE, factored, followed, powers, room_for

Array = NDArray[np.float64]

KERNEL = "osdi"

STATES = 0.005
"""Times reltol: what a declared state may be off by, of its range, see `own.py`."""

_NEAR = 2e-5, 1e-5  # [V] on a node of the circuit: an exponential over kT/q bends by 3e-7 of itself; of a state's range
_ROUNDING = 1e-13  # of a node's voltage
_SMALL = 1e-30
_LOST = 100.0  # a way from a point, in multiples of what counts as near, after which its slopes are good for nothing


class Held(NamedTuple):
    """Of one moment.

    Attributes:
        v, f, q: voltages of all nodes, currents out of them into the cell, and charges, shape (place, node).
        moved: how far each node has been from where it began in any cell of a kind, shape (kind, node).
        power, beside: lost in the cell, and in the selector [W], shape (place,).
    """

    v: Array
    f: Array
    q: Array
    moved: Array
    power: Array
    beside: Array


class Start(NamedTuple):
    """What a stage starts from: charges of inner nodes, shape (place, node)."""

    q: Array


@compiled
def judged(devices: Devices, moved: Array) -> None:
    """What counts as near, and what nodes may be off by, as far as each has been by now."""
    volt, reltol = devices.allowed[VOLT], devices.allowed[RELTOL]
    for m in range(len(devices.kinds)):
        kind, weights, tolerance = devices.kinds[m], devices.weights[m], devices.tolerance[m]
        for i in range(kind.nodes):
            k = kind.order[i]
            least = _ROUNDING * (devices.began[m, k] + moved[m, k]) + _SMALL
            scale = kind.fixed[k] if kind.fixed[k] > 0.0 else moved[m, k]
            near, allowed = _NEAR[1] * scale, reltol * moved[m, k]
            if i >= kind.inners or kind.volts[k] == 1:
                near, allowed = _NEAR[0], volt
            elif kind.fixed[k] > 0.0:
                allowed = STATES * reltol * scale
            weights[k] = 0.0 if kind.straight[k] == 1 else (near + 10.0 * least) ** -2.0
            tolerance[k] = SHARE * allowed + least


@compiled
def ahead(
    devices: Devices, first: int, last: int, stage: float, a: float, one: Held, b: float, two: Held, start: Start,
    held: Held,
) -> None:  # fmt: skip
    """See `base.py`."""
    by_one, by_two, width = stage * a, stage * b, one.v.shape[1]
    if first == 0:
        for m in range(len(devices.kinds)):
            for k in range(width):
                held.moved[m, k] = two.moved[m, k]
        judged(devices, two.moved)
    for n in range(devices.places.first[first], devices.places.first[last]):
        devices.forms[n, BASED] = 0.0
        for k in range(width):
            start.q[n, k] = one.q[n, k] - (by_one * one.f[n, k] + by_two * two.f[n, k])
            held.v[n, k] = two.v[n, k]


@compiled
def prepare(devices: Devices, stage: float, gates: Array, word: Array, bit: Array, start: Start, held: Held) -> None:
    """Nothing: there are no gates."""


@compiled
def follow(
    devices: Devices, first: int, last: int, stage: float, word: Array, bit: Array, start: Start, held: Held,
    flow_word: Array, flow_bit: Array, rest_word: Array, rest_bit: Array,
) -> None:  # fmt: skip
    """See `base.py`."""
    room, per_stage = room_for(held.v.shape[1]), 1.0 / stage
    for r in range(first, last):
        for n in range(devices.places.first[r], devices.places.first[r + 1]):
            c, place = devices.places.col[n], devices.cells[n]
            v, f, q = held.v[n], held.f[n], held.q[n]
            on_word, on_bit = word[r, c], bit[r, c]
            across = on_word - on_bit
            top, bottom = place.word, place.bit
            if place.kind < 0:
                v[top], v[bottom] = on_word, on_bit
                f[top], f[bottom] = place.resistor * across, -place.resistor * across
                held.power[n] = f[top] * across
            elif followed(devices, r, n, per_stage, on_word, on_bit, start.q[n], v, f, q, room):
                powers(devices, n, v, f, held.power, held.beside)
            else:
                f[top] = f[bottom] = held.power[n] = np.nan
            displaced = place.parallel * across
            flow_word[r, c], flow_bit[r, c] = -f[top], -f[bottom]
            rest_word[r, c] = -f[top] - per_stage * (q[top] + displaced)
            rest_bit[r, c] = -f[bottom] - per_stage * (q[bottom] - displaced)


@compiled
def slopes(
    devices: Devices, first: int, last: int, stage: float, word: Array, bit: Array, held: Held, branch: Array
) -> None:  # fmt: skip
    """See `base.py`: all inner nodes follow, states too."""
    room, per_stage = room_for(held.v.shape[1]), 1.0 / stage
    for r in range(first, last):
        for n in range(devices.places.first[r], devices.places.first[r + 1]):
            c, m, row, v = devices.places.col[n], devices.cells[n].kind, devices.forms[n], held.v[n]
            if m < 0:
                slope = devices.cells[n].resistor
            else:
                kind, weights = devices.kinds[m], devices.weights[m]
                far, by_bit = 0.0, v[devices.cells[n].bit] - row[AT + devices.cells[n].bit]
                for k in range(kind.nodes):
                    change = v[k] - row[AT + k] - kind.shifted[k] * by_bit
                    far += weights[k] * change * change
                # a step that was given up leaves points behind that nothing is near to
                if not far <= _LOST * _LOST:
                    for k in range(kind.nodes):
                        row[AT + k] = v[k]
                    evaluate(devices, r, n, row)
                if not factored(devices, n, per_stage, row, room):
                    blame(devices, SINGULAR, n, 0, row)
                    row[SLOPE] = np.nan
                slope = row[SLOPE]
            branch[r, c] = slope + per_stage * devices.cells[n].parallel


@compiled
def stored(
    devices: Devices, first: int, last: int, word: Array, bit: Array, held: Held, on_word: Array, on_bit: Array
) -> None:  # fmt: skip
    """See `base.py`."""
    for r in range(first, last):
        for n in range(devices.places.first[r], devices.places.first[r + 1]):
            c, place = devices.places.col[n], devices.cells[n]
            displaced = place.parallel * (word[r, c] - bit[r, c])
            on_word[r, c] = held.q[n, place.word] + displaced
            on_bit[r, c] = held.q[n, place.bit] - displaced


@compiled
def error(
    devices: Devices, first: int, last: int, stage: float, a: float, point: Held, b: float, middle: Held, c: float,
    end: Held, reltol: float, volt: float,
) -> float:  # fmt: skip
    """See `base.py`: of inner nodes, by the charge that the formulas differ in."""
    if first == 0:
        devices.allowed[RELTOL], devices.allowed[VOLT] = reltol, volt
        judged(devices, point.moved)
    width = end.v.shape[1]
    room, charge = room_for(width), np.empty(width)
    per_stage, largest = 1.0 / stage, 0.0
    for n in range(devices.places.first[first], devices.places.first[last]):
        m = devices.cells[n].kind
        if m < 0 or devices.kinds[m].inners == 0:
            continue
        kind, tolerance, row, off = devices.kinds[m], devices.tolerance[m], devices.forms[n], 0.0
        count, inverse = kind.inners, kind.inverse
        for i in range(count):
            k = kind.order[i]
            charge[i] = kind.charged[k] * per_stage * (a * point.f[n, k] + b * middle.f[n, k] + c * end.f[n, k])
            off += abs(charge[i])
        if off == 0.0:
            continue
        if not factored(devices, n, per_stage, row, room):
            return np.nan
        for i in range(count):
            k, off = kind.order[i], 0.0
            if kind.apiece == 1:
                off = row[inverse + i * count + i] * charge[i]
            else:
                for j in range(count):
                    off += row[inverse + i * count + j] * charge[j]
            allowed = tolerance[k] / SHARE
            if kind.fixed[k] == 0.0 and kind.volts[k] == 0:
                allowed = max(allowed, reltol * abs(end.v[n, k] - devices.origin[n, k]))
            share = abs(off) / allowed
            if not share <= largest:
                largest = share
            if np.isnan(share):
                return np.nan
    return largest


@compiled
def spend(
    devices: Devices, first: int, last: int, a: float, point: Held, b: float, middle: Held, c: float, end: Held,
    cells: Array, selectors: Array,
) -> None:  # fmt: skip
    """See `base.py`; the step is made: how far nodes have moved counts from now on."""
    if first == 0:
        devices.fault[0] = 0
    for r in range(first, last):
        for n in range(devices.places.first[r], devices.places.first[r + 1]):
            at = devices.places.col[n]
            cells[r, at] += a * point.power[n] + b * middle.power[n] + c * end.power[n]
            if len(selectors) > 0:
                selectors[r, at] += a * point.beside[n] + b * middle.beside[n] + c * end.beside[n]
            m = devices.cells[n].kind
            if m >= 0:
                kind, moved, start = devices.kinds[m], end.moved[m], devices.origin[n]
                for i in range(kind.inners):
                    k = kind.order[i]
                    moved[k] = max(moved[k], abs(end.v[n, k] - start[k]))


@compiled
def beside(devices: Devices, gates: Array, held: Held, powers: Array) -> None:
    """Nothing: there are no gates."""


@compiled
def keep(devices: Devices, first: int, last: int, held: Held, planes: Array) -> None:
    """See `base.py`: voltages of the inner nodes."""
    for r in range(first, last):
        for n in range(devices.places.first[r], devices.places.first[r + 1]):
            c, m = devices.places.col[n], devices.cells[n].kind
            for i in range(len(planes)):
                planes[i, r, c] = held.v[n, devices.kinds[m].order[i]] if m >= 0 else 0.0

"""Cells that are compiled Verilog-A at the crossings, see `base.py`; `osdi/local.py` does it for one.

States are the charges of inner nodes, their rates the currents into these; nodes without charge follow at once. The
equations are the object's own, residuals and Jacobians: an `idt`, an implicit equation or a temperature is an inner
node like any other.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pyspice_models.engine.nodal.linear.compiled import compiled
from pyspice_models.engine.nodal.osdi.called import evaluate
from pyspice_models.engine.nodal.osdi.devices import SINGULAR, Devices, blame, room_for
from pyspice_models.engine.nodal.osdi.local import apart, factored, followed, powers

Array = NDArray[np.float64]

KERNEL = "osdi"

_STATES = 0.005  # times reltol, of what a declared state is from 0 to 1, see `own.py`
_ROUNDING = 1e-13  # of a node's voltage
_SMALL = 1e-30


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
def copied_rows(given: Array, into: Array) -> None:
    """A table copied."""
    for m in range(given.shape[0]):
        for k in range(given.shape[1]):
            into[m, k] = given[m, k]


@compiled
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


@compiled
def prepare(devices: Devices, stage: float, gates: Any, word: Array, bit: Array, start: Start, held: Held) -> None:
    """Nothing: there are no gates."""


@compiled
def follow(
    devices: Devices, first: int, last: int, stage: float, word: Array, bit: Array, start: Start, held: Held,
    flow_word: Array, flow_bit: Array, rest_word: Array, rest_bit: Array,
) -> None:  # fmt: skip
    """See `base.py`."""
    room, per_stage = room_for(held.v.shape[1]), 1.0 / stage
    v, f, q = held.v, held.f, held.q
    for r in range(first, last):
        for n in range(devices.places.first[r], devices.places.first[r + 1]):
            c, place = devices.places.col[n], devices.cells[n]
            on_word, on_bit = word[r, c], bit[r, c]
            across = on_word - on_bit
            top, bottom = place.word, place.bit
            if place.kind < 0:
                v[n, top], v[n, bottom] = on_word, on_bit
                f[n, top], f[n, bottom] = place.resistor * across, -place.resistor * across
                held.power[n] = f[n, top] * across
            elif followed(devices, r, n, per_stage, on_word, on_bit, start.q, v, f, q, held.moved, room):
                powers(devices, n, v, f, held.power, held.beside)
            else:
                f[n, top] = f[n, bottom] = held.power[n] = np.nan
            displaced = place.parallel * across
            flow_word[r, c], flow_bit[r, c] = -f[n, top], -f[n, bottom]
            rest_word[r, c] = -f[n, top] - per_stage * (q[n, top] + displaced)
            rest_bit[r, c] = -f[n, bottom] - per_stage * (q[n, bottom] - displaced)


@compiled
def slopes(
    devices: Devices, first: int, last: int, stage: float, word: Array, bit: Array, held: Held, branch: Array
) -> None:  # fmt: skip
    """See `base.py`: all inner nodes follow, states too."""
    room, per_stage = room_for(held.v.shape[1]), 1.0 / stage
    for r in range(first, last):
        for n in range(devices.places.first[r], devices.places.first[r + 1]):
            c = devices.places.col[n]
            if devices.cells[n].kind < 0:
                slope = devices.cells[n].resistor
            else:
                # a step that was given up leaves points behind that nothing is near to
                if not apart(devices, n, held.moved, devices.at[n], held.v[n]) <= 1.0:
                    evaluate(devices, r, n, held.v[n])
                if not factored(devices, n, per_stage, room):
                    blame(devices, SINGULAR, n, 0, held.v[n])
                    devices.slope[n] = np.nan
                slope = devices.slope[n]
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
    width = end.v.shape[1]
    room, charge = room_for(width), np.empty(width)
    per_stage, largest = 1.0 / stage, 0.0
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
        if not factored(devices, n, per_stage, room):
            return np.nan
        for i in range(count):
            k = inner[i]
            if kind.fixed[k] > 0.0:
                allowed = _STATES * reltol * kind.fixed[k]
            elif kind.volts[k] == 1:
                allowed = volt
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


@compiled
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


@compiled
def beside(devices: Devices, gates: Any, held: Held, powers: Array) -> None:
    """Nothing: there are no gates."""


@compiled
def keep(devices: Devices, first: int, last: int, held: Held, planes: Array) -> None:
    """See `base.py`: voltages of the inner nodes."""
    for r in range(first, last):
        for n in range(devices.places.first[r], devices.places.first[r + 1]):
            c, m = devices.places.col[n], devices.cells[n].kind
            for i in range(len(planes)):
                planes[i, r, c] = held.v[n, devices.kinds[m].inner[i]] if m >= 0 else 0.0

"""One cell that is compiled Verilog-A in a stage of the transient: its inner nodes for given voltages of its lines.

A cell is evaluated at a point, all of its voltages, and is linear around it: currents, charges and both Jacobians of
the last evaluation stay where they are. What moves so little that its curvature does not count is taken from there; a
cell whose voltages rest is not evaluated at all.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from pyspice_models.engine.nodal.linear.compiled import uncounted
from pyspice_models.engine.nodal.osdi.called import evaluate
from pyspice_models.engine.nodal.osdi.devices import (
    ASKED,
    NO_CONVERGENCE,
    NOT_FINITE,
    SINGULAR,
    Devices,
    blame,
)  # fmt: skip
from pyspice_models.engine.osdi.calls import copied

Array = NDArray[np.float64]

_TURNS = 40
_HALVINGS = 30
_FAR = 1000.0  # in multiples of what counts as near: a point from which no guess is made
_NEAR_STATE = 1e-5  # of the scale of a node: a tenth of how finely the shipped cells round the ends of a state
_ROUNDING = 1e-12
_LAST = 2e-15  # of the terms of an equation: what is left of it by rounding
_LONG = 8  # turns, after which what is small beside the voltages themselves is taken for rounding
_SMALL = 1e-9, 1e-15  # of a node's voltage, and at all


@uncounted
def solved(a: Array, n: int, width: int) -> bool:
    """Solve the n equations of the rows a[:n] in place; right-hand sides stand in the columns n to width."""
    for k in range(n):
        largest = 0.0
        for j in range(n):
            largest = max(largest, abs(a[k, j]))
        if not largest > 0.0:
            return False
        for j in range(width):
            a[k, j] /= largest
    for k in range(n):
        best = k
        for i in range(k + 1, n):
            if abs(a[i, k]) > abs(a[best, k]):
                best = i
        if not abs(a[best, k]) > 0.0:
            return False
        if best != k:
            for j in range(k, width):
                a[k, j], a[best, j] = a[best, j], a[k, j]
        inverse = 1.0 / a[k, k]
        for j in range(k + 1, width):
            a[k, j] *= inverse
        for i in range(n):
            if i != k and a[i, k] != 0.0:
                factor = a[i, k]
                for j in range(k + 1, width):
                    a[i, j] -= factor * a[k, j]
    return True


@uncounted
def apart(devices: Devices, n: int, moved_of: Array, one: Array, other: Array) -> float:
    """How far two rows of voltages of a cell are apart, as a multiple of what counts as near; NaN if any is."""
    m = devices.cells[n].kind
    kind, moved = devices.kinds[m], moved_of[m]
    near, fixed = kind.near, kind.fixed
    found = 0.0
    for k in range(kind.nodes):
        size = abs(one[k] - other[k])
        if size == 0.0:
            continue
        allowed = near[k]
        if allowed == 0.0:
            allowed = _NEAR_STATE * (fixed[k] if fixed[k] > 0.0 else moved[k]) + _ROUNDING * abs(other[k])
        if not size <= found * allowed:
            found = size / allowed
    return found


@uncounted
def factored(devices: Devices, n: int, per_stage: float, room: Array) -> bool:
    """Invert the linear form of a cell over a stage, once; whether it can be. `room`: rows from 2 on to work in."""
    if devices.within[n] == per_stage:
        return True
    size = room.shape[1] // 2
    a, jacobian = room[2 : 2 + size], room[2 + size : 2 + 2 * size]
    of_f, of_q = devices.of_f[n], devices.of_q[n]
    place = devices.cells[n]
    kind, word, bit = devices.kinds[place.kind], place.word, place.bit
    inner, count, inverse, lever = kind.inner, kind.inners, devices.inverse[n], devices.lever[n]
    for i in range(kind.nodes):
        for j in range(kind.nodes):
            jacobian[i, j] = of_f[i, j] + per_stage * of_q[i, j]
    for i in range(count):
        for j in range(count):
            a[i, j] = jacobian[inner[i], inner[j]]
            a[i, count + j] = 1.0 if i == j else 0.0
    if not solved(a, count, 2 * count):
        return False
    held = 0.25 * (jacobian[word, word] - jacobian[word, bit] - jacobian[bit, word] + jacobian[bit, bit])
    slope = held
    for i in range(count):
        by_word, by_bit = 0.0, 0.0
        for j in range(count):
            inverse[i, j] = a[i, count + j]
            by_word -= a[i, count + j] * jacobian[inner[j], word]
            by_bit -= a[i, count + j] * jacobian[inner[j], bit]
        lever[i, 0], lever[i, 1] = by_word, by_bit
        slope += 0.25 * (jacobian[word, inner[i]] - jacobian[bit, inner[i]]) * (by_word - by_bit)
    # states that fight the voltage within a stage, as in a fast reset, would make the lines' matrix indefinite
    devices.slope[n] = max(slope, 0.1 * abs(held), 1e-18)
    devices.within[n] = per_stage
    return True


@uncounted
def predicted(
    devices: Devices, n: int, per_stage: float, on_word: float, on_bit: float, start: Array, new: Array
) -> bool:  # fmt: skip
    """new <- voltages at which charge / stage + current = start / stage, by the linear form, which is `factored`.

    Gives whether nothing but rounding was left of the equations where the cell was evaluated.
    """
    place, at, f, q = devices.cells[n], devices.at[n], devices.f[n], devices.q[n]
    kind, word, bit = devices.kinds[place.kind], place.word, place.bit
    inner, count, inverse, lever = kind.inner, kind.inners, devices.inverse[n], devices.lever[n]
    by_word, by_bit = on_word - at[word], on_bit - at[bit]
    new[word], new[bit] = on_word, on_bit
    new[kind.nodes] = 0.0
    nothing = by_word == 0.0 and by_bit == 0.0
    for i in range(count):
        k = inner[i]
        new[k] = at[k] + lever[i, 0] * by_word + lever[i, 1] * by_bit
    for j in range(count):
        k = inner[j]
        left, terms = f[k], abs(f[k])
        if kind.charged[k] == 1:
            left += per_stage * (q[k] - start[k])
            terms += per_stage * (abs(q[k]) + abs(start[k]))
        nothing = nothing and abs(left) <= _LAST * terms
        for i in range(count):
            new[inner[i]] -= inverse[i, j] * left
    return nothing


@uncounted
def rounded(one: Array, other: Array, size: int) -> bool:
    """Whether two rows of voltages differ by so little that it may be rounding."""
    found = True
    for k in range(size):
        found = found and abs(one[k] - other[k]) <= _SMALL[0] * abs(one[k]) + _SMALL[1]
    return found


@uncounted
def taken(devices: Devices, n: int, new: Array, v: Array, f: Array, q: Array) -> None:
    """v, f, q <- voltages, currents and charges at new voltages by the cell's linear form."""
    nodes = devices.kinds[devices.cells[n].kind].nodes
    at, of_f, of_q = devices.at[n], devices.of_f[n], devices.of_q[n]
    for k in range(nodes):
        v[k] = new[k] - at[k]
    for i in range(nodes):
        current, charge = devices.f[n, i], devices.q[n, i]
        for j in range(nodes):
            current += of_f[i, j] * v[j]
            charge += of_q[i, j] * v[j]
        f[i], q[i] = current, charge
    for k in range(nodes):
        v[k] = new[k]


@uncounted
def nearer(devices: Devices, r: int, n: int, new: Array, safe: Array) -> bool:
    """Evaluate at new voltages, or where nothing is finite there, halfway to safe ones."""
    for _ in range(_HALVINGS):
        if evaluate(devices, r, n, new):
            return True
        if devices.fault[0] == ASKED:
            return False
        for k in range(len(new)):
            new[k] = 0.5 * (new[k] + safe[k])
    return False


@uncounted
def followed(
    devices: Devices, r: int, n: int, per_stage: float, on_word: float, on_bit: float, start_q: Array, held_v: Array,
    held_f: Array, held_q: Array, moved: Array, room: Array,
) -> bool:  # fmt: skip
    """Solve a cell for given voltages of its lines; `held_v` comes with the guess. Whether it was solved."""
    place, at = devices.cells[n], devices.at[n]
    start, v, f, q = start_q[n], held_v[n], held_f[n], held_q[n]
    size = room.shape[1] // 2
    new, safe = room[0, :size], room[1, :size]
    if not (math.isfinite(on_word) and math.isfinite(on_bit)):
        return False
    for turn in range(_TURNS):
        if not factored(devices, n, per_stage, room):
            blame(devices, SINGULAR, n, 0, at)
            return False
        settled = predicted(devices, n, per_stage, on_word, on_bit, start, new) and turn > 0
        settled = settled or (turn > _LONG and rounded(at, new, devices.kinds[place.kind].nodes))
        away = apart(devices, n, moved, at, new)
        if settled or away <= 1.0:
            taken(devices, n, new, v, f, q)
            return True
        if np.isnan(away):  # by a point where nothing was finite: from the guess
            copied(v, new)
            copied(v, at)
        copied(at, safe)
        if not nearer(devices, r, n, new, safe):
            return False
    if devices.fault[0] != NOT_FINITE or devices.fault[1] != n:  # which is why, then
        blame(devices, NO_CONVERGENCE, n, 0, at)
    return False


@uncounted
def powers(devices: Devices, n: int, held_v: Array, held_f: Array, power: Array, beside: Array) -> None:
    """What the cell of a place loses, and its selector."""
    place, v, f = devices.cells[n], held_v[n], held_f[n]
    kind = devices.kinds[place.kind]
    behind = v[kind.mid] if kind.mid >= 0 else 0.0
    of_cell, of_selector = 0.0, 0.0
    for k in range(kind.nodes):
        if kind.counted[k] == 1:
            of_cell += (v[k] - behind) * f[k]
        elif kind.counted[k] == 2:
            of_selector += (v[k] - behind) * f[k]
    power[n], beside[n] = of_cell, of_selector

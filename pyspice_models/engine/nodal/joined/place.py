"""One crossing of several objects in a stage of the transient: its inner nodes for given voltages of its lines.

As for single objects, a place is evaluated at a point, all of its voltages, and is linear around it; what moves so
little that its curvature does not count is taken from there. Newton's method goes no farther at once than exponentials
bear.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from pyspice_models.engine.nodal.joined.devices import BIT, GATE, WORD, Devices, blame
from pyspice_models.engine.nodal.joined.evaluate import called, evaluate, linear
from pyspice_models.engine.nodal.linear.compiled import compiled, uncounted
from pyspice_models.engine.nodal.osdi.devices import ASKED, NO_CONVERGENCE, NOT_FINITE, SINGULAR
from pyspice_models.engine.nodal.osdi.local import solved
from pyspice_models.engine.osdi.calls import copied
from pyspice_models.engine.osdi.layout import AT_REST

Array = NDArray[np.float64]

_TURNS, _LONG = 60, 10  # of Newton's method; after these, what is as small as rounding is taken for it
_HALVINGS = 30
_FARTHEST = 0.3  # [V] of a node of the circuit at once
_NEAR_STATE, _ROUNDING = 1e-5, 1e-12  # of the scale of a node, and of its voltage
_LAST = 2e-15  # of the terms of an equation: what is left of it by rounding
_SMALL = 1e-9, 1e-15  # of a voltage, and at all
_REST_TURNS = 300
_CLOSE = 1e-12, 1e-15


@uncounted
def apart(devices: Devices, n: int, moved_of: Array, one: Array, other: Array) -> float:
    """How far two rows of voltages of a place are apart, as a multiple of what counts as near; NaN if any is."""
    m = devices.cells[n].kind
    kind, moved = devices.kinds[m], moved_of[m]
    found = 0.0
    for k in range(kind.nodes):
        size = abs(one[k] - other[k])
        if size == 0.0:
            continue
        allowed = kind.near[k]
        if allowed == 0.0:
            allowed = _NEAR_STATE * (kind.fixed[k] if kind.fixed[k] > 0.0 else moved[k]) + _ROUNDING * abs(other[k])
        if not size <= found * allowed:
            found = size / allowed
    return found


@uncounted
def predicted(
    devices: Devices, n: int, per_stage: float, on_word: float, on_bit: float, on_gate: float, start: Array, new: Array
) -> bool:  # fmt: skip
    """new <- voltages at which charge / stage + current = start / stage, by the `linear` form.

    Gives whether nothing but rounding was left of the equations where the place was evaluated.
    """
    at, f, q, kind = devices.at[n], devices.f[n], devices.q[n], devices.kinds[devices.cells[n].kind]
    inner, count, inverse, lever = kind.inner, kind.inners, devices.inverse[n], devices.lever[n]
    by_word, by_bit, by_gate = on_word - at[kind.word], on_bit - at[kind.bit], 0.0
    new[kind.word], new[kind.bit], new[kind.nodes] = on_word, on_bit, 0.0
    if kind.gate >= 0:
        by_gate = on_gate - at[kind.gate]
        new[kind.gate] = on_gate
    nothing = by_word == 0.0 and by_bit == 0.0 and by_gate == 0.0
    for i in range(count):
        k = inner[i]
        new[k] = at[k] + lever[i, WORD] * by_word + lever[i, BIT] * by_bit + lever[i, GATE] * by_gate
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
def bounded(devices: Devices, n: int, new: Array) -> None:
    """Let no inner node of the circuit go too far from where the place was evaluated."""
    kind, at = devices.kinds[devices.cells[n].kind], devices.at[n]
    for i in range(kind.inners):
        k = kind.inner[i]
        if kind.volts[k] == 1:
            new[k] = at[k] + min(max(new[k] - at[k], -_FARTHEST), _FARTHEST)


@uncounted
def taken(devices: Devices, n: int, new: Array, v: Array, f: Array, q: Array) -> None:
    """v, f, q <- voltages, currents and charges at new voltages by the linear form."""
    nodes, at = devices.kinds[devices.cells[n].kind].nodes, devices.at[n]
    for i in range(nodes):
        current, charge = devices.f[n, i], devices.q[n, i]
        for j in range(nodes):
            change = new[j] - at[j]
            current += devices.of_f[n, i, j] * change
            charge += devices.of_q[n, i, j] * change
        f[i], q[i] = current, charge
    copied(new, v)


@uncounted
def rounded(one: Array, other: Array, size: int) -> bool:
    """Whether two rows of voltages differ by so little that it may be rounding."""
    found = True
    for k in range(size):
        found = found and abs(one[k] - other[k]) <= _SMALL[0] * abs(one[k]) + _SMALL[1]
    return found


@uncounted
def nearer(devices: Devices, r: int, n: int, new: Array, safe: Array) -> bool:
    """Evaluate at new voltages, or where nothing is finite there, halfway to safe ones."""
    for _ in range(_HALVINGS):
        if evaluate(devices, r, n, new):
            return True
        if devices.fault[0] == ASKED:
            return False
        for k in range(len(safe)):
            new[k] = 0.5 * (new[k] + safe[k])
    return False


@uncounted
def followed(
    devices: Devices, r: int, n: int, per_stage: float, on_word: float, on_bit: float, on_gate: float, start_q: Array,
    held_v: Array, held_f: Array, held_q: Array, moved: Array, room: Array,
) -> bool:  # fmt: skip
    """Solve a place for given voltages of its lines; `held_v` comes with the guess. Whether it was solved."""
    at, kind, width = devices.at[n], devices.kinds[devices.cells[n].kind], devices.at.shape[1]
    start, v = start_q[n], held_v[n]
    new, safe = room[0, :width], room[1, :width]
    if not (math.isfinite(on_word) and math.isfinite(on_bit) and math.isfinite(on_gate)):
        return False
    for turn in range(_TURNS):
        if not linear(devices, n, per_stage, room):
            blame(devices, SINGULAR, n, 0, at)
            return False
        settled = predicted(devices, n, per_stage, on_word, on_bit, on_gate, start, new) and turn > 0
        away = apart(devices, n, moved, at, new)
        if settled or away <= 1.0 or (turn > _LONG and rounded(at, new, kind.nodes)):
            taken(devices, n, new, v, held_f[n], held_q[n])
            return True
        if np.isnan(away):  # by a point where nothing was finite: from the guess
            copied(v, new)
            copied(v, at)
        else:
            bounded(devices, n, new)
        copied(at, safe)
        if not nearer(devices, r, n, new, safe):
            return False
    if devices.fault[0] != NOT_FINITE or devices.fault[1] != n:  # which is why, then
        blame(devices, NO_CONVERGENCE, n, 0, at)
    return False


@compiled
def rest(devices: Devices, first: int, last: int, leak: float, v: Array) -> bool:
    """v <- voltages before time begins at which no current flows into an inner node, lines at 0 V, from those given;
    whether all were found."""
    width = v.shape[1]
    system = np.empty((width, width + 1))
    f, q, before = np.empty(width), np.empty(width), np.empty(width)
    of_f, of_q = np.empty((width, width)), np.empty((width, width))
    for r in range(first, last):
        for n in range(devices.places.first[r], devices.places.first[r + 1]):
            if devices.cells[n].kind < 0:
                continue
            kind = devices.kinds[devices.cells[n].kind]
            inner, count = kind.inner, kind.inners
            here, close = v[n], False
            copied(here, before)
            for _ in range(_REST_TURNS):
                asked = called(devices, r, n, AT_REST, 0.0, here, f, q, of_f, of_q)
                if asked != 0:
                    blame(devices, ASKED, n, asked, here)
                    return False
                total = 0.0
                for i in range(count):
                    k = inner[i]
                    for j in range(count):
                        system[i, j] = of_f[k, inner[j]]
                        total += system[i, j]
                    system[i, i] += leak
                    system[i, count] = f[k] + leak * here[k]
                    total += system[i, count]
                if not np.isfinite(total):
                    for k in range(width):
                        here[k] = 0.5 * (here[k] + before[k])
                    blame(devices, NOT_FINITE, n, 0, here)
                    continue
                if count > 0 and not solved(system, count, count + 1):
                    blame(devices, SINGULAR, n, 0, here)
                    return False
                close = True
                copied(here, before)
                for i in range(count):
                    k, change = inner[i], system[i, count]
                    here[k] -= change
                    close = close and abs(change) <= _CLOSE[0] * abs(here[k]) + _CLOSE[1]
                if close:
                    break
            if not close:
                if devices.fault[0] != NOT_FINITE:
                    blame(devices, NO_CONVERGENCE, n, 0, here)
                return False
    return True

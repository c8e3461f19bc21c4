"""Evaluations of all objects at a crossing, and its linear form around them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyspice_models.engine.nodal.joined.devices import BIT, GATE, WORD, Devices, blame
from pyspice_models.engine.nodal.linear.compiled import uncounted
from pyspice_models.engine.nodal.osdi.devices import ASKED, NOT_FINITE
from pyspice_models.engine.nodal.osdi.local import solved
from pyspice_models.engine.osdi.calls import added, copied, written_slopes
from pyspice_models.engine.osdi.layout import IN_TIME

Array = NDArray[np.float64]

LATER = 1.0
"""Time of every evaluation in the transient [s]: modules that ask more of it than whether it has begun are refused."""


@uncounted
def called(
    devices: Devices, r: int, n: int, flags: int, time: float, v: Array, f: Array, q: Array, of_f: Array, of_q: Array
) -> int:  # fmt: skip
    """Evaluate all parts of a place; what they ask for."""
    place = devices.cells[n]
    kind, asked, written = devices.kinds[place.kind], 0, devices.written[r]
    rows, cols, resistive, width = kind.rows, kind.cols, kind.resistive, kind.nodes + 1
    for i in range(width):
        f[i] = q[i] = 0.0
        for j in range(width):
            of_f[i, j] = of_q[i, j] = 0.0
    for p in range(kind.parts):
        calls, inst, model = kind.calls[p], place.inst[p], place.model[p]
        asked |= added(calls, devices.info[r], devices.clock[r], inst, model, flags, time, v, f, q)
        written_slopes(calls, inst, model, written[0], kind.before[p, 0], written[1], kind.before[p, 1])
    for e in range(resistive):
        of_f[rows[e], cols[e]] += written[0, e]
    for e in range(kind.reactive):
        of_q[rows[resistive + e], cols[resistive + e]] += written[1, e]
    if kind.through == 1:
        top, mid = kind.word, kind.mid
        across = v[top] - v[mid]
        for one, other, sign in ((top, mid, 1.0), (mid, top, -1.0)):
            f[one] += sign * place.resistor * across
            q[one] += sign * place.plates * across
            of_f[one, one] += place.resistor
            of_f[one, other] -= place.resistor
            of_q[one, one] += place.plates
            of_q[one, other] -= place.plates
    return asked


@uncounted
def evaluate(devices: Devices, r: int, n: int, v: Array) -> bool:
    """Make these voltages the point that a place is linear around; whether all is finite there."""
    kind, at, f, q = devices.kinds[devices.cells[n].kind], devices.at[n], devices.f[n], devices.q[n]
    of_f, of_q = devices.of_f[n], devices.of_q[n]
    copied(v, at)
    at[kind.nodes] = 0.0
    devices.within[n] = 0.0
    asked = called(devices, r, n, IN_TIME, LATER, at, f, q, of_f, of_q)
    if asked != 0:
        blame(devices, ASKED, n, asked, at)
        return False
    total = 0.0
    for i in range(kind.nodes):
        total += f[i] - f[i] + (q[i] - q[i])
        for j in range(kind.nodes):
            total += of_f[i, j] - of_f[i, j] + (of_q[i, j] - of_q[i, j])
    if total != 0.0 or np.isnan(total):
        blame(devices, NOT_FINITE, n, 0, at)
        return False
    return True


@uncounted
def line_of(kind: Any, line: int) -> int:
    """The node of a line; -1 for none."""
    found: int = kind.gate
    if line == WORD:
        found = kind.word
    elif line == BIT:
        found = kind.bit
    return found


@uncounted
def linear(devices: Devices, n: int, per_stage: float, room: Array) -> bool:
    """Invert the linear form of a place over a stage, once; whether it can be."""
    if devices.within[n] == per_stage:
        return True
    size = room.shape[1] // 2
    a, jacobian = room[2 : 2 + size], room[2 + size : 2 + 2 * size]
    of_f, of_q = devices.of_f[n], devices.of_q[n]
    kind = devices.kinds[devices.cells[n].kind]
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
    for i in range(count):
        for j in range(count):
            inverse[i, j] = a[i, count + j]
        for line in range(3):
            k = line_of(kind, line)
            lever[i, line] = 0.0
            for j in range(count if k >= 0 else 0):
                lever[i, line] -= inverse[i, j] * jacobian[inner[j], k]
    word, bit = kind.word, kind.bit
    held = 0.25 * (jacobian[word, word] - jacobian[word, bit] - jacobian[bit, word] + jacobian[bit, bit])
    slope = held
    for i in range(count):
        both = lever[i, WORD] - lever[i, BIT]
        slope += 0.25 * (jacobian[word, inner[i]] - jacobian[bit, inner[i]]) * both
    # states that fight the voltage within a stage, as in a fast reset, would make the lines' matrix indefinite
    devices.slope[n] = max(slope, 0.1 * abs(held), 1e-18)
    devices.within[n] = per_stage
    return True


@uncounted
def gate_slope(devices: Devices, n: int, per_stage: float) -> float:
    """What goes from a gate line into a place for a volt more on it, over a stage whose form is `linear` [S]."""
    kind, of_f, of_q = devices.kinds[devices.cells[n].kind], devices.of_f[n], devices.of_q[n]
    gate = kind.gate
    found: float = of_f[gate, gate] + per_stage * of_q[gate, gate]
    for i in range(kind.inners):
        k = kind.inner[i]
        found += (of_f[gate, k] + per_stage * of_q[gate, k]) * devices.lever[n, i, GATE]
    return max(found, 0.0)

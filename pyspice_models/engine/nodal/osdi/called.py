"""Evaluations of all that stands at a place: the object of a cell, and that of its selector."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pyspice_models.engine.nodal.linear.compiled import uncounted
from pyspice_models.engine.nodal.osdi.devices import ASKED, NOT_FINITE, Devices, blame
from pyspice_models.engine.osdi.calls import added, copied, written_slopes
from pyspice_models.engine.osdi.layout import IN_TIME

Array = NDArray[np.float64]

LATER = 1.0
"""Time of every evaluation in the transient [s]: modules that ask more of it than whether it has begun are refused."""


@uncounted
def add_resistor(devices: Devices, n: int, v: Array, f: Array, q: Array) -> None:
    """Current and charge of what a broken cell before a selector is."""
    place = devices.cells[n]
    top, mid = place.word, devices.kinds[place.kind].mid
    across = v[top] - v[mid]
    f[top] += place.resistor * across
    f[mid] -= place.resistor * across
    q[top] += place.plates * across
    q[mid] -= place.plates * across


@uncounted
def called(
    devices: Devices, r: int, n: int, flags: int, time: float, v: Array, f: Array, q: Array, of_f: Array, of_q: Array
) -> int:  # fmt: skip
    """Evaluate all parts of a place; what they ask for."""
    place = devices.cells[n]
    kind, asked, written = devices.kinds[place.kind], 0, devices.written[r]
    nodes, rows, cols, resistive = kind.nodes, kind.rows, kind.cols, kind.resistive
    for k in range(len(f)):
        f[k] = q[k] = 0.0
    for p in range(kind.parts):
        calls, inst, model = kind.calls[p], place.inst[p], place.model[p]
        asked |= added(calls, devices.info[r], devices.clock[r], inst, model, flags, time, v, f, q)
        written_slopes(calls, inst, model, written[0], kind.before[p, 0], written[1], kind.before[p, 1])
    for i in range(nodes):
        for j in range(nodes):
            of_f[i, j] = of_q[i, j] = 0.0
    for e in range(resistive):
        of_f[rows[e], cols[e]] += written[0, e]
    for e in range(kind.reactive):
        of_q[rows[resistive + e], cols[resistive + e]] += written[1, e]
    if kind.through == 1:
        add_resistor(devices, n, v, f, q)
        top, mid = place.word, kind.mid
        of_f[top, top] += place.resistor
        of_f[mid, mid] += place.resistor
        of_f[top, mid] -= place.resistor
        of_f[mid, top] -= place.resistor
        of_q[top, top] += place.plates
        of_q[mid, mid] += place.plates
        of_q[top, mid] -= place.plates
        of_q[mid, top] -= place.plates
    return asked


@uncounted
def evaluate(devices: Devices, r: int, n: int, v: Array) -> bool:
    """Make these voltages the point that the cell of a place is linear around; whether all is finite there."""
    kind, at, f, q = devices.kinds[devices.cells[n].kind], devices.at[n], devices.f[n], devices.q[n]
    of_f, of_q = devices.of_f[n], devices.of_q[n]
    copied(v, at)
    devices.within[n] = 0.0
    devices.done[r] += 1
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

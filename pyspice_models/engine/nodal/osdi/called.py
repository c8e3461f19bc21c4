"""Evaluations of all that stands at a place: the object of a cell, and that of its selector."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pyspice_models.engine.nodal.linear.compiled import uncounted
from pyspice_models.engine.nodal.osdi.devices import (
    ASKED,
    AT,
    BASED,
    NOT_FINITE,
    WITHIN,
    Devices,
    blame,
)
from pyspice_models.engine.osdi.calls import added, written_slopes
from pyspice_models.engine.osdi.layout import IN_TIME

Array = NDArray[np.float64]

_LARGEST = float(np.finfo(float).max)
LATER = 1.0
"""Time of every evaluation in the transient [s]: modules that ask more of it than whether it has begun are refused."""


@uncounted
def called(devices: Devices, r: int, n: int, flags: int, time: float, row: Array) -> int:
    """Evaluate all parts of a place where its row says; what they ask for."""
    place, point = devices.cells[n], devices.points[n]
    kind, asked, of_f, of_q = devices.kinds[place.kind], 0, devices.written[r, 0], devices.written[r, 1]
    nodes, rows, cols, resistive, slopes = kind.nodes, kind.rows, kind.cols, kind.resistive, kind.of_node
    at, f, q = row[AT : AT + nodes + 1], point, point[nodes:]
    for k in range(2 * nodes):
        point[k] = 0.0
    for p in range(kind.parts):
        calls, inst, model = kind.calls[p], place.inst[p], place.model[p]
        asked |= added(calls, devices.info[r], devices.clock[r], inst, model, flags, time, at, f, q)
        written_slopes(calls, inst, model, of_f, kind.before[p, 0], of_q, kind.before[p, 1])
    if kind.through == 1:  # a resistor and its plates, whose four entries are the last
        top, mid = kind.inners, kind.mid
        across = at[top] - at[mid]
        f[top] += place.resistor * across
        f[mid] -= place.resistor * across
        q[top] += place.plates * across
        q[mid] -= place.plates * across
        for e in range(4):
            sign = 1.0 if e < 2 else -1.0
            of_f[resistive - 4 + e] = sign * place.resistor
            of_q[kind.reactive - 4 + e] = sign * place.plates
    for k in range(slopes, slopes + 2 * nodes * nodes):
        point[k] = 0.0
    for e in range(resistive):
        point[slopes + 2 * nodes * cols[e] + rows[e]] += of_f[e]
    for e in range(kind.reactive):
        point[slopes + 2 * nodes * cols[resistive + e] + nodes + rows[resistive + e]] += of_q[e]
    return asked


@uncounted
def evaluate(devices: Devices, r: int, n: int, row: Array) -> bool:
    """Let a place be linear around the voltages of its row; whether all is finite there."""
    kind, point = devices.kinds[devices.cells[n].kind], devices.points[n]
    row[WITHIN] = row[BASED] = 0.0
    devices.done[r] += 1
    asked = called(devices, r, n, IN_TIME, LATER, row)
    if asked != 0:
        blame(devices, ASKED, n, asked, row)
        return False
    wrong, count = 0, 2 * kind.nodes
    for k in range(count):
        wrong += 0 if abs(point[k]) <= _LARGEST else 1
    for k in range(kind.of_node, kind.of_node + kind.nodes * count):
        wrong += 0 if abs(point[k]) <= _LARGEST else 1
    if wrong:
        blame(devices, NOT_FINITE, n, 0, row)
        return False
    return True

"""The operating point of cells on lines at 0 V, before time begins: what modules hold until then is where it begins."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pyspice_models.engine.nodal.linear.compiled import compiled
from pyspice_models.engine.nodal.osdi.called import called, evaluate
from pyspice_models.engine.nodal.osdi.devices import (
    ASKED,
    AT,
    NO_CONVERGENCE,
    NOT_FINITE,
    SINGULAR,
    Devices,
    blame,
)  # fmt: skip
from pyspice_models.engine.nodal.osdi.local import solved
from pyspice_models.engine.osdi.calls import copied
from pyspice_models.engine.osdi.layout import AT_REST

Array = NDArray[np.float64]

LEAK = 1e-12
"""Conductance to ground of nodes that nothing else holds at rest, as simulators have it [S]."""

_TURNS = 200
_CLOSE = 1e-12, 1e-15  # of a voltage, and at all


@compiled
def rest(devices: Devices, first: int, last: int, leak: float, v: Array) -> bool:
    """v <- voltages at which no current flows into an inner node, from those given; whether all were found."""
    width = v.shape[1]
    system, before = np.empty((width, width + 1)), np.empty(width)
    for r in range(first, last):
        for n in range(devices.places.first[r], devices.places.first[r + 1]):
            if devices.cells[n].kind < 0:
                continue
            kind, row, point = devices.kinds[devices.cells[n].kind], devices.forms[n], devices.points[n]
            count, here, close = kind.inners, v[n], False
            copied(here, before)
            for _ in range(_TURNS):
                for k in range(kind.nodes):
                    row[AT + k] = here[k]
                asked = called(devices, r, n, AT_REST, 0.0, row)
                if asked != 0:
                    blame(devices, ASKED, n, asked, row)
                    return False
                for i in range(count):
                    for j in range(count):
                        system[i, j] = point[kind.of_node + 2 * kind.nodes * j + i]
                    system[i, i] += leak
                    system[i, count] = point[i] + leak * here[i]
                total = 0.0
                for i in range(count):
                    for j in range(count + 1):
                        total += system[i, j]
                if not np.isfinite(total):
                    for k in range(width):
                        here[k] = 0.5 * (here[k] + before[k])
                    blame(devices, NOT_FINITE, n, 0, row)
                    continue
                if count > 0 and not solved(system, count, count + 1):
                    blame(devices, SINGULAR, n, 0, row)
                    return False
                close = True
                copied(here, before)
                for i in range(count):
                    change = system[i, count]
                    here[i] -= change
                    close = close and abs(change) <= _CLOSE[0] * abs(here[i]) + _CLOSE[1]
                if close:
                    break
            if not close:
                if devices.fault[0] != NOT_FINITE:
                    blame(devices, NO_CONVERGENCE, n, 0, row)
                return False
    return True


@compiled
def begin(devices: Devices, first: int, last: int, v: Array, now: Array) -> bool:
    """now <- voltages, currents and charges of all nodes just after time has begun, at those at rest; whether all are
    numbers."""
    for r in range(first, last):
        for n in range(devices.places.first[r], devices.places.first[r + 1]):
            m = devices.cells[n].kind
            if m < 0:
                continue
            kind, row = devices.kinds[m], devices.forms[n]
            nodes = kind.nodes
            for k in range(nodes):
                row[AT + k] = now[n, k] = devices.origin[n, k] = v[n, k]
                devices.began[m, k] = max(devices.began[m, k], abs(v[n, k]))
            if not evaluate(devices, r, n, row):
                return False
            for k in range(2 * nodes):
                now[n, nodes + k] = devices.points[n, k]
    return True

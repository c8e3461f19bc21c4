"""The operating point of cells on lines at 0 V, before time begins: what modules hold until then is where it begins."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pyspice_models.engine.nodal.linear.compiled import compiled
from pyspice_models.engine.nodal.osdi.called import called
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
            kind, row = devices.kinds[devices.cells[n].kind], devices.forms[n]
            order, count = kind.order, kind.inners
            here, close = v[n], False
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
                        system[i, j] = leak if i == j else 0.0
                    system[i, count] = row[kind.f + order[i]] + leak * here[order[i]]
                for e in range(kind.resistive):
                    if kind.rows[e] < count and kind.cols[e] < count:
                        system[kind.rows[e], kind.cols[e]] += row[kind.of_f + e]
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
                    k, change = order[i], system[i, count]
                    here[k] -= change
                    close = close and abs(change) <= _CLOSE[0] * abs(here[k]) + _CLOSE[1]
                if close:
                    break
            if not close:
                if devices.fault[0] != NOT_FINITE:
                    blame(devices, NO_CONVERGENCE, n, 0, row)
                return False
    return True

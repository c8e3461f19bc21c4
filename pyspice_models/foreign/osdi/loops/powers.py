"""Dissipated power and stored energy of many cells through time: sums over nodes of v times current and charge."""

from __future__ import annotations

from typing import Any

import numpy as np

from pyspice_models.engine.osdi.calls import at_once, double_at
from pyspice_models.foreign.osdi.loops.compiled import compiled


@compiled
def powers(
    calls: Any,
    info: Any,
    clock: Any,
    inst: Any,
    model: Any,
    flags: Any,
    times: Any,
    v: Any,
    counted: Any,
    offsets: Any,
    shown: Any,
    power: Any,
    stored: Any,
) -> Any:
    """Many rows of voltages: row m is of cell m modulo the number of cells, and a moment later than the one before.

    `stored` counts from the first moment: each step adds the mean voltage times the charge that it moved.
    """
    cells, width = len(inst), v.shape[1]
    r, q = np.zeros(width), np.zeros(width)
    before = np.zeros((cells, len(counted)))
    asked = 0
    for m in range(len(v)):
        c = m % cells
        asked |= at_once(calls, info, clock, inst[c], model[c], flags, times[m], v[m], r, q)
        heat, energy = 0.0, 0.0
        for k in range(len(counted)):
            n = counted[k]
            heat += v[m, n] * r[n]
            if m >= cells:
                energy += 0.5 * (v[m, n] + v[m - cells, n]) * (q[n] - before[c, k])
            before[c, k] = q[n]
        power[m] = heat
        stored[m] = energy + (stored[m - cells] if m >= cells else 0.0)
        for k in range(len(offsets)):
            shown[m, k] = double_at(inst[c] + offsets[k])
        if asked:
            break
    return asked

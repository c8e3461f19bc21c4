"""Evaluations of many rows of voltages; arguments as of `engine.osdi.calls`."""

from __future__ import annotations

from typing import Any

import numpy as np

from pyspice_models.engine.osdi.calls import BAD, at_once, double_at, slopes
from pyspice_models.foreign.osdi.loops.compiled import compiled


@compiled
def evaluate(
    calls: Any,
    info: Any,
    clock: Any,
    inst: Any,
    model: Any,
    flags: Any,
    times: Any,
    v: Any,
    r: Any,
    q: Any,
    entries: Any,
    of_r: Any,
    of_q: Any,
    offsets: Any,
    shown: Any,
) -> Any:
    """Many rows of voltages: row m is of cell m modulo the number of cells. Jacobians if `of_r` has rows."""
    rows, cols, counts = entries
    scratch = np.empty(max(1, counts[0], counts[1]))
    asked = 0
    for m in range(len(v)):
        c = m % len(inst)
        asked |= at_once(calls, info, clock, inst[c], model[c], flags, times[m], v[m], r[m], q[m])
        if len(of_r):
            slopes(calls, inst[c], model[c], rows, cols, counts, scratch, of_r[m], of_q[m])
        for k in range(len(offsets)):
            shown[m, k] = double_at(inst[c] + offsets[k])
        if asked & BAD:
            break
    return asked

"""The state of a threshold selector that remembers, over an implicit stage."""

from __future__ import annotations

import numpy as np

from pyspice_models.cells.selectors import law
from pyspice_models.cells.selectors.law import Memory
from pyspice_models.engine.nodal.linear.compiled import compiled, formulas

(memory_slopes,) = formulas("memory_slopes", of=law)

_TURNS = 60
_CLOSE = 1e-13


@compiled
def remembered(start: float, guess: float, v: float, stage: float, k: Memory) -> tuple[float, float]:
    """The state s with s = start + stage * rate(v, s), and what a volt makes of it, not less than nothing in its
    direction [1/V]; NaN if it is not found.

    Between v_low and v_th on and off are both steady: over a long stage there may be three such states, and which one
    Newton's method finds from the guess the error of the step has to judge.
    """
    low, high = min(start, 0.0), max(start, 1.0)  # the rate leads back from beyond
    s = min(max(guess, low), high)
    for _ in range(_TURNS):
        rate, by_volt, by_state = memory_slopes(v, s, k)
        off, steep = s - start - stage * rate, 1.0 - stage * by_state
        if off > 0.0:
            high = s
        else:
            low = s
        change = -off / steep
        if (steep > 0.0 and abs(change) < _CLOSE) or high - low < _CLOSE:
            return s, stage * by_volt / steep if steep > 0.0 else 0.0
        found = s + change
        s = found if low < found < high else 0.5 * (low + high)
    return np.nan, 0.0

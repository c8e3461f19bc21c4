"""What cells hold, from what they show: the states as they are integrated, from states inside [0, 1].

Equations, simulators and results show a state through a smooth clip, which lifts one that lies at its bound a little:
0 is shown as 5e-5 by the Ag2S cell. Who hands a shown state back as an initial one lifts it again, update by update.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pyspice_models.cells.equations import CellEquations

Array = NDArray[np.float64]

_DELTA, _TURNS, _FAR = 1e-7, 30, 0.01


def held(equations: CellEquations, shown: Array) -> Array:
    """States from 0 to 1 that are shown like this; same shape, `equations` as of one cell or of that shape."""
    found = np.clip(shown, 0.0, 1.0)
    for _ in range(_TURNS):
        slope = (equations.clip(found + _DELTA) - equations.clip(found - _DELTA)) / (2 * _DELTA)
        step = (equations.clip(found) - shown) / np.maximum(slope, 0.1)
        found = np.clip(found - step, -_FAR, 1 + _FAR)
        if np.abs(step).max(initial=0.0) < 1e-12:
            break
    return np.asarray(np.clip(found, 0.0, 1.0))

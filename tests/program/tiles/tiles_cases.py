"""Arrays and pulses that the tests of tiles share."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pyspice_models import Crossbar
from pyspice_models.array.variability.cells import sample_array
from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.program.learning.tile import Pulses


def array(shape: tuple[int, int], *, varied: bool = False, seed: int = 0, **changes: object) -> Crossbar:
    """A crossbar whose cells hold states all over the window."""
    places = np.random.default_rng(seed)
    own = sample_array(CellParams(), shape, 7) if varied else {}
    w = np.clip(0.27 + 0.2 * places.standard_normal(shape), 0.0, 1.0)
    x = 0.02 * places.random(shape)
    return Crossbar(*shape, per_cell=own, **changes).with_states(w=w, x=x)  # type: ignore[arg-type]


def some_pulses(shape: tuple[int, int], slots: int, seed: int = 0, **changes: object) -> Pulses:
    """Pulses of both signs on four word lines of ten and two bit lines of ten."""
    places = np.random.default_rng(seed + 1000)
    signs = np.array([1, -1] * slots)[:slots]
    word, bit = places.random((slots, shape[0])) < 0.4, places.random((slots, shape[1])) < 0.2
    word[:, 0] = bit[:, 0] = True
    return Pulses(word, bit, signs, **changes)  # type: ignore[arg-type]


def one_cell(sign: int, **changes: object) -> Pulses:
    """A whole pulse on an array of a single cell."""
    yes = np.ones((1, 1), dtype=bool)
    return Pulses(yes, yes, np.array([sign]), **changes)  # type: ignore[arg-type]


def shares(found: NDArray[np.float64], true: NDArray[np.float64], before: NDArray[np.float64]) -> tuple[float, float]:
    """R.m.s. and largest error of changes, as shares of the r.m.s. change of all cells."""
    change = np.sqrt(np.mean((true - before) ** 2))
    return float(np.sqrt(np.mean((found - true) ** 2)) / change), float(np.abs(found - true).max() / change)

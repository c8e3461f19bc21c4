"""Initial states by name: what a crossbar holds before anything is done to it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pyspice_models.array.places import uniform_at_places
from pyspice_models.errors import RequestError
from pyspice_models.numeric import MAX_SEED, as_wholes, whole
from pyspice_models.units import number

MAX_LINES = 4096
PATTERNS = ("uniform", "checkerboard", "random", "identity", "inverse-identity")


def pattern(
    name: str, shape: tuple[int, int], *, low: float = 0.05, high: float = 0.95, seed: int = 0
) -> NDArray[np.float64]:
    """States of shape (rows, cols) between `low` and `high`.

    uniform: all `low`. checkerboard: `high` where row + col is even. identity: `high` on the diagonal.
    inverse-identity: `low` on the diagonal, `high` elsewhere. random: `low` or `high` with equal odds, from `seed`; a
    larger array keeps what a smaller one has.

    Raises:
        RequestError: unknown name, levels outside [0, 1], or a shape or seed that is none.
    """
    levels = {"low": low, "high": high}
    for key, level in levels.items():
        levels[key] = number(level, "", name=f"initial.{key}", allowed=">= 0 and <= 1")
        if not 0 <= levels[key] <= 1:
            raise RequestError.for_value(f"initial.{key}", levels[key], allowed=">= 0 and <= 1")
    sizes = as_wholes(shape)
    if sizes is None or len(sizes) != 2 or not all(1 <= size <= MAX_LINES for size in sizes):
        raise RequestError.for_value("initial.shape", shape, allowed=f"(rows, cols), 1 to {MAX_LINES} each")
    seed = whole(seed, 0, MAX_SEED, name="initial.seed")
    shape = (sizes[0], sizes[1])
    if name == "uniform":
        chosen = np.zeros(shape, dtype=bool)
    elif name == "checkerboard":
        chosen = np.add.outer(np.arange(shape[0]), np.arange(shape[1])) % 2 == 0
    elif name == "identity":
        chosen = np.eye(*shape, dtype=bool)
    elif name == "inverse-identity":
        chosen = ~np.eye(*shape, dtype=bool)
    elif name == "random":
        chosen = uniform_at_places(seed, "initial pattern", shape) < 0.5
    else:
        raise RequestError.for_value("initial.pattern", name, allowed=", ".join(PATTERNS))
    return np.where(chosen, levels["high"], levels["low"])

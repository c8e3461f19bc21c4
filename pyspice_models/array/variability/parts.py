"""The parts that the deviations of one drawn array are sums of, to look at."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pyspice_models.array.variability.deviates import Deviates
from pyspice_models.array.variability.params import VariabilityParams
from pyspice_models.array.variability.shared import SharedDeviates
from pyspice_models.array.variability.wafer import LOT

Array = NDArray[np.float64]


def parts_of_array(
    spread: VariabilityParams, shape: tuple[int, int], pitch: float, seed: int
) -> dict[str, dict[str, Array]]:  # fmt: skip
    """Relative deviations of the array number `seed`, by cause and then by part.

    Args:
        spread: its standard deviations.
        shape: (rows, cols).
        pitch: between its cells [m].
        seed: as of `sample_crossbar`, which draws the same.

    Returns:
        Arrays of that shape, without causes and parts that are switched off.

    Raises:
        RequestError: fields whose length does not go with the pitch.
    """
    shared = SharedDeviates(spread, Deviates(seed, "array", shape), Deviates(seed, "whole array", (1,)), pitch)
    found = {}
    for cause in LOT:
        parts = {name: np.broadcast_to(part, shape) for name, part in shared.parts(cause).items() if np.any(part)}
        if parts:
            found[cause] = parts
    return found

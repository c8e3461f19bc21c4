"""How cells of a kind differ, as a value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class CellSpread:
    """How cells of a kind differ.

    Both functions take nominal parameters (each a number, or an array over the cells), the spreads
    (`array.variability.VariabilityParams`), and what draws the deviates of a cause; they return the parameters that
    differ, by name, in SI units, and raise RequestError if a sample leaves a parameter's range.

    Attributes:
        device: from device to device.
        cycle: from cycle to cycle of the same devices.
        slows: by cause, 1 where more of it makes a write slower and -1 where less does; of a cause that slows sets and
            quickens resets, what slows sets. A cause that is missing has no direction, and no corner.
        opposed: those causes.
    """

    device: Callable[[Mapping[str, Any], Any, Callable[[str, float], Array]], dict[str, Array]]
    cycle: Callable[[Mapping[str, Any], Any, Callable[[str, float], Array]], dict[str, Array]]
    slows: Mapping[str, int] = field(default_factory=dict)
    opposed: frozenset[str] = frozenset({"asymmetry"})

"""Spreads from line to line, end to end and selector to selector of one array, and areas that follow widths."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pyspice_models.array.driver import DriverParams
from pyspice_models.array.instances import INSTANCES
from pyspice_models.array.instances.values import CELL, COL, ROW
from pyspice_models.array.variability.deviates import Deviates
from pyspice_models.array.variability.params import VariabilityParams
from pyspice_models.array.wire import WireParams
from pyspice_models.declare.quantity import ParameterSet

Array = NDArray[np.float64]

SPREADS: Mapping[str, tuple[str, ...]] = {
    "line_width": ("word_width", "bit_width"),
    "line_driver": ("r_driver",),
    "line_sense": ("r_sense",),
    "line_feedback": ("r_feedback",),
    "transistor_vto": ("vto",),
    "transistor_kp": ("kp",),
    "selector_v_th": ("v_th",),
    "selector_g_on": ("g_on",),
}
"""By the key in `[variability]`, which instances each draws: causes of that name."""


@dataclass(frozen=True)
class Parts:
    """The parts of an array: what their spreads start from.

    Attributes:
        wire, driver, selector: their parameters as drawn for the whole array, for all that have none of their own.
        stated: values that parts have each for themselves by design, see `Crossbar.instances`.
        ratios: by which all widths, driver and sense resistances of this array differ from the designed ones.
    """

    wire: WireParams
    driver: DriverParams
    selector: ParameterSet | None
    stated: Mapping[str, ArrayLike]
    ratios: Mapping[str, float]

    def value(self, name: str) -> Any:
        """Of an instance's parameter, a number or an array; None where the array has no such part."""
        one = INSTANCES[name]
        if name in self.stated:
            return np.asarray(self.stated[name], dtype=float) * self.ratios.get(one.name, 1.0)
        if name == "r_feedback" and self.driver.sense != "tia":
            return None
        part = {"wire": self.wire, "driver": self.driver}.get(one.table, self.selector)
        return getattr(part, one.name) if isinstance(part, one.kind) else None


def sample_instances(spread: VariabilityParams, parts: Parts, draw: Mapping[str, Deviates]) -> dict[str, Array]:
    """Values that parts have each for itself, of those that spread or are stated.

    Args:
        spread: their standard deviations.
        parts: as drawn for the whole array.
        draw: deviates by ROW, COL and CELL, of shape (rows, 1), (1, cols) and (rows, cols).

    Raises:
        RequestError: a sample leaves its parameter's range.
    """
    found = {name: np.asarray(parts.value(name)) for name in parts.stated}
    for key, names in SPREADS.items():
        size = getattr(spread, key)
        for name in names:
            one, value = INSTANCES[name], parts.value(name)
            if not size or value is None:
                continue
            deviates = draw[one.per](name if len(names) > 1 else key, size)
            if one.per != CELL:
                deviates = deviates.ravel()
            found[name] = value + size * deviates if key == "transistor_vto" else value * np.exp(size * deviates)
    for name, values in found.items():
        INSTANCES[name].declared.check(f"sampled {name}", values)
    return found


def area_factors(parts: Parts, width: float, own: Mapping[str, Array]) -> Array:
    """By what the area of each cell is more than designed: the product of its lines' widths over that of the designed.

    Args:
        parts: of the array.
        width: of lines as designed, those that have none of their own [m].
        own: what `sample_instances` gave.

    Returns:
        Shape (rows or 1, cols or 1).
    """
    word, bit = (
        own[name] / np.asarray(parts.stated.get(name, width)) if name in own else np.array([parts.ratios["width"]])
        for name in ("word_width", "bit_width")
    )
    return np.multiply.outer(word, bit)


def draws_within(make: Callable[[str, tuple[int, int]], Deviates], shape: tuple[int, int]) -> dict[str, Deviates]:
    """Deviates of lines, ends and selectors, each line and each place with its own."""
    rows, cols = shape
    return {
        ROW: make("word lines", (rows, 1)), COL: make("bit lines", (1, cols)), CELL: make("selectors", shape),
    }  # fmt: skip

"""Ticks of axes: numbers that people would choose."""

from __future__ import annotations

import math
from collections.abc import Sequence

from pyspice_models.report.page.blocks import Axis
from pyspice_models.units import printed, shown


def ticks(axis: Axis, low: float, high: float, most: int = 6) -> list[tuple[float, str]]:
    """Places and labels between two ends."""
    if axis.scale == "words":
        step = max(1, -(-len(axis.places) // (2 * most)))
        return [(float(n), word) for n, word in enumerate(axis.places) if n % step == 0]
    if axis.ticks:
        step = max(1, -(-len(axis.ticks) // (2 * most)))
        return [(place, _label(place, axis.unit, 4)) for place in axis.ticks[::step]]
    if axis.scale == "log":
        return _decades(axis, low, high, most)
    places = linear_places(low, high, most)
    digits = _digits(places)
    return [(place, _label(place, axis.unit, digits)) for place in places]


def linear_places(low: float, high: float, most: int) -> list[float]:
    """Multiples of 1, 2 or 5 times a power of ten."""
    if not high > low:
        return [low]
    rough = (high - low) / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * 0.999)
    first = math.ceil(low / step - 1e-6)
    last = math.floor(high / step + 1e-6)
    return [number * step if number else 0.0 for number in range(first, last + 1)]


def _decades(axis: Axis, low: float, high: float, most: int) -> list[tuple[float, str]]:
    first, last = math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9)
    step = max(1, -(-(last - first + 1) // most))
    found = [10.0**power for power in range(first, last + 1, step)]
    if len(found) < 2:
        found = [f * 10.0**p for p in range(first - 1, last + 1) for f in (1, 2, 5) if low <= f * 10.0**p <= high]
    return [(place, _label(place, axis.unit, 3)) for place in found]


def _digits(places: Sequence[float]) -> int:
    """Significant digits that tell neighbours apart."""
    if len(places) < 2:
        return 3
    step = abs(places[1] - places[0]) or 1.0
    largest = max(abs(place) for place in places)
    return max(1, min(6, math.floor(math.log10(max(largest / step, 1.0))) + 2))


def _label(value: float, unit: str, digits: int) -> str:
    if not value:
        return "0"
    return shown(value, unit, digits) if unit not in {"", "1"} else printed(f"{value:.{digits}g}")

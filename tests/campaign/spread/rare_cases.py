"""Responses whose odds are known, and that of real cells, many at a time."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from pyspice_models.array.variability import CUT, VariabilityParams
from pyspice_models.array.variability.deviates import deviate_of
from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.cells.ag2s.spread import cycle_parameters, device_parameters
from pyspice_models.cells.ag2s.twin import simulate_many

Array = NDArray[np.float64]
Response = Callable[[Array], Array]


def plane(odds: float) -> Response:
    """Fails beyond a plane, in the direction of all coordinates alike."""
    return lambda u: -ndtri(odds) - u.sum(axis=1) / math.sqrt(u.shape[1])


def two_planes(odds: float) -> Response:
    """Fails on either side."""
    return lambda u: -ndtri(odds / 2) - np.abs(u[:, 0] + u[:, 1]) / math.sqrt(2)


def curved(far: float, bend: float) -> tuple[Response, float]:
    """Fails beyond a parabola that bends towards the middle, and its odds by a sum over the second coordinate."""
    x = np.linspace(-10, 10, 200_001)
    weight = np.exp(-(x**2) / 2) / math.sqrt(2 * math.pi) * (x[1] - x[0])
    odds = float((ndtr(bend * x**2 - far) * weight).sum())
    return (lambda u: far - u[:, 0] - bend * u[:, 1] ** 2), odds


def margins(size: int, ones: int = 2, zeros: int = 2) -> tuple[Response, float]:
    """Read margin of a row of cells without lines and leaks, below 0.567, and its odds by sums over one number.

    As in `rare_margin.toml` any one and any zero may decide together, and a one whose current is below the threshold is
    taken for a zero: the margin jumps there. Each cell has two coordinates of `size`, an area and an interface.
    """
    limit, ratio, area, interface, weak, cells = 0.567, 0.2134, 0.05, 0.10, -0.505, ones + zeros
    at = np.linspace(0, size - 1, 2 * cells).astype(int)

    def response(u: Array) -> Array:
        z = deviate_of(ndtr(u[:, at]))
        log = area * z[:, :cells] + interface * z[:, cells:]
        sure = log[:, :ones] > weak
        current = np.exp(log[:, :ones])
        low = np.where(sure, current, np.inf).min(axis=1)
        high = np.maximum(ratio * np.exp(log[:, ones:]).max(axis=1), np.where(sure, 0, current).max(axis=1))
        return np.where(sure.any(axis=1), (1 - high / np.minimum(low, 1e9) - limit) / 0.03, -np.inf)

    x = np.arange(-3100, 3101) * 2e-4
    parts = []
    for spread in (area, interface):
        part = np.where(np.abs(x) <= CUT * spread, np.exp(-((x / spread) ** 2) / 2), 0)
        parts.append(part / part.sum())
    odds = np.convolve(*parts, mode="same")
    below = np.cumsum(odds) - odds / 2
    # of the smallest one, and that all zeros lie below what it bears
    beyond = 1 - np.cumsum(odds)
    smallest = (beyond + odds) ** ones - beyond**ones
    good = np.interp(x + math.log((1 - limit) / ratio), x, below) ** zeros
    return response, float((smallest * np.where(x > weak, 1 - good, 1)).sum())


CAUSES = ("area", "thickness", "nucleation", "mobility", "asymmetry", "interface", "gap")
CYCLES = ("mobility", "growth", "site", "gap")


def state_changes(u: Array) -> Array:
    """Change of w of cells by one pulse of 0.3 V and 1 us, in the twin.

    Args:
        u: shape (n, 11), standard normal coordinates of what spreads from device to device and from cycle to cycle.
    """
    cell, spread = CellParams(), VariabilityParams()
    z = deviate_of(ndtr(u))
    device = dict(zip(CAUSES, z.T, strict=False))
    own = device_parameters(
        cell.as_dict(), spread, lambda cause, size: device[cause] if size else np.zeros(len(u))
    )  # fmt: skip
    cycle = dict(zip(CYCLES, z.T[len(CAUSES) :], strict=True))
    own |= cycle_parameters(cell.as_dict() | own, spread, lambda cause, _: cycle[cause])
    runs = simulate_many(cell, own, [0.0, 1e-8, 1e-6, 1.01e-6], [0.0, 0.3, 0.3, 0.0])
    return np.array([one.w[-1] - one.w[0] for one in runs])

"""Responses whose odds are known, and that of real cells, many at a time."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from pyspice_models.array.variability import VariabilityParams
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
    own = device_parameters(cell.as_dict(), spread, lambda cause, _: device[cause])
    cycle = dict(zip(CYCLES, z.T[len(CAUSES) :], strict=True))
    own |= cycle_parameters(cell.as_dict() | own, spread, lambda cause, _: cycle[cause])
    runs = simulate_many(cell, own, [0.0, 1e-8, 1e-6, 1.01e-6], [0.0, 0.3, 0.3, 0.0])
    return np.array([one.w[-1] - one.w[0] for one in runs])

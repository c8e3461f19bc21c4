"""What one pulse does to a cell alone: the change of every state against the voltage across it and that state.

The map is made from the cell's own simulation (`CellModel.alone`) on a coarse grid, and refined by splines to an even
one on which straight lines between neighbours are close enough. A state's change must depend on that state and the
voltage alone; a cell whose states drive each other is refused. What the map misses of the simulation between its points
is measured when it is made.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import scipy  # loads scipy.interpolate where it is first used
from numpy.typing import ArrayLike, NDArray

from pyspice_models.cells.model import CellModel
from pyspice_models.cells.registry import model_of
from pyspice_models.declare.quantity import ParameterSet
from pyspice_models.errors import RequestError
from pyspice_models.program.held import held
from pyspice_models.units import number

Array = NDArray[np.float64]

LARGEST_ERROR = 1e-3
"""Of the window: a map that misses the cell's own simulation by more is refused."""

VOLTAGES = 56  # simulated, of each sign; with half as many splines swing below the onset of what moves
_STATES = 80  # parts of the window that are simulated, smaller towards 0 and 1, where soft bounds bend
_FINE = 512  # parts of the even grid in both directions
FINER = (1, 2, 4)  # grids that are tried: strong pulses fill the window, and the map has bends
_BEYOND = 1.02  # of the largest voltage, which no cell exceeds
_QUIET = 1e-7  # of the window: ten thousand pulses of less do not add up to what a map may miss
_PROBES = 64


@dataclass(frozen=True)
class Response:
    """The map of one pulse.

    Attributes:
        model: of the cell.
        voltage, width, edge: of the pulse: largest voltage that is asked for [V], width at half height and edge [s].
        reach: the map goes from minus this voltage to this one [V].
        changes: of every state, shape (states, voltages, values of the state), on even grids from -reach to reach and
            from 0 to 1.
        error: largest deviation from the cell's own simulation at points between those of the map, of the window.
    """

    model: CellModel
    voltage: float
    width: float
    edge: float
    reach: float
    changes: Array
    error: float

    @cached_property
    def quiet(self) -> float:
        """Voltage below which no state moves [V]."""
        moves = np.abs(self.changes).max(axis=(0, 2)) > _QUIET
        grid = np.abs(np.linspace(-self.reach, self.reach, len(moves)))
        return float(max(grid[moves].min(initial=self.reach) - 2 * self.reach / (len(moves) - 1), 0.0))

    def change(self, volts: ArrayLike, states: Mapping[str, ArrayLike]) -> dict[str, Array]:
        """Change of every state under a pulse of these voltages across the cells, within the map's reach [V]."""
        return {
            state.name: _between(self.changes[n], self.reach, np.asarray(volts), np.asarray(states[state.name]))
            for n, state in enumerate(self.model.states)
        }


def settled(duration: float, name: str) -> float:
    """A time [s] that a tile waits or reads; raises RequestError unless it is 0 to 1 s."""
    found = number(duration, "s", name=name, allowed="0 to 1")
    if not 0 <= found <= 1:
        raise RequestError.for_value(name, found, unit="s", allowed="0 to 1")
    return found


def corners(volts: Any, width: float, edge: float) -> tuple[Array, Array]:
    """Corners of a trapezoid that is `width` wide at half height: times [s], and voltages [V] of shape (..., 4)."""
    return np.array([0.0, edge, width, width + edge]), np.asarray(volts)[..., None] * np.array([0.0, 1.0, 1.0, 0.0])


def check_model(model: CellModel) -> None:
    """Raise RequestError for a cell that nothing but simulators know."""
    if model.alone is None or model.equations is None:
        raise RequestError(
            f"a table of the cell's response needs the cell's equations in Python, and the cell {model.name!r} has "
            "none: use way = 'circuit', or a cell with equations, such as 'ag2s'."
        )


def response_of(
    cell: ParameterSet, temperature: float, voltage: float, width: float, edge: float, *, needed: float = 0.0
) -> Response:
    """Make the map of a cell's response to pulses up to a voltage [V], of this width at half height and edge [s].

    Args:
        cell: nominal.
        temperature: [K].
        voltage, width, edge: of the pulse.
        needed: voltage that the map must reach, if that is more [V].

    Raises:
        RequestError: a cell that nothing but simulators know, or whose states drive each other; a pulse that is not
            longer than its edge, or so large that the map does not follow it.
    """
    model = model_of(cell)
    check_model(model)
    if not width > edge:
        raise RequestError.for_value("pulses.width", width, unit="s", allowed=f"> driver.t_edge, {edge:g}")
    return _response_of(cell, temperature, voltage, width, edge, max(voltage, needed))


@lru_cache(maxsize=8)
def _response_of(
    cell: ParameterSet, temperature: float, voltage: float, width: float, edge: float, needed: float
) -> Response:  # fmt: skip
    """The arrays of a network get the same pulses, and a map takes seconds."""
    maker, error = _Maker(model_of(cell), cell, temperature, width, edge), np.inf
    for finer in FINER:
        response = _map(maker, voltage, _BEYOND * needed, finer)
        error = maker.error(response)
        if error <= LARGEST_ERROR / 2:
            return replace(response, error=error)
    raise RequestError(
        f"the map of the cell's response to pulses of {voltage:g} V and {width:g} s misses the cell's own simulation "
        f"by {error:.2g} of the window, and half of {LARGEST_ERROR:g} is allowed: choose smaller or shorter pulses, or "
        "way = 'circuit'."
    )


def _map(maker: _Maker, voltage: float, reach: float, finer: int) -> Response:
    coarse_v = np.linspace(0, reach, finer * VOLTAGES + 1)
    coarse_s = 0.5 - 0.5 * np.cos(np.linspace(0, np.pi, finer * _STATES + 1))
    fine_v = np.linspace(-reach, reach, finer * _FINE + 1)
    fine_s = np.linspace(0, 1, finer * _FINE + 1)
    changes = np.zeros((len(maker.model.states), len(fine_v), len(fine_s)))
    half = len(fine_v) // 2
    for sign, where in ((1, slice(half, None)), (-1, slice(0, half + 1))):
        found = np.array([maker.changes(sign * v, coarse_s) for v in coarse_v[1:]])  # (voltage, state, value)
        along_s = scipy.interpolate.CubicSpline(coarse_s, found, axis=2)(fine_s)
        along_s = np.concatenate([np.zeros_like(along_s[:1]), along_s])
        spline = scipy.interpolate.CubicSpline(coarse_v, along_s, axis=0)
        changes[:, where] = spline(sign * fine_v[where]).transpose(1, 0, 2)
    changes = np.clip(changes, -fine_s, 1 - fine_s)
    return Response(maker.model, voltage, maker.width, maker.edge, reach, changes, np.inf)


@dataclass(frozen=True)
class _Maker:
    """Asks the cell."""

    model: CellModel
    cell: ParameterSet
    temperature: float
    width: float
    edge: float

    def changes(self, volt: float, values: Array) -> list[Array]:
        """Of every state at these values of it, the others at half of the level or at 0."""
        count = len(self.model.states)
        rest = self.model.at_level(0.5)
        starts = {
            name: np.concatenate([values if n == k else np.full_like(values, rest[n]) for k in range(count)])
            for n, name in enumerate(self.model.initial)
        }
        found = self._alone(starts, volt)
        return [part[k * len(values) : (k + 1) * len(values)] for k, part in enumerate(found)]

    def error(self, response: Response) -> float:
        """Largest deviation at random states, all of them at once, at the voltages that tiles give and at others."""
        places = np.random.default_rng(np.random.SeedSequence(0))
        worst = 0.0
        for share in (1.0, 0.5, 1 / 3, *places.random(5)):
            for sign in (1, -1):
                starts = {name: places.random(_PROBES) for name in self.model.initial}
                volt = sign * share * response.voltage
                states = {state.name: starts[state.initial] for state in self.model.states}
                mapped = response.change(np.full(_PROBES, volt), states)
                for state, true in zip(self.model.states, self._alone(starts, volt), strict=True):
                    worst = max(worst, float(np.abs(mapped[state.name] - true).max()))
        return worst

    def _alone(self, starts: Mapping[str, Array], volt: float) -> tuple[Array, ...]:
        assert self.model.alone is not None
        times, volts = corners(volt, self.width, self.edge)
        shown = self.model.alone(self.cell, starts, times, volts, temperature=self.temperature)
        equations = self.model.solved(self.cell, self.temperature, asked="a table of the cell's response")
        return tuple(
            held(equations, equations.clip(starts[name]) + change) - starts[name]
            for name, change in zip(self.model.initial, shown, strict=True)
        )


def _between(table: Array, reach: float, volts: Array, values: Array) -> Array:
    """On straight lines between the points of an even grid."""
    rows, cols = table.shape
    v = np.clip((volts + reach) * ((rows - 1) / (2 * reach)), 0, rows - 1 - 1e-9)
    s = np.clip(values * (cols - 1), 0, cols - 1 - 1e-9)
    i, j = v.astype(int), s.astype(int)
    a, b = v - i, s - j
    low, high = (table[k, j] + b * (table[k, j + 1] - table[k, j]) for k in (i, i + 1))
    return np.asarray(low + a * (high - low))

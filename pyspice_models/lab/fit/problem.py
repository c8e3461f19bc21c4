"""Residuals of all data and their derivatives, and the coordinates in which the fit is done."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyspice_models.cells.registry import model_of
from pyspice_models.declare.quantity import ParameterSet
from pyspice_models.lab.fit.kinds import level_parameter
from pyspice_models.lab.fit.measured.train import Data, IvLoop, PulseTrain, scatter
from pyspice_models.lab.fit.model import FINE, Setup, predict
from pyspice_models.lab.fit.roles import is_logarithmic

Array = NDArray[np.float64]

_STEP = 1e-3  # of a finite difference: relative, or on the scale of the parameter
_LEAST = 1e-18
_LEAST_SHARE = 1e-6  # of a window: a state is no nearer to its bounds
_WIDE = 1e12  # either way, of a scale without a range of its own
LEAST_NOISE = {"pulses": 1e-5, "loop": 1e-3}
"""Noise that data have at least, as a share of the window and of a current: less is the integrator's."""

Moved = Callable[[Mapping[str, Any]], Mapping[str, Array]]
"""What a device's own deviations make of nominal parameters (numbers or arrays by name): those that differ."""


@dataclass(frozen=True)
class Coordinate:
    """One number of the fit: a parameter of all data, or the initial state of one set."""

    name: str
    of: int | None = None


class Problem:
    """Residuals in the coordinates of the fit: logarithms of positive scales, ln(s/(1 - s)) of states, others as is.

    A residual is a difference of conductances as a share of the window, or of asinh(I/floor), each over the noise of
    its set of data.

    Attributes:
        data, setups: what was measured, and how.
        base: every parameter that is not fitted.
        names: of what is fitted.
        coordinates: the names, and where there are several pulse trains the initial state of each after the first.
        noise: of each set, in its residual's unit; changed as the fit learns of it.
        moved: by set of data, what its device's own deviations make of the parameters.
        tolerance: of residuals.
    """

    def __init__(
        self, data: Sequence[Data], base: ParameterSet, names: tuple[str, ...], setups: Sequence[Setup]
    ) -> None:  # fmt: skip
        self.data, self.base, self.names, self.setups = tuple(data), base, names, tuple(setups)
        self.trains = [k for k, one in enumerate(data) if isinstance(one, PulseTrain)]
        self.own_start = level_parameter(base)
        local = self.trains if self.own_start in names else []
        self.coordinates = (
            *(Coordinate(name, local[0] if name == self.own_start and local else None) for name in names),
            *(Coordinate(self.own_start, k) for k in local[1:]),
        )
        every = [one.name for one in self.coordinates]
        self.logarithmic = np.array([is_logarithmic(base, name) for name in every])
        self.shares = np.array([name in model_of(base).initial for name in every])
        self.limits = np.array([self._limits(name) for name in every]).T
        self.bounds = self.raw(self.limits)
        self.units = [float(np.ptp(one.measured)) or float(one.measured.max()) for one in data]
        self.floors = [
            0.0 if isinstance(one, PulseTrain) else setup.floor or 1e-4 * float(np.abs(one.current).max())
            for one, setup in zip(data, setups, strict=True)
        ]
        self.targets = [self.scaled(k, one.measured) for k, one in enumerate(data)]
        self.noise = [
            max(scatter(target), LEAST_NOISE[one.kind]) for one, target in zip(data, self.targets, strict=True)
        ]
        self.moved: dict[int, Moved] = {}
        self.tolerance = FINE
        self._last: tuple[Array, list[Array], list[Array]] | None = None

    def _limits(self, name: str) -> tuple[float, float]:
        q, value = self.base.quantities()[name], float(getattr(self.base, name))
        if name in model_of(self.base).initial:
            return _LEAST_SHARE, 1 - _LEAST_SHARE
        if not is_logarithmic(self.base, name):
            return q.low, q.high
        wide = q.low == -np.inf
        low = value / _WIDE if wide else max(q.low, _LEAST)
        return low, min(q.high, value * _WIDE) if wide else q.high

    # ---- coordinates

    def physical(self, z: Array) -> Array:
        """Values of the parameters, from coordinates of shape (..., coordinate)."""
        exponent = np.where(self.logarithmic | self.shares, z, 0.0)
        values: Array = np.where(self.logarithmic, np.exp(np.where(self.logarithmic, exponent, 0.0)), z)
        values = np.where(self.shares, 1 / (1 + np.exp(-np.where(self.shares, exponent, 0.0))), values)
        # exp(log(bound)) may miss the bound by a rounding
        return np.clip(values, self.limits[0], self.limits[1])

    def raw(self, values: Array) -> Array:
        """The inverse of `physical`, within the limits."""
        z = np.where(self.logarithmic, np.log(np.where(self.logarithmic, np.maximum(values, 1e-300), 1.0)), values)
        part = np.where(self.shares, np.clip(values, _LEAST_SHARE, 1 - _LEAST_SHARE), 0.5)
        return np.where(self.shares, np.log(part) - np.log1p(-part), z)

    def slopes(self, z: Array) -> Array:
        """Derivative of each value by its coordinate."""
        values = self.physical(z)
        return np.where(self.logarithmic, values, np.where(self.shares, values * (1 - values), 1.0))

    def inside(self, z: Array) -> Array:
        """A little inside of all bounds."""
        margin = 1e-4 * np.minimum(self.bounds[1] - self.bounds[0], 1.0)
        return np.clip(z, self.bounds[0] + margin, self.bounds[1] - margin)

    def start(self, cell: ParameterSet, levels: Mapping[int, float]) -> Array:
        """Coordinates of a cell, and of the initial states by set of data."""
        values = [
            float(getattr(cell, one.name)) if one.of is None else levels.get(one.of, float(getattr(cell, one.name)))
            for one in self.coordinates
        ]  # fmt: skip
        return self.inside(self.raw(np.array(values)))

    # ---- what they give

    def deviates(self, k: int, moved: Moved) -> None:
        """From now on the k-th set is of a device with deviations of its own."""
        self.moved[k], self._last = moved, None

    def acts_on(self, n: int, k: int) -> bool:
        """Whether the n-th coordinate has a part in the k-th set."""
        return self.coordinates[n].of in {None, k}

    def predicted(self, k: int, z: Array, tolerance: float = FINE, of: Data | None = None) -> Array:
        """What the k-th set, or `of` taken in the same way, would have been, (trial, row) from (trial, coordinate)."""
        values = self.physical(z)
        trials = {one.name: values[:, n] for n, one in enumerate(self.coordinates) if self.acts_on(n, k)}
        if k in self.moved:
            trials |= self.moved[k]({**self.base.as_dict(), **trials})
        return predict(of or self.data[k], self.base, trials, self.setups[k], tolerance=tolerance)

    def scaled(self, k: int, values: Array) -> Array:
        """On the scale of the residuals, before their noise."""
        return np.asarray(values / self.units[k] if self.floors[k] == 0 else np.arcsinh(values / self.floors[k]))

    def residuals(self, z: Array) -> Array:
        """Shape (row,), over all sets, in multiples of their noise."""
        return self._evaluated(z)[0]

    def jacobian(self, z: Array) -> Array:
        """Central differences, one-sided at a bound; shape (row, coordinate)."""
        return self._evaluated(z)[1]

    def sections(self) -> list[slice]:
        """Rows of each set in the residuals."""
        ends = np.cumsum([0, *(len(target) for target in self.targets)])
        return [slice(int(a), int(b)) for a, b in pairwise(ends)]

    def _evaluated(self, z: Array) -> tuple[Array, Array]:
        """Residuals and Jacobian together: many trials cost hardly more than one."""
        if self._last is None or not np.array_equal(self._last[0], z):
            count = len(z)
            steps = np.where(self.logarithmic | self.shares, _STEP, _STEP * np.maximum(np.abs(z), 0.1))
            above, below = np.minimum(z + steps, self.bounds[1]), np.maximum(z - steps, self.bounds[0])
            found, slopes = [], []
            for k, target in enumerate(self.targets):
                mine = [n for n in range(count) if self.acts_on(n, k)]
                trials = np.repeat(z[None, :], 1 + 2 * len(mine), axis=0)
                for place, n in enumerate(mine):
                    trials[1 + place, n] = above[n]
                    trials[1 + len(mine) + place, n] = below[n]
                values = self.scaled(k, self.predicted(k, trials, self.tolerance)) - target
                slope = np.zeros((len(target), count))
                slope[:, mine] = (values[1 : len(mine) + 1] - values[len(mine) + 1 :]).T / (above - below)[mine]
                found.append(values[0])
                slopes.append(slope)
            self._last = z.copy(), found, slopes
        _, residuals, jacobians = self._last
        both = [[one / noise for one, noise in zip(part, self.noise, strict=True)] for part in (residuals, jacobians)]
        return np.concatenate(both[0]), np.concatenate(both[1])

    def is_loop(self, k: int) -> bool:
        """Whether the k-th set is an I-V loop."""
        return isinstance(self.data[k], IvLoop)

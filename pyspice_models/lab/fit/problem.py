"""Residuals of data and their derivatives, where a fit begins, and the coordinates in which it is done."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.lab.fit.data import IvLoop, PulseTrain
from pyspice_models.lab.fit.model import COARSE, FINE, Setup, predict

Array = NDArray[np.float64]

_STEP = 1e-3  # of a finite difference: relative, or on the scale of the parameter


class Problem:
    """Residuals of `data` in the coordinates of the fit: logarithms of positive parameters, others as they are."""

    def __init__(self, data: PulseTrain | IvLoop, base: CellParams, names: tuple[str, ...], setup: Setup) -> None:
        self.data, self.base, self.names, self.setup = data, base, names, setup
        declared = [CellParams.quantities()[name] for name in names]
        self.logarithmic = np.array([q.open_low and q.low == 0 for q in declared])
        # the open bound itself is left out
        edges = np.array([[1e-18 if log else q.low, q.high] for q, log in zip(declared, self.logarithmic, strict=True)])
        self.bounds = np.where(self.logarithmic, np.log(np.maximum(edges.T, 1e-18)), edges.T)
        if isinstance(data, PulseTrain):
            self.floor = 0.0
            self.unit = float(np.ptp(data.conductance)) or float(data.conductance.max())
            self.measured = data.conductance / self.unit
        else:
            self.floor = setup.floor or 1e-4 * float(np.abs(data.current).max())
            self.unit = 1.0
            self.measured = np.arcsinh(data.current / self.floor)
        self._last: tuple[Array, Array, Array] | None = None

    def physical(self, z: Array) -> Array:
        """Values of the parameters, from coordinates of shape (..., parameter)."""
        exponent = np.where(self.logarithmic, z, 0.0)
        values: Array = np.where(self.logarithmic, np.exp(exponent), z)
        # exp(log(bound)) may miss the bound by a rounding
        edges = np.where(self.logarithmic, np.exp(np.where(self.logarithmic, self.bounds, 0.0)), self.bounds)
        highs = [CellParams.quantities()[name].high for name in self.names]
        return np.clip(values, edges[0], highs)

    def coordinates(self, values: Array) -> Array:
        z = np.where(self.logarithmic, np.log(np.maximum(values, 1e-18)), values)
        inside = 1e-4 * np.minimum(self.bounds[1] - self.bounds[0], 1.0)
        return np.clip(z, self.bounds[0] + inside, self.bounds[1] - inside)

    def predictions(self, z: Array, tolerance: float = FINE) -> Array:
        """Shape (trial, row), from coordinates of shape (trial, parameter)."""
        values = self.physical(z)
        trials = {name: values[:, n] for n, name in enumerate(self.names)}
        return predict(self.data, self.base, trials, self.setup, tolerance=tolerance)

    def prediction(self, z: Array) -> Array:
        return self.predictions(z[None, :])[0]

    def _scaled(self, predictions: Array) -> Array:
        scaled: Array = predictions / self.unit if self.floor == 0 else np.arcsinh(predictions / self.floor)
        return scaled - self.measured

    def residuals(self, z: Array) -> Array:
        """Shape (row,)."""
        return self._evaluated(z)[0]

    def jacobian(self, z: Array) -> Array:
        """Central differences, one-sided at a bound; shape (row, parameter)."""
        return self._evaluated(z)[1]

    def _evaluated(self, z: Array) -> tuple[Array, Array]:
        """Residuals and Jacobian together: a loop of many trials costs the twin hardly more than one."""
        if self._last is None or not np.array_equal(self._last[0], z):
            count = len(z)
            steps = np.diag(np.where(self.logarithmic, _STEP, _STEP * np.maximum(np.abs(z), 0.1)))
            above = np.minimum(z + steps, self.bounds[1])
            below = np.maximum(z - steps, self.bounds[0])
            found = self._scaled(self.predictions(np.concatenate([z[None, :], above, below])))
            slopes = (found[1 : count + 1] - found[count + 1 :]).T / np.diag(above - below)
            self._last = z.copy(), found[0], slopes
        return self._last[1:]

    def guess(self) -> Array:
        """Where the data themselves say something: the window and the first state of a pulse train."""
        values = {name: float(getattr(self.base, name)) for name in self.names}
        if isinstance(self.data, PulseTrain):
            g = self.data.conductance
            # the window's scale with area and temperature cancels in the ratio to the base's own prediction
            at_bounds = predict(
                PulseTrain("", np.zeros(1), np.zeros(1), np.zeros(1), np.ones(1)), self.base,
                {"w0": np.array([0.0, 1.0])}, self.setup,
            )[:, 0]  # fmt: skip
            low, high = 0.9 * g.min(), 1.1 * g.max()
            if "g_int_min" in values:
                values["g_int_min"] *= low / at_bounds[0]
            if "g_int_max" in values:
                values["g_int_max"] *= high / at_bounds[1]
            if "w0" in values:
                values["w0"] = float((g[0] - low) / (high - low))
        return self.coordinates(np.array([values[name] for name in self.names]))

    def scan(self, z: Array) -> Array:
        """The best of a coarse grid, then of a finer one: least squares finds the nearest valley only."""
        names = list(self.names)
        # a rate and the barrier behind it make up for each other: these two are looked for together
        pairs = [("v_nuc_int", "rate_int_set"), ("v_nuc_fil", "rate_fil_set")]
        groups = [[names.index(name) for name in pair] for pair in pairs if set(pair) <= set(names)]
        together = {n for group in groups for n in group}
        groups += [[n] for n in range(len(names)) if n not in together]
        for fineness in (1.0, 0.35):
            for group in groups:
                axes = [self._axis(z, n, fineness) for n in group]
                grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, len(group))
                trials = np.repeat(z[None, :], len(grid), axis=0)
                trials[:, group] = grid
                trials = np.clip(trials, self.bounds[0], self.bounds[1])
                z = trials[np.argmin((self._scaled(self.predictions(trials, COARSE)) ** 2).sum(axis=1))]
        return self.coordinates(self.physical(z))

    def _axis(self, z: Array, n: int, fineness: float) -> Array:
        """Values of one coordinate to be tried, its present one among them."""
        if self.names[n] in {"w0", "x0"}:
            return np.append(np.linspace(0.02, 0.98, 9), z[n])
        factors = fineness * np.linspace(-1, 1, 9)
        span = np.log(30) if self.logarithmic[n] else np.log(2.5)
        return z[n] + span * factors if self.logarithmic[n] else z[n] * np.exp(span * factors)

"""What a fit gives: estimates with intervals, the cell, what is left of the data, and what a reader must know."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from pyspice_models.cells.presets import Preset, Provenance
from pyspice_models.cells.registry import model_of
from pyspice_models.declare.quantity import ParameterSet
from pyspice_models.displayed import Drawn
from pyspice_models.lab.fit.apart.noise import Noise
from pyspice_models.lab.fit.apart.spreads import Spreads
from pyspice_models.lab.fit.measured.train import Data
from pyspice_models.units import show, shown

Array = NDArray[np.float64]


@dataclass(frozen=True)
class FittedParameter:
    """One parameter's estimate.

    Attributes:
        name, unit: of the cell's parameter.
        value: [unit].
        sigma: standard uncertainty [unit]; half of the interval where that was found by profile, inf where it is open.
        start: value before the fit.
        at_bound: the estimate lies on the edge of the allowed range.
        low, high: ends of the interval that holds the truth 68 % of the time [unit]; infinite for a side that is open.
        profiled: the interval is by profile likelihood, not from the curvature alone.
    """

    name: str
    unit: str
    value: float
    sigma: float
    start: float
    at_bound: bool
    low: float = -np.inf
    high: float = np.inf
    profiled: bool = False

    @property
    def interval(self) -> str:
        """In words."""
        low, high = np.isfinite(self.low), np.isfinite(self.high)
        if low and high:
            return f"{show(self.low, self.unit)} to {show(self.high, self.unit)}"
        if low:
            return f"> {show(self.low, self.unit)}"
        return f"< {show(self.high, self.unit)}" if high else "open"


@dataclass(frozen=True)
class Part:
    """One set of data in a fit.

    Attributes:
        data: what was measured.
        prediction: conductance [S] or current [A] of the fitted cell, shape (row,).
        residuals: data minus fit [S]; of a loop, difference of asinh(I/floor), near the relative error, shape (row,).
        floor: of a loop [A]; 0 for a pulse train.
        noise: standard deviation of the residuals without outliers, in their unit.
        outliers: rows without weight, shape (row,).
        start: of the level, where this set has one of its own.
    """

    data: Data
    prediction: Array
    residuals: Array
    floor: float = 0.0
    noise: float = 0.0
    outliers: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, dtype=bool))
    start: float | None = None

    @property
    def rms(self) -> float:
        """Root mean square of the residuals, outliers left out, in their unit."""
        kept = self.residuals if self.outliers.size == 0 else self.residuals[~self.outliers]
        return float(np.sqrt(np.mean(kept**2)))


@dataclass(frozen=True, repr=False)
class FitResult(Drawn):
    """A cell fitted to data.

    Attributes:
        parts: each set of data, and what is left of it.
        base: preset that the fit started from, or a cell without one.
        cell: the fitted cell, complete.
        parameters: what was fitted.
        correlation: of the estimates, shape (parameter, parameter).
        warnings: what a reader of the numbers must know.
        notes: what acts without having been fitted, or was held still.
        held: parameters that were changed so that nothing unfitted acts.
        noise: of reading and of pulses, by pulse train.
        spreads: between devices and between cycles; None where the data cannot tell.
    """

    parts: tuple[Part, ...]
    base: Preset | ParameterSet
    cell: ParameterSet
    parameters: tuple[FittedParameter, ...]
    correlation: Array
    warnings: tuple[str, ...]
    notes: tuple[str, ...] = ()
    held: tuple[str, ...] = ()
    noise: tuple[Noise, ...] = ()
    spreads: Spreads | None = None

    def __repr__(self) -> str:
        """One line for people."""
        rms = shown(self.rms, "" if self.floor else "S", 3)
        points = sum(len(part.prediction) for part in self.parts)
        told = f"{len(self.parameters)} parameters, {points} points, r.m.s. residual {rms}"
        warned = f", {len(self.warnings)} warning{'s' * (len(self.warnings) > 1)}" if self.warnings else ""
        return f"<FitResult of {self.title!r}: {told}{warned}>"

    @property
    def title(self) -> str:
        """Of what was fitted: the file, and how many more there are."""
        more = len({part.data.label for part in self.parts}) - 1
        return self.data.name + (f" and {more} more" if more and len(self.files) > 1 else "")

    @property
    def files(self) -> tuple[str, ...]:
        """Names of all files."""
        return tuple(dict.fromkeys(part.data.name for part in self.parts))

    @property
    def data(self) -> Data:
        """The first set of data."""
        return self.parts[0].data

    @property
    def prediction(self) -> Array:
        """Of the first set."""
        return self.parts[0].prediction

    @property
    def residuals(self) -> Array:
        """Of the first set."""
        return self.parts[0].residuals

    @property
    def floor(self) -> float:
        """Of the first set."""
        return self.parts[0].floor

    @property
    def rms(self) -> float:
        """Root mean square of the first set's residuals, outliers left out, in their unit."""
        return self.parts[0].rms

    @property
    def points(self) -> int:
        """Of all sets."""
        return sum(len(part.prediction) for part in self.parts)

    def preset(self, name: str) -> Preset:
        """The fitted cell as a preset, with provenance "fitted to FILE"."""
        files = ", ".join(one if one.isprintable() else repr(one) for one in self.files[:5])
        files += f" and {len(self.files) - 5} more" if len(self.files) > 5 else ""
        fitted = {p.name: Provenance("derived", f"fitted to {files}", self._note(p)) for p in self.parameters}
        still = Provenance("assumed", f"held still in the fit to {files}", "the data say nothing of it")
        base = self.base if isinstance(self.base, Preset) else None
        start = base.name if base is not None else model_of(self.cell).title
        made = Preset(
            name=name,
            description=f"{start}, with {len(fitted)} parameters fitted to {files}",
            cell=self.cell,
            provenance={**(base.provenance if base else {}), **dict.fromkeys(self.held, still), **fitted},
        )
        if base is None:
            return made
        return replace(made, anneal=base.anneal, substrate=base.substrate, interpolated=base.interpolated)

    def _note(self, p: FittedParameter) -> str:
        known = f"± {p.sigma:.3g} {p.unit}".rstrip() if np.isfinite(p.sigma) else f"68 %: {p.interval}"
        return f"{known}, {self.points} points" + ", at bound" * p.at_bound

"""Least squares on the twin: values, uncertainties, and a refusal where the data do not tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.cells.presets import Preset, Provenance
from pyspice_models.displayed import Drawn
from pyspice_models.errors import RequestError, SimulationError
from pyspice_models.lab.fit.data import IvLoop, PulseTrain
from pyspice_models.lab.fit.model import FITTABLE, Setup
from pyspice_models.lab.fit.problem import Problem
from pyspice_models.units import shown

Array = NDArray[np.float64]

_WIDE = 0.3  # relative uncertainty from which on a warning is due
_MAX_EVALUATIONS = 60


@dataclass(frozen=True)
class FittedParameter:
    """One parameter's estimate.

    Attributes:
        name, unit: of the cell's parameter.
        value: [unit].
        sigma: standard uncertainty [unit], from the Jacobian and the variance of the residuals.
        start: value before the fit.
        at_bound: the estimate lies on the edge of the allowed range; its uncertainty means little.
    """

    name: str
    unit: str
    value: float
    sigma: float
    start: float
    at_bound: bool


@dataclass(frozen=True, repr=False)
class FitResult(Drawn):
    """A cell fitted to data.

    Attributes:
        data: what was fitted.
        base: preset that the fit started from.
        cell: the fitted cell, complete.
        parameters: what was fitted.
        correlation: of the estimates, shape (parameter, parameter).
        prediction: conductance [S] or current [A] of the fitted cell, shape (row,).
        residuals: data minus fit [S]; of a loop, difference of asinh(I/floor), near the relative error, shape (row,).
        floor: of a loop [A]; 0 for a pulse train.
        warnings: what a reader of the numbers must know.
    """

    data: PulseTrain | IvLoop
    base: Preset
    cell: CellParams
    parameters: tuple[FittedParameter, ...]
    correlation: Array
    prediction: Array
    residuals: Array
    floor: float
    warnings: tuple[str, ...]

    def __repr__(self) -> str:
        """One line for people."""
        rms = shown(self.rms, "" if self.floor else "S", 3)
        told = f"{len(self.parameters)} parameters, {len(self.prediction)} points, r.m.s. residual {rms}"
        warned = f", {len(self.warnings)} warning{'s' * (len(self.warnings) > 1)}" if self.warnings else ""
        return f"<FitResult of {self.data.name!r}: {told}{warned}>"

    @property
    def rms(self) -> float:
        """Root mean square of the residuals, in their unit."""
        return float(np.sqrt(np.mean(self.residuals**2)))

    def preset(self, name: str) -> Preset:
        """The fitted cell as a preset, with provenance "fitted to FILE"."""
        file = self.data.name if self.data.name.isprintable() else repr(self.data.name)
        fitted = {
            p.name: Provenance(
                "derived",
                f"fitted to {file}",
                f"± {p.sigma:.3g} {p.unit}".rstrip() + f", {len(self.prediction)} points" + ", at bound" * p.at_bound,
            )
            for p in self.parameters
        }
        return Preset(
            name=name,
            description=f"{self.base.name}, with {len(fitted)} parameters fitted to {file}",
            cell=self.cell,
            provenance={**self.base.provenance, **fitted},
            anneal=self.base.anneal,
            substrate=self.base.substrate,
            interpolated=self.base.interpolated,
        )


def default_parameters(data: PulseTrain | IvLoop) -> tuple[str, ...]:
    """What this kind of data can tell: kinetics in the directions and at the voltages that occur, and the window."""
    up, down = bool((data.voltage > 0).any()), bool((data.voltage < 0).any())
    if isinstance(data, PulseTrain):
        active = np.abs(data.voltage[data.stress > 0])
        several = np.ptp(active[active > 0]) > 0.05 * active.max()
        names = {
            "w0": True, "g_int_min": True, "g_int_max": True, "rate_int_set": up, "rate_int_reset": down,
            "p_int": True, "v_nuc_int": several,
        }  # fmt: skip
    else:
        names = {"g_int_max": True, "rate_fil_set": up, "rate_fil_reset": down, "v_nuc_fil": True}
    return tuple(name for name, wanted in names.items() if wanted)


def fit(
    data: PulseTrain | IvLoop, base: Preset, *, parameters: Sequence[str] | None = None, setup: Setup | None = None
) -> FitResult:
    """Fit a cell's parameters to data.

    A pulse train's residuals are differences of conductance, equally weighted. A loop's are differences of
    asinh(I/floor): relative far above the floor, absolute below it, so that all decades count. Uncertainties are
    sqrt(diag((J^T J)^-1 s^2)), with s^2 the variance of the residuals: they hold if the residuals are independent and
    alike. Positive parameters are fitted in their logarithm.

    Args:
        data: from `read_data`.
        base: every parameter that is not fitted.
        parameters: names to fit, of `FITTABLE`; None: `default_parameters`.
        setup: how the data were taken.

    Raises:
        RequestError: an unknown or doubled name, too few points, or parameters that the data do not determine.
        SimulationError: the fit did not converge.
    """
    names = tuple(parameters) if parameters is not None else default_parameters(data)
    _check_names(names, data)
    setup = setup or Setup()
    problem = Problem(data, base.film, names, setup)
    start = problem.scan(problem.guess())
    found = least_squares(
        problem.residuals, start, problem.jacobian, bounds=problem.bounds, x_scale="jac", ftol=1e-7, xtol=1e-6,
        gtol=1e-12, max_nfev=_MAX_EVALUATIONS,
    )  # fmt: skip
    if found.status <= 0:
        raise SimulationError(
            f"the fit did not converge within {_MAX_EVALUATIONS} evaluations. Fit fewer parameters, or start from a "
            "preset that is nearer."
        )
    residuals, jacobian = problem.residuals(found.x), problem.jacobian(found.x)
    spread = float(np.sqrt(residuals @ residuals / (len(residuals) - len(names))))
    covariance = _covariance(jacobian, spread, names)
    errors = np.sqrt(np.diag(covariance))
    values = problem.physical(found.x)
    fitted = tuple(
        FittedParameter(
            name=name,
            unit=CellParams.quantities()[name].unit,
            value=float(values[n]),
            sigma=float(errors[n] * (values[n] if problem.logarithmic[n] else 1.0)),
            start=getattr(base.film, name),
            at_bound=bool(np.abs(found.x[n] - problem.bounds[:, n]).min() < 1e-6 * max(1.0, abs(found.x[n]))),
        )
        for n, name in enumerate(names)
    )
    return FitResult(
        data=data,
        base=base,
        cell=base.film.replace(**{p.name: p.value for p in fitted}),
        parameters=fitted,
        correlation=covariance / np.outer(errors, errors) if errors.all() else np.eye(len(names)),
        prediction=problem.prediction(found.x),
        residuals=-residuals * problem.unit,
        floor=problem.floor,
        warnings=tuple(_warnings(fitted, residuals)),
    )


def _check_names(names: tuple[str, ...], data: PulseTrain | IvLoop) -> None:
    for name in names:
        if name not in FITTABLE:
            raise RequestError.for_value("parameters", name, allowed=f"some of {', '.join(FITTABLE)}")
        if names.count(name) > 1:
            raise RequestError(f"parameter {name} is named twice")
    if not names:
        raise RequestError("no parameter to fit; name at least one")
    needed = 2 * len(names)
    if len(data.voltage) < needed:
        raise RequestError.for_value(
            "number of points", len(data.voltage), allowed=f">= {needed}, twice the {len(names)} parameters",
            advice="Measure more points, or fit fewer parameters.",
        )  # fmt: skip


def _covariance(jacobian: Array, spread: float, names: tuple[str, ...]) -> Array:
    """Covariance of the coordinates, or RequestError if a combination of them is not determined.

    Coordinates are logarithms or of order 1: a direction known no better than 1 is not known at all.
    """
    _, singular, directions = np.linalg.svd(jacobian, full_matrices=False)
    for value, direction in zip(singular, directions, strict=True):
        if value <= 1e-6 * singular[0] or spread > value:
            mixed = [name for name, share in zip(names, direction, strict=True) if abs(share) > 0.3]
            several = len(mixed) > 1
            raise RequestError(
                f"the data do not determine {' and '.join(mixed)}{' separately' if several else ''}. Leave "
                f"{'one' if several else 'it'} out of --parameters, or measure where it matters (other voltages, both "
                "signs, a wider part of the window)."
            )
    return np.asarray((directions.T * (spread / singular) ** 2) @ directions)


def _warnings(fitted: tuple[FittedParameter, ...], residuals: Array) -> list[str]:
    warnings = [
        f"{p.name} is at the edge of its allowed range: its uncertainty means little" for p in fitted if p.at_bound
    ]
    warnings += [
        f"{p.name} is poorly determined: uncertainty {p.sigma / abs(p.value):.0%}"
        for p in fitted
        if p.value and p.name not in {"w0", "x0"} and p.sigma > _WIDE * abs(p.value)
    ]
    centred = residuals - residuals.mean()
    power = float(centred @ centred)
    if power > 0 and (follow := float(centred[1:] @ centred[:-1]) / power) > 0.5:
        warnings.append(
            f"neighbouring residuals go together (correlation {follow:.2f}): the model misses something in the data, "
            "and the uncertainties are too small"
        )
    return warnings

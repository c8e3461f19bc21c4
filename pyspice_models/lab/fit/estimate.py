"""A cell fitted to data of any number of trains and loops: estimates, intervals, and what the data do not tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pyspice_models.cells.presets import Preset
from pyspice_models.declare.quantity import ParameterSet
from pyspice_models.errors import RequestError
from pyspice_models.lab.fit.apart.differ import cycles_apart, devices_apart
from pyspice_models.lab.fit.apart.noise import noise_of
from pyspice_models.lab.fit.apart.spreads import Spread, Spreads
from pyspice_models.lab.fit.clock import Clock, timed
from pyspice_models.lab.fit.kinds import check_names, default_parameters, held_still, said
from pyspice_models.lab.fit.measured.train import Data, IvLoop, PulseTrain
from pyspice_models.lab.fit.model import Setup
from pyspice_models.lab.fit.problem import Problem
from pyspice_models.lab.fit.profile import Interval, interval
from pyspice_models.lab.fit.result import FitResult, FittedParameter, Part
from pyspice_models.lab.fit.robust import Settled, covariance, settle
from pyspice_models.lab.fit.start import begin
from pyspice_models.lab.fit.warn import warnings_of

Array = NDArray[np.float64]

_STRAIGHT = 0.1  # standard uncertainty of a coordinate up to which its curvature alone tells the interval
_STRAIGHT_OF_MANY = 0.4  # the same where several devices are followed, of which a profile takes minutes
_SHARE = 0.3  # of a direction, from which on a parameter is part of it
_AGAIN = 3


def fit(
    data: Data | Sequence[Data], base: Preset | ParameterSet, *, parameters: Sequence[str] | None = None,
    setup: Setup | Sequence[Setup] | None = None,
) -> FitResult:  # fmt: skip
    """Fit a cell's parameters to data.

    A pulse train's residuals are differences of conductance, equally weighted. A loop's are differences of
    asinh(I/floor): relative far above the floor, absolute below it, so that all decades count. Each set of data counts
    by its own noise, and outliers do not count: Tukey's biweight. Positive parameters are fitted in their logarithm.
    Intervals follow from the Jacobian where a parameter is known to 10 %, else by profile likelihood; they hold if the
    residuals are independent, and are widened where neighbours go together.

    Args:
        data: one set or several, from `read_data` or `read_all`; each pulse train has its own initial level.
        base: every parameter that is not fitted: a preset, or the parameters of any cell.
        parameters: names to fit; None: what such data can tell.
        setup: how the data were taken: of all, or one for each set.

    Raises:
        RequestError: an unknown or doubled name, too few points, a cell that cannot be followed, or data that determine
            none of the parameters.
        SimulationError: the fit did not converge.
    """
    several = (data,) if isinstance(data, PulseTrain | IvLoop) else tuple(data)
    if not several:
        raise RequestError("no data to fit; give one set at least")
    setups = (setup or Setup(),) * len(several) if setup is None or isinstance(setup, Setup) else tuple(setup)
    if len(setups) != len(several):
        raise RequestError.for_value("number of setups", len(setups), allowed=f"1, or {len(several)} as the data")
    cell = base.cell if isinstance(base, Preset) else base
    names = tuple(parameters) if parameters is not None else default_parameters(several, cell, setups)
    check_names(names, cell, sum(len(one.measured) for one in several))
    start = {name: float(getattr(cell, name)) for name in names}
    cell, held, notes = held_still(cell, names, several)
    own, timed_cell, clock = timed(several, cell, names, setups)
    problem, settled, found, unknown, spreads = _determined(own, timed_cell, names, setups, cell)
    free = np.ones(len(problem.coordinates), dtype=bool)
    spreads += cycles_apart(problem, settled)
    fitted = [_parameter(problem, settled, n, start[name], found[n], clock) for n, name in enumerate(problem.names)]
    fitted_cell = cell.replace(**{p.name: p.value for p in fitted})
    inverse, _, _ = covariance(settled, free)
    count = len(problem.names)
    errors = np.sqrt(np.diag(inverse)[:count])
    parts = _parts(problem, settled, several)
    noise = [
        noise_of(part.data, part.residuals, part.prediction, part.outliers)
        for part in parts
        if isinstance(part.data, PulseTrain)
    ]
    return FitResult(
        parts=parts,
        base=base,
        cell=fitted_cell,
        parameters=tuple(fitted),
        correlation=inverse[:count, :count] / np.outer(errors, errors) if errors.all() else np.eye(count),
        warnings=(*unknown, *warnings_of(fitted, settled, parts)),
        notes=(*notes, *said(fitted_cell, problem.names, several, setups)),
        held=held,
        noise=tuple(one for one in noise if one is not None),
        spreads=Spreads(spreads, hasattr(type(cell), "cell_spec")) if spreads else None,
    )


@dataclass(frozen=True)
class _Found:
    """Interval of a coordinate [its own scale], and whether it was found by profile."""

    interval: Interval
    profiled: bool


def _determined(
    data: Sequence[Data], cell: ParameterSet, names: tuple[str, ...], setups: Sequence[Setup], base: ParameterSet
) -> tuple[Problem, Settled, list[_Found], tuple[str, ...], tuple[Spread, ...]]:
    """The fit, without the parameters of which the data say nothing at all: these stay as in the base, and are named.

    Raises:
        RequestError: they say nothing of any.
    """
    asked, z = names, None
    unknown: list[str] = []
    while names:
        problem = Problem(data, cell, names, setups)
        free = np.ones(len(problem.coordinates), dtype=bool)
        settled = settle(problem, begin(problem) if z is None else z)
        settled, spreads, chance = devices_apart(problem, settled, free)
        found, settled = _intervals(problem, settled, free)
        found = [_with_chance(one, float(settled.z[n]), float(chance[n])) for n, one in enumerate(found)]
        open_ended = [n for n, one in enumerate(found) if one.interval.low is None and one.interval.high is None]
        if not open_ended:
            return problem, settled, found, tuple(unknown), spreads
        _, singular, directions = covariance(settled, free)
        # of a combination that is not known, the one with the largest part stays as it was; rates last
        weakest = np.abs(directions[int(np.argmin(singular))])
        n = max(open_ended, key=lambda one: (not names[one].startswith("rate"), weakest[one]))
        mixed = [name for m, name in enumerate(names) if m != n and weakest[m] > _SHARE]
        together = f" apart from {' and '.join(mixed)}" if mixed else ""
        unknown.append(
            f"the data do not determine {names[n]}{together}: it stays at {getattr(base, names[n]):.6g}, and what is "
            "fitted holds for that. Measure where it matters (other voltages, both signs, a wider part of the window)"
        )
        z = np.delete(settled.z, n)
        names = tuple(name for m, name in enumerate(names) if m != n)
    raise RequestError(
        f"the data determine none of {', '.join(asked)}. Fit others (--parameters), or measure where they matter "
        "(other voltages, both signs, a wider part of the window)."
    )


def _with_chance(found: _Found, z: float, variance: float) -> _Found:
    """An interval that other devices of the same kind are in as well: these are a few of many."""
    if not variance:
        return found
    low, high = (
        None if end is None else z + sign * float(np.hypot(end - z, np.sqrt(variance)))
        for end, sign in ((found.interval.low, -1.0), (found.interval.high, 1.0))
    )
    return _Found(Interval(low, high), found.profiled)


def _intervals(
    problem: Problem, settled: Settled, free: NDArray[np.bool_]
) -> tuple[list[_Found], Settled]:  # fmt: skip
    """Of each parameter; and the fit, which a profile may have found a better valley for."""
    for turn in range(_AGAIN):
        inverse, singular, directions = covariance(settled, free)
        errors = np.sqrt(np.diag(inverse))
        loose = {
            int(n)
            for value, direction in zip(singular, directions, strict=True)
            if value < 1.0
            for n in np.flatnonzero(np.abs(direction) > _SHARE)
        }
        found: list[_Found] = []
        better: Array | None = None
        for n in range(len(problem.names)):
            z, error = settled.z[n], float(errors[n])
            near = np.min(np.abs(z - problem.bounds[:, n])) < 2 * error
            scale = problem.logarithmic[n] or problem.shares[n]
            straight = _STRAIGHT_OF_MANY if problem.moved else _STRAIGHT
            linear = error <= straight * (1.0 if scale else max(abs(z), 0.1))
            if linear and not near and n not in loose:
                found.append(_Found(Interval(z - error, z + error), False))
                continue
            by_profile = interval(problem, settled, n, error, free, last=turn == _AGAIN - 1)
            if by_profile.better is not None:
                better = by_profile.better
                break
            found.append(_Found(by_profile, True))
        if better is None:
            return found, settled
        settled = settle(problem, better)
    return found, settled


def _parameter(
    problem: Problem, settled: Settled, n: int, start: float, found: _Found, clock: Clock
) -> FittedParameter:  # fmt: skip
    """One estimate, from coordinates to its unit."""
    name = problem.names[n]

    def physical(z: float | None, open_end: float) -> float:
        if z is None:
            return open_end
        at = settled.z.copy()
        at[n] = z
        return clock.seconds(name, float(problem.physical(at)[n]))

    value = physical(float(settled.z[n]), 0.0)
    low, high = physical(found.interval.low, -np.inf), physical(found.interval.high, np.inf)
    if found.profiled:
        sigma = (high - low) / 2
    else:
        assert found.interval.high is not None
        sigma = (found.interval.high - float(settled.z[n])) * clock.seconds(name, float(problem.slopes(settled.z)[n]))
    z = settled.z[n]
    at_bound = bool(np.abs(z - problem.bounds[:, n]).min() < 1e-6 * max(1.0, abs(z)))
    return FittedParameter(
        name, problem.base.quantities()[name].unit, value, float(sigma), start, at_bound, low, high, found.profiled
    )


def _parts(problem: Problem, settled: Settled, several: Sequence[Data]) -> tuple[Part, ...]:
    """Data and fit of each set."""
    values = problem.physical(settled.z)
    starts = {one.of: float(values[n]) for n, one in enumerate(problem.coordinates) if one.of is not None}
    parts = []
    for k, (data, rows) in enumerate(zip(several, problem.sections(), strict=True)):
        unit = problem.units[k] if problem.floors[k] == 0 else 1.0
        parts.append(
            Part(
                data, problem.predicted(k, settled.z[None])[0], -settled.residuals[rows] * problem.noise[k] * unit,
                problem.floors[k], problem.noise[k] * unit, settled.outliers[rows], starts.get(k),
            )
        )  # fmt: skip
    return tuple(parts)

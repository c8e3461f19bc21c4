"""Where a fit begins: what the data themselves say, and a grid without dimensions around it.

Rates are tried as ways that the pulses of one direction go, in windows; conductances as shares of what was read. So the
same readings with another width begin, and end, at the same fit with other rates.
"""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyspice_models.declare.quantity import ParameterSet
from pyspice_models.errors import RequestError, SimulationError
from pyspice_models.lab.fit.clock import longest
from pyspice_models.lab.fit.measured.train import PulseTrain, without_outliers
from pyspice_models.lab.fit.model import COARSE
from pyspice_models.lab.fit.problem import Problem
from pyspice_models.lab.fit.robust import descend
from pyspice_models.lab.fit.roles import Conditions, level_at, role_of, solved_for

Array = NDArray[np.float64]

_WAYS = np.geomspace(0.05, 50, 6)  # windows that the longest run of pulses goes, at the speed half-way
_WINDOWS = ((1.0, 1.0), (0.6, 1.5), (0.3, 4.0))  # factors on the smallest and the largest reading
_SHAPES, _BARRIERS = (0.2, 0.5, 1.0, 2.0, 4.0), (0.3, 1.0, 3.0)
BEYOND = 10.0
"""Factor of the readings within which the window's ends are looked for: of a far end they show the slopes near by."""

_FASTER = 1e9  # either way, than a window in the longest run of pulses

_ROWS, _CHUNK, _BEST = 160, 128, 3


def begin(problem: Problem) -> Array:
    """Coordinates from which least squares find the valley."""
    z = _trained(problem) if problem.trains else problem.start(problem.base, {})
    if len(problem.trains) < len(problem.data):
        z = _scanned(problem, z)
    return z


# ---- pulse trains


def _trained(problem: Problem) -> Array:
    """The best of the grid, each of its best points followed downhill for a few steps."""
    thin = [problem.data[k].thinned(_ROWS) for k in problem.trains]  # type: ignore[union-attr]
    _narrow(problem)
    points = np.array(list(_grid(problem)))
    score = np.zeros(len(points))
    for first in range(0, len(points), _CHUNK):
        part = points[first : first + _CHUNK]
        for k, (train, rows) in zip(problem.trains, thin, strict=True):
            found = problem.scaled(k, problem.predicted(k, part, COARSE, of=train))
            score[first : first + _CHUNK] += np.abs(found - problem.targets[k][rows]).mean(axis=1)
    order = np.argsort(score)
    taken: list[int] = []
    for n in order:
        # not the same valley twice
        if all(np.abs(points[n] - points[m]).max() > 1.0 for m in taken):
            taken.append(int(n))
        if len(taken) == _BEST:
            break
    small = Problem(
        [train for train, _ in thin], problem.base, problem.names, [problem.setups[k] for k in problem.trains]
    )
    small.bounds, small.limits = problem.bounds, problem.limits
    small.noise = [problem.noise[k] for k in problem.trains]
    small.units = [problem.units[k] for k in problem.trains]
    small.targets = [small.scaled(k, one.measured) for k, one in enumerate(small.data)]
    small.tolerance = COARSE
    small.moved = {place: problem.moved[k] for place, k in enumerate(problem.trains) if k in problem.moved}
    every = np.ones(len(problem.coordinates), dtype=bool)
    ends = []
    for n in taken:
        try:
            z = descend(small, points[n], every, loss="soft_l1", most=8, exact=False)
        except (RequestError, SimulationError):
            continue
        ends.append((float(np.sqrt(1 + small.residuals(z) ** 2).sum()), z))
    if not ends:
        return np.asarray(points[order[0]])
    return min(ends, key=lambda end: end[0])[1]


def _narrow(problem: Problem) -> None:
    """Keep the window's ends and the rates within factors of what was read: in units of the data, as what follows."""
    conditions, reads = _seen(problem)
    cell = solved_for(problem.base, problem.names, conditions, window=np.array([reads.min(), reads.max()]))
    spans = [longest([problem.data[k] for k in problem.trains], up=up) for up in (True, False)]
    cell = solved_for(cell, problem.names, conditions, rates=np.array([1 / span if span else np.nan for span in spans]))
    for n, name in enumerate(problem.names):
        role = role_of(cell, name, conditions)
        if problem.logarithmic[n] and (role.of_window or role.of_rates):
            effects, factor = (role.window, BEYOND) if role.of_window else (role.rates, _FASTER)
            span = np.log(factor) / max(abs(effect) for effect in effects)
            middle = np.log(float(getattr(cell, name)))
            problem.bounds[:, n] = np.clip([middle - span, middle + span], *problem.bounds[:, n])
            problem.limits[:, n] = np.clip(np.exp(problem.bounds[:, n]), *problem.limits[:, n])


def _seen(problem: Problem) -> tuple[Conditions, Array]:
    """Conditions and readings of all pulse trains."""
    trains = [problem.data[k] for k in problem.trains]
    reads = np.concatenate([without_outliers(train.measured) for train in trains])
    return Conditions.of(trains, [problem.setups[k] for k in problem.trains]), reads


def _grid(problem: Problem) -> Any:
    """Points of the grid."""
    trains = [problem.data[k] for k in problem.trains]
    assert all(isinstance(train, PulseTrain) for train in trains)
    conditions, reads = _seen(problem)
    low, high = float(reads.min()), float(reads.max())
    names = [name for name in problem.names if name != problem.own_start]
    roles = {name: role_of(problem.base, name, conditions) for name in names}
    shapes = [name for name, role in roles.items() if role.shape and not any(role.window)]
    barriers = [name for name, role in roles.items() if role.barrier and not role.shape and not any(role.window)]
    rated = any(role.of_rates for role in roles.values())
    ways = [_WAYS if rated and volt is not None else np.array([np.nan]) for volt in (conditions.up, conditions.down)]
    spans = [longest(trains, up=up) for up in (True, False)]
    windows = _WINDOWS if any(role.of_window for role in roles.values()) else _WINDOWS[:1]
    for factors, shape, barrier in product(
        windows, _SHAPES if shapes else (1.0,), _BARRIERS if barriers else (1.0,)
    ):  # fmt: skip
        cell = _scaled(problem.base, {**dict.fromkeys(shapes[:1], shape), **dict.fromkeys(barriers[:1], barrier)})
        cell = solved_for(cell, names, conditions, roles=roles,
                          window=np.array([0.95 * low * factors[0], 1.05 * high * factors[1]]))  # fmt: skip
        levels = {k: level_at(cell, float(np.median(problem.data[k].measured[:3])), conditions) for k in problem.trains}
        # rates are factors: their logarithms shift with those of the ways
        wanted_rates = np.array([1 / span if span else np.nan for span in spans])
        middle = solved_for(cell, names, conditions, rates=wanted_rates, roles=roles)
        z = problem.start(middle, levels)
        effects = np.array([roles[name].rates if name in roles and roles[name].of_rates else (0.0, 0.0)
                            for name in (one.name for one in problem.coordinates)]).T  # fmt: skip
        for asked in product(*ways):
            wanted = np.where(np.isfinite(asked), np.log(asked), 0.0)
            steps = np.linalg.lstsq(effects, wanted, rcond=1e-3)[0] if rated else np.zeros(len(z))
            yield problem.inside(z + steps)


def _scaled(cell: ParameterSet, factors: dict[str, float]) -> ParameterSet:
    values = {}
    for name, factor in factors.items():
        q, value = cell.quantities()[name], float(getattr(cell, name))
        # exponents of the package's cells are of order 1 whatever the base's is
        moved = factor if name.startswith("p_") else (value or 0.3) * factor
        values[name] = float(np.clip(moved, max(q.low, 1e-6) if q.open_low else q.low, q.high))
    try:
        return cell.replace(**values)
    except RequestError:
        return cell


# ---- loops


def _scanned(problem: Problem, z: Array) -> Array:
    """The best of a coarse grid, then of a finer one, in one coordinate after the other: what loops speak of alone."""
    names = [one.name for one in problem.coordinates]
    loops = [k for k in range(len(problem.data)) if problem.is_loop(k)]
    trained = set(names) & {"w0", "g_int_min", "g_int_max", "rate_int_set", "rate_int_reset", "p_int", "v_nuc_int"}
    mine = [n for n, name in enumerate(names) if not (problem.trains and name in trained)]
    # a rate and the barrier behind it make up for each other: these two are looked for together
    pairs = [("v_nuc_int", "rate_int_set"), ("v_nuc_fil", "rate_fil_set")]
    groups = [[names.index(name) for name in pair] for pair in pairs if set(pair) <= {names[n] for n in mine}]
    together = {n for group in groups for n in group}
    groups += [[n] for n in mine if n not in together]
    for fineness in (1.0, 0.35):
        for group in groups:
            axes = [_axis(problem, z, n, fineness) for n in group]
            grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, len(group))
            trials = np.repeat(z[None, :], len(grid), axis=0)
            trials[:, group] = grid
            trials = np.clip(trials, problem.bounds[0], problem.bounds[1])
            score = np.zeros(len(trials))
            for k in loops:
                found = problem.scaled(k, problem.predicted(k, trials, COARSE))
                score += ((found - problem.targets[k]) ** 2).mean(axis=1)
            z = trials[np.argmin(score)]
    return problem.inside(z)


def _axis(problem: Problem, z: Array, n: int, fineness: float) -> Array:
    """Values of one coordinate to be tried, its present one among them."""
    if problem.shares[n]:
        return np.append(np.linspace(-4.0, 4.0, 9), z[n])
    factors = fineness * np.linspace(-1, 1, 9)
    return np.asarray(z[n] + np.log(30) * factors if problem.logarithmic[n] else z[n] * np.exp(np.log(2.5) * factors))

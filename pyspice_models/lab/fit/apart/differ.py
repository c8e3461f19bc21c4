"""Deviations of each device, and of each cycle, estimated on the fitted cell."""

from __future__ import annotations

from functools import partial
from itertools import groupby

import numpy as np
import scipy  # loads scipy.optimize where it is first used
from numpy.typing import NDArray

from pyspice_models.lab.fit import pulses
from pyspice_models.lab.fit.apart.spreads import LEAST, Deviations, Spread, likeliest
from pyspice_models.lab.fit.kinds import level_parameter
from pyspice_models.lab.fit.measured.train import PulseTrain
from pyspice_models.lab.fit.problem import Problem
from pyspice_models.lab.fit.robust import CUT, Settled, biweight, settle
from pyspice_models.lab.fit.roles import Conditions, role_of

Array = NDArray[np.float64]

_STEP, _ROUNDS, _UNKNOWN, _SAME = 1e-2, 6, 0.7, 3e-3
_PULSES, _CYCLES = 3, 60  # pulses of a half cycle at least; cycles of a train at most
_ITERATIONS = 4


def devices_apart(
    problem: Problem, settled: Settled, free: NDArray[np.bool_]
) -> tuple[Settled, tuple[Spread, ...], Array]:  # fmt: skip
    """The fit with deviations of each device, and how far these spread; as it was with fewer than three devices.

    The common parameters and the devices' deviations are fitted in turn; deviations have the mean 0. The last that is
    returned is the variance of each coordinate that the choice of these devices makes.
    """
    chance = np.zeros(len(settled.z))
    groups: dict[str, list[int]] = {}
    for k in problem.trains:
        groups.setdefault(problem.data[k].device, []).append(k)
    if len(groups) < LEAST or "" in groups:
        return settled, (), chance
    trains = [problem.data[k] for k in problem.trains]
    conditions = Conditions.of(trains, [problem.setups[k] for k in problem.trains])
    volts = np.abs(np.concatenate([one.voltage[one.stress > 0] for one in trains if isinstance(one, PulseTrain)]))
    scales = tuple(
        name for name in problem.names if (role := role_of(problem.base, name, conditions)).of_rates or role.of_window
    )
    kind = Deviations.of(
        problem.base, scales, both_ways=conditions.up is not None and conditions.down is not None,
        amplitudes=bool(np.ptp(volts[volts > 0]) > 0.05 * volts.max()),
    )  # fmt: skip
    if kind is None:
        return settled, (), chance
    found, errors = np.zeros((len(groups), len(kind.causes))), np.ones((len(groups), len(kind.causes)))
    for _ in range(_ROUNDS):
        before = found.copy()
        for row, sets in enumerate(groups.values()):
            found[row], errors[row] = _device(problem, settled, kind, sets, found[row])
        known = np.median(errors, axis=0) < _UNKNOWN
        if not known.all():
            # a cause that one device tells nothing of is no deviation of it
            kind = Deviations(kind.model, tuple(np.array(kind.causes)[known].tolist()), kind.foreign)
            found, errors = found[:, known], errors[:, known]
            if not kind.causes:
                return settled, (), chance
            continue
        found -= found.mean(axis=0)
        for row, sets in enumerate(groups.values()):
            for k in sets:
                problem.deviates(k, partial(kind.parameters, deviations=found[row].copy()))
        settled = settle(problem, settled.z, free=free, near=True)
        if before.shape == found.shape and np.abs(found - before).max() < _SAME:
            break
    settled = settle(problem, settled.z, free=free)
    entries = []
    for n, cause in enumerate(kind.causes):
        key = f"{cause}.spread" if kind.foreign else f"device_{cause}"
        own, error = found[:, n].copy(), errors[:, n].copy()
        entries.append(Spread(key, *likeliest(own, error), len(groups), own, error))
        values = problem.physical(settled.z)
        nominal = {
            one.name: float(value) for one, value in zip(problem.coordinates, values, strict=True) if one.of is None
        }
        step = np.where(np.arange(len(kind.causes)) == n, _STEP, 0.0)
        moved = kind.parameters({**problem.base.as_dict(), **nominal}, step)
        for m, one in enumerate(problem.coordinates):
            if one.of is None and one.name in moved and problem.logarithmic[m]:
                effect = np.log(float(moved[one.name][0]) / nominal[one.name]) / _STEP
                chance[m] += (effect * entries[-1].value) ** 2 / len(groups)
    return settled, tuple(entries), chance


def _device(
    problem: Problem, settled: Settled, kind: Deviations, sets: list[int], before: Array
) -> tuple[Array, Array]:  # fmt: skip
    """Deviations of one device and their standard uncertainties; its initial states are fitted with them."""
    values = problem.physical(settled.z)
    common = {
        one.name: float(values[n]) for n, one in enumerate(problem.coordinates) if one.of is None
    }  # fmt: skip
    own = {one.of: float(values[n]) for n, one in enumerate(problem.coordinates) if one.of in sets}
    start = level_parameter(problem.base)
    fitted = [k for k in sets if k in own]

    def residuals(x: Array) -> Array:
        """Of trials of shape (trial, cause + start), shape (trial, row)."""
        parts = []
        for k in sets:
            nominal = {**problem.base.as_dict(), **common}
            trials = dict(kind.parameters(nominal, x[:, : len(kind.causes)]))
            level = x[:, len(kind.causes) + fitted.index(k)] if k in fitted else nominal[start]
            trials[start] = np.broadcast_to(np.clip(level, 0, 1), len(x))
            trials |= {name: np.full(len(x), value) for name, value in common.items() if name not in trials}
            setup = problem.setups[k]
            train = problem.data[k]
            assert isinstance(train, PulseTrain)
            found = pulses.conductances(
                train, problem.base, trials, read_voltage=setup.read_voltage, temperature=setup.temperature
            )
            parts.append((problem.scaled(k, found) - problem.targets[k]) / noise[k])
        return np.concatenate(parts, axis=1)

    def jacobian(x: Array) -> Array:
        ahead = x + _STEP * np.eye(len(x))
        behind = x - _STEP * np.eye(len(x))
        ends = residuals(np.concatenate([ahead, behind]))
        return (ends[: len(x)] - ends[len(x) :]).T / (2 * _STEP)

    noise = dict(enumerate(problem.noise))
    x = np.concatenate([before, [own[k] for k in fitted]])
    bounds = np.array([(-1.5, 1.5)] * len(kind.causes) + [(-0.02, 1.02)] * len(fitted)).T
    for loss in ("soft_l1", biweight):
        found = scipy.optimize.least_squares(
            lambda y: residuals(y[None])[0], np.clip(x, bounds[0] + 1e-3, bounds[1] - 1e-3), jacobian, bounds=bounds,
            loss=loss, xtol=1e-4, ftol=1e-6, max_nfev=20,
        )  # fmt: skip
        x = found.x
        left = residuals(x[None])[0]
        begin = 0
        for k in sets:
            part = left[begin : begin + len(problem.targets[k])]
            noise[k] *= max(1.4826 * float(np.median(np.abs(part))), 1e-2)
            begin += len(part)
    slopes = jacobian(x)
    covariance = np.linalg.pinv(slopes.T @ slopes + 1e-9 * np.eye(len(x)))
    errors = np.sqrt(np.maximum(np.diag(covariance), 0.0)) * settled.widening
    return x[: len(kind.causes)], errors[: len(kind.causes)]


def cycles_apart(problem: Problem, settled: Settled) -> tuple[Spread, ...]:
    """How far the rates spread from cycle to cycle; nothing with fewer than three, or where a cell states none."""
    key = _cycle_key(problem)
    found: list[Array] = []
    errors: list[Array] = []
    for k in problem.trains:
        train = problem.data[k]
        assert isinstance(train, PulseTrain)
        numbers = _cycles(train)
        if key and numbers.max() + 1 >= LEAST:
            deviations, error = _of_train(problem, settled, k, numbers)
            known = error < _UNKNOWN
            found.append(deviations[known])
            errors.append(error[known])
    if not found or len(every := np.concatenate(found)) < LEAST:
        return ()
    groups = np.repeat(np.arange(len(found)), [len(one) for one in found])
    error = np.concatenate(errors)
    return (Spread(key, *likeliest(every, error, groups), len(every), every, error),)


def _cycle_key(problem: Problem) -> str:
    if not hasattr(type(problem.base), "cell_spec"):
        kind = Deviations.of(problem.base, (), both_ways=True, amplitudes=False)
        return "cycle_mobility" if kind is not None and "mobility" in kind.causes else ""
    conditions = Conditions.of(problem.data, problem.setups)
    both = (name for name in problem.names if all(role_of(problem.base, name, conditions).rates))
    return next((f"{name}.cycle_spread" for name in both), "")


def _cycles(train: PulseTrain) -> NDArray[np.int_]:
    """Number of the cycle that each row belongs to: a new one begins with the third run of one sign, and so on."""
    numbers = np.zeros(len(train.pulse), dtype=int)
    sign = np.where(train.stress > 0, np.sign(train.voltage), 0.0)
    row = half = 0
    for which, group in groupby(sign.tolist()):
        rows = slice(row, row := row + len(list(group)))
        numbers[rows] = min(half // 2, _CYCLES - 1)
        if which and float(train.pulse[rows.stop - 1] - train.pulse[max(rows.start - 1, 0)]) >= _PULSES:
            half += 1
    return np.minimum(numbers, max((half + 1) // 2 - 1, 0))


def _of_train(problem: Problem, settled: Settled, k: int, numbers: NDArray[np.int_]) -> tuple[Array, Array]:
    """Logarithms of each cycle's rates against the fit's, and their standard uncertainties; shape (cycle,) each."""
    train, setup = problem.data[k], problem.setups[k]
    assert isinstance(train, PulseTrain)
    values = problem.physical(settled.z)
    nominal = {one.name: values[n : n + 1] for n, one in enumerate(problem.coordinates) if problem.acts_on(n, k)}
    if k in problem.moved:
        nominal |= problem.moved[k]({**problem.base.as_dict(), **nominal})
    count = int(numbers.max()) + 1
    deviations = np.zeros(count)
    for turn in range(_ITERATIONS):
        trials = np.concatenate([deviations[None], deviations + _STEP * np.eye(count)])
        own = {name: np.repeat(value, count + 1) for name, value in nominal.items()}
        found = pulses.conductances(
            train, problem.base, own, read_voltage=setup.read_voltage, temperature=setup.temperature,
            factors=np.exp(trials[:, numbers]),
        )  # fmt: skip
        scaled = problem.scaled(k, found) / problem.noise[k]
        left = problem.targets[k] / problem.noise[k] - scaled[0]
        slopes = (scaled[1:] - scaled[0]).T / _STEP
        noise = max(1.4826 * float(np.median(np.abs(left))), 1e-3)
        # at first every reading counts a little: what looks like an outlier may be a cycle that differs
        far = np.abs(left) / noise
        weight = 1 / np.maximum(far, 1.0) if turn < 2 else np.maximum(1 - (far / CUT) ** 2, 0.0) ** 2
        matrix = (slopes * weight[:, None]).T @ slopes + 1e-6 * np.eye(count)
        deviations = np.clip(deviations + np.linalg.solve(matrix, slopes.T @ (weight * left)), -2, 2)
    return deviations, np.sqrt(np.diag(np.linalg.inv(matrix))) * noise * settled.widening

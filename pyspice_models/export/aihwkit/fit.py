"""The cell as a piecewise step device and as a power step device, and how far each is from the cell.

A weight is the level less the symmetric point under alternating pulses, in parts of the window: 0 is where a train of
ups and downs leads to, as training with a second array wants it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import scipy  # loads scipy.optimize where it is first used

from pyspice_models.export.aihwkit.contents import TrainingDevice
from pyspice_models.export.aihwkit.curve import NODES, Array, CellUnderPulses, Points, Train, symmetric_points
from pyspice_models.export.aihwkit.device import KINDS, STEPS, train
from pyspice_models.export.aihwkit.spread import Spread, spread_of


@dataclass(frozen=True)
class Device:
    """One device of the toolkit.

    Attributes:
        kind: "piecewise_step" or "power_step".
        parameters: of the toolkit's class, by its names.
        weights: after each pulse of the cell's train, by the toolkit's equations, shape (pulses,).
        train: largest distance from the cell in its train, of the window.
        points: symmetric points, as levels of the cell.
        scatter: standard deviation over devices of the weight at their own symmetric points.
        scatter_with_one_window: the same if the ends of the window do not differ.
    """

    kind: str
    parameters: Mapping[str, Any]
    weights: Array
    train: float
    points: Points
    scatter: float
    scatter_with_one_window: float


@dataclass(frozen=True)
class Fitted:
    """What is handed on.

    Attributes:
        asked: the cell and its pulses.
        map_error: of the map that the steps come from, of the window.
        points: symmetric points of the cell by its own simulation.
        train: of the cell by its own simulation.
        step: mean size of a set and a reset at the symmetric point, of the window.
        spread: from device to device.
        devices: by kind.
    """

    asked: TrainingDevice
    map_error: float
    points: Points
    train: Train
    step: float
    spread: Spread
    devices: Mapping[str, Device]


def fit_devices(asked: TrainingDevice) -> Fitted:
    """Fit both devices.

    Raises:
        RequestError: a cell without equations or spread, pulses that no map follows, or that hardly move the cell.
    """
    cell = CellUnderPulses(asked)
    levels = np.linspace(0, 1, NODES)
    sizes, points, run = cell.steps(levels), symmetric_points(cell.simulated), cell.train()
    zero = symmetric_points(cell.mapped).alternating
    up, down = (float(size[0]) for size in cell.steps(np.array([zero])))
    step = (up + down) / 2
    spread = spread_of(asked, levels, sizes, zero)
    common = {"w_min": -zero, "w_max": 1 - zero, **spread.parameters(asked.pulses.cycle_spread)}
    found = {
        "piecewise_step": {
            "dw_min": step, "up_down": 0.0, **common,
            "piecewise_up": (sizes[0] / step).tolist(), "piecewise_down": (sizes[1] / step).tolist(),
        },
        "power_step": {
            **common, **_power_step(levels, sizes, run, points, zero), "pow_gamma_dtod": 0.0, "pow_up_down_dtod": 0.0,
        },
    }  # fmt: skip
    devices = {kind: _device(kind, found[kind], zero, run, spread) for kind in KINDS}
    return Fitted(asked, cell.response.error, points, run, step, spread, devices)


def _device(kind: str, of: Mapping[str, Any], zero: float, run: Train, spread: Spread) -> Device:
    weights = np.array(train(kind, of, run.start - zero, run.signs.tolist()))
    own = symmetric_points(partial(STEPS[kind], of=of), of["w_min"], of["w_max"])
    as_levels = Points(own.alternating + zero, own.equal + zero)
    off = float(np.abs(weights + zero - run.levels).max())
    alike = replace(spread, low=0.0, high=0.0)
    scatters = [one.scatter(STEPS[kind], of) for one in (spread, alike)]
    return Device(kind, of, weights, off, as_levels, *scatters)


def _power_step(levels: Array, sizes: tuple[Array, Array], run: Train, points: Points, zero: float) -> dict[str, float]:
    """Sizes and exponents of up and down, and ends of the window, within the cell's.

    First of the steps alone, then so that the train and both symmetric points are met; fourth powers of distances are
    summed, of which the largest ones decide.
    """

    def steps_off(log: Array) -> Array:
        up, gamma_up, down, gamma_down = np.exp(log)
        return np.concatenate([up * (1 - levels) ** gamma_up - sizes[0], down * levels**gamma_down - sizes[1]])

    def device(found: Array) -> dict[str, float]:
        return {**_pair(found[:4]), "w_min": float(found[4]), "w_max": float(found[5])}

    def off(found: Array) -> Array:
        of = device(found)
        own = symmetric_points(partial(STEPS["power_step"], of=of), of["w_min"], of["w_max"])
        away = np.array(train("power_step", of, run.start, run.signs.tolist())) - run.levels
        return np.array([*away, own.alternating - points.alternating, own.equal - points.equal])

    first = np.log([max(float(sizes[0][0]), 1e-6), 1.0, max(float(sizes[1][-1]), 1e-6), 1.0])
    by_steps = scipy.optimize.least_squares(steps_off, first, x_scale=0.1).x
    start = np.array([*by_steps, 0.0, 1.0])
    unit = max(float(np.abs(off(start)).max()), 1e-9)
    ends = (np.array([*[-np.inf] * 4, 0.0, 1 - _CUT]), np.array([*[np.inf] * 4, _CUT, 1.0]))
    met = scipy.optimize.least_squares(
        lambda found: (off(found) / unit) ** 2, start, x_scale=[0.1] * 4 + [_CUT / 10] * 2, bounds=ends, max_nfev=200
    ).x
    of = device(met)
    return {**of, "w_min": of["w_min"] - zero, "w_max": of["w_max"] - zero}


_CUT = 0.01
"""Share of the window that a power step device may lack at either end: the cell's last steps never quite get there."""


def _pair(log: Array) -> dict[str, float]:
    """As the toolkit has them: the larger one, and what a bias takes from the other direction."""
    up, gamma_up, down, gamma_down = (float(value) for value in np.exp(log))
    size, bias = _biased(up, down)
    gamma, bend = _biased(gamma_up, gamma_down)
    return {"dw_min": size, "up_down": bias, "pow_gamma": gamma, "pow_up_down": bend}


def _biased(up: float, down: float) -> tuple[float, float]:
    return (down, up / down - 1) if up < down else (up, 1 - down / up)

"""How devices differ, as the toolkit draws them, from samples of the cell.

A device's weight is its conductance less that at its own symmetric point, over the window of the nominal cell: it has
its own window and its own steps. The toolkit draws the ends of the window, the size of the steps and their asymmetry
each by itself, while in the cell one cause moves several of them; what that makes of symmetric points is told.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from pyspice_models.array.variability import sample_cycles, sample_devices
from pyspice_models.cells.registry import model_of
from pyspice_models.export.aihwkit.contents import TrainingDevice
from pyspice_models.export.aihwkit.curve import symmetric_points
from pyspice_models.export.aihwkit.device import piecewise_step
from pyspice_models.program.learning.tiles.response import corners

Array = NDArray[np.float64]

DEVICES = 400
"""That are sampled: a standard deviation is known to 4 %."""

_SEED = 0


@dataclass(frozen=True)
class Spread:
    """Standard deviations.

    Attributes:
        gain: of the logarithm of both steps' common factor.
        asymmetry: of half the difference of their factors.
        low, high: of the weights at the ends of the window, relative to their means.
        points: of the symmetric points as levels.
        together: correlation of the common factor with the width of the window.
        cycles: of the step at the symmetric point from cycle to cycle, relative; of the spreads of the cell.
    """

    gain: float
    asymmetry: float
    low: float
    high: float
    points: float
    together: float
    cycles: float

    def parameters(self, cycle: float) -> dict[str, Any]:
        """By the toolkit's names; `cycle` is the spread of a step from pulse to pulse."""
        return {
            "dw_min_dtod": self.gain, "dw_min_dtod_log_normal": True, "up_down_dtod": self.asymmetry,
            "w_min_dtod": self.low, "w_max_dtod": self.high, "dw_min_std": cycle, "reset_std": 0.0,
        }  # fmt: skip

    def scatter(self, step: Callable[..., float], of: Mapping[str, Any]) -> float:
        """Standard deviation of the weights at the symmetric points of devices that are drawn as the toolkit does."""
        drawn = np.random.default_rng(np.random.SeedSequence(_SEED)).standard_normal((DEVICES, 4))
        found = []
        for gain, half, low, high in drawn:
            common, apart = np.exp(self.gain * gain), self.asymmetry * half
            own = {**of, "w_min": of["w_min"] * (1 + self.low * low), "w_max": of["w_max"] * (1 + self.high * high)}
            moved = partial(step, of=own, gains=(abs(common + apart), abs(common - apart)))
            found.append(symmetric_points(moved, own["w_min"], own["w_max"]).alternating)
        return float(np.std(found))


def spread_of(asked: TrainingDevice, levels: Array, nominal: tuple[Array, Array], zero: float) -> Spread:
    """Sample devices and cycles, and give each one pulse from every level.

    Args:
        asked: the cell, its pulses and its spreads.
        levels: shape (levels,).
        nominal: sizes of a set and a reset of the nominal cell from there.
        zero: symmetric point of the nominal cell.

    Raises:
        RequestError: a cell that states no spread, or a sample out of a parameter's range.
    """
    cell = asked.cell.cell
    own = sample_devices(cell, DEVICES, _SEED, asked.variability)
    up, down = _sizes(asked, own, levels)
    window = _window(asked, own)
    factors = np.stack([window * (up @ nominal[0]) / (nominal[0] @ nominal[0]),
                        window * (down @ nominal[1]) / (nominal[1] @ nominal[1])])  # fmt: skip
    gain, apart = factors.mean(axis=0), (factors[0] - factors[1]) / 2
    points = np.array([_point(sets, resets) for sets, resets in zip(up, down, strict=True)])
    low, high = -window * points, window * (1 - points)
    cycles = np.stack(_sizes(asked, sample_cycles(cell, DEVICES, _SEED, asked.variability), np.array([zero]))).mean(0)
    with np.errstate(invalid="ignore"):  # devices that are all alike
        together = float(np.nan_to_num(np.corrcoef(gain, window)[0, 1]))
    return Spread(
        float(np.log(gain).std()), float(apart.std()), float(abs(low.std() / low.mean())),
        float(high.std() / high.mean()), float(points.std()), together, float(cycles.std() / cycles.mean()),
    )  # fmt: skip


def _sizes(asked: TrainingDevice, own: Mapping[str, Array], levels: Array) -> tuple[Array, Array]:
    """Sizes of a set and a reset of each device, shape (devices, levels)."""
    model, pulses = model_of(asked.cell.cell), asked.pulses
    assert model.alone is not None, "the map refuses such a cell"
    each = {name: np.repeat(values, len(levels)) for name, values in own.items()}
    each |= {name: np.zeros(DEVICES * len(levels)) for name in model.initial}
    each[model.level_parameter] = np.tile(levels, DEVICES)
    place = [state.name for state in model.states].index(model.level)
    found = []
    for sign in (1, -1):
        volts = corners(sign * pulses.voltage, pulses.width, pulses.edge)
        change = model.alone(asked.cell.cell, each, *volts, temperature=pulses.temperature)[place]
        found.append(sign * change.reshape(DEVICES, len(levels)))
    return found[0], found[1]


def _window(asked: TrainingDevice, own: Mapping[str, Array]) -> Array:
    """Conductance from level 0 to level 1 near 0 V over that of the nominal cell, shape (devices,)."""
    cell, kelvin, nothing = asked.cell.cell, asked.pulses.temperature, 0.0
    model = model_of(cell)
    ends = []
    several: Any = replace(cell, **cast("Any", own))
    for parameters in (several, cell):
        equations = model.solved(parameters, kelvin, asked="a window of conductance")
        high, low = (equations.conductance(nothing, *model.at_level(level)) for level in (1.0, 0.0))
        ends.append(high - low)
    return np.broadcast_to(ends[0] / ends[1], (DEVICES,)).astype(float)


def _point(up: Array, down: Array) -> float:
    """Symmetric point of one device from its steps, as a level."""
    of = {"w_min": 0.0, "w_max": 1.0, "dw_min": 1.0, "piecewise_up": up, "piecewise_down": down}
    return symmetric_points(partial(piecewise_step, of=of)).alternating

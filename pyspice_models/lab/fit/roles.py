"""What parameters do in a cell of any kind, found by moving each a little: ends of the window, rates, their shape."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyspice_models.cells.model import CellModel
from pyspice_models.cells.registry import model_of
from pyspice_models.declare.quantity import ParameterSet
from pyspice_models.errors import RequestError
from pyspice_models.lab.fit.measured.train import Data, PulseTrain
from pyspice_models.lab.fit.model import Setup

Array = NDArray[np.float64]

_NUDGE = 1e-4
_NONE = 2e-3  # exponent below which a parameter has no effect
_STATES = np.array([0.2, 0.5, 0.8])
_WEAKER = 0.8


def is_logarithmic(cell: ParameterSet, name: str) -> bool:
    """Whether a parameter is a positive scale, which is fitted in its logarithm."""
    q = cell.quantities()[name]
    if name in model_of(cell).initial or float(getattr(cell, name)) <= 0:
        return False
    return bool((q.open_low and q.low == 0) or q.low == -np.inf)


@dataclass(frozen=True)
class Conditions:
    """Where a parameter's effect is looked at: the largest voltage of each sign [V], None for none; reading; [K]."""

    up: float | None
    down: float | None
    read: float
    kelvin: float

    @classmethod
    def of(cls, data: Sequence[Data], setups: Sequence[Setup]) -> Conditions:
        """Of several sets of data."""
        volts = np.concatenate([_active(one) for one in data])
        up, down = volts.max(initial=0.0), volts.min(initial=0.0)
        return cls(
            float(up) if up > 0 else None, float(down) if down < 0 else None, setups[0].read_voltage,
            setups[0].temperature,
        )  # fmt: skip


def _active(data: Data) -> Array:
    return data.voltage[data.stress > 0] if isinstance(data, PulseTrain) else data.voltage


@dataclass(frozen=True)
class Role:
    """What a parameter does, as exponents: relative change of the quantity by relative change of the parameter.

    Attributes:
        window: of the read conductance at 0 and at 1.
        rates: of the rate half-way at the largest set and the largest reset voltage; 0 where there is none.
        shape: its effect on a rate depends on the state.
        barrier: its effect on a rate depends on the voltage.
    """

    window: tuple[float, float]
    rates: tuple[float, float]
    shape: bool
    barrier: bool

    @property
    def of_window(self) -> bool:
        """It moves the window's ends alone."""
        return any(self.window) and not any(self.rates) and not self.shape and not self.barrier

    @property
    def of_rates(self) -> bool:
        """It multiplies rates, and does nothing else."""
        return any(self.rates) and not any(self.window) and not self.shape and not self.barrier


def window_and_rates(cell: ParameterSet, conditions: Conditions) -> tuple[Array, Array]:
    """Logarithms of the read conductance at 0 and at 1 [S]; of rates of the level, shape (direction, probe) [1/s].

    The last probe is at a weaker voltage; a direction without voltage has zeros.
    """
    model = model_of(cell)
    solved = model.solved(cell, conditions.kelvin, asked="a fit")
    n = _level(model)
    ends = [
        float(np.asarray(solved.conductance(conditions.read, *(np.full(1, s) for s in model.at_level(end))))[0])
        for end in (0.0, 1.0)
    ]
    rates = np.zeros((2, len(_STATES) + 1))
    for k, volt in enumerate((conditions.up, conditions.down)):
        if volt is None:
            continue
        for voltage, where, states in ((volt, slice(0, 3), _STATES), (_WEAKER * volt, slice(3, 4), _STATES[1:2])):
            full: list[Any] = [np.zeros(len(states)) for _ in model.states]
            full[n] = states
            speed = np.asarray(solved.rates(voltage, *full)[n], dtype=float) * np.sign(volt)
            rates[k, where] = np.log(np.maximum(speed, 1e-300))
    return np.log(np.maximum(ends, 1e-300)), rates


def _level(model: CellModel) -> int:
    return [state.name for state in model.states].index(model.level)


def role_of(cell: ParameterSet, name: str, conditions: Conditions) -> Role:
    """What a parameter does there; nothing where it cannot be moved."""
    q, value = cell.quantities()[name], float(getattr(cell, name))
    scale = abs(value) if value else 0.1
    ends = []
    for sign in (1, -1):
        moved = min(max(value + sign * _NUDGE * scale, q.low), q.high)
        try:
            ends.append((moved, window_and_rates(replace(cell, **{name: moved}), conditions)))
        except RequestError:
            return Role((0.0, 0.0), (0.0, 0.0), False, False)
    apart = (ends[0][0] - ends[1][0]) / scale
    if apart <= 0:
        return Role((0.0, 0.0), (0.0, 0.0), False, False)
    (_, (window_a, rates_a)), (_, (window_b, rates_b)) = ends
    window, rates = (window_a - window_b) / apart, (rates_a - rates_b) / apart
    window[np.abs(window) < _NONE] = 0.0
    rates[np.abs(rates) < _NONE] = 0.0
    by_state = bool(np.any(np.ptp(rates[:, :3], axis=1) > 0.02))
    by_voltage = bool(np.any(np.abs(rates[:, 3] - rates[:, 1]) > 0.02 * (1 + np.abs(rates[:, 1]))))
    return Role((float(window[0]), float(window[1])), (float(rates[0, 1]), float(rates[1, 1])), by_state, by_voltage)


def chosen_by_role(cell: ParameterSet, conditions: Conditions) -> tuple[str, ...]:
    """What data of a cell of any kind can tell: its first state, both ends of the window, a rate in each direction."""
    model = model_of(cell)
    found = {
        name: role_of(cell, name, conditions)
        for name, q in cell.quantities().items()
        if name not in model.initial and not q.whole and isinstance(getattr(cell, name), float)
    }
    names = [model.level_parameter]
    for kind, wanted in (("window", "of_window"), ("rates", "of_rates")):
        able = [(name, np.array(getattr(role, kind))) for name, role in found.items() if getattr(role, wanted)]
        # those that do one thing alone first
        able.sort(key=lambda one: int(np.count_nonzero(one[1])))
        taken: list[Array] = []
        for name, effect in able:
            if np.linalg.matrix_rank(np.array([*taken, effect]), tol=0.05) > len(taken):
                taken.append(effect)
                names.append(name)
    return tuple(names)


def solved_for(
    cell: ParameterSet, names: Sequence[str], conditions: Conditions, *, window: Array | None = None,
    rates: Array | None = None, roles: Mapping[str, Role] | None = None,
) -> ParameterSet:  # fmt: skip
    """The cell with those of `names` moved that give it this window [S], or these rates half-way [1/s] (NaN: any).

    What they cannot reach stays as near as they come. `roles` are those of the names, where they are known.
    """
    kind = "window" if rates is None else "rates"
    wanted = np.log(np.asarray(window if rates is None else rates, dtype=float))
    known = roles or {name: role_of(cell, name, conditions) for name in names}
    movers = [name for name in names if is_logarithmic(cell, name) and getattr(known[name], f"of_{kind}")]
    if not movers:
        return cell
    effects = np.array([getattr(known[name], kind) for name in movers]).T
    for turn in range(16):
        window_now, rates_now = window_and_rates(cell, conditions)
        now = window_now if rates is None else rates_now[:, 1]
        missing = np.where(np.isfinite(wanted), wanted - now, 0.0)
        if np.abs(missing).max() < 1e-12:
            break
        if turn in {3, 7}:
            effects = np.array([getattr(role_of(cell, name, conditions), kind) for name in movers]).T
        steps = np.clip(np.linalg.lstsq(effects, missing, rcond=1e-3)[0], -5, 5)
        values = {}
        for name, step in zip(movers, steps, strict=True):
            q = cell.quantities()[name]
            low = max(q.low, 1e-18) * (1 + 1e-9)
            values[name] = float(np.clip(getattr(cell, name) * np.exp(step), low, q.high))
        try:
            cell = cell.replace(**values)
        except RequestError:
            break
    return cell


def level_at(cell: ParameterSet, conductance: float, conditions: Conditions) -> float:
    """The level at which the cell reads as this conductance [S], inside the window."""
    model = model_of(cell)
    solved = model.solved(cell, conditions.kelvin, asked="a fit")
    grid = np.linspace(0.0, 1.0, 201)
    states = [grid if state.name == model.level else np.zeros(201) for state in model.states]
    reads = np.asarray(solved.conductance(conditions.read, *states))
    order = np.argsort(reads)
    return float(np.clip(np.interp(conductance, reads[order], grid[order]), 0.01, 0.99))

"""What the cell would have shown in the experiment, for many trial cells at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pyspice_models.cells.ag2s import law
from pyspice_models.cells.ag2s.equations import Equations
from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.cells.ag2s.twin import simulate_many
from pyspice_models.errors import RequestError
from pyspice_models.lab.fit.data import IvLoop, PulseTrain
from pyspice_models.numeric import real_array
from pyspice_models.units import number

Array = NDArray[np.float64]

FITTABLE = (
    "w0", "x0", "g_int_min", "g_int_max", "v_int", "rate_int_set", "rate_int_reset", "p_int", "v_nuc_int",
    "g_fil_min", "g_fil_max", "rate_fil_set", "rate_fil_reset", "p_fil", "v_nuc_fil", "alpha",
)  # fmt: skip

FINE = 1e-6
"""Tolerance of a twin run whose error is small beside the finite differences."""

COARSE = 1e-4
"""Tolerance where only the nearest valley is looked for."""


@dataclass(frozen=True)
class Setup:
    """How the data were taken.

    Attributes:
        read_voltage: at which the conductance after a pulse was read [V].
        series_resistance: between source and cell in a loop [ohm].
        i_limit: current compliance in a loop [A]; needs a series resistance.
        temperature: [K].
        floor: current below which a loop's noise dominates [A]; None: 1e-4 of the largest current.
    """

    read_voltage: float = 5e-3
    series_resistance: float = 0.0
    i_limit: float = np.inf
    temperature: float = 300.0
    floor: float | None = None

    def __post_init__(self) -> None:
        """Values become SI floats; what no experiment can have is refused."""
        for name, unit in (("read_voltage", "V"), ("series_resistance", "ohm"), ("temperature", "K"), ("floor", "A")):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, number(getattr(self, name), unit, name=name))
        # inf is none
        object.__setattr__(self, "i_limit", float(real_array(self.i_limit, "A", name="i_limit")))
        for name, unit, good, allowed in (
            ("read_voltage", "V", 0 < abs(self.read_voltage) <= 1, "-1 to 1, not 0"),
            ("series_resistance", "ohm", 0 <= self.series_resistance <= 1e12, "0 to 1e12"),
            ("i_limit", "A", self.i_limit > 0, "> 0"),
            ("temperature", "K", 200 <= self.temperature <= 500, "200 to 500"),
            ("floor", "A", self.floor is None or 0 < self.floor < np.inf, "> 0"),
        ):
            if not good:
                raise RequestError.for_value(name, getattr(self, name), unit=unit, allowed=allowed)
        if np.isfinite(self.i_limit) and self.series_resistance == 0:
            raise RequestError("a compliance needs the series resistance that it acts behind; give both")


def predict(
    data: PulseTrain | IvLoop, base: CellParams, trials: Mapping[str, Array], setup: Setup, *, tolerance: float = FINE
) -> Array:
    """Conductances [S] or currents [A] of trial cells.

    Args:
        data: the experiment; only its stimulus is used.
        base: parameters common to all trials.
        trials: parameters that differ, arrays of shape (trial,).
        setup: how the data were taken.
        tolerance: of the twin, for loops.

    Returns:
        Shape (trial, row).
    """
    if isinstance(data, PulseTrain):
        count = len(next(iter(trials.values())))
        cells = [base.replace(**{name: float(values[n]) for name, values in trials.items()}) for n in range(count)]
        return np.stack([_train(data, cell, setup) for cell in cells])
    time = data.time - data.time[0]
    runs = simulate_many(
        base, trials, time, data.voltage, series_resistance=setup.series_resistance, i_limit=setup.i_limit,
        temperature=setup.temperature, tolerance=tolerance,
    )  # fmt: skip
    # every sample is a corner of the source, so every sample is a time point of the run
    return np.stack([run.i[np.minimum(np.searchsorted(run.time, time), len(run.time) - 1)] for run in runs])


def _train(data: PulseTrain, cell: CellParams, setup: Setup) -> Array:
    """Conductances after rectangular pulses.

    At a constant voltage each state follows ds/dt = rate x soft bound: the way through the window is integrated once,
    and a pulse moves along it by rate x time. Edges of pulses, and the growth against the pulse's direction (a share of
    1e-5 at 0.3 V), are left out.
    """
    eq = Equations(cell, setup.temperature)
    positive = data.voltage > 0
    steps_w, steps_x = (data.stress * np.where(positive, *speeds) for speeds in eq.speeds(data.voltage))
    w = _walk(cell.w0, steps_w, positive, cell.p_int, cell.s_smooth)
    x = _walk(cell.x0, steps_x, positive, cell.p_fil, cell.s_smooth)
    conductance: Array = eq.conductance(setup.read_voltage, w, x)
    return conductance


_LN_DISTANCE = np.linspace(0.0, -32.0, 8001)
_DISTANCE = np.exp(_LN_DISTANCE)


def _walk(start: float, steps: Array, positive: NDArray[np.bool_], exponent: float, width: float) -> Array:
    """States after each step; a step is the time at unit rate.

    `SoftBounds.end` is its closed form for width 0 and an exponent below 1; a fit tries others.
    """
    # dd/dtau = -soft_bound(d), with d the distance to the bound that is approached
    slowness = _DISTANCE / law.soft_bound(_DISTANCE, exponent, width)
    spacing = _LN_DISTANCE[0] - _LN_DISTANCE[1]
    tau = np.concatenate([[0.0], np.cumsum(spacing * (slowness[1:] + slowness[:-1]) / 2)])
    states, state = np.empty(len(steps)), start
    for n, (step, up) in enumerate(zip(steps, positive, strict=True)):
        if step > 0:
            distance = min(max(1 - state if up else state, 1e-13), 1.0)
            now = np.interp(-np.log(distance), -_LN_DISTANCE, tau)
            distance = float(np.exp(-np.interp(now + step, tau, -_LN_DISTANCE)))
            state = 1 - distance if up else distance
        states[n] = state
    return states

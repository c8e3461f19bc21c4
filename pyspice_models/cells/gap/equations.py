"""The gap model's equations, for numbers or arrays; sources in `params.py`.

    gap = gap_max - (gap_max - gap_min) x,   I = i0 exp(-gap/g0) sinh(V/v0),   T' = T + r_th V I
    speed = vel0 exp(-e_a/kT') sinh(gamma a0 q V/(t_ox kT')),   gamma = gamma0 - beta (gap/1 nm)^3
    dx/dt = +-|speed|/(gap_max - gap_min) until a bound

The published clamp of the gap is sharp; here the speed falls to 0 within `s_smooth` of a bound. The speed levels off at
`v_limit`, voltages and heating as their parameters say: everything is finite at any voltage. The other two forms are
verilog_a/gap.va and netlists/gap.lib.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from pyspice_models.cells.ag2s.law import bounded, clipped, magnitude, soft_bound
from pyspice_models.cells.gap.params import GapParams
from pyspice_models.declare.constants import boltzmann, elementary_charge
from pyspice_models.errors import RequestError

TOP, SHARP, FAR = 100.0, 100.0, 2.0
"""Largest exponent of a speed, long after `v_limit` holds it; steepness of `f_min`; its largest ratio to the field."""


@dataclass(frozen=True)
class Equations:
    """Current and rate of the cell, or of many cells at once.

    Attributes:
        cell: parameters; each a number, or an array that broadcasts with voltages and states.
        temperature: of the surroundings [K].
    """

    cell: GapParams
    temperature: float = 300.0

    @property
    def c_geo(self) -> Any:
        """Capacitance between the electrodes [F]."""
        return self.cell.c_cell

    @cached_property
    def span(self) -> Any:
        """From the smallest to the largest gap [m]."""
        return self.cell.gap_max - self.cell.gap_min

    def clip(self, state: ArrayLike) -> Any:
        """The state inside [0, 1]."""
        return clipped(np.asarray(state), self.cell.s_clip)

    def gap(self, x: ArrayLike) -> Any:
        """Length of the gap [m]."""
        return self.cell.gap_max - self.span * self.clip(x)

    def conductance(self, v: ArrayLike, x: ArrayLike) -> Any:
        """I/V [S] at the voltage `v` [V]."""
        c = self.cell
        z = magnitude(bounded(np.asarray(v), c.v_bend), c.v_smooth) / c.v0
        return c.i0 / c.v0 * np.exp(-self.gap(x) / c.g0) * np.sinh(z) / z

    def current(self, v: ArrayLike, x: ArrayLike) -> Any:
        """Conduction current [A] at the voltage `v` [V]."""
        return np.asarray(v) * self.conductance(v, x)

    def local_temperature(self, v: ArrayLike, x: ArrayLike) -> Any:
        """Temperature of the filament's end [K]."""
        seen = bounded(np.asarray(v), self.cell.v_linear)
        return self.temperature + bounded(self.cell.r_th * seen**2 * self.conductance(v, x), self.cell.dt_linear)

    def speed(self, v: ArrayLike, x: ArrayLike) -> Any:
        """How fast the gap closes, were it not at a bound [m/s]; negative where it opens."""
        c, seen = self.cell, bounded(np.asarray(v), self.cell.v_linear)
        per_volt = elementary_charge / (boltzmann * self.local_temperature(v, x))
        gamma = c.gamma0 - c.beta * (self.gap(x) / 1e-9) ** 3
        hop = gamma * c.a0 / c.t_ox * seen * per_volt
        barrier = c.e_a * per_volt
        free = 0.5 * c.vel0 * (np.exp(np.minimum(hop - barrier, TOP)) - np.exp(np.minimum(-hop - barrier, TOP)))
        weak = np.minimum(c.f_min * c.t_ox / (gamma * magnitude(seen, c.v_smooth)), FAR) + 1e-6
        free = free / (1 + weak**SHARP)
        return free / np.sqrt(1 + (free / c.v_limit) ** 2)

    def rates(self, v: ArrayLike, x: ArrayLike) -> tuple[Any]:
        """dx/dt [1/s] at the voltage `v` [V]."""
        c, state = self.cell, np.asarray(x)
        seen = bounded(np.asarray(v), c.v_linear)
        way = seen / magnitude(seen, c.v_smooth)
        moved = 0.5 * self.speed(v, x) * way / self.span
        return (
            moved
            * ((1 + way) * soft_bound(1 - state, 0.0, c.s_smooth) - (1 - way) * soft_bound(state, 0.0, c.s_smooth)),
        )


def check(cell: GapParams, temperature: float) -> None:
    """Raise RequestError for a gap so wide that the field in it changes its sign, or that gives no finite numbers."""
    gamma = cell.gamma0 - cell.beta * (np.asarray(cell.gap_max) / 1e-9) ** 3
    if not np.all(gamma > 0):
        raise RequestError.for_value(
            "cell.gap_max", float(np.max(cell.gap_max)), unit="m", allowed="gamma0 - beta (gap_max/1 nm)^3 > 0",
            advice="A wider gap would close where it should open: lower gap_max or beta.",
        )  # fmt: skip
    equations = Equations(cell, temperature)
    with np.errstate(all="ignore"):
        for volt in (0.0, 100.0, -100.0):
            for state in (0.0, 1.0):
                found = (equations.conductance(volt, state), *equations.rates(volt, state))
                if not all(np.isfinite(values).all() for values in found):
                    raise RequestError(
                        f"the cell's equations give no number at {volt:g} V in the state {state:g}: v0 "
                        f"({np.min(cell.v0):g} V) is too small against v_bend ({np.max(cell.v_bend):g} V), or another "
                        "parameter too extreme. Change it and run again."
                    )

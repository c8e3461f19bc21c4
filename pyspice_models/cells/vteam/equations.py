"""VTEAM's equations, for numbers or arrays (Kvatinsky et al., IEEE Trans. Circuits Syst. II 62 (2015) 786).

    dw/dt = k_on/length ramp(V/v_on - 1)^alpha_on f(1 - w) - k_off/length ramp(-V/v_off - 1)^alpha_off f(w)
    1/R = e (r_off/r_on)^w / r_off + (1 - e) / (r_off + (r_on - r_off) w),   I = V/R

The paper has the sharp ramp(z) = max(z, 0) and f = 1 inside the bounds. Here ramp(z) = s ln(1 + exp(z/s)), s the
`softness`: s ln 2 too much at the threshold, s exp(-|z|/s) away from it. f(x) = x (x^2 + s_smooth^2)^((p-1)/2). The
other two forms are verilog_a/vteam.va and netlists/vteam.lib.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from pyspice_models.cells.ag2s.law import bounded, clipped, soft_bound
from pyspice_models.cells.vteam.params import VteamParams

LEAST = 1e-18
"""Added to a ramp: a power of nothing has no derivative."""


def ramp(z: Any, softness: Any) -> Any:
    """max(z, 0), smooth within a few `softness`."""
    return np.maximum(z, 0) + softness * np.log1p(np.exp(-np.abs(z) / softness)) + LEAST


@dataclass(frozen=True)
class Equations:
    """Current and rate of the cell, or of many cells at once; the temperature plays no part in the published model.

    Attributes:
        cell: parameters; each a number, or an array that broadcasts with voltages and states.
        temperature: [K].
    """

    cell: VteamParams
    temperature: float = 300.0

    @property
    def c_geo(self) -> Any:
        """Capacitance between the electrodes [F]."""
        return self.cell.c_cell

    def clip(self, state: ArrayLike) -> Any:
        """The state inside [0, 1]."""
        return clipped(np.asarray(state), self.cell.s_clip)

    def conductance(self, v: ArrayLike, w: ArrayLike) -> Any:
        """I/V [S]; the same at every voltage `v`."""
        c, state = self.cell, self.clip(w)
        curved = np.exp(state * np.log(c.r_off / c.r_on)) / c.r_off
        straight = 1 / (c.r_off + (c.r_on - c.r_off) * state)
        return c.exponential * curved + (1 - c.exponential) * straight + 0 * np.asarray(v)

    def current(self, v: ArrayLike, w: ArrayLike) -> Any:
        """Conduction current [A] at the voltage `v` [V]."""
        return np.asarray(v) * self.conductance(v, w)

    def rates(self, v: ArrayLike, w: ArrayLike) -> tuple[Any]:
        """dw/dt [1/s] at the voltage `v` [V]."""
        c, state = self.cell, np.asarray(w)
        u = bounded(np.asarray(v), c.v_linear)
        setting = c.k_on / c.length * ramp(u / c.v_on - 1, c.softness) ** c.alpha_on
        resetting = c.k_off / c.length * ramp(-u / c.v_off - 1, c.softness) ** c.alpha_off
        return (
            setting * soft_bound(1 - state, c.p_window, c.s_smooth)
            - resetting * soft_bound(state, c.p_window, c.s_smooth),
        )

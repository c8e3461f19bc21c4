"""The Ag2S cell's equations, for numbers or arrays: the same as in `verilog_a/ag2s.va`, and the only ones in Python.

The derivation stands in verilog_a/README.md; the tests hold the three forms against each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.constants import elementary_charge, epsilon_0
from scipy.constants import k as boltzmann

from pyspice_models.params import CellParams


@dataclass(frozen=True)
class Equations:
    """Currents, rates and powers of the cell, or of many cells at once.

    `w` and `x` are the states as integrated (they may overshoot [0, 1] by the integrator's error); `clip` gives the
    states that conduction sees.

    Attributes:
        cell: parameters; each a number, or an array that broadcasts with the voltages and states.
        temperature: [K].
    """

    cell: CellParams
    temperature: float = 300.0

    # ---- bias-independent part

    @cached_property
    def vt(self) -> Any:
        """Thermal voltage kT/q [V]."""
        return boltzmann * self.temperature / elementary_charge

    @cached_property
    def _warm(self) -> Any:
        return elementary_charge / boltzmann * (1 / self.cell.t_nom - 1 / self.temperature)

    @cached_property
    def area_ratio(self) -> Any:
        """area/area_ref."""
        return self.cell.area / self.cell.area_ref

    @cached_property
    def lever(self) -> Any:
        """What the thickness makes of a volt, in the kinetics."""
        return (self.cell.thickness / self.cell.thickness_ref) ** self.cell.thickness_exponent

    @cached_property
    def interface_window(self) -> tuple[Any, Any]:
        """Interface conductance near 0 V at w = 0 and w = 1 [S]."""
        scale = self.area_ratio * np.exp(self.cell.e_int * self._warm)
        return self.cell.g_int_min * scale, self.cell.g_int_max * scale

    @cached_property
    def filament_window(self) -> tuple[Any, Any]:
        """Filament-path conductance at x = 0 [S], and the logarithm of what x = 1 makes of it."""
        cold = 1 + self.cell.tcr_fil * (self.temperature - self.cell.t_nom)
        return self.cell.g_fil_min / cold, np.log(self.cell.g_fil_max / self.cell.g_fil_min)

    @cached_property
    def c_geo(self) -> Any:
        """Geometric capacitance [F]."""
        return epsilon_0 * self.cell.eps_r * self.cell.area / self.cell.thickness

    @cached_property
    def c_ion(self) -> Any:
        """Capacitance of the ionic branch [F]."""
        return self.cell.c_ion * self.area_ratio

    @cached_property
    def r_ion(self) -> Any:
        """Resistance of the ionic branch [ohm]."""
        return self.cell.r_ion / self.area_ratio**self.cell.r_ion_exponent

    # ---- kinetics

    @cached_property
    def _per_shape(self) -> tuple[Any, Any]:
        """What makes the shapes of the interface and the filament 1 at v_ref and t_nom, times Arrhenius."""
        c = self.cell
        growth = np.sinh(c.alpha * c.v_ref * elementary_charge / (boltzmann * c.t_nom))
        arrhenius = np.exp(c.e_act * self._warm)
        return (
            arrhenius / (np.exp(-c.v_nuc_int / c.v_ref) * growth),
            arrhenius / (np.exp(-c.v_nuc_fil / c.v_ref) * growth),
        )

    def kinetic_factors(self, v: ArrayLike) -> tuple[Any, Any]:
        """Rates of the interface and the filament at `v`, as multiples of those at v_ref and t_nom."""
        return self._kinetics(v)[1:]

    def _kinetics(self, v: ArrayLike) -> tuple[Any, Any, Any]:
        """Smooth sign of the voltage, and the two factors."""
        c = self.cell
        u = _bounded(self.lever * np.asarray(v), c.v_linear)
        mag = _magnitude(u, c.v_smooth)
        growth = np.sinh(c.alpha * mag / self.vt)
        hot = c.t_nom / self.temperature
        per_int, per_fil = self._per_shape
        f_int = per_int * np.exp(-c.v_nuc_int * hot / mag) * growth
        f_fil = per_fil * np.exp(-c.v_nuc_fil * hot / mag) * growth
        return u / mag, f_int / (1 + f_int / c.rate_limit), f_fil / (1 + f_fil / c.rate_limit)

    def rates(self, v: ArrayLike, w: ArrayLike, x: ArrayLike) -> tuple[Any, Any]:
        """dw/dt and dx/dt [1/s] at the voltage `v` [V]; dw/dt does not depend on x, nor dx/dt on w."""
        c = self.cell
        w, x = np.asarray(w), np.asarray(x)
        direction, f_int, f_fil = self._kinetics(v)
        dw = (f_int / 2) * (
            c.rate_int_set * (1 + direction) * _soft_bound(1 - w, c.p_int, c.s_smooth)
            - c.rate_int_reset * (1 - direction) * _soft_bound(w, c.p_int, c.s_smooth)
        )
        dx = (f_fil / 2) * (
            c.rate_fil_set * (1 + direction) * _soft_bound(1 - x, c.p_fil, c.s_smooth)
            - c.rate_fil_reset * (1 - direction) * _soft_bound(x, c.p_fil, c.s_smooth)
        )
        return dw, dx

    # ---- conduction

    def clip(self, state: ArrayLike) -> Any:
        """The state inside [0, 1]."""
        s, eps = np.asarray(state), self.cell.s_clip
        return 0.5 * (1 + np.sqrt(s * s + eps * eps) - np.sqrt((s - 1) ** 2 + eps * eps))

    def paths(self, v: ArrayLike, w: ArrayLike, x: ArrayLike) -> tuple[Any, Any]:
        """I/V of the interface and of the filament path [S]; the first does not depend on x, the second not on w."""
        low, high = self.interface_window
        z = _magnitude(_bounded(np.asarray(v), self.cell.v_linear), self.cell.v_smooth) / self.cell.v_int
        gap, gain = self.filament_window
        return (low + (high - low) * self.clip(w)) * np.sinh(z) / z, gap * np.exp(gain * self.clip(x))

    def conductance(self, v: ArrayLike, w: ArrayLike, x: ArrayLike) -> Any:
        """I/V of both paths [S]."""
        interface, filament = self.paths(v, w, x)
        return interface + filament

    def current(self, v: ArrayLike, w: ArrayLike, x: ArrayLike) -> Any:
        """Conduction current [A], without displacement and ionic current."""
        return np.asarray(v) * self.conductance(v, w, x)

    def power(self, v: ArrayLike, v_ion: ArrayLike, w: ArrayLike, x: ArrayLike) -> Any:
        """Power dissipated in the cell [W]; `v_ion` is the voltage on the ionic capacitance [V]."""
        v = np.asarray(v)
        return v * v * self.conductance(v, w, x) + (v - v_ion) ** 2 / self.r_ion

    def stored(self, v: ArrayLike, v_ion: ArrayLike) -> Any:
        """Energy stored in the cell's two capacitances [J]."""
        return 0.5 * self.c_geo * np.square(v) + 0.5 * self.c_ion * np.square(v_ion)


def _bounded(v: Any, top: float) -> Any:
    return v / np.sqrt(1 + v * v / (top * top))


def _magnitude(u: Any, width: float) -> Any:
    return np.sqrt(u * u + width * width)


def _soft_bound(distance: Any, exponent: float, width: float) -> Any:
    return distance * (distance * distance + width * width) ** (0.5 * (exponent - 1))

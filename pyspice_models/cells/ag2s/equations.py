"""The Ag2S cell's equations, for numbers or arrays: the same as in `verilog_a/ag2s.va`, and the only ones in Python.

The derivation stands in verilog_a/README.md; the tests hold the three forms against each other. The functions at the
end are the formulas; the nodal engine compiles these same functions for one cell at a time.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.constants import elementary_charge, epsilon_0
from scipy.constants import k as boltzmann

from pyspice_models.cells.ag2s.params import CellParams


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
        """Filament-path conductance at x = 0 [S], and the logarithm of what x = 1 makes of it.

        The metal's temperature coefficient comes in with the metal: not at all across the open gap, fully at x = 1.
        """
        hot = 1 + self.cell.tcr_fil * (self.temperature - self.cell.t_nom)
        return self.cell.g_fil_min, np.log(self.cell.g_fil_max / (self.cell.g_fil_min * hot))

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
        """What makes the factors of the interface and the filament exactly 1 at v_ref and t_nom, times Arrhenius.

        The limit takes its share at v_ref, too; growth alone is faster there by what the limit holds back.
        """
        c, ref = self.cell, self._seen_ref
        growth = np.sinh(c.alpha * ref / self._vt_nom)
        free = np.exp(c.e_act * self._warm) / (1 - 1 / c.rate_limit)
        return (
            free / (np.exp(-c.v_nuc_int / ref) * growth),
            free / (np.exp(-c.v_nuc_fil / ref) * growth),
        )

    @cached_property
    def _vt_nom(self) -> Any:
        return boltzmann * self.cell.t_nom / elementary_charge

    @cached_property
    def _seen_ref(self) -> Any:
        """What the kinetics see of v_ref [V]."""
        return magnitude(bounded(self.cell.v_ref, self.cell.v_linear), self.cell.v_smooth)

    @cached_property
    def _limit(self) -> tuple[Any, Any]:
        """The transport limit as a multiple of the rates at v_ref, extrapolated to 0 V; and its slope [1/V]."""
        c = self.cell
        at_ref = c.rate_limit * np.exp(c.e_limit * self._warm)
        return at_ref * np.exp(-c.alpha_limit * self._seen_ref / self._vt_nom), c.alpha_limit / self.vt

    def kinetic_factors(self, v: ArrayLike) -> tuple[Any, Any]:
        """Rates of the interface and the filament at `v`, as multiples of those at v_ref and t_nom."""
        return self._kinetics(v)[1:]

    def _kinetics(self, v: ArrayLike) -> tuple[Any, Any, Any]:
        """Smooth sign of the voltage, and the two factors."""
        c, hot = self.cell, self.cell.t_nom / self.temperature
        (per_int, per_fil), steep, limit = self._per_shape, c.alpha / self.vt, self._limit
        u = bounded(self.lever * np.asarray(v), c.v_linear)
        mag = magnitude(u, c.v_smooth)
        return (
            u / mag,
            kinetic_factor(mag, per_int, c.v_nuc_int * hot, steep, *limit),
            kinetic_factor(mag, per_fil, c.v_nuc_fil * hot, steep, *limit),
        )

    @cached_property
    def kinetic_constants(self) -> tuple[Any, ...]:
        """lever, v_linear, v_smooth, alpha q/kT, limit and its slope; 1/shape and nucleation voltage of both paths."""
        c, hot = self.cell, self.cell.t_nom / self.temperature
        per_int, per_fil = self._per_shape
        return (
            self.lever, c.v_linear, c.v_smooth, c.alpha / self.vt, *self._limit,
            per_int, c.v_nuc_int * hot, per_fil, c.v_nuc_fil * hot,
        )  # fmt: skip

    def rates(self, v: ArrayLike, w: ArrayLike, x: ArrayLike) -> tuple[Any, Any]:
        """dw/dt and dx/dt [1/s] at the voltage `v` [V]; dw/dt does not depend on x, nor dx/dt on w."""
        c = self.cell
        w, x = np.asarray(w), np.asarray(x)
        direction, f_int, f_fil = self._kinetics(v)
        return (
            rate(f_int, direction, w, c.rate_int_set, c.rate_int_reset, c.p_int, c.s_smooth),
            rate(f_fil, direction, x, c.rate_fil_set, c.rate_fil_reset, c.p_fil, c.s_smooth),
        )

    # ---- conduction

    def clip(self, state: ArrayLike) -> Any:
        """The state inside [0, 1]."""
        return clipped(np.asarray(state), self.cell.s_clip)

    def paths(self, v: ArrayLike, w: ArrayLike, x: ArrayLike) -> tuple[Any, Any]:
        """I/V of the interface and of the filament path [S]; the first does not depend on x, the second not on w."""
        (low, high), (gap, gain), c = self.interface_window, self.filament_window, self.cell
        bend = interface_bend(np.asarray(v), c.v_bend, c.v_smooth, c.v_int)
        return (low + (high - low) * self.clip(w)) * bend, gap * np.exp(gain * self.clip(x))

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


# ---- the formulas, for numbers or arrays; they use nothing but their arguments and each other


def bounded(v: Any, top: Any) -> Any:
    """`v` itself up to `top`; beyond, the excess levels off at a fifth of `top`, with two continuous derivatives."""
    inside = np.minimum(np.maximum(v, -top), top)
    excess = (v - inside) / (0.2 * top)
    return inside + 0.2 * top * excess / np.sqrt(1 + excess * excess)


def magnitude(u: Any, width: Any) -> Any:
    """A smooth |u|, `width` at 0."""
    return np.sqrt(u * u + width * width)


def interface_bend(v: Any, v_bend: Any, v_smooth: Any, v_int: Any) -> Any:
    """sinh(z)/z of the interface path, z = |v|/v_int."""
    z = magnitude(bounded(v, v_bend), v_smooth) / v_int
    return np.sinh(z) / z


def clipped(state: Any, width: Any) -> Any:
    """The state inside [0, 1], smoothly."""
    return 0.5 * (1 + np.sqrt(state * state + width * width) - np.sqrt((state - 1) ** 2 + width * width))


def kinetic_factor(mag: Any, per_shape: Any, v_nuc: Any, steep: Any, limit: Any, limit_steep: Any) -> Any:
    """Nucleation times growth at the voltage's magnitude `mag`, in series with transport."""
    factor = per_shape * np.exp(-v_nuc / mag) * np.sinh(steep * mag)
    return factor / (1 + factor / (limit * np.exp(limit_steep * mag)))


def soft_bound(distance: Any, exponent: Any, width: Any) -> Any:
    """distance^exponent, odd and smooth at 0."""
    return distance * (distance * distance + width * width) ** (0.5 * (exponent - 1))


def rate(factor: Any, direction: Any, state: Any, setting: Any, resetting: Any, exponent: Any, width: Any) -> Any:
    """Time derivative of a state [1/s]: towards 1 for the direction +1, towards 0 for -1."""
    return (factor / 2) * (
        setting * (1 + direction) * soft_bound(1 - state, exponent, width)
        - resetting * (1 - direction) * soft_bound(state, exponent, width)
    )

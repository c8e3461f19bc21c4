"""The Ag2S cell's equations, for numbers or arrays: the law with the constants that follow from its parameters.

The law itself, and the order of its constants, stand in `law.py`; the tests hold the three forms of the cell against
each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from pyspice_models.cells.ag2s import law
from pyspice_models.cells.ag2s.law import Conduction, IonBranch, Kinetics
from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.declare.constants import boltzmann, elementary_charge, epsilon_0


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

    @cached_property
    def ion_branch(self) -> IonBranch:
        """Constants of the ionic branch."""
        return IonBranch(self.r_ion, self.r_ion * self.c_ion)

    # ---- kinetics

    @cached_property
    def per_shape(self) -> tuple[Any, Any]:
        """What makes the factors of the interface and the filament exactly 1 at v_ref and t_nom, times Arrhenius.

        The limit takes its share at v_ref, too; growth alone is faster there by what the limit holds back.
        """
        c, ref = self.cell, self._seen_ref
        growth = c.alpha * ref / self._vt_nom
        free = np.exp(c.e_act * self._warm) / (1 - 1 / c.rate_limit)
        return free / law.reduction(1.0, ref, c.v_nuc_int, growth), free / law.reduction(1.0, ref, c.v_nuc_fil, growth)

    @cached_property
    def _vt_nom(self) -> Any:
        return boltzmann * self.cell.t_nom / elementary_charge

    @cached_property
    def _seen_ref(self) -> Any:
        """What the kinetics see of v_ref [V]; the films' thickness plays no part."""
        return law.magnitude(law.bounded(self.cell.v_ref, self.cell.v_linear), self.cell.v_smooth)

    @cached_property
    def steepness(self) -> Any:
        """Exponent of growth, alpha q/kT [1/V]."""
        return self.cell.alpha / self.vt

    @cached_property
    def transport_limit(self) -> Any:
        """The transport limit as a multiple of the rates at v_ref, extrapolated to 0 V."""
        c = self.cell
        at_ref = c.rate_limit * np.exp(c.e_limit * self._warm)
        return at_ref * np.exp(-c.alpha_limit * self._seen_ref / self._vt_nom)

    @cached_property
    def kinetics(self) -> Kinetics:
        """Constants of the rates."""
        c, hot = self.cell, self.cell.t_nom / self.temperature
        per_int, per_fil = self.per_shape
        return Kinetics(
            lever=self.lever,
            v_linear=c.v_linear,
            v_smooth=c.v_smooth,
            steep=self.steepness,
            limit=self.transport_limit,
            limit_steep=c.alpha_limit / self.vt,
            per_int=per_int,
            nuc_int=c.v_nuc_int * hot,
            per_fil=per_fil,
            nuc_fil=c.v_nuc_fil * hot,
            int_set=c.rate_int_set,
            int_reset=c.rate_int_reset,
            p_int=c.p_int,
            fil_set=c.rate_fil_set,
            fil_reset=c.rate_fil_reset,
            p_fil=c.p_fil,
            s_smooth=c.s_smooth,
        )

    def kinetic_factors(self, v: ArrayLike) -> tuple[Any, Any]:
        """Rates of the interface and the filament at `v`, as multiples of those at v_ref and t_nom."""
        _, mag = law.seen(np.asarray(v), self.kinetics)
        return law.interface_factor(mag, self.kinetics), law.filament_factor(mag, self.kinetics)

    def speeds(self, v: ArrayLike) -> tuple[tuple[Any, Any], tuple[Any, Any]]:
        """Rates of setting and resetting, at distance 1 from the bound, at a voltage of this size: of w, of x [1/s]."""
        k = self.kinetics
        f_int, f_fil = self.kinetic_factors(v)
        return (f_int * k.int_set, f_int * k.int_reset), (f_fil * k.fil_set, f_fil * k.fil_reset)

    def rates(self, v: ArrayLike, w: ArrayLike, x: ArrayLike) -> tuple[Any, Any]:
        """dw/dt and dx/dt [1/s] at the voltage `v` [V]; dw/dt does not depend on x, nor dx/dt on w."""
        k = self.kinetics
        # of one cell numbers, which take NumPy less than arrays without axes
        volts, one, other = (np.asarray(values)[()] for values in (v, w, x))
        direction, mag = law.seen(volts, k)
        return (
            law.rate(law.interface_factor(mag, k), direction, one, *law.interface_motion(k)),
            law.rate(law.filament_factor(mag, k), direction, other, *law.filament_motion(k)),
        )

    # ---- conduction

    @cached_property
    def conduction(self) -> Conduction:
        """Constants of the two paths."""
        c = self.cell
        low, high = self.interface_window
        gap, gain = self.filament_window
        return Conduction(low, high, gap, gain, c.v_int, c.v_bend, c.v_smooth, c.s_clip)

    def clip(self, state: ArrayLike) -> Any:
        """The state inside [0, 1]."""
        return law.clipped(np.asarray(state), self.cell.s_clip)

    def paths(self, v: ArrayLike, w: ArrayLike, x: ArrayLike) -> tuple[Any, Any]:
        """I/V of the interface and of the filament path [S]; the first does not depend on x, the second not on w."""
        k = self.conduction
        return law.interface(np.asarray(w), k) * law.bend(np.asarray(v), k), law.filament(np.asarray(x), k)

    def conductance(self, v: ArrayLike, w: ArrayLike, x: ArrayLike) -> Any:
        """I/V of both paths [S]."""
        k = self.conduction
        return law.conductance(np.asarray(v), law.interface(np.asarray(w), k), law.filament(np.asarray(x), k), k)

    def current(self, v: ArrayLike, w: ArrayLike, x: ArrayLike) -> Any:
        """Conduction current [A], without displacement and ionic current."""
        return np.asarray(v) * self.conductance(v, w, x)

    def ionic(self, v: ArrayLike, v_ion: ArrayLike) -> Any:
        """Current into the ionic capacitance [A]; `v_ion` is the voltage on it [V]."""
        return law.ionic(np.asarray(v), np.asarray(v_ion), self.ion_branch)

    def power(self, v: ArrayLike, v_ion: ArrayLike, w: ArrayLike, x: ArrayLike) -> Any:
        """Power dissipated in the cell [W]; `v_ion` is the voltage on the ionic capacitance [V]."""
        return law.dissipated(np.asarray(v), np.asarray(v_ion), self.current(v, w, x), self.ionic(v, v_ion))

    def stored(self, v: ArrayLike, v_ion: ArrayLike) -> Any:
        """Energy stored in the cell's two capacitances [J]."""
        return 0.5 * self.c_geo * np.square(v) + 0.5 * self.c_ion * np.square(v_ion)

"""The Ag2S cell in NumPy: the same equations as `verilog_a/ag2s.va`, readable in one place.

`Equations` evaluates currents and rates for numbers or arrays; `simulate` runs one cell on a piecewise-linear source.
The derivation stands in verilog_a/README.md; the tests hold the three forms against each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.constants import elementary_charge, epsilon_0
from scipy.constants import k as boltzmann
from scipy.integrate import solve_ivp

from pyspice_models.errors import RequestError, SimulationError
from pyspice_models.params import CellParams

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Equations:
    """Currents, rates and powers of the cell.

    `w` and `x` are the states as integrated (they may overshoot [0, 1] by the integrator's error); `clip` gives the
    states that conduction sees.

    Attributes:
        cell: parameters.
        temperature: [K].
    """

    cell: CellParams
    temperature: float = 300.0

    # ---- bias-independent part

    @cached_property
    def vt(self) -> float:
        """Thermal voltage kT/q [V]."""
        return boltzmann * self.temperature / elementary_charge

    @cached_property
    def _warm(self) -> float:
        return elementary_charge / boltzmann * (1 / self.cell.t_nom - 1 / self.temperature)

    @cached_property
    def area_ratio(self) -> float:
        """area/area_ref."""
        return self.cell.area / self.cell.area_ref

    @cached_property
    def lever(self) -> float:
        """What the thickness makes of a volt, in the kinetics."""
        return (self.cell.thickness / self.cell.thickness_ref) ** self.cell.thickness_exponent

    @cached_property
    def interface_window(self) -> tuple[float, float]:
        """Interface conductance near 0 V at w = 0 and w = 1 [S]."""
        scale = self.area_ratio * np.exp(self.cell.e_int * self._warm)
        return self.cell.g_int_min * scale, self.cell.g_int_max * scale

    @cached_property
    def c_geo(self) -> float:
        """Geometric capacitance [F]."""
        return epsilon_0 * self.cell.eps_r * self.cell.area / self.cell.thickness

    @cached_property
    def c_ion(self) -> float:
        """Capacitance of the ionic branch [F]."""
        return self.cell.c_ion * self.area_ratio

    @cached_property
    def r_ion(self) -> float:
        """Resistance of the ionic branch [ohm]."""
        return self.cell.r_ion / self.area_ratio**self.cell.r_ion_exponent

    # ---- kinetics

    def kinetic_factors(self, v: ArrayLike) -> tuple[Any, Any]:
        """Rates of the interface and the filament at `v`, as multiples of those at v_ref and t_nom."""
        c = self.cell
        mag = _magnitude(self._kinetic_voltage(v), c.v_smooth)
        arrhenius = np.exp(c.e_act * self._warm)
        vt_nom = boltzmann * c.t_nom / elementary_charge
        factors = []
        for barrier in (c.v_nuc_int, c.v_nuc_fil):
            at_ref = np.exp(-barrier / c.v_ref) * np.sinh(c.alpha * c.v_ref / vt_nom)
            hot = barrier * c.t_nom / self.temperature
            f = arrhenius * np.exp(-hot / mag) * np.sinh(c.alpha * mag / self.vt) / at_ref
            factors.append(f / (1 + f / c.rate_limit))
        return factors[0], factors[1]

    def rates(self, v: ArrayLike, w: ArrayLike, x: ArrayLike) -> tuple[Any, Any]:
        """dw/dt and dx/dt [1/s] at the voltage `v` [V]."""
        c = self.cell
        w, x = np.asarray(w), np.asarray(x)
        u = self._kinetic_voltage(v)
        direction = u / _magnitude(u, c.v_smooth)
        f_int, f_fil = self.kinetic_factors(v)
        dw = (f_int / 2) * (
            c.rate_int_set * (1 + direction) * _soft_bound(1 - w, c.p_int, c.s_smooth)
            - c.rate_int_reset * (1 - direction) * _soft_bound(w, c.p_int, c.s_smooth)
        )
        dx = (f_fil / 2) * (
            c.rate_fil_set * (1 + direction) * _soft_bound(1 - x, c.p_fil, c.s_smooth)
            - c.rate_fil_reset * (1 - direction) * _soft_bound(x, c.p_fil, c.s_smooth)
        )
        return dw, dx

    def _kinetic_voltage(self, v: ArrayLike) -> Any:
        return _bounded(self.lever * np.asarray(v), self.cell.v_linear)

    # ---- conduction

    def clip(self, state: ArrayLike) -> Any:
        """The state inside [0, 1]."""
        s, eps = np.asarray(state), self.cell.s_clip
        return 0.5 * (1 + np.sqrt(s * s + eps * eps) - np.sqrt((s - 1) ** 2 + eps * eps))

    def conductance(self, v: ArrayLike, w: ArrayLike, x: ArrayLike) -> Any:
        """I/V of both paths [S]."""
        c = self.cell
        low, high = self.interface_window
        z = _magnitude(_bounded(np.asarray(v), c.v_linear), c.v_smooth) / c.v_int
        interface = (low + (high - low) * self.clip(w)) * np.sinh(z) / z
        gap = np.log(c.g_fil_max / c.g_fil_min)
        filament = c.g_fil_min * np.exp(gap * self.clip(x)) / (1 + c.tcr_fil * (self.temperature - c.t_nom))
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


@dataclass(frozen=True)
class TwinRun:
    """Waves of one cell, each of shape (time,), SI units.

    Attributes:
        time: [s].
        v_source, v: source and cell voltage [V].
        i: current into the cell, displacement included [A].
        w, x: states in [0, 1].
        p: dissipated power [W].
        stored: energy in the capacitances [J].
    """

    time: Array
    v_source: Array
    v: Array
    i: Array
    w: Array
    x: Array
    p: Array
    stored: Array


def simulate(
    cell: CellParams,
    times: ArrayLike,
    voltages: ArrayLike,
    *,
    series_resistance: float = 0.0,
    temperature: float = 300.0,
    max_step: float = np.inf,
    rtol: float = 1e-6,
) -> TwinRun:
    """Run one cell, behind a resistor if asked, on a piecewise-linear voltage source.

    The electrode voltage follows the source at once: the charging of the geometric capacitance through the resistor
    (femtoseconds to nanoseconds) is left out of the kinetics and kept in the current.

    Args:
        cell: parameters; w0 and x0 are the initial states.
        times, voltages: corners of the source, shape (corner,) [s], [V].
        series_resistance: of the source [ohm], >= 0.
        temperature: [K].
        max_step: longest time step [s].
        rtol: relative tolerance of the integrator (LSODA).

    Raises:
        RequestError: corners not finite or not increasing in time, or a negative resistance.
        SimulationError: the integrator gave up; the message tells when.
    """
    t, v = np.asarray(times, dtype=float), np.asarray(voltages, dtype=float)
    if t.shape != v.shape or t.ndim != 1 or len(t) < 2 or not np.isfinite([t, v]).all() or (np.diff(t) <= 0).any():
        raise RequestError("the source needs at least two corners, finite, with increasing times [s]")
    if not series_resistance >= 0:
        raise RequestError.for_value("series_resistance", series_resistance, unit="ohm", allowed=">= 0")
    eq = Equations(cell, temperature)

    def derivative(time: float, y: Array) -> list[float]:
        w, x, v_ion = y
        v_cell = _behind_resistor(eq, np.interp(time, t, v), series_resistance, w, x, v_ion)
        return [*eq.rates(v_cell, w, x), (v_cell - v_ion) / (eq.r_ion * eq.c_ion)]

    state = np.array([cell.w0, cell.x0, v[0]])
    pieces_t, pieces_y = [t[:1]], [state[:, None]]
    # one piece from corner to corner: the integrator never steps over a kink
    for start, stop in zip(t[:-1], t[1:], strict=True):
        piece = solve_ivp(
            derivative, (start, stop), state, method="LSODA", rtol=rtol, atol=1e-9,
            max_step=min(max_step, (stop - start) / 4),
        )  # fmt: skip
        if not piece.success:
            raise SimulationError(f"the twin stopped at {piece.t[-1]:g} s of {t[-1]:g} s: {piece.message}")
        state = piece.y[:, -1]
        pieces_t.append(piece.t[1:])
        pieces_y.append(piece.y[:, 1:])
    time, (w, x, v_ion) = np.concatenate(pieces_t), np.concatenate(pieces_y, axis=1)
    v_source = np.interp(time, t, v)
    v_cell = _behind_resistor(eq, v_source, series_resistance, w, x, v_ion)
    return TwinRun(
        time=time,
        v_source=v_source,
        v=v_cell,
        i=eq.current(v_cell, w, x) + (v_cell - v_ion) / eq.r_ion + eq.c_geo * np.gradient(v_cell, time),
        w=eq.clip(w),
        x=eq.clip(x),
        p=eq.power(v_cell, v_ion, w, x),
        stored=eq.stored(v_cell, v_ion),
    )


def _behind_resistor(eq: Equations, v_source: Any, r: float, w: Any, x: Any, v_ion: Any) -> Any:
    """Cell voltage at which the resistor's current equals the cell's; Newton from the source's side is monotonic."""
    v = np.asarray(v_source, dtype=float)
    if r == 0:
        return v
    for _ in range(60):
        g = eq.conductance(v, w, x)
        excess = v * g + (v - v_ion) / eq.r_ion - (v_source - v) / r
        # slope of v g(v): g plus what the interface's sinh adds; z coth z - 1 <= |v|/v_int
        slope = g * (1 + np.abs(v) / eq.cell.v_int) + 1 / eq.r_ion + 1 / r
        step = excess / slope
        v = v - step
        if np.all(np.abs(step) <= 1e-12 + 1e-9 * np.abs(v)):
            break
    return v

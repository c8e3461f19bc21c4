"""Laws of cell and selectors with no parameter at a value that hides it, and the twin on circuits known by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from would_notice_device_cases import CELL

from pyspice_models.cells.ag2s import law
from pyspice_models.cells.ag2s.equations import Equations
from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.cells.selectors.equations import (
    saturation_current,
    threshold_conductance,
    threshold_current,
    transistor_current,
)
from pyspice_models.cells.selectors.params import ThresholdParams, TransistorParams

K, Q, EPS0 = 1.380649e-23, 1.602176634e-19, 8.8541878128e-12


def _bounded(v: float, top: float) -> float:
    if abs(v) <= top:
        return v
    excess = abs(v) - top
    return math.copysign(top + excess / math.hypot(1, excess / (0.2 * top)), v)


def _shape(v: float, barrier: float, alpha: float, vt: float) -> float:
    return math.exp(-barrier / v) * math.sinh(alpha * v / vt)


def _soft(distance: float, exponent: float, width: float) -> float:
    return distance * (distance**2 + width**2) ** ((exponent - 1) / 2)


def _by_hand(c: CellParams, temperature: float, v: float, w: float, x: float) -> dict[str, float]:
    """Line by line after verilog_a/ag2s.va, for one number at a time."""
    vt, vt_nom = K * temperature / Q, K * c.t_nom / Q
    ratio = c.area / c.area_ref
    warm_rate, warm_g = (math.exp(e * (1 / vt_nom - 1 / vt)) for e in (c.e_act, c.e_int))
    u = _bounded((c.thickness / c.thickness_ref) ** c.thickness_exponent * v, c.v_linear)
    mag = math.sqrt(u * u + c.v_smooth**2)
    toward_set, toward_reset = 0.5 * (1 + u / mag), 0.5 * (1 - u / mag)
    ref = math.hypot(_bounded(c.v_ref, c.v_linear), c.v_smooth)
    limit = c.rate_limit * math.exp(
        c.e_limit * (1 / vt_nom - 1 / vt) + c.alpha_limit * (mag / vt - ref / vt_nom)
    )  # fmt: skip
    rates, factors = [], []
    for barrier, setting, resetting, p, state in (
        (c.v_nuc_int, c.rate_int_set, c.rate_int_reset, c.p_int, w),
        (c.v_nuc_fil, c.rate_fil_set, c.rate_fil_reset, c.p_fil, x),
    ):
        f = (
            warm_rate
            * _shape(mag, barrier * c.t_nom / temperature, c.alpha, vt)
            / _shape(ref, barrier, c.alpha, vt_nom)
        )
        # reduction and transport in series: together 1 at v_ref and t_nom
        f = 1 / ((1 - 1 / c.rate_limit) / f + 1 / limit)
        factors.append(f)
        up, down = _soft(1 - state, p, c.s_smooth), _soft(state, p, c.s_smooth)
        rates.append(f * (setting * toward_set * up - resetting * toward_reset * down))

    def clip(s: float) -> float:
        return 0.5 * (1 + math.hypot(s, c.s_clip) - math.hypot(s - 1, c.s_clip))

    z = math.hypot(_bounded(v, c.v_bend), c.v_smooth) / c.v_int
    g_int = ratio * warm_g * (c.g_int_min + (c.g_int_max - c.g_int_min) * clip(w)) * math.sinh(z) / z
    bridged = c.g_fil_max / (1 + c.tcr_fil * (temperature - c.t_nom))
    g_fil = c.g_fil_min ** (1 - clip(x)) * bridged ** clip(x)
    return {
        "dw": rates[0], "dx": rates[1], "f_int": factors[0], "f_fil": factors[1], "g_int": g_int, "g_fil": g_fil,
        "w": clip(w), "x": clip(x), "c_geo": EPS0 * c.eps_r * c.area / c.thickness, "c_ion": c.c_ion * ratio,
        "r_ion": c.r_ion / ratio**c.r_ion_exponent,
    }  # fmt: skip


@pytest.mark.parametrize("temperature", [250.0, 310.0, 420.0])
@pytest.mark.parametrize("v", [-1.3, -0.21, -4e-3, 0.0, 2e-3, 0.17, 0.6, 5.0])
def test_the_cells_equations_are_those_of_the_model_file(temperature: float, v: float) -> None:
    eq = Equations(CELL, temperature)
    for w, x in ((0.0, 1.0), (0.3, 0.6), (0.85, 0.1), (1.002, -0.001)):
        hand = _by_hand(CELL, temperature, v, w, x)
        near = {"rel": 1e-9, "abs": 0}
        assert eq.rates(v, w, x)[0] == pytest.approx(hand["dw"], **near)
        assert eq.rates(v, w, x)[1] == pytest.approx(hand["dx"], **near)
        assert eq.kinetic_factors(v) == pytest.approx((hand["f_int"], hand["f_fil"]), **near)
        assert eq.paths(v, w, x) == pytest.approx((hand["g_int"], hand["g_fil"]), **near)
        g = hand["g_int"] + hand["g_fil"]
        assert eq.conductance(v, w, x) == pytest.approx(g, **near)
        assert eq.current(v, w, x) == pytest.approx(v * g, **near)
        assert eq.power(v, 0.04, w, x) == pytest.approx(v * v * g + (v - 0.04) ** 2 / hand["r_ion"], **near)
        stored = 0.5 * hand["c_geo"] * v * v + 0.5 * hand["c_ion"] * 0.04**2
        assert eq.stored(v, 0.04) == pytest.approx(stored, **near)
        assert (eq.clip(w), eq.clip(x)) == pytest.approx((hand["w"], hand["x"]), rel=1e-9, abs=1e-15)
        assert (eq.c_geo, eq.c_ion, eq.r_ion) == pytest.approx(
            tuple(hand[n] for n in ("c_geo", "c_ion", "r_ion")), **near
        )


def test_what_the_nodal_engine_compiles_is_made_of_these_constants() -> None:
    """Lever, bound, smoothing, steepness, limit and its slope; shape and barrier of both paths."""
    temperature = 360.0
    eq = Equations(CELL, temperature)
    vt, vt_nom = K * temperature / Q, K * CELL.t_nom / Q
    warm = math.exp(CELL.e_act * (1 / vt_nom - 1 / vt))
    ref = math.hypot(0.28, 3e-3)
    limit = 50.0 * math.exp(0.21 * (1 / vt_nom - 1 / vt) - 0.07 * ref / vt_nom)
    expected = [(130 / 170) ** 1.4, 2.0, 3e-3, 0.23 / vt, limit, 0.07 / vt]
    for barrier in (0.45, 0.55):
        shape = _shape(ref, barrier, 0.23, vt_nom) * (1 - 1 / 50)
        expected += [warm / shape, barrier * 310 / temperature]
    k = eq.kinetics
    assert (
        k.lever, k.v_linear, k.v_smooth, k.steep, k.limit, k.limit_steep, k.per_int, k.nuc_int, k.per_fil, k.nuc_fil,
    ) == pytest.approx(tuple(expected), rel=1e-9, abs=0)  # fmt: skip


def test_bounds_and_smoothing_keep_their_promises() -> None:
    assert law.bounded(1e9, 3.0) == pytest.approx(3.6, rel=1e-9, abs=0)
    assert [law.bounded(v, 5.0) for v in (-5.0, -0.1, 0.3, 4.99, 5.0)] == [-5.0, -0.1, 0.3, 4.99, 5.0]
    beyond = np.linspace(4.0, 8.0, 4001)
    slopes = np.diff(law.bounded(beyond, 5.0)) / 1e-3
    assert (np.abs(np.diff(slopes)) < 2e-3).all()  # no kink where the bound begins
    assert law.magnitude(0.0, 1e-3) == 1e-3
    assert law.magnitude(-3e-3, 4e-3) == pytest.approx(5e-3, rel=1e-12, abs=0)
    assert law.clipped(0.5, 1e-4) == pytest.approx(0.5, rel=1e-12, abs=0)
    assert 0 < law.clipped(-5.0, 1e-4) < 1e-8
    assert law.soft_bound(-0.3, 0.5, 0.01) == -law.soft_bound(0.3, 0.5, 0.01)


# ---- selectors


def test_the_threshold_selectors_law_by_hand() -> None:
    selector = ThresholdParams(g_off=3e-11, g_on=2e-4, v_th=0.15, v_slope=7e-3)
    for v in (-0.4, -0.15, 0.0, 0.13, 0.16, 0.3):
        size = math.hypot(v, 0.7e-3)
        share = 1 / (1 + math.exp(-(size - 0.15) / 7e-3))
        g = 3e-11 ** (1 - share) * 2e-4**share
        assert threshold_conductance(selector, v) == pytest.approx(g, rel=1e-9, abs=0)
        assert threshold_current(selector, v) == pytest.approx(g * v, rel=1e-9, abs=0)


def test_the_transistors_law_by_hand() -> None:
    """Shichman and Hodges in all three regions, both ways round: the lower end is the source."""
    t = TransistorParams(width=3e-6, length=0.6e-6, vto=0.35, kp=9e-5, lambda_=0.08, g_off=2e-9)
    beta = 9e-5 * 5
    off = transistor_current(t, 0.3, 0.2, 0.05)
    assert off == pytest.approx(2e-9 * 0.15, rel=1e-9, abs=0)
    over, drop = 1.0 - 0.1 - 0.35, 0.2
    linear = beta * (1 + 0.08 * drop) * (over * drop - drop**2 / 2) + 2e-9 * drop
    assert transistor_current(t, 1.0, 0.3, 0.1) == pytest.approx(linear, rel=1e-12, abs=0)
    assert transistor_current(t, 1.0, 0.1, 0.3) == pytest.approx(-linear, rel=1e-12, abs=0)
    over, drop = 0.6 + 0.2 - 0.35, 0.9
    saturated = beta / 2 * over**2 * (1 + 0.08 * drop) + 2e-9 * drop
    assert transistor_current(t, 0.6, 0.7, -0.2) == pytest.approx(saturated, rel=1e-12, abs=0)
    assert saturation_current(t, 0.8) == pytest.approx(beta / 2 * 0.45**2, rel=1e-12, abs=0)
    assert saturation_current(t) == pytest.approx(beta / 2 * (1.2 - 0.35) ** 2, rel=1e-12, abs=0)
    assert saturation_current(t, 0.2) == 0.0
    assert saturation_current(t, 0.0) == 0.0

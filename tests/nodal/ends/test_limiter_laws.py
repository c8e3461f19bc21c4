"""Current limiters as the nodal engine solves them: against their equations, and two transistors against ngspice."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import brentq

from pyspice_models.array import Crossbar
from pyspice_models.array.driver import DriverParams
from pyspice_models.engine import engine
from pyspice_models.engine.nodal.ends.limiter import Limiter, at_rest, behind, limiter_of, through
from pyspice_models.netlist import Deck
from pyspice_models.netlist.dialects import NGSPICE

I_LIMIT, R = 10e-6, 1e3
VOLTS = [*np.geomspace(1e-6, 3.0, 9), *-np.geomspace(1e-6, 3.0, 9)]
PLACES = [0.0, 1e-9, 50.0, 1e5, 1e12]


def _limiter(kind: str, temperature: float = 300.0, **driver: float) -> Limiter:
    ends = DriverParams(compliance=kind, i_limit=I_LIMIT, r_driver=R, **driver)
    return limiter_of(Crossbar(1, 1, driver=ends, temperature=temperature))


@pytest.mark.parametrize("z", PLACES)
def test_a_smooth_limiter_behind_a_resistance_is_its_equation(z: float) -> None:
    limiter = _limiter("smooth")

    def current(v: float) -> float:
        return v / R / np.sqrt(1 + (v / (R * I_LIMIT)) ** 2)

    for volt in VOLTS:
        found, slope, across = through(volt, z, 0.0, 1e-9, limiter, 0.0)
        low, high = sorted((0.0, volt))
        exact = brentq(lambda v, volt=volt: v + z * current(v) - volt, low, high, xtol=1e-30, rtol=1e-15)
        assert across == pytest.approx(exact, rel=1e-9, abs=0)
        assert found == pytest.approx(current(exact), rel=1e-9, abs=0)
        step = 1e-4 * abs(exact)
        rise = (current(exact + step) - current(exact - step)) / (2 * step)
        assert slope == pytest.approx(rise, rel=1e-6, abs=0)
    assert through(0.0, z, 0.0, 1e-9, limiter, 1.0) == (0.0, at_rest(limiter), 0.0)


@pytest.mark.parametrize("held", [-0.3, 0.0, 1e-3, 0.3])
@pytest.mark.parametrize("stage", [1e-12, 1e-7, 1.0])
def test_a_loop_over_a_stage_is_its_equations(stage: float, held: float) -> None:
    limiter = _limiter("smooth", limit_bandwidth=1e6)
    reach = stage * 2e6 * np.pi
    for z in PLACES:
        for volt in (-0.3, -1e-3, 1e-5, 0.3):
            current, slope, across = through(volt, z, held, stage, limiter, 0.1)
            seen = (held + reach * across) / (1 + reach)
            assert across + z * current == pytest.approx(volt, rel=1e-9, abs=0)
            assert current == pytest.approx(across / R / np.sqrt(1 + (seen / (R * I_LIMIT)) ** 2), rel=1e-9, abs=0)
            assert slope >= 0


@pytest.mark.parametrize("temperature", [200.0, 300.0, 340.0, 450.0])
def test_two_transistors_are_those_of_ngspice(temperature: float, tmp_path: Path) -> None:
    """A slow ramp: nothing in them charges. At 200 K their channels are off, at 450 K their junctions leak."""
    z, stop = 30e3, 1.0
    text = "\n".join(
        [
            "* two transistors", NGSPICE.limiter_definition(), "vs s 0 pwl(0 -2 1 2)", f"rz s a {z}",
            NGSPICE.limiter("1", "a", "0", r=R, i_limit=I_LIMIT, kind="mos"),
            f".options reltol=1e-7 abstol=1e-16 vntol=1e-10 gmin=1e-15 temp={temperature - 273.15}",
            ".save v(s) v(a) i(vs)", ".tran 1m 1 0 2m", ".end",
        ]
    )  # fmt: skip
    names = ["v(s)", "v(a)", "i(vs)"]
    deck = Deck(lambda: [text], "subckt", stop, {"of": names}, {"of": (3,)}, {})
    waves = engine("ngspice").run_deck(deck, tmp_path, time_limit=60).values["of"]
    limiter, guess = _limiter("mos", temperature), 0.0
    for volt, node, current in waves[::7]:
        found, slope, guess = through(volt, z, 0.0, 1e-9, limiter, guess)
        assert found == pytest.approx(-current, rel=2e-5, abs=1e-14)
        assert volt - z * found == pytest.approx(node, rel=0, abs=2e-5 * abs(volt) + 1e-9)
        if volt:
            step = 1e-5 * abs(volt)
            rise = (through(volt + step, z, 0.0, 1e-9, limiter, 0.0)[0] - found) / step
            assert behind(slope, z) == pytest.approx(rise, rel=0.02, abs=1e-15)

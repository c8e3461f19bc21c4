"""The limiter of two transistors (`netlists/compliance.lib`): constants at a temperature, as ngspice takes them.

Level 1 of SPICE without body effect and without capacitances. Source: `mos1temp.c` and `mos1load.c` of ngspice; the
equations are those of Shichman and Hodges, IEEE J. Solid-State Circuits 3 (1968) 285.
"""

from __future__ import annotations

import math
from typing import NamedTuple

_BOLTZMANN, _CHARGE = 1.38064852e-23, 1.6021766208e-19  # as ngspice has them
_TNOM = 300.15  # [K]
_PHI = 0.6  # [V] surface potential that level 1 takes for granted
_LEAKAGE = 1e-14  # [A] of its junctions at that temperature, likewise
_GMIN = 1e-15  # [S] of the decks, see `netlist/dialects/ngspice.py`
_KNEE, _MODULATION = 50e-3, 20e-3  # [V], [1/V]: v_knee and lambda of the library


class Transistors(NamedTuple):
    """Both are alike, back to back.

    Attributes:
        r: in series with them, in front [ohm].
        r_source: of each one's source [ohm].
        pinch: voltage at the gate that pinches a channel off, positive [V].
        beta: [A/V^2].
        modulation: of the channel's length [1/V].
        leakage: saturation current of a junction [A].
        thermal: kT/q [V].
        g_min: across a junction [S].
    """

    r: float
    r_source: float
    pinch: float
    beta: float
    modulation: float
    leakage: float
    thermal: float
    g_min: float


def transistors_at(temperature: float, r: float, i_limit: float) -> Transistors:
    """Those that hold a current at `i_limit` [A] behind a resistance [ohm], at a temperature [K]."""
    gap, gap_then = _band_gap(temperature), _band_gap(_TNOM)
    phi = temperature / _TNOM * (_PHI - _built_in(_TNOM)) + _built_in(temperature)
    thermal, thermal_then = _BOLTZMANN / _CHARGE * temperature, _BOLTZMANN / _CHARGE * _TNOM
    threshold = -_KNEE + 0.5 * (gap_then - gap) + 0.5 * (phi - _PHI)
    return Transistors(
        r=r, r_source=0.5 * _KNEE / i_limit, pinch=-threshold,
        beta=8 * i_limit / _KNEE**2 * (temperature / _TNOM) ** -1.5, modulation=_MODULATION,
        leakage=_LEAKAGE * math.exp(gap_then / thermal_then - gap / thermal), thermal=thermal, g_min=_GMIN,
    )  # fmt: skip


def _band_gap(temperature: float) -> float:
    return 1.16 - 7.02e-4 * temperature**2 / (temperature + 1108)


def _built_in(temperature: float) -> float:
    """What the temperature adds to junctions' and surface potentials [V]."""
    at = _band_gap(temperature)
    exponent = _CHARGE / (2 * _BOLTZMANN) * (1.1150877 / _TNOM - at / temperature)
    return -2 * _BOLTZMANN / _CHARGE * temperature * (1.5 * math.log(temperature / _TNOM) + exponent)

"""Simulator settings of the package's own decks, in PySpice's words."""

from __future__ import annotations

import re

from pyspice_models.accuracy import Accuracy
from pyspice_models.netlist.dialects import NGSPICE
from pyspice_models.units import number


def celsius(temperature: float) -> float:
    """A temperature [K] as `circuit.simulator(temperature=...)` wants it [°C].

    PySpice simulates at 27 °C = 300.15 K unless told; the package's default is 300 K.
    """
    # without the rounding the netlist says 26.850000000000023
    return round(number(temperature, "K", name="temperature") - 273.15, 9)


def simulator_options(accuracy: Accuracy | None = None) -> dict[str, str]:
    """Settings for `simulator.options("klu", **simulator_options())`.

    They are those of the package's own decks but for the method: the decks integrate with trapezoids and break the
    integration where it would ring. A user's sources do not, so Gear's method damps the ringing, which would bury a
    read current of nanoamperes; it loses a little energy at every edge.
    """
    text = NGSPICE.options(accuracy or Accuracy(), temperature=0)
    found: dict[str, str] = dict(re.findall(r"(\w+)=(\S+)", text))
    # the temperature is an argument of circuit.simulator()
    del found["temp"]
    return found | {"method": "gear"}

"""What stands at the ends of the lines: drivers on the word lines, sense resistors on the bit lines."""

from __future__ import annotations

from dataclasses import dataclass

from pyspice_models.params.quantity import ParameterSet, quantity


@dataclass(frozen=True)
class DriverParams(ParameterSet):
    """Driver and sense circuit, SI units."""

    r_driver: float = quantity(
        1e3,
        "ohm",
        above=0,
        high=1e9,
        tag="assumed",
        source="a transmission gate",
        about="output resistance of a word-line driver",
    )
    r_sense: float = quantity(
        1e3,
        "ohm",
        above=0,
        high=1e9,
        tag="assumed",
        source="input resistance of a current sense amplifier",
        about="resistance from a bit line to its driver, whose current is read",
    )
    r_off: float = quantity(
        1e12,
        "ohm",
        above=0,
        high=1e18,
        tag="assumed",
        source="leakage of a gate that is off",
        about="resistance of a driver that leaves its line floating",
    )
    t_edge: float = quantity(
        10e-9,
        "s",
        above=0,
        high=1,
        tag="assumed",
        source="1 % of the 1 us pulse",
        about="rise and fall time of every pulse",
    )

"""Limits of what is accepted, and findings that both forms of cells share."""

from __future__ import annotations

from pyspice_models.array.driver import DriverParams
from pyspice_models.foreign.check.finding import FINE, REMARK, Finding
from pyspice_models.units import show

OVERFLOWS = 0.01
"""Share of evaluations at random voltages that may not be finite: an iterate that failed may land there."""

AGREE, STEPS = 0.02, 0.05
"""How far two simulators, and two time steps, may be apart, root mean square."""

DISAGREE = 0.1
"""From which on two simulators cannot both be right."""

STARVES = 0.1
"""Conductance of a cell times the resistance of the ends of its lines, from which on these starve it."""


def of_conductances(low: float, high: float, facts: dict[str, object]) -> list[Finding]:
    """What the least and the most conductance [S] mean for the ends of the default array; `facts` learns them."""
    facts["conductance, least and most [S]"] = [low, high]
    driver = DriverParams()
    resistance = driver.r_driver + driver.r_sense + 2 * driver.r_contact
    facts["conductance times resistance of the default ends"] = high * resistance
    if high * resistance > STARVES:
        return [
            Finding(
                "ends", REMARK,
                f"its largest conductance, {show(high, 'S')}, times the ends of the default array, "
                f"{show(resistance, 'ohm')}, is {high * resistance:.2g}: the ends take a part of every voltage.",
                "Give [driver] r_driver and r_sense of its kind, or scale the cell down.",
            )
        ]  # fmt: skip
    return [Finding("ends", FINE, f"between {show(low, 'S')} and {show(high, 'S')}.")]

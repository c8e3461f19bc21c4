"""Drivers of kind `rail` in a deck: rails, and a switch from each to every line that it feeds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from pyspice_models.array import Crossbar, nodes
from pyspice_models.netlist.dialects import Dialect
from pyspice_models.stimulus import Schedule, Waveform


def rail_elements(crossbar: Crossbar, schedule: Schedule, dialect: Dialect) -> Iterator[str]:
    """Rails, switches, the controls of the switches, and a source of 0 V in each line that counts its current."""
    driver = crossbar.driver
    yield dialect.comment("rails; ground is one of them")
    for number, rail in enumerate(schedule.rails):
        if number:
            yield dialect.source(nodes.rail(number), nodes.rail(number), nodes.GROUND, Waveform(rail.voltage))
    sides = (
        ("word", crossbar.each("r_driver") + driver.r_contact, nodes.word_source, nodes.word_terminal),
        ("bit", crossbar.each("r_sense") + driver.r_contact, nodes.bit_source, nodes.bit_terminal),
        ("gate", np.full(crossbar.cols, driver.r_driver), nodes.gate_source, nodes.gate_terminal),
    )
    controls: dict[int, str] = {}
    for side, each, behind, terminal in sides:
        yield dialect.comment(f"switches of the {side} lines, each line's current counted behind them")
        for line in range(len(getattr(schedule, side))):
            r_on = float(each[line])
            yield dialect.source(behind(line), terminal(line), behind(line), Waveform(0.0))
            for number, rail in enumerate(schedule.rails):
                wave, name = getattr(rail, side)[line], f"{side[0]}k_{line}_{number}"
                supply = nodes.rail(number) if number else nodes.GROUND
                if not wave.is_constant:
                    if id(wave) not in controls:
                        control = controls[id(wave)] = nodes.switch_control(len(controls))
                        yield dialect.source(control, control, nodes.GROUND, wave)
                    yield dialect.gated_resistor(name, supply, behind(line), controls[id(wave)], r_on, driver.r_off)
                elif wave.rest:
                    yield dialect.resistor(name, supply, behind(line), r_on)


def rail_currents(schedule: Schedule, dialect: Dialect) -> Sequence[str]:
    """Vectors of the currents of all rails but ground."""
    return [dialect.source_current(f"v{nodes.rail(number)}") for number in range(1, len(schedule.rails))]

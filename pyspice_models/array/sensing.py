"""What limits the reading of a current: noise, offset and the converter behind the amplifier."""

from __future__ import annotations

from dataclasses import dataclass

from pyspice_models.declare.quantity import ParameterSet, quantity, whole_quantity


@dataclass(frozen=True)
class SensingParams(ParameterSet):
    """A transimpedance amplifier and its converter, as noise sees them; SI units.

    The feedback resistor is `driver.r_feedback`, whatever holds the bit lines in the simulation.
    """

    bandwidth: float = quantity(
        100e3, "Hz", above=0, high=1e12, tag="assumed", source="settles to 0.2 % within a read of 10 us",
        about="equivalent noise bandwidth of amplifier and filter (of one pole: pi/2 times its corner)",
    )  # fmt: skip
    voltage_noise: float = quantity(
        10e-9, "V/rtHz", low=0, high=1e-3, tag="assumed", source="a usual CMOS operational amplifier, white part",
        about="input-referred voltage noise density of the amplifier",
    )  # fmt: skip
    input_capacitance: float = quantity(
        1e-12, "F", low=0, high=1e-6, tag="assumed", source="a bit line of some hundred cells with its pad",
        about="at the amplifier's input, which turns its voltage noise into current",
    )  # fmt: skip
    offset: float = quantity(
        10e-6, "V", low=0, high=1, tag="assumed", source="what an auto-zeroed amplifier leaves; plain ones have 1 mV",
        about="standard deviation of the amplifiers' input offset voltage",
    )  # fmt: skip
    cell_noise: float = quantity(
        0.0, "", low=0, high=1, tag="assumed",
        source="0.01 to 1 % for silver filaments of another work (10.1039/c8nr09985e); of this cell nothing is known",
        about="r.m.s. noise of the cell's current beyond thermal noise, as a share of it, within the bandwidth",
    )  # fmt: skip
    bits: int = whole_quantity(8, low=1, high=24, about="of the converter")
    full_scale: float = quantity(
        0.0, "A", low=0, high=1, tag="assumed", source="choice of the user",
        about="current of the converter's full scale; 0: twice that of the nominal cell at the top of its window",
    )  # fmt: skip

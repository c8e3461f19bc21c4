"""What a sense amplifier and its converter make of a current: noise, offset, steps of the converter."""

from __future__ import annotations

from dataclasses import dataclass

from pyspice_models.params.quantity import ParameterSet, quantity


@dataclass(frozen=True)
class SensingParams(ParameterSet):
    """Sense amplifier and converter of one bit line, SI units; currents are referred to the amplifier's input."""

    noise_density: float = quantity(
        41e-15, "A/rtHz", low=0, high=1e-3, tag="derived",
        source="thermal noise of a 10 Mohm feedback at 300 K, sqrt(4 k T/R); the 100 kohm of driver.r_feedback has ten "
        "times as much",
        about="white input-referred noise current of the amplifier, one-sided",
    )  # fmt: skip
    bandwidth: float = quantity(
        35e3, "Hz", above=0, high=1e12, tag="derived",
        source="1/(2 x 15 us), the noise bandwidth of an integration over the whole read",
        about="equivalent noise bandwidth of a read",
    )  # fmt: skip
    offset: float = quantity(
        5e-12, "A", low=0, high=1e-3, tag="assumed", source="what auto-zero leaves: 1 nS at 5 mV",
        about="standard deviation of the input-referred offset current from bit line to bit line",
    )  # fmt: skip
    adc_bits: float = quantity(
        8, "", low=1, high=24, tag="assumed", source="a column converter",
        about="bits of the converter: 2^bits steps from no current to full_scale",
    )  # fmt: skip
    full_scale: float = quantity(
        1.25e-9, "A", above=0, high=1, tag="derived",
        source="1.3 times the 0.95 nA of the largest nominal conductance at 5 mV",
        about="largest current that the converter tells from larger ones",
    )  # fmt: skip

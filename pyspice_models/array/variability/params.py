"""How far cells, cycles and arrays differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from pyspice_models.declare.quantity import ParameterSet, quantity

MAX_SAMPLES = 10_000_000
CUT = 4.0  # standard deviations

_CHOSEN = "choice: the paper shows curves (S7, S13), no number"


@dataclass(frozen=True)
class VariabilityParams(ParameterSet):
    """Relative standard deviations (of the logarithm where lognormal), all assumed; 0 switches a cause off."""

    not_varied: ClassVar[str] = "a spread moves distributions, and no single array: see ag2s montecarlo"

    # device to device
    device_area: float = quantity(
        0.05, "", low=0, high=0.5, tag="assumed", source="lithography of a 5 um square, 0.1 um per edge",
        about="lognormal spread of the cross-point area between devices",
    )  # fmt: skip
    device_thickness: float = quantity(
        0.01, "", low=0, high=0.2, tag="assumed", source="sputtered film, 2 nm in 200 nm",
        about="lognormal spread of the film thickness between devices",
    )  # fmt: skip
    device_nucleation: float = quantity(
        0.03, "", low=0, high=0.2, tag="assumed", source=_CHOSEN,
        about="normal spread of both nucleation voltages between devices, common to both (film quality)",
    )  # fmt: skip
    device_mobility: float = quantity(
        0.10, "", low=0, high=1, tag="assumed", source=_CHOSEN,
        about="lognormal spread of the silver ions' mobility between devices",
    )  # fmt: skip
    device_asymmetry: float = quantity(
        0.05, "", low=0, high=1, tag="assumed", source=_CHOSEN,
        about="lognormal spread of the ratio of interface reset rate to set rate between devices",
    )  # fmt: skip
    device_interface: float = quantity(
        0.10, "", low=0, high=1, tag="assumed", source="3 meV of Schottky barrier height",
        about="lognormal spread of the interface conductances between devices, common to both bounds",
    )  # fmt: skip
    device_gap: float = quantity(
        0.20, "", low=0, high=1, tag="assumed", source=_CHOSEN,
        about="lognormal spread of g_fil_min between devices",
    )  # fmt: skip
    # cycle to cycle
    cycle_mobility: float = quantity(
        0.02, "", low=0, high=1, tag="assumed", source="many ions take part in each interface pulse",
        about="lognormal spread of all four rates between cycles",
    )  # fmt: skip
    cycle_site: float = quantity(
        0.03, "", low=0, high=0.2, tag="assumed", source=_CHOSEN,
        about="normal spread of the filament's nucleation voltage between cycles",
    )  # fmt: skip
    cycle_growth: float = quantity(
        0.10, "", low=0, high=1, tag="assumed", source=_CHOSEN,
        about="lognormal spread of both filament rates between cycles",
    )  # fmt: skip
    cycle_gap: float = quantity(
        0.10, "", low=0, high=1, tag="assumed", source="each reset leaves another gap",
        about="lognormal spread of g_fil_min between cycles",
    )  # fmt: skip
    g_step: float = quantity(
        7.75e-6, "S", low=0, high=1e-3, tag="assumed",
        source="a tenth of the conductance quantum 77.5 uS: one atom moved at a constriction of several channels",
        about="conductance of one atomic step of the filament; sets the counting spread, see scatter_conductance",
    )  # fmt: skip
    # array to array
    array_film: float = quantity(
        0.05, "", low=0, high=0.5, tag="assumed", source="choice: evaporated films scatter by more from batch to batch",
        about="lognormal spread of the resistivities of word and bit lines, each for itself, between arrays",
    )  # fmt: skip
    array_thickness: float = quantity(
        0.02, "", low=0, high=0.2, tag="assumed", source="quartz balance, 1 nm in 50 nm",
        about="lognormal spread of the thicknesses of word and bit lines, each for itself, between arrays",
    )  # fmt: skip
    array_width: float = quantity(
        0.02, "", low=0, high=0.1, tag="assumed", source="lithography of 5 um lines, 0.1 um",
        about="lognormal spread of the line width between arrays, common to all lines",
    )  # fmt: skip
    array_driver: float = quantity(
        0.10, "", low=0, high=0.5, tag="assumed", source="a transmission gate from lot to lot",
        about="lognormal spread of the drivers' resistance between arrays",
    )  # fmt: skip
    array_sense: float = quantity(
        0.10, "", low=0, high=0.5, tag="assumed", source="an amplifier from lot to lot",
        about="lognormal spread of the sense circuits' resistance between arrays",
    )  # fmt: skip
    array_amplitude: float = quantity(
        0.01, "", low=0, high=0.1, tag="assumed", source="a reference voltage without trimming",
        about="normal spread of all voltages of the program between arrays, one factor for all",
    )  # fmt: skip

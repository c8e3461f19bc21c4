"""How far cells, cycles and arrays differ."""

from __future__ import annotations

from dataclasses import dataclass

from pyspice_models.array.variability.wafer import WaferSpreadParams
from pyspice_models.cells.ag2s.spread import CellSpreadParams
from pyspice_models.declare.quantity import quantity

MAX_SAMPLES = 10_000_000
CUT = 4.0  # standard deviations


@dataclass(frozen=True)
class VariabilityParams(WaferSpreadParams, CellSpreadParams):
    """Relative standard deviations (of the logarithm where lognormal), all assumed; 0 switches a cause off."""

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

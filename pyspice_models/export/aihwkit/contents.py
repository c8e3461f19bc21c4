"""What the export of a training device holds: the cell, the pulses that train it, how it differs."""

from __future__ import annotations

from dataclasses import dataclass, field

from pyspice_models.array.crossbar import TEMPERATURE_RANGE
from pyspice_models.array.driver import DriverParams
from pyspice_models.array.variability import VariabilityParams
from pyspice_models.cells.presets import Preset, preset
from pyspice_models.declare.quantity import ParameterSet, quantity
from pyspice_models.program.learning.request import LearningParams
from pyspice_models.program.learning.tile import MAX_VOLTAGE, MAX_WIDTH

DIALECT = "aihwkit"
"""By this name `ag2s export --dialect` knows it; no netlist is written."""

_LEARNING = LearningParams()


@dataclass(frozen=True)
class TrainingPulses(ParameterSet):
    """The pulses that a device answers to: those of updates in `ag2s learn` unless others are given."""

    voltage: float = quantity(
        _LEARNING.voltage, "V", above=0, high=MAX_VOLTAGE, tag="measured", source="Fig. 2: pulses of 0.3 V",
        about="across the cell; lines without resistance",
    )  # fmt: skip
    width: float = quantity(
        _LEARNING.width, "s", above=0, high=MAX_WIDTH, tag="measured", source="Fig. 2: pulses of 1 us",
        about="of a pulse at half height",
    )  # fmt: skip
    edge: float = quantity(
        DriverParams().t_edge, "s", above=0, high=1, tag="assumed", source="that of drivers", about="of a pulse"
    )
    temperature: float = quantity(
        300.0, "K", low=TEMPERATURE_RANGE[0], high=TEMPERATURE_RANGE[1], tag="assumed", source="room temperature",
        about="of the cell",
    )  # fmt: skip
    cycle_spread: float = quantity(
        _LEARNING.cycle_spread, "", low=0, high=1, tag="assumed", source="that of `ag2s learn`",
        about="spread of what a whole pulse does, from pulse to pulse",
    )  # fmt: skip


@dataclass(frozen=True)
class TrainingDevice:
    """What is to be exported.

    Attributes:
        cell: preset of the nominal cell.
        pulses: that train it.
        variability: how devices differ.
    """

    cell: Preset = field(default_factory=lambda: preset("200nm-160C"))
    pulses: TrainingPulses = field(default_factory=TrainingPulses)
    variability: VariabilityParams = field(default_factory=VariabilityParams)

"""What the currents of one step of a study answer to, at rest: derivatives by every cell, segment and end."""

from pyspice_models.study.sensitivity.dataset import as_data, to_dataset
from pyspice_models.study.sensitivity.elements import Element, strongest
from pyspice_models.study.sensitivity.step import StepSensitivity, step_sensitivity

__all__ = ["Element", "StepSensitivity", "as_data", "step_sensitivity", "strongest", "to_dataset"]

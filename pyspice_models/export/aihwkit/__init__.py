"""The cell as a device of a toolkit that trains networks on analog arrays (aihwkit), which is not needed here."""

from pyspice_models.export.aihwkit.contents import DIALECT, TrainingDevice, TrainingPulses
from pyspice_models.export.aihwkit.write import said, write_training_device

__all__ = ["DIALECT", "TrainingDevice", "TrainingPulses", "said", "write_training_device"]

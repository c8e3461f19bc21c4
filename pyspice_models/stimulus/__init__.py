"""What is done to a crossbar: bias schemes, pulses, programs."""

from pyspice_models.stimulus.program import Schedule, Window, schedule
from pyspice_models.stimulus.steps import (
    Apply,
    Drive,
    RankOne,
    RankOneStreams,
    Read,
    ReadAll,
    Step,
    Vmm,
    Wait,
    Write,
    WritePattern,
)
from pyspice_models.stimulus.timeline import Timeline
from pyspice_models.stimulus.waveform import Waveform

__all__ = [
    "Apply", "Drive", "RankOne", "RankOneStreams", "Read", "ReadAll", "Schedule", "Step", "Timeline", "Vmm", "Wait",
    "Waveform", "Window", "Write", "WritePattern", "schedule",
]  # fmt: skip

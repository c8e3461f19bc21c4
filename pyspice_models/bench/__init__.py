"""What is done to a crossbar: bias schemes, pulses, programs."""

from pyspice_models.bench.program import Read, ReadAll, Schedule, Step, Wait, Window, Write, schedule
from pyspice_models.bench.waveform import Waveform

__all__ = ["Read", "ReadAll", "Schedule", "Step", "Wait", "Waveform", "Window", "Write", "schedule"]

"""De-embedding: the cells of an array from the currents at its terminals."""

from pyspice_models.lab.deembed.deembed import Deembedded, deembed
from pyspice_models.lab.deembed.file import read_readings, readings_text
from pyspice_models.lab.deembed.readings import Lines, Noise, Readings
from pyspice_models.lab.deembed.simulated import lines_of, simulated_readings

__all__ = [
    "Deembedded", "Lines", "Noise", "Readings", "deembed", "lines_of", "read_readings", "readings_text",
    "simulated_readings",
]  # fmt: skip

"""The cell in three forms of one model: Verilog-A, behavioural subcircuit, NumPy twin."""

from pyspice_models.device.equations import Equations
from pyspice_models.device.twin import TwinRun, simulate, simulate_chain, simulate_many

__all__ = ["Equations", "TwinRun", "simulate", "simulate_chain", "simulate_many"]

"""The cell in three forms of one model: Verilog-A, behavioural subcircuit, NumPy twin."""

from pyspice_models.device.twin import Equations, TwinRun, simulate

__all__ = ["Equations", "TwinRun", "simulate"]

"""Cells and crossbars as subcircuits of a user's own PySpice circuit.

    from PySpice.Spice.Netlist import Circuit
    from pyspice_models.array import Crossbar
    from pyspice_models.pyspice import crossbar_subcircuit

    bar = crossbar_subcircuit(Crossbar(4, 4))
    circuit = Circuit("mine")
    bar.place(circuit, "bar", word=["w0", "w1", "w2", "w3"], bit=["b0", "b1", "b2", "b3"])

Importing this package lets `circuit.simulator()` run in libngspice without further settings; see
`pyspice_models.engine.shared.pyspice_shared`. Where there is no libngspice, netlists can still be written, and
`circuit.simulator()` raises ToolError.
"""

from pyspice_models.engine.shared import pyspice_simulator
from pyspice_models.pyspice.cell import Ag2SCell
from pyspice_models.pyspice.crossbar import CrossbarSubCircuit, crossbar_subcircuit
from pyspice_models.pyspice.settings import celsius, simulator_options

pyspice_simulator.install()

__all__ = ["Ag2SCell", "CrossbarSubCircuit", "celsius", "crossbar_subcircuit", "simulator_options"]

"""Cells and crossbars as subcircuits of a user's own PySpice circuit.

    from PySpice.Spice.Netlist import Circuit
    from pyspice_models.array import Crossbar
    from pyspice_models.pyspice import crossbar_subcircuit

    bar = crossbar_subcircuit(Crossbar(4, 4))
    circuit = Circuit("mine")
    bar.place(circuit, "bar", word=["w0", "w1", "w2", "w3"], bit=["b0", "b1", "b2", "b3"])

The first cell or crossbar that is made lets `circuit.simulator()` run in libngspice without further settings, as
`install()` does without one; see `pyspice_models.engine.shared.pyspice_shared`. Importing this package changes nothing
in PySpice. Where there is no libngspice, netlists can still be written, and `circuit.simulator()` raises ToolError.
"""

from typing import TYPE_CHECKING

from pyspice_models.lazily import lazily

if TYPE_CHECKING:
    from pyspice_models.pyspice.cell import Ag2SCell
    from pyspice_models.pyspice.crossbar import CrossbarSubCircuit, crossbar_subcircuit
    from pyspice_models.pyspice.parts import install
    from pyspice_models.pyspice.settings import celsius, simulator_options

__getattr__, __dir__ = lazily(
    __name__,
    {
        "cell": "Ag2SCell",
        "crossbar": "CrossbarSubCircuit crossbar_subcircuit",
        "parts": "install",
        "settings": "celsius simulator_options",
    },
)

__all__ = ["Ag2SCell", "CrossbarSubCircuit", "celsius", "crossbar_subcircuit", "install", "simulator_options"]

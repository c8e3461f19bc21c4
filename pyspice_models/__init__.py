"""Ag2S memristor crossbars in real circuit simulators: model, netlists, studies and measures.

from pyspice_models import Crossbar, Read, Study, Write, pattern, run_study

crossbar = Crossbar(8, 8, per_cell={"w0": pattern("checkerboard", (8, 8))})
outcome = run_study(Study("demo", crossbar, [Write(3, 4), Read(3, 4)]))
print(outcome.measures["energy_per_switch"].value)  # [J]
"""

from importlib.metadata import PackageNotFoundError, version

from pyspice_models.accuracy import Accuracy
from pyspice_models.array import Crossbar, pattern
from pyspice_models.array.driver import DriverParams
from pyspice_models.array.wire import WireParams
from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.errors import Ag2sError, RequestError, SimulationError, ToolError
from pyspice_models.netlist import crossbar_deck
from pyspice_models.stimulus import Read, ReadAll, Wait, Write, schedule
from pyspice_models.study import Outcome, Study, continue_from, load_study, run_study

try:
    __version__ = version("ag2s-crossbar")
except PackageNotFoundError:  # a source tree that was never installed
    __version__ = "unknown"

__all__ = [
    "Accuracy", "Ag2sError", "CellParams", "Crossbar", "DriverParams", "Outcome", "Read", "ReadAll", "RequestError",
    "SimulationError", "Study", "ToolError", "Wait", "WireParams", "Write", "continue_from", "crossbar_deck",
    "load_study", "pattern", "run_study", "schedule",
]  # fmt: skip

"""Compiled Verilog-A from Python: what a module says of itself, its currents, static solutions and lone responses.

Everything here takes a `Compiled`: the text of a module, picklable and hashable, which is compiled when it is needed.
Its native code runs in a process of its own (`worker.py`), started when first asked and kept: a crash, a hang or an
exit is a SimulationError that names file and module.

    module = read_module(path)              # of foreign.source; or Compiled(text, "name")
    describe(module)                        # Descriptor: terminals, nodes, parameters, output variables
    evaluate(module, {"te": v, "be": 0.0, "nw": w}, {"w0": 0.5}, temperature=300.0)
        # Evaluation at saved node voltages of shape (time, cell): currents into terminals, charges, Jacobians
    solve_static(module, {"te": v, "be": 0.0, "nw": w, "nx": x})
        # Static: other nodes settle while those of states are held: read current, conductance
    respond(module, ("te", "be"), times, volts, {"w0": [0.1, 0.9]})
        # one Response for each cell on a piecewise-linear source, started from `start`

Signs: a current counts into the module. Power that a cell takes in is the sum over terminals of v times
(resistive + d reactive / dt).
"""

from pyspice_models.engine.osdi.descriptor import Descriptor, NodeOf, ParameterOf
from pyspice_models.foreign.osdi.evaluate import (
    Evaluation,
    Static,
    check_evaluable,
    describe,
    evaluate,
    solve_static,
)
from pyspice_models.foreign.osdi.module import Compiled
from pyspice_models.foreign.osdi.powers import Powers, powers
from pyspice_models.foreign.osdi.response import Response, respond
from pyspice_models.foreign.osdi.worker import end_all

__all__ = [
    "Compiled",
    "Descriptor",
    "Evaluation",
    "NodeOf",
    "ParameterOf",
    "Powers",
    "Response",
    "Static",
    "check_evaluable",
    "describe",
    "end_all",
    "evaluate",
    "powers",
    "respond",
    "solve_static",
]  # fmt: skip

"""A subcircuit of a user as the cell of an array: with its parameters, and a source of 0 V that shows its current."""

from __future__ import annotations

from pyspice_models.declare.quantity import ParameterSet
from pyspice_models.foreign.spec import Spec
from pyspice_models.netlist.dialects.ngspice import SENSE


def open_port(port: str) -> str:
    """Node inside a cell on which a terminal ends that is none of the two of the array."""
    return f"open_{port}".lower()


def definition(spec: Spec, params: ParameterSet, name: str) -> str:
    """The cell of an array, called `name`, around the file's subcircuit: with parameters, and a source of 0 V."""
    values = spec.spelled(params.as_dict())
    given = "".join(f"\n+ {name}={value:.12g}" for name, value in values.items())
    passed = "".join(f" {name}={{{name}}}" for name in values)
    inner = {spec.terminals[0]: "inside", spec.terminals[1]: "bottom"}
    nodes = " ".join(inner.get(port) or open_port(port) for port in spec.ports)
    return "\n".join(
        [
            f".subckt {name} top bottom" + (f" params:{given}" if values else ""),
            f"{SENSE} top inside 0",
            f"xcell {nodes} {spec.master}{passed}",
            f".ends {name}",
        ]
    )

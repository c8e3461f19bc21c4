"""What a cell and a crossbar have in common as subcircuits: names, forms, the loading of compiled Verilog-A."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from pyspice_models.cells.sources import verilog_a_source
from pyspice_models.engine.shared import pyspice_simulator
from pyspice_models.engine.toolchain.verilog_a import compiled
from pyspice_models.errors import RequestError
from pyspice_models.netlist.dialects import NGSPICE

QUANTITIES = ("w", "x", "g", "p", "es")
"""Interface state, filament state, conductance, dissipated power, stored energy."""


def install() -> None:
    """Let every `circuit.simulator()` of this process run in libngspice; a cell or crossbar that is made does it too.

    Nothing is loaded yet, and calling it again changes nothing.
    """
    pyspice_simulator.install()


def check_name(what: str, name: str) -> None:
    """Raise RequestError unless `name` can stand in a netlist: it becomes part of a line, and lines are code."""
    if not isinstance(name, str) or not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise RequestError.for_value(
            what, name, allowed="lower-case letters, digits and _, a letter first (ngspice folds case)"
        )


def check_quantity(quantity: str, shown: tuple[str, ...] = QUANTITIES) -> None:
    """Raise RequestError unless a cell shows this quantity."""
    if quantity not in shown:
        raise RequestError.for_value("quantity", quantity, allowed=f"one of {', '.join(shown)}")


def loading(form: str, models: Iterable[str] = ("ag2s",), texts: Mapping[str, str] | None = None) -> str:
    """Lines that make the compiled Verilog-A known to ngspice, or nothing for the subcircuit form.

    They travel with the netlist, so that PySpice, which knows nothing of OSDI, has nothing to do: ngspice takes them
    out of whatever they stand in and runs them before it reads the circuit, in the library and in the program alike.
    Loading the same object again costs nothing.

    Args:
        form: of the cell.
        models: Verilog-A modules.
        texts: of those that are none of the package's own files, by name.

    Raises:
        RequestError: unknown form.
        ToolError: the Verilog-A does not compile.
    """
    NGSPICE.check_form(form)
    if form != "osdi":
        return ""
    paths = [str(compiled((texts or {}).get(model) or verilog_a_source(model), model)) for model in models]
    for path in paths:
        if not path.isprintable() or "'" in path or not path.isascii():
            raise RequestError(
                f"the folder of compiled Verilog-A, {path!r}, cannot be written into a netlist; "
                "set AG2S_CACHE to one whose name is plain ASCII without quotes."
            )
    return "\n".join([".control", *(f"pre_osdi '{path}'" for path in paths), ".endc", ""])

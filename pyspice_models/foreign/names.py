"""Names that would mean something else: of modules and subcircuits in a deck, of parameters in a table [cell]."""

from __future__ import annotations

import keyword
import re

from pyspice_models.cells.registry import OWN
from pyspice_models.cells.selectors.foreign import functions_of_cells
from pyspice_models.cells.sources import CELLS, MODULES, NGSPICE_TYPES
from pyspice_models.declare.quantity import ParameterSet
from pyspice_models.foreign.source import Source, bare, refused

_OWN = (frozenset(MODULES) - frozenset(CELLS)) | {"compliance_mos"}


def check_names(name: str, source: Source, *, what: str = "module") -> None:
    """Raise UnreadableError for a module or subcircuit that no deck of an array could hold under its name."""
    folded = name.lower()
    if what == "module" and folded in NGSPICE_TYPES:
        reason = "ngspice has a model type of its own by this name and takes it instead"
    elif folded in _OWN or folded.startswith("ag2s_") or (what == "function" and folded in functions_of_cells()):
        reason = "the package has one by this name, which may stand in the same deck"
    else:
        return
    text = bare(source.text) if what == "module" else source.text
    word = r"(?:macro)?module" if what == "module" else r"\.\w+"
    match = re.search(rf"{word}\s+{re.escape(name)}\b", text, re.IGNORECASE)
    line = text.count("\n", 0, match.start()) + 1 if match else 1
    raise refused(
        source,
        line,
        f"the {what} {name!r} cannot keep its name: {reason}",
        f"Call it {name}_cell, for example.",
        "name",
    )


FILES = ("verilog_a", "subckt")
"""Keys of [cell] that name the file of a cell of one's own."""

KEYS = frozenset(
    {
        *FILES,
        "module",
        "terminals",
        "read_voltage",
        "level",
        "dialect",
        "parameters",
        "states",
        "model",
        "preset",
        "checked",
    }
)
"""Keys of [cell] that are no parameters of the cell."""

_TAKEN = {name for name in dir(ParameterSet) if not name.startswith("__")} | {OWN, "cell_spec", "several", "not_varied"}


def attribute(own: str) -> str:
    """Name of a parameter in a study: as the file has it; with an underscore where that means something else."""
    return f"{own}_" if own in _TAKEN | KEYS or keyword.iskeyword(own) else own

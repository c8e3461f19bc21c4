"""What the cells of a crossbar need in a netlist beside themselves: model cards, subcircuits, modules of Verilog-A."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from pyspice_models.array import Crossbar
from pyspice_models.netlist import selector
from pyspice_models.netlist.dialects import Dialect


def cell_definitions(crossbar: Crossbar, form: str, dialect: Dialect) -> Iterator[str]:
    """The model card, or the subcircuit, of each kind of cell; a file that several kinds come from stands once."""
    written: set[str] = set()
    for one in crossbar.populations:
        model = replace(one.model, library="") if one.model.library in written else one.model
        written.add(one.model.library)
        yield dialect.cell_definition(form, model, one.cell)


def masters_of(crossbar: Crossbar) -> list[str]:
    """Modules of Verilog-A that hold the cells; one for all that come from the same text, which brings them all."""
    found: dict[str, str] = {}
    for one in crossbar.populations:
        found.setdefault(one.model.text or one.model.master, one.model.master)
    return list(found.values())


def texts_of(crossbar: Crossbar) -> dict[str, str]:
    """Texts of modules of Verilog-A that are none of the package's own files, by name."""
    found: dict[str, str] = {}
    for one in crossbar.populations:
        found |= one.model.modules
    return found | selector.texts(crossbar)

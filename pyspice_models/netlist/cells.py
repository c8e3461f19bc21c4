"""What the cells of a crossbar need in a netlist beside themselves: model cards, subcircuits, modules of Verilog-A.

And how they take other parameters within a run.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from pyspice_models.array import Crossbar, nodes
from pyspice_models.errors import RequestError
from pyspice_models.netlist import selector
from pyspice_models.netlist.dialects import NGSPICE, Dialect
from pyspice_models.simulation import Simulation


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


def changed_lines(asked: Simulation, form: str, dialect: Dialect) -> Iterator[tuple[float, str]]:
    """For each change its moment [s] and a line for every parameter of a cell that is another one from then on.

    Raises:
        RequestError: a dialect or a form of the cell that has no such lines.
    """
    if not asked.changes:
        return
    if dialect is not NGSPICE:
        what = "[fluctuation], by which cells take other parameters within a run"
        raise dialect.refuse(what, "ngspice and the nodal engine do.")
    if form != "osdi":
        raise RequestError(
            f"ngspice sets the parameters of a subcircuit before a run, and none within it: form {form!r} takes no "
            "changes within a run. Use form 'osdi', or engine nodal."
        )
    before = asked.crossbar
    for change in asked.changes:
        yield from ((change.time, line) for line in _altered(before, change.crossbar))
        before = change.crossbar


def _altered(before: Crossbar, after: Crossbar) -> Iterator[str]:
    for one, other in zip(before.populations, after.populations, strict=True):
        for name in {**one.per_cell, **other.per_cell}:
            was, now = before.values(name), after.values(name)
            for row, col in np.argwhere(one.where & (was != now) & np.isnan(after.broken)).tolist():
                ((key, value),) = one.model.written({name: now[row, col]}).items()
                yield NGSPICE.altered(nodes.cell(row, col), key, value)

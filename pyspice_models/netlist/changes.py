"""Cells that take other parameters within a run, as lines of a netlist."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from pyspice_models.array import Crossbar, nodes
from pyspice_models.errors import RequestError
from pyspice_models.netlist.dialects import NGSPICE, Dialect
from pyspice_models.simulation import Simulation


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

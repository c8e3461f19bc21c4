"""What compiled text a cell is, and which of its nodes are what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pyspice_models.array.kinds import Population
from pyspice_models.cells.model import CellModel
from pyspice_models.cells.sources import verilog_a_source

Array = NDArray[np.float64]


class Form(NamedTuple):
    """A cell as Verilog-A.

    Attributes:
        text, module: of it.
        terminals: on the word line and on the bit line.
        ranges: nodes of declared states, and what a range from 0 to 1 is on each.
        shown: nodes that results take of the cell, by the name of the wave.
        whole: all that goes into the cell counts as lost: of its inside results know no more than the states.
    """

    text: str
    module: str
    terminals: tuple[str, str]
    ranges: Mapping[str, float]
    shown: Mapping[str, str]
    whole: bool


def form_of(model: CellModel) -> Form:
    """Of a cell that is Verilog-A, or a subcircuit that has a translation.

    Raises:
        Untranslated: a subcircuit that has none.
    """
    ranges = {name: abs(one - zero) for name, (zero, one) in model.ends.items()}
    if model.rewritten is not None:
        same = model.rewritten()
        held = {node: ranges.get(state, 1.0) for state, node in same.states.items()}
        return Form(same.text, same.module, same.terminals, held, same.states, True)
    nodes = {}
    for state in model.states:
        seen = (model.seen or {}).get(state.name, "")
        node = state.node or (seen[1:] if seen.startswith("#") else "")
        if node:
            nodes[node] = ranges.get(state.name, 1.0)
    text = model.verilog_a or verilog_a_source(model.master)
    return Form(text, model.master, model.terminals, nodes, model.node_voltages, False)


def spelled(population: Population, known: Sequence[str], here: NDArray[np.bool_]) -> dict[str, Array]:
    """Parameters of some cells as their module spells them: netlists write them in small letters."""
    own: dict[str, Any] = population.cell.as_dict()
    for name in population.per_cell:
        own[name] = population.values(name).ravel()[here]
    names = {name.lower(): name for name in known}
    if population.model.rewritten is not None:
        names = {small: names[name.lower()] for small, name in population.model.rewritten().parameters.items()}
    written = population.model.written(own).items()
    return {
        name if name in known else names.get(name.lower(), name): np.atleast_1d(np.asarray(values, dtype=float))
        for name, values in written
    }


def index(names: Sequence[str], node: str) -> int:
    """Number of a node; netlists do not tell capitals from small letters."""
    small = [name.lower() for name in names]
    return names.index(node) if node in names else small.index(node.lower())

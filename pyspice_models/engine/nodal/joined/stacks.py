"""What stands at a crossing: a cell, and what is between it and the bit line, on one row of voltages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pyspice_models.array import Crossbar
from pyspice_models.array.kinds import Population
from pyspice_models.engine.nodal.joined.behind import Behind, behind, nodes_of, set_up
from pyspice_models.engine.nodal.joined.forms import form_of, index, spelled
from pyspice_models.engine.nodal.osdi.evaluable import of_circuit, opened
from pyspice_models.engine.osdi.cells import CellsInMemory
from pyspice_models.engine.osdi.library import Refused
from pyspice_models.errors import RequestError
from pyspice_models.inputs.spice.circuit import Untranslated


class Stack(NamedTuple):
    """Places of one kind.

    Attributes:
        population: of the array, whose cells they are.
        here: which of them, in their order.
        parts: instances of all that stands there.
        names: of all nodes: word line, bit line, gate line if there is one, the node between, the others.
        inner: numbers of those that are solved for.
        gate, mid: numbers of these nodes; -1 for none.
        through: whether a resistor stands in the cell's stead.
        fixed: nodes of declared states, and what a range from 0 to 1 is on each.
        circuit: inner nodes of the circuit.
        counted: nodes whose voltage times current is power: 1 of the cell, 2 of the selector.
        shown: numbers among the inner nodes of those that results take, by the name of the wave: of the cell, and of
            the selector.
        whole: all that goes in counts as lost: of the cell, of the selector.
    """

    population: Population
    here: NDArray[np.bool_]
    parts: tuple[CellsInMemory, ...]
    names: tuple[str, ...]
    inner: tuple[int, ...]
    gate: int
    mid: int
    through: bool
    fixed: Mapping[int, float]
    circuit: frozenset[int]
    counted: Mapping[int, int]
    shown: tuple[Mapping[str, int], Mapping[str, int]]
    whole: tuple[bool, bool]


def stacks_of(crossbar: Crossbar, population: Population) -> list[Stack]:
    """What stands at the places of one kind of cells; broken ones without selector are no instances.

    Raises:
        RequestError: an object that cannot be read or called, or parameters out of range.
    """
    sound = np.isnan(crossbar.broken[population.where])
    try:
        found = [_stack(crossbar, population, sound)]
        if crossbar.selector is not None and not sound.all():
            found.append(_stack(crossbar, population, ~sound, broken=True))
    except Untranslated as refusal:
        raise RequestError(f"engine nodal: {refusal}.") from None
    except Refused as refusal:
        raise RequestError(
            f"engine nodal, the cell {population.model.name!r} or what is behind it: {refusal}."
        ) from None
    return found


class _Row:
    """A row of voltages in the making."""

    def __init__(self, selector: Behind | None, gated: bool) -> None:
        self.names = ["word line", "bit line"]
        self.gate = self._add("gate line") if gated else -1
        self.mid = self._add("between") if selector is not None else -1
        self.own: dict[str, int] = {}
        for name in selector.inner if selector is not None else ():
            self.own[name] = self._add(name)

    def _add(self, name: str) -> int:
        self.names.append(name)
        return len(self.names) - 1

    def cell(self, names: tuple[str, ...], terminals: tuple[int, int]) -> list[int]:
        """Places of a cell's nodes."""
        bottom = self.mid if self.mid >= 0 else 1
        ends = dict(zip(terminals, (0, bottom), strict=True))
        return [ends[k] if k in ends else self._add(name) for k, name in enumerate(names)]

    def behind(self, selector: Behind) -> list[list[int]]:
        """Places of the nodes of each of a selector's parts."""
        known = self.own | {"mid": self.mid, "bit": 1, "gate": self.gate, "0": len(self.names)}
        return [[known[name] for name in part.nodes] for part in selector.parts]


def _stack(crossbar: Crossbar, population: Population, here: NDArray[np.bool_], broken: bool = False) -> Stack:
    count = int(here.sum())
    selector = behind(crossbar, here) if crossbar.selector is not None else None
    row = _Row(selector, any("gate" in part.nodes for part in selector.parts) if selector is not None else False)
    parts: list[CellsInMemory] = []
    fixed: dict[int, float] = {}
    circuit: set[int] = set()
    counted: dict[int, int] = {0: 1}
    shown: dict[str, int] = {}
    whole = False
    places: list[int] = []
    if not broken:
        form = form_of(population.model)
        library = opened(form.text, form.module, population.model.name)
        cells = set_up(library, count, spelled(population, list(library.ids), here), crossbar.temperature)
        names = nodes_of(library)
        top, bottom = (index(names, name) for name in form.terminals)
        own = {k for k in range(len(names)) if k not in (top, bottom)}
        held = {index(names, node): span for node, span in form.ranges.items() if span > 0}
        of_cell = set(of_circuit(cells, own - held.keys()))
        places = row.cell(names, (top, bottom))
        fixed = {places[k]: span for k, span in held.items()}
        circuit = {places[k] for k in of_cell}
        terminals = set(range(library.layout.terminals_count)) - {top, bottom}
        counted |= dict.fromkeys((places[k] for k in of_cell | terminals), 1)
        if row.mid < 0:
            counted[1] = 1
        shown = {wave: places[index(names, node)] for wave, node in form.shown.items()}
        whole = form.whole
        parts.append(cells)
    ground = len(row.names)
    if parts:
        parts[0].lay(places, ground)
    if selector is not None:
        circuit |= {row.mid, *(row.own[name] for name in selector.circuit)}
        counted |= dict.fromkeys([1, *(row.own[name] for name in selector.circuit)], 2)
        fixed |= {row.own[name]: span for name, span in selector.fixed.items()}
        for part, nodes in zip(selector.parts, row.behind(selector), strict=True):
            part.cells.lay(nodes, ground)
            parts.append(part.cells)
    lines = {0, 1, row.gate}
    inner = tuple(k for k in range(ground) if k not in lines)
    of_selector = {wave: row.own[node] for wave, node in selector.shown.items()} if selector is not None else {}
    return Stack(
        population, here, tuple(parts), tuple(row.names), inner, row.gate, row.mid, broken, fixed, frozenset(circuit),
        counted, ({wave: inner.index(k) for wave, k in shown.items()},
                  {wave: inner.index(k) for wave, k in of_selector.items()}),
        (whole, selector is not None and selector.whole),
    )  # fmt: skip

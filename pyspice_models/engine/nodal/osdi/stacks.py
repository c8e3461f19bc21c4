"""What stands at a crossing: a cell, or a cell and its selector on one row of voltages, opened and set up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pyspice_models.array import Crossbar
from pyspice_models.array.instances.selectors import values_of
from pyspice_models.array.kinds import Population
from pyspice_models.cells.model import CellModel
from pyspice_models.cells.selectors.params import ThresholdParams
from pyspice_models.cells.sources import threshold, threshold_module, verilog_a_source
from pyspice_models.engine.nodal.osdi.evaluable import (
    check_timeless,
    floats,
    of_circuit,
    opened,
    scales_of,
    straight_in,
)
from pyspice_models.engine.osdi.cells import CellsInMemory
from pyspice_models.engine.osdi.library import Library, Refused
from pyspice_models.errors import RequestError

Array = NDArray[np.float64]


class Stack(NamedTuple):
    """Places of one kind.

    Attributes:
        population: of the array, whose cells they are.
        here: which of them, in their order.
        parts: instances of the cell, and of the selector; of a broken cell before a selector the latter alone.
        names: of all nodes.
        ends: of them, on the word line and on the bit line; these are the last two.
        inner: the others: first the one between cell and selector, then the selector's own, then the cell's.
        mid: the one between; -1 without selector.
        through: whether a resistor stands in the cell's stead.
        fixed: nodes of declared states, and what a range from 0 to 1 is on each.
        circuit: inner nodes of the circuit, see `evaluable.of_circuit`.
        counted: nodes whose voltage times current is power: 1 of the cell, 2 of the selector.
        straight: nodes in which all is linear.
        floating: whether all is the same when the nodes of the circuit are all raised by as much.
        shown: numbers among the inner nodes of those that results take of the cell, by the name of the wave.
    """

    population: Population
    here: NDArray[np.bool_]
    parts: tuple[CellsInMemory, ...]
    names: tuple[str, ...]
    ends: tuple[int, int]
    inner: tuple[int, ...]
    mid: int
    through: bool
    fixed: Mapping[int, float]
    circuit: frozenset[int]
    counted: Mapping[int, int]
    straight: frozenset[int]
    floating: bool
    shown: Mapping[str, int]


def stacks_of(crossbar: Crossbar, population: Population) -> list[Stack]:
    """What stands at the places of one kind of cells; broken ones without selector are no instances.

    Raises:
        RequestError: an object that cannot be read or called, or parameters out of range.
    """
    sound = np.isnan(crossbar.broken[population.where])
    try:
        found = [_stack(crossbar, population, sound)]
        if crossbar.selector is not None and not sound.all():
            found.append(_broken(crossbar, population, ~sound))
    except Refused as refusal:
        raise RequestError(f"engine nodal, the cell {population.model.name!r}: {refusal}.") from None
    return [_in_order(one) for one in found]


def _in_order(stack: Stack) -> Stack:
    """The same with the inner nodes first, as the compiled loops have them; objects write there, too."""
    order = [*stack.inner, *stack.ends]
    to = {node: place for place, node in enumerate(order)}
    for part in stack.parts:
        part.lay([to[int(node)] for node in part.place[:-1]])
    inner = len(stack.inner)
    return stack._replace(
        names=tuple(stack.names[node] for node in order), ends=(inner, inner + 1), inner=tuple(range(inner)),
        mid=to.get(stack.mid, -1), fixed={to[node]: scale for node, scale in stack.fixed.items()},
        circuit=frozenset(to[node] for node in stack.circuit),
        counted={to[node]: whose for node, whose in stack.counted.items()},
        straight=frozenset(to[node] for node in stack.straight),
    )  # fmt: skip


def _stack(crossbar: Crossbar, population: Population, here: NDArray[np.bool_]) -> Stack:
    model = population.model
    library = opened(model.verilog_a or verilog_a_source(model.master), model.master, model.name)
    names = list(nodes_of(library))
    cells = _set_up(library, int(here.sum()), _parameters(library, population, here), crossbar.temperature)
    top, bottom = (index(names, name) for name in model.terminals)
    own = [k for k in range(len(names)) if k not in (top, bottom)]
    fixed = _declared(model, names)
    circuit = set(of_circuit(cells, set(own) - set(fixed)))
    fixed |= _declared_by_variables(model, cells, set(own) - circuit - set(fixed))
    terminals = set(range(library.layout.terminals_count))
    counted = dict.fromkeys([*terminals, *circuit], 1)
    straight, floating = straight_in(cells), floats(cells, terminals | circuit)
    if crossbar.selector is None:
        shown = {wave: own.index(index(names, node)) for wave, node in model.node_voltages.items()}
        return Stack(
            population, here, (cells,), tuple(names), (top, bottom), tuple(own), -1, False, fixed, frozenset(circuit),
            counted, straight, floating, shown,
        )  # fmt: skip
    selectors, of_selector = _selectors(crossbar, here, len(names))
    bit = len(names)
    names += ["bit line", *(f"{name} of the selector" for name in of_selector.names)]
    selectors.lay([bottom, bit, *range(bit + 1, len(names))])
    del counted[bottom]
    straight = (straight - {bottom}) | _behind(bottom, bit, of_selector.straight, bottom in straight)
    inner = [bottom, *range(bit + 1, len(names)), *own]
    shown = {wave: inner.index(index(names[:bit], node)) for wave, node in model.node_voltages.items()}
    return Stack(
        population, here, (cells, selectors), tuple(names), (top, bit), tuple(inner), bottom, False,
        fixed | {bit + 1 + k: one for k, one in of_selector.fixed.items()},
        frozenset(circuit | {bottom} | {bit + 1 + k for k in of_selector.circuit}),
        counted | dict.fromkeys([bit, *(bit + 1 + k for k in of_selector.circuit)], 2), straight,
        floating and of_selector.floating, shown,
    )  # fmt: skip


def _broken(crossbar: Crossbar, population: Population, here: NDArray[np.bool_]) -> Stack:
    """A resistor, and the selector behind it."""
    selectors, own = _selectors(crossbar, here, 2)
    names = ["word line", "between", "bit line", *(f"{name} of the selector" for name in own.names)]
    selectors.lay([1, 2, *range(3, len(names))])
    return Stack(
        population, here, (selectors,), tuple(names), (0, 2), (1, *range(3, len(names))), 1, True,
        {3 + k: one for k, one in own.fixed.items()}, frozenset({1} | {3 + k for k in own.circuit}),
        {0: 1} | dict.fromkeys([2, *(3 + k for k in own.circuit)], 2), _behind(1, 2, own.straight, True) | {0},
        own.floating, {},
    )  # fmt: skip


class _Own(NamedTuple):
    """Inner nodes of a selector, counted among themselves; as of `Stack`, but `straight` counts its terminals, too."""

    names: tuple[str, ...]
    fixed: Mapping[int, float]
    circuit: tuple[int, ...]
    straight: frozenset[int]
    floating: bool


def _behind(mid: int, bit: int, straight: frozenset[int], before: bool) -> frozenset[int]:
    """Nodes in which a selector is linear, among those of all: `before` says of the one between if the cell is, too."""
    return frozenset({bit + k - 1 for k in straight if k > 0} | ({mid} if before and 0 in straight else set()))


def _selectors(crossbar: Crossbar, here: NDArray[np.bool_], before: int) -> tuple[CellsInMemory, _Own]:
    """The selectors at some crossings, and their inner nodes."""
    selector = crossbar.selector
    assert isinstance(selector, ThresholdParams)
    module = threshold_module(selector)
    library = opened(verilog_a_source(module), module, module)
    given = {name: np.array([value]) for name, value in threshold(selector).items()}
    given |= {name: values[here] for name, values in values_of(crossbar).items()}
    cells = _set_up(library, int(here.sum()), given, crossbar.temperature)
    names = nodes_of(library)[2:]
    fixed = {k: 1.0 for k, name in enumerate(names) if name == "ns"}
    circuit = of_circuit(cells, set(range(2, 2 + len(names))) - {2 + k for k in fixed})
    floating = floats(cells, {0, 1, *circuit})
    return cells, _Own(names, fixed, tuple(k - 2 for k in circuit), straight_in(cells), floating)


def _set_up(library: Library, count: int, given: Mapping[str, Array], temperature: float) -> CellsInMemory:
    cells = CellsInMemory(library, count, given, temperature)
    if count:
        check_timeless(cells)
    return cells


def _parameters(library: Library, population: Population, here: NDArray[np.bool_]) -> dict[str, Array]:
    """As the module spells them: netlists write them in small letters."""
    own: dict[str, Any] = population.cell.as_dict()
    for name in population.per_cell:
        own[name] = population.values(name).ravel()[here]
    small = {name.lower(): name for name in library.ids}
    found = {}
    for name, values in population.model.written(own).items():
        spelled = name if name in library.ids else small.get(name.lower(), name)
        found[spelled] = np.atleast_1d(np.asarray(values, dtype=float))
    return found


def _declared(model: CellModel, names: Sequence[str]) -> dict[int, float]:
    """Nodes of declared states, and what a state's range from 0 to 1 is on each."""
    found = {}
    for state in model.states:
        seen = (model.seen or {}).get(state.name, "")
        node = state.node or (seen[1:] if seen.startswith("#") else "")
        if node:
            zero, one = model.ends.get(state.name, (0.0, 1.0))
            found[index(names, node)] = abs(one - zero)
    return found


def _declared_by_variables(model: CellModel, cells: CellsInMemory, nodes: set[int]) -> dict[int, float]:
    """The same of nodes that states follow which are output variables."""
    found: dict[int, float] = {}
    if not cells.count:
        return found
    for state in model.states:
        variable = (model.seen or {}).get(state.name, "")
        if not state.node and variable and not variable.startswith("#"):
            zero, one = model.ends.get(state.name, (0.0, 1.0))
            for node, scale in scales_of(cells, variable, abs(one - zero), nodes).items():
                found[node] = min(scale, found.get(node, scale))
    return found


def nodes_of(library: Library) -> tuple[str, ...]:
    """Names of a module's nodes, terminals first."""
    one = library.layout
    return tuple((one.nodes[k].name or b"").decode(errors="replace") for k in range(one.nodes_count))


def index(names: Sequence[str], node: str) -> int:
    """Number of a node; netlists do not tell capitals from small letters."""
    small = [name.lower() for name in names]
    return names.index(node) if node in names else small.index(node.lower())

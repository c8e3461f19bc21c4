"""What stands between a cell and its bit line, as instances of compiled objects."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pyspice_models.array import Crossbar
from pyspice_models.array.instances.selectors import values_of
from pyspice_models.cells.selectors.foreign import ForeignTransistor
from pyspice_models.cells.selectors.foreign_module import ForeignSelector
from pyspice_models.cells.selectors.params import ThresholdParams, TransistorParams
from pyspice_models.cells.sources import channel, threshold, threshold_module, verilog_a_source
from pyspice_models.engine.nodal.joined.foundry import parts_of
from pyspice_models.engine.nodal.osdi.evaluable import check_timeless, of_circuit, opened
from pyspice_models.engine.osdi.cells import CellsInMemory
from pyspice_models.engine.osdi.library import Library
from pyspice_models.inputs.spice.circuit import Element, Flat
from pyspice_models.inputs.spice.formulas import number
from pyspice_models.inputs.spice.verilog_a import translated

Array = NDArray[np.float64]


class Part(NamedTuple):
    """Instances, one for each place.

    Attributes:
        cells: of them.
        nodes: what each of the module's nodes is called at a place: "mid", "bit", "gate", "0" for ground, or a name
            that parts have in common.
    """

    cells: CellsInMemory
    nodes: tuple[str, ...]


class Behind(NamedTuple):
    """A selector.

    Attributes:
        parts: that it is made of.
        fixed: inner nodes of states, and what a range from 0 to 1 is on each.
        circuit: inner nodes of the circuit.
        shown: inner nodes that results take, by the name of the wave.
        whole: all that goes into it counts as lost, and not what it conducts alone.
    """

    parts: tuple[Part, ...]
    fixed: Mapping[str, float]
    circuit: frozenset[str]
    shown: Mapping[str, str]
    whole: bool

    @property
    def inner(self) -> list[str]:
        """Names of its inner nodes."""
        every = [name for part in self.parts for name in part.nodes]
        return [name for name in dict.fromkeys(every) if name not in ("mid", "bit", "gate", "0")]


def behind(crossbar: Crossbar, here: NDArray[np.bool_]) -> Behind:
    """The selectors at some crossings of an array.

    Raises:
        Refused: one that cannot be called.
        Untranslated: a statement of a user's file that is not understood.
    """
    selector, count = crossbar.selector, int(here.sum())
    own_values = {name: values[here] for name, values in values_of(crossbar).items()}
    if isinstance(selector, ForeignTransistor):
        made = [Part(set_up(library, count, given, crossbar.temperature, own), nodes)
                for library, given, nodes, own in parts_of(selector)]  # fmt: skip
        return _put(made, {}, {}, whole=True)
    if isinstance(selector, TransistorParams):
        library = opened(verilog_a_source("transistor"), "transistor", "transistor")
        gated = set_up(library, count, _numbers(channel(selector)) | own_values, crossbar.temperature)
        beside = _beside(selector)
        made = [_part(gated, ("mid", "gate", "bit"))]
        if beside is not None:
            made.append(_part(set_up(beside, count, {}, crossbar.temperature), ("mid", "gate", "bit")))
        return _put(made, {}, {}, whole=False)
    if isinstance(selector, ForeignSelector):
        library = opened(selector.source.text, selector.module, selector.module)
        own = set_up(library, count, _numbers(dict(selector.parameters)), crossbar.temperature)
        return _put([_part(own, selector.ordered("mid", "bit"))], {}, {}, whole=True)
    assert isinstance(selector, ThresholdParams)
    module = threshold_module(selector)
    library = opened(verilog_a_source(module), module, module)
    own = set_up(library, count, _numbers(threshold(selector)) | own_values, crossbar.temperature)
    remembered = "ns of the selector"
    state, shown = ({remembered: 1.0}, {"s_selector": remembered}) if selector.remembers else ({}, {})
    return _put([_part(own, ("mid", "bit"))], state, shown, whole=False)


def set_up(
    library: Library, count: int, given: Mapping[str, Array], temperature: float, shipped: bool = False
) -> CellsInMemory:  # fmt: skip
    """Instances with these parameters; `shipped`: of a simulator's own modules, which do not ask the time."""
    cells = CellsInMemory(library, count, given, temperature)
    if count and not shipped:
        check_timeless(cells)
    return cells


def nodes_of(library: Library) -> tuple[str, ...]:
    """Names of a module's nodes, terminals first."""
    one = library.layout
    return tuple((one.nodes[k].name or b"").decode(errors="replace") for k in range(one.nodes_count))


def _part(cells: CellsInMemory, terminals: Sequence[str]) -> Part:
    names = nodes_of(cells.library)
    inner = [f"{name} of the selector" for name in names[len(terminals) :]]
    return Part(cells, (*terminals, *inner))


def _put(
    parts: Iterable[Part], fixed: Mapping[str, float], shown: Mapping[str, str], *, whole: bool
) -> Behind:  # fmt: skip
    """With joined nodes under one name."""
    done, circuit = [], set[str]()
    for cells, nodes in parts:
        every = [*nodes, "0"]
        part = Part(cells, tuple(every[int(cells.place[k])] for k in range(len(nodes))))
        done.append(part)
        free = {k for k in range(len(nodes)) if int(cells.place[k]) == k and nodes[k] not in fixed}
        circuit |= {nodes[k] for k in of_circuit(cells, free)}
    found = Behind(tuple(done), fixed, frozenset(), shown, whole)
    # a node of several parts is one of the circuit where each of them says so, or it is between elements
    return found._replace(circuit=frozenset(circuit & set(found.inner)))


def _numbers(values: Mapping[str, float]) -> dict[str, Array]:
    return {name: np.array([float(value)]) for name, value in values.items()}


def _beside(selector: TransistorParams) -> Library | None:
    """What stands beside the channel in a deck: leakage, and a capacitance to either end."""
    every = (("rm", ("mid", "bit"), selector.g_off), ("cm", ("gate", "mid"), selector.c_gate),
             ("cb", ("gate", "bit"), selector.c_gate))  # fmt: skip
    elements = [
        Element(name, nodes, {"": number(value if name[0] == "c" else 1 / value)}, "", name)
        for name, nodes, value in every
        if value > 0
    ]
    if not elements:
        return None
    text = translated(Flat(("mid", "gate", "bit"), elements=elements), "ag2s_beside", signed_powers=False).text
    return opened(text, "ag2s_beside", "ag2s_beside")

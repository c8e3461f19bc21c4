"""Transistors of a SPICE file by the objects of SPICE's own models that come with VACASK: the same equations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pyspice_models.cells.selectors.foreign import ForeignTransistor
from pyspice_models.engine.nodal.joined.cards import around, circuit_of, module_of, values_of
from pyspice_models.engine.nodal.osdi.evaluable import opened
from pyspice_models.engine.osdi.library import Library, Refused
from pyspice_models.engine.toolchain.tools import find_vacask
from pyspice_models.inputs.spice.circuit import Card, Element, Untranslated
from pyspice_models.inputs.spice.verilog_a import translated

Array = NDArray[np.float64]


class Asked(NamedTuple):
    """A part of a transistor: its module, its parameters, what its nodes are called, whether VACASK ships it."""

    library: Library
    given: Mapping[str, Array]
    nodes: tuple[str, ...]
    shipped: bool


def parts_of(selector: ForeignTransistor) -> list[Asked]:
    """All parts of a transistor.

    Raises:
        Untranslated: a statement that is not understood, a model that has no object.
        Refused: an object that cannot be read.
    """
    circuit, names = circuit_of(selector)
    found = [_transistor(one, circuit.cards[one.model], names) for one in circuit.elements if one.letter == "m"]
    rest = around(circuit, names)
    if rest is not None:
        module = translated(rest, "ag2s_around", signed_powers=False)
        library = opened(module.text, module.module, "ag2s_around")
        own = {value: key for key, value in module.nodes.items()}
        nodes = [(library.layout.nodes[k].name or b"").decode() for k in range(library.layout.nodes_count)]
        found.append(Asked(library, {}, tuple(own.get(node, f"{node} around") for node in nodes), False))
    return found


def _transistor(one: Element, card: Card, names: Mapping[str, float]) -> Asked:
    library = _shipped(module_of(card, names))
    known, given = {name.lower(): name for name in library.ids}, {}
    for key, (value, where) in values_of(one, card, names).items():
        if key not in known:
            raise Untranslated(where, f"the compiled {_name(library)} has no parameter {key}")
        given[known[key]] = np.array([value])
    nodes = [(library.layout.nodes[k].name or b"").decode() for k in range(library.layout.nodes_count)]
    return Asked(library, given, (*one.nodes, *(f"{name} of {one.name}" for name in nodes[4:])), True)


def _shipped(module: str) -> Library:
    """One of the objects beside the simulator.

    Raises:
        Refused: it is not there, or no object that is read.
    """
    for path in _folders():
        if (path / f"{module}.osdi").is_file():
            return Library(str(path / f"{module}.osdi"), f"sp_{module}")
    raise Refused(f"{module}.osdi, which comes with VACASK, is not beside it; `ag2s doctor` says where VACASK lies")


def _folders() -> Iterator[Path]:
    program = find_vacask().path
    if program is not None:
        for above in Path(program).resolve().parents[:3]:
            yield above / "lib" / "vacask" / "mod" / "spice"


def _name(library: Library) -> str:
    return (library.layout.name or b"").decode(errors="replace")

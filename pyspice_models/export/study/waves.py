"""What the netlists of a study must give: waves at moments between its edges, by ngspice."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pyspice_models.engine import netlist_engine
from pyspice_models.export.benches import Expected
from pyspice_models.export.study.contents import StudyBundle
from pyspice_models.netlist import Deck
from pyspice_models.passing import passing_folder
from pyspice_models.stimulus import Schedule

TIGHTER = 4.0
"""Tolerances and longest steps of the expected waves, against those of the netlists."""

_AT = (0.3, 0.6, 0.9)  # of the way from one corner of the sources to the next
_EDGES = 3.0  # a shorter way is an edge, or next to one
_MOST = 2000
_UNITS = (("i_", "A"), ("v_", "V"), ("inside ", "V"))


def unit_of(quantity: str) -> str:
    """Of a quantity that is compared; states count as the file does."""
    return next((unit for start, unit in _UNITS if quantity.startswith(start)), "1")


@dataclass(frozen=True)
class Column:
    """A wave that is compared.

    Attributes:
        name: of the column.
        quantity, index: what it is, and which of its array, counted row by row.
        vector: of the deck.
        scale: from the vector's unit to SI.
    """

    name: str
    quantity: str
    index: int
    vector: str
    scale: float


def columns_of(deck: Deck, quantities: Mapping[str, object]) -> Iterator[Column]:
    """Everything that is compared; broken cells have no waves."""
    for quantity, vectors in deck.probes.items():
        if quantity in quantities:
            for index, (place, vector) in enumerate(zip(np.ndindex(deck.shapes[quantity]), vectors, strict=True)):
                if vector:
                    name = "_".join([quantity.replace(" ", "_"), *map(str, place)])
                    yield Column(name, quantity, index, vector, deck.scales.get(quantity, 1.0))


def expected_waves(bundle: StudyBundle, form: str) -> tuple[Expected, Mapping[str, str]]:
    """Waves of cells, terminals and sources; and the quantities, with their units.

    Raises:
        ToolError, SimulationError: as the engine raises them.
    """
    deck = bundle.deck("ngspice", form, TIGHTER)
    quantities = {name: unit_of(name) for name in deck.probes if _compared(bundle, name)}
    with passing_folder("export") as scratch:
        waves = netlist_engine("ngspice").run_deck(deck, scratch, time_limit=bundle.study.limits.time_limit)
    moments = _moments(bundle.plan, bundle.study.crossbar.driver.t_edge)
    columns = {
        one.name: np.interp(moments, waves.time, waves.values[one.quantity].reshape(len(waves.time), -1)[:, one.index])
        for one in columns_of(deck, quantities)
    }
    return Expected(moments, columns, waves.engine), quantities


def _compared(bundle: StudyBundle, quantity: str) -> bool:
    model = bundle.study.crossbar.model
    nodes = {name for name, node in model.node_voltages.items() if node not in model.others}
    return (
        quantity in nodes
        or quantity in {state.name for state in model.states}
        or quantity in ("v_word_terminal", "v_bit_terminal", "v_bit_output", "i_word_source", "i_bit_source", "i_cell")
    )


def _moments(plan: Schedule, edge: float) -> NDArray[np.float64]:
    corners = np.array(sorted({0.0, *plan.corners, plan.stop}))
    begins, ways = corners[:-1], np.diff(corners)
    far = ways > _EDGES * edge
    found = (begins[far, None] + ways[far, None] * np.array(_AT)).ravel()
    return found[:: math.ceil(len(found) / _MOST)] if len(found) else found

"""Crossings of several compiled objects as the compiled loops see them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pyspice_models.engine.nodal.crossings.base import Places
from pyspice_models.engine.nodal.crossings.gate_lines import GateLines
from pyspice_models.engine.nodal.linear.compiled import uncounted
from pyspice_models.engine.nodal.osdi.devices import place_record

Array = NDArray[np.float64]
Whole = NDArray[np.int64]
Records = NDArray[np.void]

MOST_NODES, MOST_ENTRIES, MOST_PARTS = 60, 1500, 6
"""What a kind of places may have at most: nodes, entries of both Jacobians, instances."""

_NODES = (MOST_NODES + 1,)

KIND = np.dtype([
    ("nodes", np.int64), ("inners", np.int64), ("parts", np.int64), ("word", np.int64), ("bit", np.int64),
    ("gate", np.int64), ("mid", np.int64), ("through", np.int64), ("whole_cell", np.int64),
    ("whole_selector", np.int64), ("resistive", np.int64), ("reactive", np.int64), ("inner", np.int64, _NODES),
    ("charged", np.int64, _NODES), ("counted", np.int64, _NODES), ("volts", np.int64, _NODES),
    ("near", np.float64, _NODES), ("fixed", np.float64, _NODES), ("calls", np.int64, (MOST_PARTS, 6)),
    ("before", np.int64, (MOST_PARTS, 2)), ("rows", np.int64, (MOST_ENTRIES,)), ("cols", np.int64, (MOST_ENTRIES,)),
], align=True)  # fmt: skip
"""A kind of places: instances on one row of voltages, with ground behind the last node.

nodes, inners, parts: how many.
word, bit, gate: nodes on lines; gate is -1 where there is none.
mid: node between cell and selector; -1 without selector.
through: 1 where a resistor stands between the word line's node and that one, in a broken cell's stead.
whole_cell, whole_selector: 1 where all that goes in counts as lost, and not what is conducted alone.
resistive, reactive: entries of both Jacobians, in `rows` and `cols` one after the other.
inner: nodes that are solved for.
charged: 1 for nodes whose equation has a charge.
counted: 1 for nodes whose voltage times current is power of the cell, 2 for the selector's.
volts: 1 for inner nodes of the circuit, whose error is one of a voltage.
near: of nodes of the circuit, the voltage that counts as small [V]; 0 for others.
fixed: of a declared state, what its range from 0 to 1 is on the node; else 0.
calls: addresses, see `engine.osdi.calls`, for each part.
before: where the entries of a part begin in either Jacobian.
"""

PLACE = place_record(MOST_PARTS)
"""A place."""

WORD, BIT, GATE = range(3)
"""Lines at a place, in this order."""


class Devices(NamedTuple):
    """What does not change, and what the last evaluations left behind.

    Attributes:
        places: where they stand.
        kinds, cells: of places, and places; see KIND and PLACE.
        info, clock: for the calls of each row, one memory, shape (row, word).
        at, f, q: voltages of the last evaluation, currents and charges there, shape (place, node).
        of_f, of_q: its Jacobians, shape (place, node, node).
        written: as objects write them, room for each row, shape (row, 2, entry).
        within: of a stage whose inverse length is this; 0 after an evaluation, shape (place,) [1/s].
        inverse: of the Jacobian over that stage, of the inner nodes, shape (place, inner, inner).
        lever: by how much these follow each line, shape (place, inner, line).
        slope: dI/dv between word and bit line, shape (place,) [S].
        origin: voltages at the start.
        room: to work in, for each row one place: two rows of voltages, an elimination, a Jacobian; shape
            (row, 2 + 2 node, 2 node).
        gates: gate lines; of no columns without any.
        v_gate: of a selected one [V].
        fault: what was at fault, where, and what the module asked for, shape (3,).
        at_fault: voltages there, shape (node,).
        renewed, largest: see `Crossings`.
    """

    places: Places
    kinds: Records
    cells: Records
    info: Whole
    clock: Array
    at: Array
    f: Array
    q: Array
    of_f: Array
    of_q: Array
    written: Array
    within: Array
    inverse: Array
    lever: Array
    slope: Array
    origin: Array
    room: Array
    gates: GateLines
    v_gate: float
    fault: Whole
    at_fault: Array
    renewed: bool
    largest: float


@uncounted
def blame(devices: Devices, fault: int, n: int, asked: int, v: Array) -> None:
    """Note what was at fault."""
    devices.fault[0], devices.fault[1], devices.fault[2] = fault, n, asked
    for k in range(len(v)):
        devices.at_fault[k] = v[k]

"""Cells that are compiled Verilog-A as the compiled loops see them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pyspice_models.engine.nodal.crossings.base import Places, places_of
from pyspice_models.engine.nodal.linear.compiled import uncounted
from pyspice_models.engine.osdi.calls import copied

Array = NDArray[np.float64]
Whole = NDArray[np.int64]
Records = NDArray[np.void]

SINGULAR, NOT_FINITE, NO_CONVERGENCE, ASKED = 1, 2, 3, 4
"""What was at fault in a cell."""


MOST_NODES, MOST_ENTRIES, MOST_PARTS = 40, 800, 2
"""What a kind of places may have at most: nodes, entries of both Jacobians, instances."""

_NODES = (MOST_NODES + 1,)

KIND = np.dtype([
    ("nodes", np.int64), ("inners", np.int64), ("parts", np.int64), ("mid", np.int64), ("through", np.int64),
    ("resistive", np.int64), ("reactive", np.int64), ("apiece", np.int64), ("tracked", np.int64),
    ("floating", np.int64), ("charged", np.float64, _NODES),
    ("of_cell", np.float64, _NODES), ("of_selector", np.float64, _NODES), ("volts", np.int64, _NODES),
    ("shifted", np.float64, _NODES), ("straight", np.int64, _NODES), ("fixed", np.float64, _NODES),
    ("calls", np.int64, (MOST_PARTS, 6)), ("before", np.int64, (MOST_PARTS, 2)),
    ("rows", np.int64, (MOST_ENTRIES,)), ("cols", np.int64, (MOST_ENTRIES,)),
    ("lines", np.int64), ("inverse", np.int64), ("of_node", np.int64),
], align=True)  # fmt: skip
"""A kind of places. It has one instance, the cell, or two, the cell and its selector, on one row of voltages.

nodes, inners, parts: how many. Nodes that are solved for come first, then those on the word line and on the bit line;
    behind them is a place for ground.
mid: node between cell and selector; -1 without selector.
through: 1 where a resistor stands between the word line's node and that one, in a broken cell's stead.
resistive, reactive: entries of both Jacobians, in `rows` and `cols` one after the other.
apiece: 1 if no inner node's equation has another inner node in it.
tracked: 1 if any of them is neither of the circuit nor of a declared state: how far it has moved is its scale.
floating: 1 if all is the same when all nodes of the circuit are raised by as much.
charged: 1 for nodes whose equation has a charge.
of_cell, of_selector: 1 for nodes whose voltage times current is power of the one or the other.
volts: 1 for nodes of the circuit, whose error is one of a voltage.
shifted: 1 for nodes that are raised with the bit line then.
straight: 1 for nodes in which all currents and charges are linear wherever that was tried.
fixed: of a declared state, what its range from 0 to 1 is on the node; else 0.
calls: addresses, see `engine.osdi.calls`, for each part.
before: where the entries of a part begin in either Jacobian.
rows, cols: nodes of the entries.
lines, inverse, of_node: where each begins in a place's row of numbers, see `Devices.forms` and `Devices.points`.
"""


def place_record(parts: int) -> np.dtype[np.void]:
    """A place of so many parts at most.

    kind: its number, -1 for a resistor that is all there is.
    resistor: conductance of a broken cell [S].
    plates: capacitance beside that [F].
    parallel: capacitance between the lines beside the cell [F].
    inst, model: addresses of the data of its parts.
    """
    return np.dtype([
        ("kind", np.int64), ("resistor", np.float64), ("plates", np.float64), ("parallel", np.float64),
        ("inst", np.int64, (parts,)), ("model", np.int64, (parts,)),
    ], align=True)  # fmt: skip


PLACE = place_record(MOST_PARTS)
"""A place."""

WITHIN, BASED, SLOPE, BEND, TRIED, STAGED, ON_WORD, ON_BIT, AT = range(9)
"""What a place's row of numbers begins with, see `Devices.forms`."""

RELTOL, VOLT = range(2)
_ALLOWED = 1e-4, 1e-6  # before the first step says so


class Devices(NamedTuple):
    """What does not change, and what the last evaluations left behind.

    Attributes:
        places: where the cells stand.
        kinds, cells: of places, and places; see KIND and PLACE.
        info, clock: for the calls of each row, one memory, shape (row, word).
        forms: what each place is in a stage, shape (place, number):
            WITHIN: of a stage whose inverse length is this; 0 after an evaluation [1/s].
            BASED: 1 if what the stage starts from is in it.
            SLOPE: dI/dv between the lines [S].
            BEND: how much of what is allowed its bend is, for each square of `weights`.
            TRIED: over which of these that was measured.
            STAGED: in a stage whose inverse length is this; what a bend does to a state goes by the length [1/s].
            ON_WORD, ON_BIT: voltages of the lines that it was last followed to.
            AT: voltages of the last evaluation, of each node.
            lines: voltages of all nodes, then currents, then charges: their values for lines at AT; their slopes by
                the word line's voltage; if not floating those by the bit line's.
        points: what each place is linear around, shape (place, number): currents of all nodes at AT, then charges, and
            inverse: of the Jacobian over the stage, of the inner nodes.
            of_node: for each node, slopes of all currents and charges by its voltage.
        written: Jacobians as objects write them, room for each row, shape (row, 2, entry).
        room: to work in, for each row, shape (row, number, number).
        flows: likewise: currents and charges on both lines of a place, shape (row, 4).
        origin: voltages at the start, shape (place, node).
        began: the largest of these by size in a kind, shape (kind, node).
        weights: of a node's voltage, one by the square of what counts as near, shape (kind, node).
        worth: of a node's voltage, one by what it may be off by within a stage, likewise [1/V].
        allowed: RELTOL, relative tolerance; VOLT, that of lines [V].
        fault: what was at fault, where, and what the module asked for, shape (3,).
        at_fault: voltages there, shape (node,).
        done: evaluations so far, shape (row,).
        renewed, largest: see `Crossings`.
    """

    places: Places
    kinds: Records
    cells: Records
    info: Whole
    clock: Array
    forms: Array
    points: Array
    written: Array
    room: Array
    flows: Array
    origin: Array
    began: Array
    weights: Array
    worth: Array
    allowed: Array
    fault: Whole
    at_fault: Array
    done: Whole
    renewed: bool
    largest: float


def laid(kinds: Records) -> tuple[int, int]:
    """Say where things begin in rows of numbers, in records of KIND; how long both rows are."""
    nodes, inners = kinds["nodes"], kinds["inners"]
    kinds["lines"], kinds["inverse"] = AT + nodes + 1, 2 * nodes
    kinds["of_node"] = 2 * nodes + inners * inners
    form = kinds["lines"] + 3 * nodes * (3 - kinds["floating"])
    return int(form.max()), int((kinds["of_node"] + 2 * nodes * nodes).max())


def new_devices(
    where: NDArray[np.bool_], kinds: Records, cells: Records, info: Whole, *, renewed: bool
) -> Devices:  # fmt: skip
    """Places at which an array of shape (row, col) is True, of these kinds; evaluated nowhere."""
    size, rows, width = len(cells), len(where), int(kinds["nodes"].max()) + 1
    forms, points = (np.zeros((size, long)) for long in laid(kinds))
    entries = max(1, int(kinds["resistive"].max()), int(kinds["reactive"].max()))
    began, weights, worth = (np.zeros((len(kinds), width)) for _ in range(3))
    found = Devices(
        places_of(where), kinds, cells, info, info.view(np.float64), forms, points, np.zeros((rows, 2, entries)),
        np.zeros((rows, width + 3, 2 * width)), np.zeros((rows, 4)), np.zeros((size, width)), began, weights, worth,
        np.zeros(2), np.zeros(3, np.int64), np.zeros(width), np.zeros(rows, np.int64), renewed, np.inf,
    )  # fmt: skip
    forget(found)
    return found


def forget(devices: Devices) -> None:
    """Let nothing that follows depend on where places have been evaluated so far: they are where they stand, first."""
    forms = devices.forms
    forms[:, WITHIN] = forms[:, TRIED] = forms[:, STAGED] = 0.0
    forms[:, BEND], forms[:, AT] = 1.0, np.nan  # which nothing is near to
    devices.allowed[:] = _ALLOWED


@uncounted
def blame(devices: Devices, fault: int, n: int, asked: int, row: Array) -> None:
    """Note what was at fault at a place, where it was last evaluated."""
    devices.fault[0], devices.fault[1], devices.fault[2] = fault, n, asked
    nodes = devices.kinds[devices.cells[n].kind].nodes
    copied(row[AT : AT + nodes], devices.at_fault)

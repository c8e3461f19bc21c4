"""Cells that are compiled Verilog-A as the compiled loops see them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pyspice_models.engine.nodal.crossings.base import Places
from pyspice_models.engine.nodal.linear.compiled import compiled
from pyspice_models.engine.osdi.calls import copied

Array = NDArray[np.float64]
Whole = NDArray[np.int64]

SINGULAR, NOT_FINITE, NO_CONVERGENCE, ASKED = 1, 2, 3, 4
"""What was at fault in a cell."""


class Modules(NamedTuple):
    """What their objects say of several kinds of places; kind m, node k.

    A place has one instance, the cell, or two, the cell and its selector, on one row of voltages: p is the part.

    Attributes:
        parts: how many each has, shape (m,).
        calls: addresses, see `engine.osdi.calls`, shape (m, p, 6).
        before: where the entries of a part begin in either Jacobian, shape (m, p, 2).
        nodes: how many each has, shape (m,); a row of voltages has ground behind the last, and may be longer.
        inner, inners: nodes that are solved for, shape (m, k), and how many.
        rows, cols, counts: entries of both Jacobians, the resistive ones first, shape (m, entry), and how many of each.
        charged: 1 for nodes whose equation has a charge.
        counted: 1 for nodes whose voltage times current is power of the cell, 2 for those of the selector's.
        mid: node between cell and selector, shape (m,); -1 without selector.
        through: whether there is a resistor from the word line's node to it in a broken cell's stead.
        near: of terminals, the voltage that counts as small [V]; 0 for others.
        fixed: of a declared state, what its range of 0 to 1 is on the node; else 0.
        volts: 1 for inner nodes of the circuit, whose error is one of a voltage.
    """

    parts: Whole
    calls: Whole
    before: Whole
    nodes: Whole
    inner: Whole
    inners: Whole
    rows: Whole
    cols: Whole
    counts: Whole
    charged: Whole
    counted: Whole
    mid: Whole
    through: NDArray[np.bool_]
    near: Array
    fixed: Array
    volts: Whole


class Devices(NamedTuple):
    """What does not change, and what the last evaluations left behind; place n.

    Attributes:
        places: where the cells stand.
        modules: see there.
        module: kind of each place, -1 for a broken cell, shape (n,).
        inst, model: addresses of its data, shape (n, p).
        word, bit: its nodes on the lines.
        resistor: conductance of a broken cell [S].
        plates: capacitance beside that [F].
        parallel: capacitance between the lines beside the cell [F].
        info, clock: for the calls of each row, one memory, shape (row, word).
        at, f, q: voltages of the last evaluation, currents and charges there, shape (n, node).
        of_f, of_q: its Jacobians, shape (n, entry).
        origin: voltages at the start.
        moved: how far each node of a module has been from there in any cell, shape (m, node).
        fault: what was at fault, where, and what the module asked for, shape (3,).
        at_fault: voltages there, shape (node,).
        done: evaluations so far, shape (row,).
        renewed, largest: see `Crossings`.
    """

    places: Places
    modules: Modules
    module: Whole
    inst: Whole
    model: Whole
    word: Whole
    bit: Whole
    resistor: Array
    plates: Array
    parallel: Array
    info: Whole
    clock: Array
    at: Array
    f: Array
    q: Array
    of_f: Array
    of_q: Array
    origin: Array
    moved: Array
    fault: Whole
    at_fault: Array
    done: Whole
    renewed: bool
    largest: float


@compiled
def blame(devices: Devices, fault: int, n: int, asked: int, v: Array) -> None:
    """Note what was at fault."""
    devices.fault[0], devices.fault[1], devices.fault[2] = fault, n, asked
    copied(v, devices.at_fault)

"""What is held of crossings of several objects at a moment, and of their gate lines."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

V_GATE, CHARGE, RATE, ALONG, INTO = range(5)
"""Of the gate lines at each crossing: voltage, charge of the line itself, its rate, the current that comes from the
side of the driver, and what goes into the place."""
GATES = 5
BESIDE = 5
"""Planes beside the inner nodes: currents from word and bit line into a place, and of the gate line voltage, current
along it and into the place."""


class Held(NamedTuple):
    """Of one moment.

    Attributes:
        v, f, q: voltages of all nodes, currents out of them into the objects, and charges, shape (place, node).
        moved: how far each node has been from where it began at any place of a kind, shape (kind, node).
        rates: of the charges on the nodes of the lines, shape (place, line) [A].
        power, beside: lost in the cell, and in what is behind it [W], shape (place,).
        gates: of the gate lines, shape (number, row, col).
    """

    v: Array
    f: Array
    q: Array
    moved: Array
    rates: Array
    power: Array
    beside: Array
    gates: Array


class Start(NamedTuple):
    """What a stage starts from: charges of all nodes, shape (place, node), and of gate lines, shape (row, col)."""

    q: Array
    gates: Array

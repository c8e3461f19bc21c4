"""All that a moment of a transient holds, what steps share, and plain loops over both."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pyspice_models.engine.nodal.ends.base import Terminals
from pyspice_models.engine.nodal.linear.along import Capacitances
from pyspice_models.engine.nodal.linear.compiled import compiled
from pyspice_models.engine.nodal.linear.gradients import KINDS, Room
from pyspice_models.engine.nodal.linear.matrix import Matrix
from pyspice_models.engine.nodal.linear.team import Team, after, begin, most
from pyspice_models.engine.nodal.tabulated.pulsed import largest

Array = NDArray[np.float64]

RENEW, STORE, AHEAD, EVALUATE, LARGEST, CHANGE, JUDGE, SPEND = range(KINDS, KINDS + 8)
"""Kinds of rounds of a `Team`, beside those of `gradients.py`."""


class Moment(NamedTuple):
    """Everything at one moment.

    Attributes:
        word, bit: voltages of the lines, shape (row, col) [V].
        flow_word, flow_bit: currents into the crossings, charging currents left out [A].
        held: of the devices at the crossings.
        drive, end: what the sources do, and states of the ends.
        into: currents from the ends [A].
        powers: of everything but the cells, see `SUMS` [W], [A].
        number: of the moment among all.
    """

    word: Array
    bit: Array
    flow_word: Array
    flow_bit: Array
    held: Any
    drive: Any
    end: Any
    into: Terminals
    powers: Array
    number: int


class Core(NamedTuple):
    """What all steps share: the devices, the lines, and arrays to work in.

    Attributes:
        devices, ends: what does not change of both.
        capacitances: of the lines.
        word_shunts, bit_shunts: what of them stands on the matrix's diagonal, shape (row, col) [F]: couplings between
            lines do in its diagonal alone, and Newton's method makes up for the rest.
        matrix: of the lines and of the devices over a stage.
        near: the slopes of the ends, which are the matrix's.
        apart: what of a step's error stands at the ends [A].
        room: for its solution.
        start, end_start: what a stage starts from, of devices and ends.
        charge_word, charge_bit: at the step's start [C].
        base_word, base_bit: what a stage starts from: charge over the stage, and shares of earlier currents [A].
        rest_word, rest_bit: currents that do not add up [A].
        team: that does it.
    """

    devices: Any
    ends: Any
    capacitances: Capacitances
    word_shunts: Array
    bit_shunts: Array
    matrix: Matrix
    near: Terminals
    apart: Terminals
    room: Room
    start: Any
    end_start: Any
    charge_word: Array
    charge_bit: Array
    base_word: Array
    base_bit: Array
    rest_word: Array
    rest_bit: Array
    team: Team


@compiled
def sum_of(into: Terminals) -> float:
    """Of all of them."""
    return float(into.word_near.sum() + into.word_far.sum() + into.bit_near.sum() + into.bit_far.sum())


@compiled
def add_base(base: Array, rest: Array) -> bool:
    """rest <- rest + base; whether all of it are numbers."""
    rows, cols = rest.shape
    finite = True
    for r in range(rows):
        for c in range(cols):
            value = rest[r, c] + base[r, c]
            finite &= abs(value) < np.inf
            rest[r, c] = value
    return finite


@compiled
def add_scaled(scale: float, change: Array, out: Array) -> None:
    """out <- out + scale * change."""
    rows, cols = out.shape
    for r in range(rows):
        for c in range(cols):
            out[r, c] += scale * change[r, c]


@compiled
def largest_in_rows(room: Room, first: int, last: int) -> float:
    """Size of the largest voltage of the last solution in some rows; NaN if one is."""
    return float(np.maximum(largest(room.word[first:last].ravel()), largest(room.bit[first:last].ravel())))


@compiled
def largest_of_both(team: Team, room: Room) -> float:
    """The same of all rows."""
    part = begin(team, LARGEST)
    while part >= 0:
        team.sums[part, 0] = largest_in_rows(room, team.rows[part], team.rows[part + 1])
        part = after(team, part)
    return float(most(team, 0))


@compiled
def change_rows(scale: float, room: Room, word: Array, bit: Array, first: int, last: int) -> None:
    """Corrects voltages in some rows by a share of the last solution."""
    add_scaled(scale, room.word[first:last], word[first:last])
    add_scaled(scale, room.bit[first:last], bit[first:last])


@compiled
def change_all(team: Team, scale: float, room: Room, word: Array, bit: Array) -> None:
    """The same in all rows; the order names the moment."""
    team.given[0] = scale
    part = begin(team, CHANGE)
    while part >= 0:
        change_rows(scale, room, word, bit, team.rows[part], team.rows[part + 1])
        part = after(team, part)


@compiled
def copy(values: Array, out: Array) -> None:
    """out <- values, shape (row, col)."""
    rows, cols = out.shape
    for r in range(rows):
        for c in range(cols):
            out[r, c] = values[r, c]


@compiled
def mixed(a: float, x: Array, b: float, y: Array, c: float, z: Array, out: Array) -> None:
    """out <- a x + b y + c z."""
    rows, cols = x.shape
    for r in range(rows):
        for k in range(cols):
            out[r, k] = a * x[r, k] + b * y[r, k] + c * z[r, k]


@compiled
def add_ends(into: Terminals, word: Array, bit: Array) -> None:
    """Adds currents from the ends to those of all crossings."""
    rows, cols = word.shape
    for r in range(rows):
        word[r, 0] += into.word_near[r]
        word[r, cols - 1] += into.word_far[r]
    for c in range(cols):
        bit[rows - 1, c] += into.bit_near[c]
        bit[0, c] += into.bit_far[c]

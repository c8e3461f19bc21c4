"""The implicit stages of a time step and its error: templates, see `assembly.py`.

`crossings` and `ends` stand for the modules that an array is made of; what is compiled has other ones in their place.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pyspice_models.engine.nodal.crossings import own as crossings
from pyspice_models.engine.nodal.ends import plain as ends
from pyspice_models.engine.nodal.ends.base import Terminals
from pyspice_models.engine.nodal.linear.along import Capacitances, along, charged
from pyspice_models.engine.nodal.linear.compiled import compiled
from pyspice_models.engine.nodal.linear.gradients import Matrix, Room, correct, factor, refactor_words
from pyspice_models.engine.nodal.tabulated.pulsed import largest

Array = NDArray[np.float64]

_TURNS = 12, 30  # of Newton's method, with the matrix of the step's start and with a new one in each
_SLOWEST = 0.5, 0.8  # contraction that is believed, likewise
_FINE = 1e-2  # of Newton's corrections, and of the step's error
_MOST = 1000  # iterations of conjugate gradients
_ROWS = 8  # that are worked on at a time


class Moment(NamedTuple):
    """Everything at one moment.

    Attributes:
        word, bit: voltages of the lines, shape (row, col) [V].
        flow_word, flow_bit: currents into the crossings, charging currents left out [A].
        held: of the devices at the crossings.
        drive, end: what the sources do, and states of the ends.
        into: currents from the ends [A].
        powers: of everything but the cells, see `SUMS` [W], [A].
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


class Found(NamedTuple):
    """What a stage came to.

    Attributes:
        solved: whether Newton's method settled.
        contraction: of its corrections.
        solutions, iterations: of the lines' matrix, and of conjugate gradients in all of them.
    """

    solved: bool
    contraction: float
    solutions: int
    iterations: int


@compiled
def largest_of_both(room: Room) -> float:
    """Size of the largest voltage of the last solution; NaN if one is."""
    return float(np.maximum(largest(room.word.ravel()), largest(room.bit.ravel())))


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


@compiled
def add_scaled(scale: float, change: Array, out: Array) -> None:
    """out <- out + scale * change."""
    rows, cols = out.shape
    for r in range(rows):
        for c in range(cols):
            out[r, c] += scale * change[r, c]


def renew(core: Core, stage: float, drive: Any, at: Moment) -> None:
    """The matrix over a stage of devices and ends as they stand at a moment, the sources as `drive` says."""
    word, bit = at.word, at.bit
    crossings.slopes(core.devices, 0, len(word), stage, word, bit, at.held, core.matrix.cells)
    ends.slopes(core.ends, stage, drive, word, bit, at.end, core.near)
    factor(core.matrix, core.word_shunts, core.bit_shunts, stage)


def store(core: Core, point: Moment) -> None:
    """Charges at the start of a step, on which both stages rest."""
    rows = len(point.word)
    crossings.stored(core.devices, 0, rows, point.word, point.bit, point.held, core.charge_word, core.charge_bit)
    charged(core.capacitances, 1.0, 0, rows, point.word, point.bit, core.charge_word, core.charge_bit)


def evaluate(core: Core, stage: float, now: Moment) -> float:
    """Everything that follows from the voltages of the lines at a stage's end: local unknowns, flows, and the currents
    that do not add up. Gives the power lost in segments between crossings."""
    rows = len(now.word)
    word, bit, rest_word, rest_bit = now.word, now.bit, core.rest_word, core.rest_bit
    crossings.prepare(core.devices, stage, now.drive.gates, word, bit, core.start, now.held)
    lost = 0.0
    for first in range(0, rows, _ROWS):
        last = min(first + _ROWS, rows)
        crossings.follow(
            core.devices, first, last, stage, word, bit, core.start, now.held, now.flow_word, now.flow_bit, rest_word,
            rest_bit,
        )  # fmt: skip
        lost += along(core.matrix, first, last, word, bit, now.flow_word, now.flow_bit, rest_word, rest_bit)
        charged(core.capacitances, -1.0 / stage, first, last, word, bit, rest_word, rest_bit)
        add_scaled(1.0, core.base_word[first:last], rest_word[first:last])
        add_scaled(1.0, core.base_bit[first:last], rest_bit[first:last])
    ends.follow(core.ends, stage, now.drive, word, bit, core.end_start, now.end, now.into)
    add_ends(now.into, now.flow_word, now.flow_bit)
    add_ends(now.into, rest_word, rest_bit)
    return lost


def solve_stage(
    core: Core, stage: float, a: float, one: Moment, b: float, two: Moment, now: Moment, allowed: float,
    contraction: float,
) -> Found:  # fmt: skip
    """Solve charge / stage = base + flow for the lines at the end of a stage by Newton's method; the rest follows.

    Args:
        core: with the charges of the step's start, and the matrix.
        stage: its length [s].
        a, one, b, two: it starts from the states of `one`, with shares of the rates of both; `two` is the guess.
        now: the end, with its sources.
        allowed: what the last correction is below [V]; every one but the last is made.
        contraction: of the corrections, as it was before.
    """
    mixed(1 / stage, core.charge_word, a, one.flow_word, b, two.flow_word, core.base_word)
    mixed(1 / stage, core.charge_bit, a, one.flow_bit, b, two.flow_bit, core.base_bit)
    crossings.ahead(core.devices, 0, len(now.word), stage, a, one.held, b, two.held, core.start, now.held)
    ends.ahead(core.ends, stage, a, one.end, b, two.end, core.end_start, now.end)
    copy(two.word, now.word)
    copy(two.bit, now.bit)
    renewed, most = core.devices.renewed or core.ends.renewed, min(core.devices.largest, core.ends.largest)
    change, solutions, iterations, whole = 0.0, 0, 0, True
    for turn in range(_TURNS[1] if renewed else _TURNS[0]):
        lost = evaluate(core, stage, now)
        if turn > 0 and whole and change * contraction < allowed * (1 - contraction):
            ends.spent(core.ends, now.drive, now.word, now.bit, now.end, now.into, now.powers)
            now.powers[0] += lost
            crossings.beside(core.devices, now.drive.gates, now.held, now.powers)
            return Found(True, contraction, solutions, iterations)
        if not np.isfinite(core.rest_word.sum() + core.rest_bit.sum()):
            break  # a correction went where cells' laws overflow: a shorter step starts nearer
        if core.devices.renewed:
            renew(core, stage, now.drive, now)
        elif core.ends.renewed:  # of word lines alone
            ends.slopes(core.ends, stage, now.drive, now.word, now.bit, now.end, core.near)
            refactor_words(core.matrix, core.word_shunts, stage)
        taken = correct(core.rest_word, core.rest_bit, core.matrix, core.room, _FINE, _MOST)
        if taken < 0:
            break
        solutions, iterations = solutions + 1, iterations + taken
        before, change = change, largest_of_both(core.room)
        if not np.isfinite(change):
            break
        whole = change <= most
        scale = 1.0 if whole else most / change
        add_scaled(scale, core.room.word, now.word)
        add_scaled(scale, core.room.bit, now.bit)
        if before > 0 and change > 0:
            contraction = min(max(change / before, 1e-4), _SLOWEST[1] if renewed else _SLOWEST[0])
    return Found(False, contraction, solutions, iterations)


def step_error(
    core: Core, stage: float, a: float, point: Moment, b: float, middle: Moment, c: float, end: Moment, reltol: float,
    volt: float,
) -> tuple[float, int]:  # fmt: skip
    """Difference to the third-order formula, as a multiple of what is allowed, NaN where there is none; and how many
    iterations of conjugate gradients it took. `a`, `b`, `c`: weights of rates in it [s]; `volt` is allowed [V]."""
    mixed(a / stage, point.flow_word, b / stage, middle.flow_word, c / stage, end.flow_word, core.rest_word)
    mixed(a / stage, point.flow_bit, b / stage, middle.flow_bit, c / stage, end.flow_bit, core.rest_bit)
    of_ends = ends.error(
        core.ends, stage, end.drive, a, point.end, b, middle.end, c, end.end, reltol, volt, core.apart
    )  # fmt: skip
    add_ends(core.apart, core.rest_word, core.rest_bit)
    taken = correct(core.rest_word, core.rest_bit, core.matrix, core.room, _FINE, _MOST)
    if taken < 0:
        return np.nan, _MOST
    of_lines = largest_of_both(core.room) / volt
    of_crossings = crossings.error(
        core.devices, 0, len(point.word), stage, a, point.held, b, middle.held, c, end.held, reltol, volt
    )  # fmt: skip
    if not np.isfinite(of_lines + of_crossings + of_ends):
        return np.nan, taken
    return max(of_lines, max(of_crossings, of_ends)), taken

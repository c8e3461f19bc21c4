"""The implicit stages of a time step and its error: templates, see `assembly.py`.

`crossings` and `ends` stand for the modules that an array is made of; what is compiled has other ones in their place.
What is done in all rows is done in rounds of a `Team`: some rows in each part, see `sharing.py`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pyspice_models.engine.nodal.crossings import own as crossings
from pyspice_models.engine.nodal.ends import plain as ends
from pyspice_models.engine.nodal.linear.along import along, charged
from pyspice_models.engine.nodal.linear.gradients import correct
from pyspice_models.engine.nodal.linear.matrix import factor_rest, factor_words_of, lay_bits, refactor_words
from pyspice_models.engine.nodal.linear.team import after, begin, most, total
from pyspice_models.engine.nodal.moments import (
    AHEAD,
    EVALUATE,
    JUDGE,
    RENEW,
    STORE,
    Core,
    Moment,
    add_base,
    add_ends,
    change_all,
    copy,
    largest_of_both,
    mixed,
    sum_of,
)
from pyspice_models.engine.nodal.run_state import Books

Array = NDArray[np.float64]

_TURNS = 12, 30  # of Newton's method, with the matrix of the step's start and with a new one in each
_SLOWEST = 0.5, 0.8  # contraction that is believed, likewise
_FINE = 1e-2  # of Newton's corrections, and of the step's error
_MOST = 1000  # iterations of conjugate gradients
_ROWS = 8  # that are worked on at a time


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


def renew_rows(core: Core, stage: float, at: Moment, first: int, last: int) -> None:
    """Slopes of the devices in some rows, with the word lines factored."""
    crossings.slopes(core.devices, first, last, stage, at.word, at.bit, at.held, core.matrix.cells)
    lay_bits(core.matrix, core.bit_shunts, stage, first, last)
    factor_words_of(core.matrix, core.word_shunts, stage, first, last)


def renew(core: Core, stage: float, drive: Any, at: Moment) -> None:
    """The matrix over a stage of devices and ends as they stand at a moment, the sources as `drive` says."""
    team = core.team
    ends.slopes(core.ends, stage, drive, at.word, at.bit, at.end, core.near)
    team.order[1], team.given[0] = at.number, stage
    part = begin(team, RENEW)
    while part >= 0:
        renew_rows(core, stage, at, team.rows[part], team.rows[part + 1])
        part = after(team, part)
    factor_rest(team, core.matrix)


def store_rows(core: Core, point: Moment, first: int, last: int) -> None:
    """Charges in some rows."""
    word, bit = point.word, point.bit
    crossings.stored(core.devices, first, last, word, bit, point.held, core.charge_word, core.charge_bit)
    charged(core.capacitances, 1.0, first, last, word, bit, core.charge_word, core.charge_bit)


def store(core: Core, point: Moment) -> None:
    """Charges at the start of a step, on which both stages rest."""
    team = core.team
    team.order[1] = point.number
    part = begin(team, STORE)
    while part >= 0:
        store_rows(core, point, team.rows[part], team.rows[part + 1])
        part = after(team, part)


def ahead_rows(
    core: Core, stage: float, a: float, one: Moment, b: float, two: Moment, now: Moment, first: int, last: int
) -> None:  # fmt: skip
    """What a stage starts from, and its guess, in some rows."""
    per_stage, word, bit = 1 / stage, core.charge_word[first:last], core.charge_bit[first:last]
    mixed(per_stage, word, a, one.flow_word[first:last], b, two.flow_word[first:last], core.base_word[first:last])
    mixed(per_stage, bit, a, one.flow_bit[first:last], b, two.flow_bit[first:last], core.base_bit[first:last])
    crossings.ahead(core.devices, first, last, stage, a, one.held, b, two.held, core.start, now.held)
    copy(two.word[first:last], now.word[first:last])
    copy(two.bit[first:last], now.bit[first:last])


def evaluate_rows(core: Core, stage: float, now: Moment, start: int, stop: int) -> tuple[float, float]:
    """`evaluate` in some rows, without the ends. Gives the power lost in their segments, and in how many blocks of rows
    a current is no number."""
    word, bit, rest_word, rest_bit = now.word, now.bit, core.rest_word, core.rest_bit
    lost = strange = 0.0
    for first in range(start, stop, _ROWS):
        last = min(first + _ROWS, stop)
        crossings.follow(
            core.devices, first, last, stage, word, bit, core.start, now.held, now.flow_word, now.flow_bit, rest_word,
            rest_bit,
        )  # fmt: skip
        lost += along(core.matrix, first, last, word, bit, now.flow_word, now.flow_bit, rest_word, rest_bit)
        charged(core.capacitances, -1.0 / stage, first, last, word, bit, rest_word, rest_bit)
        finite = add_base(core.base_word[first:last], rest_word[first:last])
        finite &= add_base(core.base_bit[first:last], rest_bit[first:last])
        strange += not finite
    return lost, strange


def evaluate(core: Core, stage: float, now: Moment) -> tuple[float, bool]:
    """Everything that follows from the voltages of the lines at a stage's end: local unknowns, flows, and the currents
    that do not add up. Gives the power lost in segments between crossings, and whether all of these are numbers."""
    team, word, bit = core.team, now.word, now.bit
    crossings.prepare(core.devices, stage, now.drive.gates, word, bit, core.start, now.held)
    team.order[1], team.given[0] = now.number, stage
    part = begin(team, EVALUATE)
    while part >= 0:
        found = evaluate_rows(core, stage, now, team.rows[part], team.rows[part + 1])
        team.sums[part, 0], team.sums[part, 1] = found
        part = after(team, part)
    ends.follow(core.ends, stage, now.drive, word, bit, core.end_start, now.end, now.into)
    add_ends(now.into, now.flow_word, now.flow_bit)
    add_ends(now.into, core.rest_word, core.rest_bit)
    return total(team, 0), total(team, 1) == 0.0 and np.isfinite(sum_of(now.into))


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
    team = core.team
    team.order[1], team.order[2], team.order[3] = one.number, two.number, now.number
    team.given[0], team.given[1], team.given[2] = stage, a, b
    part = begin(team, AHEAD)
    while part >= 0:
        ahead_rows(core, stage, a, one, b, two, now, team.rows[part], team.rows[part + 1])
        part = after(team, part)
    ends.ahead(core.ends, stage, a, one.end, b, two.end, core.end_start, now.end)
    renewed, most = core.devices.renewed or core.ends.renewed, min(core.devices.largest, core.ends.largest)
    change, solutions, iterations, whole = 0.0, 0, 0, True
    for turn in range(_TURNS[1] if renewed else _TURNS[0]):
        lost, finite = evaluate(core, stage, now)
        if turn > 0 and whole and change * contraction < allowed * (1 - contraction):
            ends.spent(core.ends, now.drive, now.word, now.bit, now.end, now.into, now.powers)
            now.powers[0] += lost
            crossings.beside(core.devices, now.drive.gates, now.held, now.powers)
            return Found(True, contraction, solutions, iterations)
        if not finite:
            break  # a correction went where cells' laws overflow: a shorter step starts nearer
        if core.devices.renewed:
            renew(core, stage, now.drive, now)
        elif core.ends.renewed:  # of word lines alone
            ends.slopes(core.ends, stage, now.drive, now.word, now.bit, now.end, core.near)
            refactor_words(team, core.matrix, core.word_shunts, stage)
        taken = correct(team, core.rest_word, core.rest_bit, core.matrix, core.room, _FINE, _MOST)
        if taken < 0:
            break
        solutions, iterations = solutions + 1, iterations + taken
        before, change = change, largest_of_both(team, core.room)
        if not np.isfinite(change):
            break
        whole = change <= most
        scale = 1.0 if whole else most / change
        team.order[1] = now.number
        change_all(team, scale, core.room, now.word, now.bit)
        if before > 0 and change > 0:
            contraction = min(max(change / before, 1e-4), _SLOWEST[1] if renewed else _SLOWEST[0])
    return Found(False, contraction, solutions, iterations)


def judge_rows(
    core: Core, stage: float, a: float, point: Moment, b: float, middle: Moment, c: float, end: Moment, reltol: float,
    volt: float, first: int, last: int,
) -> float:  # fmt: skip
    """What `step_error` is made of in some rows: currents, and the devices' own error."""
    by_a, by_b, by_c, of_words, of_bits = a / stage, b / stage, c / stage, core.rest_word, core.rest_bit
    mixed(
        by_a, point.flow_word[first:last], by_b, middle.flow_word[first:last], by_c, end.flow_word[first:last],
        of_words[first:last],
    )  # fmt: skip
    mixed(
        by_a, point.flow_bit[first:last], by_b, middle.flow_bit[first:last], by_c, end.flow_bit[first:last],
        of_bits[first:last],
    )  # fmt: skip
    return float(crossings.error(
        core.devices, first, last, stage, a, point.held, b, middle.held, c, end.held, reltol, volt
    ))  # fmt: skip


def step_error(
    core: Core, stage: float, a: float, point: Moment, b: float, middle: Moment, c: float, end: Moment, reltol: float,
    volt: float,
) -> tuple[float, int]:  # fmt: skip
    """Difference to the third-order formula, as a multiple of what is allowed, NaN where there is none; and how many
    iterations of conjugate gradients it took. `a`, `b`, `c`: weights of rates in it [s]; `volt` is allowed [V]."""
    team = core.team
    team.order[1], team.order[2], team.order[3] = point.number, middle.number, end.number
    team.given[0], team.given[1], team.given[2], team.given[3] = stage, a, b, c
    team.given[4], team.given[5] = reltol, volt
    part = begin(team, JUDGE)
    while part >= 0:
        first, last = team.rows[part], team.rows[part + 1]
        team.sums[part, 0] = judge_rows(core, stage, a, point, b, middle, c, end, reltol, volt, first, last)
        part = after(team, part)
    of_crossings = most(team, 0)
    of_ends = ends.error(
        core.ends, stage, end.drive, a, point.end, b, middle.end, c, end.end, reltol, volt, core.apart
    )  # fmt: skip
    add_ends(core.apart, core.rest_word, core.rest_bit)
    taken = correct(team, core.rest_word, core.rest_bit, core.matrix, core.room, _FINE, _MOST)
    if taken < 0:
        return np.nan, _MOST
    of_lines = largest_of_both(team, core.room) / volt
    if not np.isfinite(of_lines + of_crossings + of_ends):
        return np.nan, taken
    return max(of_lines, max(of_crossings, of_ends)), taken


def spend_rows(
    core: Core, books: Books, weight: float, point: Moment, middle: Moment, stage: float, end: Moment, first: int,
    last: int,
) -> None:  # fmt: skip
    """Energies that a step costs in the devices of some rows, with the weights of its moments."""
    crossings.spend(
        core.devices, first, last, weight, point.held, weight, middle.held, stage, end.held, books.cells,
        books.selectors,
    )  # fmt: skip

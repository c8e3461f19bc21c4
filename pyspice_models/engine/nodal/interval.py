"""All steps of a transient between two calls from Python: templates, see `assembly.py`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pyspice_models.engine.nodal.crossings import own as crossings
from pyspice_models.engine.nodal.ends import plain as ends
from pyspice_models.engine.nodal.ends.base import SUMS, Terminals
from pyspice_models.engine.nodal.linear.compiled import compiled
from pyspice_models.engine.nodal.linear.gradients import Room
from pyspice_models.engine.nodal.linear.team import after, begin
from pyspice_models.engine.nodal.moments import SPEND, Core, Moment, copy
from pyspice_models.engine.nodal.run_state import (
    CONTRACTION,
    FAILURES,
    FIRST,
    ITERATIONS,
    LEAST,
    LOST,
    MATRICES,
    REFUSED,
    SINCE,
    SOLUTIONS,
    STEP,
    STEPS,
    STRETCH,
    TURNED,
    Books,
    Kept,
    Plan,
    State,
)
from pyspice_models.engine.nodal.stages import Found, renew, solve_stage, spend_rows, step_error, store

Array = NDArray[np.float64]
Numbers = NDArray[np.int64]

STAGE = float(1 - np.sqrt(0.5))
"""Share of a step that each implicit stage spans."""
WEIGHT = float(np.sqrt(0.5) / 2)
"""Weight of the first two slopes in a step."""

_ERROR = (WEIGHT - (1 - WEIGHT) / 3, WEIGHT - (3 * WEIGHT + 1) / 3, STAGE - STAGE / 3)
_LEAST = 1e-12  # of the first step: what fails with a step so short fails with any
_NEWTON = 2e-2  # of the voltage that is allowed: corrections that are not worth making
_CURRENTS = len(SUMS)

DONE, FULL, PAUSED, FAILED = range(4)
"""How a call ends: at the end of the plan; with no room for more points; after so many steps; with a step too small."""


@compiled
def add(share: float, values: Array, out: Array) -> None:
    """Adds a share of values, shape (value,)."""
    for n in range(len(out)):
        out[n] += share * values[n]


@compiled
def put(values: Array, row: Array, first: int) -> int:
    """Copies values into a row, and gives where the next ones go."""
    for n in range(len(values)):
        row[first + n] = values[n]
    return first + len(values)


@compiled
def later(since: float, step: float, length: float) -> float:
    """The time a step after another; exactly the stretch's end, if it is that."""
    then = since + step
    return length if then > length * (1 - 1e-9) else then


@compiled
def count(counts: Numbers, found: Found) -> None:
    """Adds what a stage took."""
    counts[SOLUTIONS] += found.solutions
    counts[ITERATIONS] += found.iterations


@compiled
def draw(charges: Array, share: float, powers: Array) -> None:
    """Adds a share of the sources' currents, see `measure/supply.py`."""
    for n in range(len(charges)):
        charges[n] += share * powers[_CURRENTS + n]


@compiled
def missed(room: Room, into: Terminals) -> float:
    """What errors of the lines' voltages, the last solution, make of the power lost in their ends [W]."""
    rows, cols = room.word.shape
    total = 0.0
    for r in range(rows):
        total += into.word_near[r] * room.word[r, 0] + into.word_far[r] * room.word[r, cols - 1]
    for c in range(cols):
        total += into.bit_near[c] * room.bit[rows - 1, c] + into.bit_far[c] * room.bit[0, c]
    return 2.0 * total


@compiled
def of_losses(
    core: Core, plan: Plan, state: State, one: Array, two: Array, end: Moment, step: float
) -> float:  # fmt: skip
    """Error of a step in the energies lost in lines and in their ends, as a multiple of what is allowed.

    Two things make it: powers that bend within the step, and voltages that are off. At the start of an edge what was
    lost is nothing: then the power counts that flows by now, for an edge.
    """
    three, least = end.powers, plan.least * plan.volts[state.place[STRETCH]] ** 2
    found = 0.0
    for n in range(2):
        lost = state.clock[LOST + n] + step * (WEIGHT * (one[n] + two[n]) + STAGE * three[n])
        off = abs(step * (_ERROR[0] * one[n] + _ERROR[1] * two[n] + _ERROR[2] * three[n]))
        if n == 1:
            off = max(off, step * abs(missed(core.room, end.into)))
        found = max(found, off / (plan.losses * (lost + plan.edge * three[n] + least)))
    return found


def attempt(
    core: Core, plan: Plan, state: State, point: Moment, middle: Moment, end: Moment, step: float
) -> float:  # fmt: skip
    """A step without judgement: its error as a multiple of what is allowed; NaN if Newton's method fails."""
    number, since, counts, stage = state.place[STRETCH], state.clock[SINCE], state.counts, step * STAGE
    length, volt, reltol = plan.lengths[number], plan.volts[number], plan.reltol
    ends.at(core.ends, number, later(since, 2 * stage, length) / length, middle.drive)
    ends.at(core.ends, number, later(since, step, length) / length, end.drive)
    store(core, point)
    renew(core, stage, middle.drive, point)
    counts[MATRICES] += 1
    found = solve_stage(core, stage, 1.0, point, 0.0, point, middle, _NEWTON * volt, state.clock[CONTRACTION])
    state.clock[CONTRACTION] = found.contraction
    count(counts, found)
    if not found.solved:
        return np.nan
    if core.ends.gated:
        renew(core, stage, end.drive, point)
        counts[MATRICES] += 1
    share = WEIGHT / STAGE
    found = solve_stage(core, stage, share, point, share, middle, end, _NEWTON * volt, state.clock[CONTRACTION])
    state.clock[CONTRACTION] = found.contraction
    count(counts, found)
    if not found.solved:
        return np.nan
    a, b, c = step * _ERROR[0], step * _ERROR[1], step * _ERROR[2]
    error, taken = step_error(core, stage, a, point, b, middle, c, end, reltol, volt)
    counts[SOLUTIONS] += 1
    counts[ITERATIONS] += taken
    return max(error, of_losses(core, plan, state, point.powers, middle.powers, end, step))


def settle(
    core: Core, plan: Plan, state: State, books: Books, point: Moment, middle: Moment, end: Moment, step: float
) -> None:  # fmt: skip
    """The books of a step, with the weights of the formula: then sources, losses and charges agree."""
    number, weight, stage = state.place[STRETCH], step * WEIGHT, step * STAGE
    if plan.falls[number] and state.clock[SINCE] == 0.0:
        draw(books.drawn, 0.5 * plan.lengths[number], point.powers)
    for share, moment in ((weight, point), (weight, middle), (stage, end)):
        add(share, moment.powers, books.sums)
        add(share, moment.powers[:2], state.clock[LOST:])
        if plan.on[number] and not plan.falls[number]:
            draw(books.drawn, share, moment.powers)
    team = core.team
    team.order[1], team.order[2], team.order[3] = point.number, middle.number, end.number
    team.given[0], team.given[1] = weight, stage
    part = begin(team, SPEND)
    while part >= 0:
        first, last = team.rows[part], team.rows[part + 1]
        spend_rows(core, books, weight, point, middle, stage, end, first, last)
        part = after(team, part)
    state.clock[SINCE] = later(state.clock[SINCE], step, plan.lengths[number])
    state.counts[STEPS] += 1


def keep(core: Core, state: State, books: Books, now: Moment, kept: Kept, n: int) -> None:
    """Write a moment down."""
    kept.stretch[n], kept.since[n] = state.place[STRETCH], state.clock[SINCE]
    fields, row = kept.fields[n], kept.lines[n]
    last = len(fields) - (2 if len(books.selectors) > 0 else 1)
    copy(now.word, fields[0])
    copy(now.bit, fields[1])
    copy(books.cells, fields[last])
    if len(books.selectors) > 0:
        copy(books.selectors, fields[last + 1])
    crossings.keep(core.devices, 0, len(now.word), now.held, fields[2:last])
    first = put(now.into.word_near, row, 0)
    first = put(now.into.word_far, row, first)
    first = put(now.into.bit_near, row, first)
    first = put(now.into.bit_far, row, first)
    first = put(now.powers, row, first)
    first = put(books.sums, row, first)
    first = put(books.drawn, row, first)
    ends.keep(core.ends, now.end, row[first:])


def advance(
    core: Core, plan: Plan, state: State, books: Books, one: Moment, middle: Moment, two: Moment, kept: Kept, room: int,
    most: int, begin: bool,
) -> tuple[int, int]:  # fmt: skip
    """Steps to the end of the plan, or until something else ends the call; and how many points were kept.

    Args:
        core: what all steps share.
        plan, state, books: where the run is, and all that it is about.
        one, two: of which one is the moment that it stands at.
        middle: of a step.
        kept: room for points.
        room: for how many.
        most: steps.
        begin: the moment itself is kept too.
    """
    place, clock, counts, points, steps = state.place, state.clock, state.counts, 0, 0
    point, end = one, two
    if place[TURNED] == 1:
        point, end = two, one
    wanted = begin
    while True:
        if wanted:
            if points == room:
                return FULL, points
            keep(core, state, books, point, kept, points)
            points += 1
            wanted = False
        number = place[STRETCH]
        if clock[SINCE] == plan.lengths[number]:
            if number + 1 == len(plan.lengths):
                return DONE, points
            place[STRETCH] = number = number + 1
            clock[SINCE] = 0.0
        if clock[SINCE] == 0.0 and plan.begins[number]:
            clock[LOST:] = 0.0
        if clock[SINCE] == 0.0 and plan.first[number] > 0.0:
            clock[STEP] = min(plan.first[number], 2.0 * clock[FIRST])  # corners are much alike
            clock[LEAST] = _LEAST * plan.first[number]
        if points == room:
            return FULL, points
        if steps == most:
            return PAUSED, points
        left = plan.lengths[number] - clock[SINCE]
        step = min(clock[STEP], plan.longest[number])
        # the last step ends on the corner; two even steps rather than a long and a tiny one
        if step > left * (1 - 1e-9):
            step = left
        elif step > left / 2:
            step = min(step, left / 2)
        error = 2.0
        while not error <= 1.0:
            error = attempt(core, plan, state, point, middle, end, step)
            scale = 0.25
            if np.isfinite(error):
                scale = min(max(0.9 * max(error, 1e-4) ** (-1 / 3), 0.2), 3.0)
                counts[REFUSED] += error > 1.0
            else:
                counts[FAILURES] += 1
            clock[STEP] = step * scale
            if error <= 1.0:
                if clock[SINCE] == 0.0 and plan.first[number] > 0.0:
                    clock[FIRST] = step
                settle(core, plan, state, books, point, middle, end, step)
            else:
                step = clock[STEP]
                if step < clock[LEAST] or clock[SINCE] + step == clock[SINCE]:
                    return FAILED, points
        point, end = end, point
        place[TURNED] = 1 - place[TURNED]
        steps += 1
        wanted = plan.every or (plan.kept[number] and clock[SINCE] == plan.lengths[number])

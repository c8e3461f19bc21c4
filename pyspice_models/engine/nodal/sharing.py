"""What helpers of a transient do: templates, see `assembly.py` and `linear/team.py`."""

from __future__ import annotations

from pyspice_models.engine.nodal.linear.compiled import uncounted
from pyspice_models.engine.nodal.linear.gradients import perform_linear
from pyspice_models.engine.nodal.linear.team import OVER, awaited, done, taken
from pyspice_models.engine.nodal.moments import (
    AHEAD,
    CHANGE,
    EVALUATE,
    JUDGE,
    LARGEST,
    RENEW,
    SPEND,
    STORE,
    Core,
    Moment,
    change_rows,
    largest_in_rows,
)
from pyspice_models.engine.nodal.run_state import Books
from pyspice_models.engine.nodal.stages import (
    ahead_rows,
    evaluate_rows,
    judge_rows,
    renew_rows,
    spend_rows,
    store_rows,
)


@uncounted
def numbered(number: int, one: Moment, middle: Moment, two: Moment) -> Moment:
    """One of all moments."""
    if number == one.number:
        return one
    return middle if number == middle.number else two


def perform(core: Core, books: Books, one: Moment, middle: Moment, two: Moment, part: int) -> None:
    """A part of a round, as the team's order says."""
    team = core.team
    kind, (given, sums) = team.order[0], (team.given, team.sums)
    first, last = team.rows[part], team.rows[part + 1]
    now = numbered(team.order[1], one, middle, two)
    if kind == EVALUATE:
        sums[part, 0], sums[part, 1] = evaluate_rows(core, given[0], now, first, last)
    elif kind == RENEW:
        renew_rows(core, given[0], now, first, last)
    elif kind == STORE:
        store_rows(core, now, first, last)
    elif kind == CHANGE:
        change_rows(given[0], core.room, now.word, now.bit, first, last)
    elif kind == LARGEST:
        sums[part, 0] = largest_in_rows(core.room, first, last)
    elif kind in (AHEAD, JUDGE, SPEND):
        then = numbered(team.order[2], one, middle, two)
        end = numbered(team.order[3], one, middle, two)
        a, b, c, d = given[0], given[1], given[2], given[3]
        if kind == AHEAD:
            ahead_rows(core, a, b, now, c, then, end, first, last)
        elif kind == JUDGE:
            sums[part, 0] = judge_rows(core, a, b, now, c, then, d, end, given[4], given[5], first, last)
        else:
            spend_rows(core, books, a, now, then, b, end, first, last)
    else:
        perform_linear(team, part, core.rest_word, core.rest_bit, core.matrix, core.word_shunts, core.room)


def assist(core: Core, books: Books, one: Moment, middle: Moment, two: Moment) -> None:
    """Take parts of rounds until all is over."""
    number = OVER
    while True:
        number = awaited(core.team, number)
        if number == OVER:
            return
        part = taken(core.team, number)
        while part >= 0:
            perform(core, books, one, middle, two, part)
            done(core.team, number, part)
            part = taken(core.team, number)

"""Where an answer changes from no to yes, or from yes to no, between two values."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Bracket:
    """Two values, one beside the other, of which one is answered yes and the other no.

    Attributes:
        below, above: the lower and the higher one.
    """

    below: float
    above: float


def bisect(
    answer: Callable[[float], bool], low: float, high: float, *, whole: bool, within: float
) -> Bracket | None:  # fmt: skip
    """Close in on a change of the answer between `low` and `high`; None if both ends have the same.

    Of whole numbers, which are sizes as a rule, it goes up from the low end by doubling: what is large is asked last,
    and the change is the lowest that the doublings show. Then it halves, by ratio where the ends are far apart.

    Args:
        answer: is asked once for each value.
        low, high: the ends, low < high.
        whole: go by whole numbers, to neighbours.
        within: of other numbers, how close both have to be as a share of the larger one.
    """
    first = answer(low)
    found = _doubled(answer, low, high, first) if whole else (low, high) if answer(high) != first else None
    if found is None:
        return None
    below, above = found
    while above - below > (1 if whole else within * max(abs(below), abs(above))):
        middle = _between(below, above)
        middle = float(min(max(round(middle), below + 1), above - 1)) if whole else middle
        if not below < middle < above:  # no number lies between them
            break
        if answer(middle) == first:
            below = middle
        else:
            above = middle
    return Bracket(below, above)


def _doubled(answer: Callable[[float], bool], low: float, high: float, first: bool) -> tuple[float, float] | None:
    below = low
    while below < high:
        above = min(max(2 * below, below + 1), high)
        if answer(above) != first:
            return below, above
        below = above
    return None


def _between(below: float, above: float) -> float:
    if below > 0 and above > 2 * below:
        return math.sqrt(below) * math.sqrt(above)
    return below + (above - below) / 2

"""How many runs are enough: until intervals are as narrow as was asked, by a plan that is told beforehand."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import xarray as xr

from pyspice_models.campaign.enough.widths import Width, told_widths
from pyspice_models.campaign.intervals import FEWEST, of_share
from pyspice_models.campaign.journal.folder import Journal
from pyspice_models.campaign.montecarlo import MonteCarlo, run_montecarlo
from pyspice_models.campaign.runs import Crew
from pyspice_models.campaign.statistics import summarize
from pyspice_models.study.draws.even import SERIES

_MORE = 1.1
"""Runs beyond the plan, since the width that it begins from is known from few runs."""
_MOST_AT_ONCE = 4.0
"""A plan from few runs is not believed beyond so many times their number: it is made anew there."""


def runs_for_yield(width: float, share: float) -> int:
    """So many independent runs give an exact binomial interval of this width where this share is good, about.

    Args:
        width: full width, above 0 and below 1.
        share: 0 to 1.
    """
    low, high = 1, 1
    while _width(high, share) > width:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _width(middle, share) > width else (low, middle)
    return high


def _width(runs: int, share: float) -> float:
    low, high = of_share(round(runs * share), runs)
    return high - low


def run_until(
    asked: MonteCarlo,
    widths: Sequence[Width],
    journal: Journal,
    crew: Crew,
    progress: Callable[[int], None] | None = None,
    tell: Callable[[str], None] | None = None,
) -> tuple[MonteCarlo, xr.Dataset]:
    """Do runs until every interval is as narrow as asked, or until there are `asked.runs`.

    The first FEWEST runs say how far measures spread; from the widths of their intervals the number is planned that is
    needed, and told. There intervals are looked at again: two or three looks in all, since an interval that is looked
    at after every run, and taken when it happens to be narrow, holds less often than it says.

    Returns:
        What was asked with the number of runs that there are, and what they gave, see `run_montecarlo`.

    Raises:
        RequestError: no such measure, a width in another unit; else as `run_montecarlo`.
    """
    say = tell or (lambda line: None)
    for width in widths:
        if not width.measure:
            needed = [runs_for_yield(width.value(""), share) for share in (0.5, 0.95, 1.0)]
            say(f"planned for a {width.name} within {width.text}: {needed[0]} runs at most (a yield of 50 %), "
                f"{needed[1]} at 95 %, {needed[2]} if all are good")  # fmt: skip
    runs = min(FEWEST, asked.runs)
    while True:
        now = replace(asked, runs=runs)
        dataset = run_montecarlo(now, journal, crew, progress)
        found = list(told_widths(widths, dataset, summarize(dataset, asked.limits)))
        if all(one.kept for one in found) or runs == asked.runs:
            return now, dataset
        wider = min(max(one.wider for one in found if not one.kept), math.sqrt(_MOST_AT_ONCE))
        planned = math.ceil(_MORE * runs * wider**2)
        if asked.draws != "random":  # series of one length
            planned = math.ceil(planned / SERIES) * SERIES
        for one in found:
            say(f"after {runs} runs {one.text}")
        more = "" if planned <= asked.runs else f", of which --runs allows {asked.runs}"
        say(f"planned: {planned} runs{more}")
        runs = min(planned, asked.runs)

"""Restarts for simulators that know one longest step for a whole run, so that it may be long and pulses stay fine.

Where a program waits, its longest step is longer than its pulses, and what a simulator's error control allows itself in
a pulse would depend on how long one waits afterwards. Corners at which nothing bends hold the steps down where
something happens: in a pulse to a share of its width, after a corner to half of the time since then.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from pyspice_models.bench.program import Schedule

_GROWTH = 0.5  # a decay of any time constant is then followed in steps of half of it or less until it is over


def paced(schedule: Schedule, steps_per_pulse: float, longest: float) -> list[float]:
    """The schedule's restarts, and those that a longest step of `longest` [s] makes necessary, in order [s].

    Args:
        schedule: the program.
        steps_per_pulse: steps that a pulse is to have at least.
        longest: that the simulator is told for the whole run [s].
    """
    finest = schedule.shortest_pulse / steps_per_pulse
    if longest <= finest:
        return schedule.restarts
    breaks = np.unique([*schedule.corners, *schedule.restarts])
    found = list(schedule.restarts)
    for stretch in schedule.stretches:
        inside = breaks[np.searchsorted(breaks, stretch.start, "right") : np.searchsorted(breaks, stretch.stop)]
        for begin, end in pairwise([stretch.start, *inside.tolist(), stretch.stop]):
            now = begin
            while True:
                step = min(stretch.width / steps_per_pulse, max(finest, _GROWTH * (now - stretch.start)))
                if step >= longest or now + 1.5 * step >= end:
                    break
                now += step
                found.append(now)
    return sorted(found)

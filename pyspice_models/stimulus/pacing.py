"""Restarts that keep a simulator's steps fine where something happens, whatever its longest step is.

A simulator knows one longest step for a whole run. If that is a share of a pulse, a day of waiting takes for ever; if
it is a share of the run, what error control allows itself in a pulse depends on how long one waits afterwards. So steps
are held down by corners at which nothing bends: in a pulse to a share of its width, after a corner to half of the time
since then. A run's energies are then the same for every wait.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np

from pyspice_models.stimulus.program import Schedule
from pyspice_models.stimulus.timeline import later

_TOGETHER = 5000  # stretches between two words about progress
_CALM = 0.1  # of an edge: a second implicit step there ends the ringing of trapezoids that began in a corner
_GROWTH = 0.5  # a decay of any time constant is followed in steps of half of it or less until it is over


def paced(
    schedule: Schedule, steps_per_pulse: float, longest: float, progress: Callable[[float], None] | None = None
) -> list[float]:  # fmt: skip
    """The schedule's restarts and those that keep steps fine, in order [s].

    Args:
        schedule: the program.
        steps_per_pulse: steps that a pulse is to have at least.
        longest: step of the run [s], which does where it is short enough.
        progress: is told about progress, 0 to 1.
    """
    finest = schedule.shortest_pulse / steps_per_pulse
    found = [*schedule.restarts, *(stretch.start for stretch in schedule.stretches if not stretch.bends)]
    breaks = np.unique([*schedule.corners, *found])
    stretches = schedule.stretches
    firsts = np.searchsorted(breaks, [stretch.start for stretch in stretches], "right").tolist()
    lasts = np.searchsorted(breaks, [stretch.stop for stretch in stretches]).tolist()
    for number, (stretch, first, last) in enumerate(zip(stretches, firsts, lasts, strict=True)):
        if progress is not None and number % _TOGETHER == 0:
            progress(number / len(stretches))
        inside = breaks[first:last]
        for begin, end in pairwise([stretch.start, *inside.tolist(), stretch.stop]):
            now = begin
            while True:
                step = min(stretch.width / steps_per_pulse, max(finest, _GROWTH * (now - stretch.start)))
                # no restart just before a corner
                if step > longest or now + 1.5 * step >= end:
                    break
                now = later(now, float(f"{step:.3g}"))  # short numbers in netlists
                found.append(now)
            if stretch.bends and begin == stretch.start and end - begin <= finest:
                found.append(later(begin, float(f"{_CALM * (end - begin):.3g}")))
    return sorted(found)

"""The time column of a simulator's waves, held against the moments at which its deck's sources bend.

A simulator that leaves a corner out, or stops before the end, still writes a well-formed file.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from pyspice_models.netlist import Deck
from pyspice_models.stimulus.timeline import nearest

Array = NDArray[np.float64]

_ROUNDINGS = 128  # by which a simulator may miss its end: ngspice takes 100 for the same moment
_HIT = 0.02  # as a share of the shorter way to the breakpoints beside it


def times_of(deck: Deck, column: Array) -> Array:
    """The times of all samples, those of the breakpoints exact, shape (time,) [s].

    Raises:
        ValueError: times that are no numbers, do not begin at 0 or do not increase, an end that was not reached or
            was passed, or a breakpoint that was passed over; the message says which.
    """
    time = np.array(column)
    reached = float(time[-1]) if len(time) else 0.0
    if not np.isfinite(time).all() or (np.diff(time) <= 0).any():
        raise ValueError("gave times that do not increase")
    if len(time) and time[0] != 0.0:
        raise ValueError(f"left out the beginning: its first time is {time[0]:g} s")
    if deck.stop - reached > _ROUNDINGS * math.ulp(deck.stop):
        raise ValueError(f"stopped early, at {reached:g} s of {deck.stop:g} s")
    if reached - deck.stop > _ROUNDINGS * math.ulp(deck.stop):
        raise ValueError(f"went on beyond its end, to {reached:g} s of {deck.stop:g} s")
    time[-1] = deck.stop
    wanted = np.array([moment for moment in deck.breakpoints if time[0] <= moment])
    if len(wanted):
        places = nearest(time, wanted)
        way = np.diff(wanted, prepend=-np.inf, append=np.inf)
        missed = np.abs(time[places] - wanted) > _HIT * np.minimum(way[:-1], way[1:])
        missed[1:] |= np.diff(places) == 0
        if missed.any():
            raise ValueError(f"passed over the corner of a source at {wanted[int(np.argmax(missed))]:.9g} s")
        # the same moment is the same number: what is looked up at a corner is not interpolated beside it
        time[places] = wanted
    return time

"""What a run of compiled steps is given, where it stands, and what it writes down."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Numbers = NDArray[np.int64]

SINCE, STEP, LEAST, FIRST, CONTRACTION, LOST = range(6)
STRETCH, TURNED = range(2)
STEPS, REFUSED, FAILURES, MATRICES, SOLUTIONS, ITERATIONS = range(6)


class Plan(NamedTuple):
    """What a run needs of its stretches, each of shape (stretch,).

    Attributes:
        lengths: [s].
        longest: step [s].
        first: step, where a source bends at the start; else 0 [s].
        volts: error of a voltage that a step may make [V].
        on, falls: lines stand on rails in it; it is a falling edge.
        kept: its end is kept.
        begins: a window of pulses begins with it.
        reltol: relative tolerance.
        losses: error that a step may make in the energy lost in lines, or in their ends, as a share of what was lost
            there since the last window of pulses began.
        edge: of a pulse [s].
        least: capacitance in which such an error stores an energy that is nothing [F].
        every: the end of each step is kept.
    """

    lengths: Array
    longest: Array
    first: Array
    volts: Array
    on: NDArray[np.bool_]
    falls: NDArray[np.bool_]
    kept: NDArray[np.bool_]
    begins: NDArray[np.bool_]
    reltol: float
    losses: float
    edge: float
    least: float
    every: bool


class State(NamedTuple):
    """Where a run stands.

    Attributes:
        clock: time since the stretch's start, step to try, the shortest one allowed, the first one after the last
            corner [s]; contraction of Newton's corrections; energies lost in lines and in ends since the last
            window of pulses began [J].
        place: number of the stretch; whether the second moment is the run's, and not the first.
        counts: steps, those that were refused for their error and those that failed, matrices, solutions, iterations.
    """

    clock: Array
    place: Numbers
    counts: Numbers


class Books(NamedTuple):
    """Since the start: see `SUMS`; energies lost in cells and selectors, shape (row, col) [J]; and charges that sources
    have delivered while their lines stood on rails, shape (row + col,) [C]."""

    sums: Array
    cells: Array
    selectors: Array
    drawn: Array


class Kept(NamedTuple):
    """Room for the points that are kept.

    Attributes:
        stretch, since: when, shape (point,) [s].
        fields: voltages of word and bit lines, the devices' planes, energies lost in cells and selectors, shape
            (point, field, row, col).
        lines: currents from the ends, near and far of word and of bit lines; powers; energies; drawn charges; what the
            ends keep; shape (point, value).
    """

    stretch: Numbers
    since: Array
    fields: Array
    lines: Array

    def picked(self, which: Any) -> Kept:
        """Some of the points, by an index of NumPy's."""
        return Kept(self.stretch[which], self.since[which], self.fields[which], self.lines[which])

"""What the transient asks of the ends of lines: a module of compiled functions, as of the devices at crossings.

    at(devices, stretch, share, drive)
        What the sources do at a moment, a share of the way into a stretch; drive.gates: to gate lines, a
        `GateDrive`.
    ahead(devices, stage, a, one, b, two, start, held)
        As in `crossings/base.py`, of what ends have of states.
    slopes(devices, stage, drive, word, bit, held, near)
        What each terminal's current falls by for a volt on its crossing, over a stage [S], into `Terminals`.
    follow(devices, stage, drive, word, bit, start, held, into)
        Solves the ends' own unknowns for given voltages of the lines; `into`: currents into their crossings [A].
    error(devices, stage, drive, a, point, b, middle, c, end, reltol, volt, into) -> float
        As in `crossings/base.py`; 0 without states. `into`: currents that do not add up at the ends' own nodes, as the
        lines' crossings see them [A].
    spent(devices, drive, word, bit, held, into, powers)
        Fills `powers`, see `SUMS`, without the segments between crossings.
    keep(devices, held, out)
        What else is recorded of a moment.

A number that is none ends the step, and a shorter one is tried.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

SUMS = ("lines", "ends", "delivered", "moved")
"""What powers and energies of everything but the cells begin with: lost in segments; in drivers and sense circuits;
delivered by all sources; the same, every source without its sign. Then follow the currents or charges that the sources
of the word lines deliver, of the bit lines, and of the rails behind ground, where lines end on rails."""


class GateDrive(NamedTuple):
    """What drives gate lines at a moment.

    Attributes:
        volts, on: of each line's source, and what is between it and the terminal, shape (line,) [V], [S]; of rails the
            mean that their switches make.
        switches: from every rail, shape (rail, line) [S]; no rail: lines end on sources.
        rails: their voltages, shape (rail,) [V].
    """

    volts: Array
    on: Array
    switches: Array
    rails: Array


class Terminals(NamedTuple):
    """Something at both ends of every line, shapes (row,) and (col,).

    Word lines are near at column 0 and far at the last one, bit lines near at the last row and far at row 0.
    """

    word_near: Array
    word_far: Array
    bit_near: Array
    bit_far: Array

    @classmethod
    def of(cls, shape: tuple[int, int]) -> Terminals:
        """For arrays of this shape, 0."""
        rows, cols = shape
        return cls(np.zeros(rows), np.zeros(rows), np.zeros(cols), np.zeros(cols))

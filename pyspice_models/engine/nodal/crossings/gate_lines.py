"""Gate lines of an array of transistors: a third layer of lines, coupled to the channels by capacitances alone.

They run along the bit lines, one for each column, from their drivers below the last row. What couples them to the other
layers is a capacitance over a stage, thousands of times less than a segment conducts: between two of Newton's turns on
the lines they are solved exactly for the channels' voltages as they stand.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pyspice_models.engine.nodal.linear.compiled import uncounted

Array = NDArray[np.float64]


class GateLines(NamedTuple):
    """What does not change.

    Attributes:
        g_segment, g_driver: conductances of a segment and of a driver [S].
        c_line: of a line to ground, at every crossing [F].
        c_gate: from a crossing to either end of its channel [F].
        pivots: of one line, shape (row, 1).
        room: to work in, shape (row, col).
    """

    g_segment: float
    g_driver: float
    c_line: float
    c_gate: float
    pivots: Array
    room: Array


@uncounted
def near_of(lines: GateLines) -> float:
    """From the last crossing of a line to its source [S]."""
    return 1.0 / (1.0 / lines.g_segment + 1.0 / lines.g_driver)


@uncounted
def solve_gates(lines: GateLines, stage: float, into: Array) -> None:
    """Currents into the crossings become the voltages that they make over a stage, in place, shape (row, col).

    Lines are alike, and so are their pivots; see `linear/sweeps.py`."""
    rows, cols = into.shape
    g, shunt, near = lines.g_segment, (lines.c_line + 2.0 * lines.c_gate) / stage, near_of(lines)
    beyond = shunt  # what the line above conducts to ground
    for r in range(rows):
        pivot = 1.0 / (beyond + (g if r < rows - 1 else near))
        lines.pivots[r, 0] = pivot
        beyond = shunt + g * beyond * pivot
        if r < rows - 1:
            for c in range(cols):
                into[r + 1, c] += g * pivot * into[r, c]
    for r in range(rows - 1, -1, -1):
        for c in range(cols):
            above = into[r + 1, c] if r < rows - 1 else 0.0
            into[r, c] = lines.pivots[r, 0] * (into[r, c] + g * above)


@uncounted
def settle_gates(
    lines: GateLines, stage: float, sources: Array, ends: Array, start: Array, gate: Array, charge: Array, rate: Array,
    current: Array,
) -> None:  # fmt: skip
    """Voltages of the gate lines at the end of a stage [V].

    `sources` are those of their sources [V], shape (col,); `ends` the sum of both ends of each channel [V] and `start`
    the charge that the stage starts from [C]. Fills `gate`, and with what follows from it: the `charge` at every
    crossing, its `rate`, and the `current` that comes to each crossing from its source's side [A].
    """
    rows, cols = gate.shape
    near, g = near_of(lines), lines.g_segment
    for r in range(rows):
        for c in range(cols):
            gate[r, c] = (start[r, c] + lines.c_gate * ends[r, c]) / stage
            if r == rows - 1:
                gate[r, c] += near * sources[c]
    solve_gates(lines, stage, gate)
    for r in range(rows):
        for c in range(cols):
            charge[r, c] = (lines.c_line + 2.0 * lines.c_gate) * gate[r, c] - lines.c_gate * ends[r, c]
            rate[r, c] = (charge[r, c] - start[r, c]) / stage
            current[r, c] = g * (gate[r + 1, c] - gate[r, c]) if r < rows - 1 else near * (sources[c] - gate[r, c])


@uncounted
def gates_error(
    lines: GateLines, stage: float, a: float, one: Array, b: float, two: Array, c: float, three: Array
) -> float:
    """Largest voltage that the lines are off by where these shares of the rates do not add up [V]; NaN if one is."""
    rows, cols = one.shape
    every, largest = 0.0, 0.0
    for r in range(rows):
        for k in range(cols):
            lines.room[r, k] = (a * one[r, k] + b * two[r, k] + c * three[r, k]) / stage
    solve_gates(lines, stage, lines.room)
    for r in range(rows):
        for k in range(cols):
            largest = max(largest, abs(lines.room[r, k]))
            every += lines.room[r, k]
    return np.nan if np.isnan(every) else largest


@uncounted
def gate_powers(lines: GateLines, sources: Array, current: Array, powers: Array) -> None:
    """Adds what is lost in segments and drivers, delivered, and moved whatever its sign [W]."""
    rows, cols = current.shape
    for r in range(rows):
        for c in range(cols):
            powers[0] += current[r, c] * current[r, c] / lines.g_segment
    for c in range(cols):
        given = sources[c] * current[rows - 1, c]
        powers[1] += current[rows - 1, c] * current[rows - 1, c] / lines.g_driver
        powers[2] += given
        powers[3] += abs(given)

"""Gate lines of an array of transistors: a third layer of lines, coupled to the channels by capacitances alone.

They run along the bit lines, one for each column, from their drivers below the last row. What couples them to the other
layers is a capacitance over a stage, thousands of times less than a segment conducts: between two of Newton's turns on
the lines they are solved exactly for the channels' voltages as they stand.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pyspice_models.engine.nodal.ends.base import GateDrive
from pyspice_models.engine.nodal.linear.compiled import uncounted

Array = NDArray[np.float64]


class GateLines(NamedTuple):
    """What does not change, and room to work in.

    Attributes:
        g_segment: conductance of a segment [S].
        c_line: of a line to ground, at every crossing [F].
        c_gate: from a crossing to either end of its channel [F].
        shunts: what leaves each crossing but by its line, over the stage, shape (row, col) [S].
        near: from the last crossing of each line to what drives it, shape (col,) [S].
        pivots: of the lines, shape (row, col).
        room: shape (row, col).
    """

    g_segment: float
    c_line: float
    c_gate: float
    shunts: Array
    near: Array
    pivots: Array
    room: Array

    @classmethod
    def of(cls, shape: tuple[int, int], r_segment: float, c_line: float, c_gate: float) -> GateLines:
        """For an array of this shape."""
        shunts, pivots, room = (np.zeros(shape) for _ in range(3))
        return cls(1 / r_segment, c_line, c_gate, shunts, np.zeros(shape[1]), pivots, room)


@uncounted
def lay_near(lines: GateLines, gates: GateDrive) -> None:
    """What drives the lines now."""
    for c in range(len(lines.near)):
        lines.near[c] = 1.0 / (1.0 / lines.g_segment + 1.0 / gates.on[c])


@uncounted
def solve_gates(lines: GateLines, into: Array) -> None:
    """Currents into the crossings become the voltages that they make, in place, shape (row, col); see
    `linear/sweeps.py`. `shunts` and `near` are the stage's."""
    rows, cols = into.shape
    g, pivots = lines.g_segment, lines.pivots
    for c in range(cols):
        beyond = lines.shunts[0, c]  # what the line above conducts to ground
        for r in range(rows):
            pivots[r, c] = 1.0 / (beyond + (g if r < rows - 1 else lines.near[c]))
            if r < rows - 1:
                beyond = lines.shunts[r + 1, c] + g * beyond * pivots[r, c]
                into[r + 1, c] += g * pivots[r, c] * into[r, c]
        for r in range(rows - 1, -1, -1):
            above = into[r + 1, c] if r < rows - 1 else 0.0
            into[r, c] = pivots[r, c] * (into[r, c] + g * above)


@uncounted
def currents_along(lines: GateLines, gates: GateDrive, gate: Array, current: Array) -> None:
    """The current that comes to each crossing from the side of what drives its line [A]."""
    rows, cols = gate.shape
    for r in range(rows):
        for c in range(cols):
            if r < rows - 1:
                current[r, c] = lines.g_segment * (gate[r + 1, c] - gate[r, c])
            else:
                current[r, c] = lines.near[c] * (gates.volts[c] - gate[r, c])


@uncounted
def settle_gates(
    lines: GateLines, stage: float, gates: GateDrive, ends: Array, start: Array, gate: Array, charge: Array,
    rate: Array, current: Array,
) -> None:  # fmt: skip
    """Voltages of the gate lines at the end of a stage [V].

    `ends` is the sum of both ends of each channel [V], `start` the charge that the stage starts from [C]. Fills `gate`,
    and with what follows from it: the `charge` at every crossing, its `rate`, and the `current` along the lines [A].
    """
    rows, cols = gate.shape
    lay_near(lines, gates)
    for r in range(rows):
        for c in range(cols):
            lines.shunts[r, c] = (lines.c_line + 2.0 * lines.c_gate) / stage
            gate[r, c] = (start[r, c] + lines.c_gate * ends[r, c]) / stage
            if r == rows - 1:
                gate[r, c] += lines.near[c] * gates.volts[c]
    solve_gates(lines, gate)
    currents_along(lines, gates, gate, current)
    for r in range(rows):
        for c in range(cols):
            charge[r, c] = (lines.c_line + 2.0 * lines.c_gate) * gate[r, c] - lines.c_gate * ends[r, c]
            rate[r, c] = (charge[r, c] - start[r, c]) / stage


@uncounted
def gates_error(
    lines: GateLines, stage: float, a: float, one: Array, b: float, two: Array, c: float, three: Array
) -> float:
    """Largest voltage that the lines are off by where these shares of the rates do not add up [V]; NaN if one is. The
    stage is the one that was settled last."""
    rows, cols = one.shape
    every, largest = 0.0, 0.0
    for r in range(rows):
        for k in range(cols):
            lines.room[r, k] = (a * one[r, k] + b * two[r, k] + c * three[r, k]) / stage
    solve_gates(lines, lines.room)
    for r in range(rows):
        for k in range(cols):
            largest = max(largest, abs(lines.room[r, k]))
            every += lines.room[r, k]
    return np.nan if np.isnan(every) else largest


@uncounted
def gate_powers(lines: GateLines, gates: GateDrive, current: Array, powers: Array) -> None:
    """Adds what is lost in segments and drivers, delivered, and moved whatever its sign [W]; and the currents of rails,
    which stand last [A]."""
    rows, cols = current.shape
    for r in range(rows):
        for c in range(cols):
            powers[0] += current[r, c] * current[r, c] / lines.g_segment
    last = rows - 1
    if len(gates.rails) == 0:
        for c in range(cols):
            given = gates.volts[c] * current[last, c]
            powers[1] += current[last, c] * current[last, c] / gates.on[c]
            powers[2] += given
            powers[3] += abs(given)
    for k in range(len(gates.rails)):
        of_rail = 0.0
        for c in range(cols):
            # the terminal is a divided current below the mean of the rails
            across = gates.rails[k] - gates.volts[c] + current[last, c] / gates.on[c]
            each = gates.switches[k, c] * across
            powers[1] += each * across
            of_rail += each
        powers[2] += gates.rails[k] * of_rail
        powers[3] += abs(gates.rails[k] * of_rail)
        if k > 0:
            powers[len(powers) - len(gates.rails) + k] += of_rail

"""Sources, drivers and sense resistors, and switches to rails: ends without states, linear; see `base.py`."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pyspice_models.engine.nodal.ends.base import GateDrive, Terminals
from pyspice_models.engine.nodal.linear.compiled import compiled

Array = NDArray[np.float64]

KERNEL = "plain"


class Table(NamedTuple):
    """Waves of the lines of one side at the ends of the stretches.

    Attributes:
        values: of waves that differ, shape (stretch + 1, wave).
        columns: of them for each line, shape (line,).
    """

    values: Array
    columns: NDArray[np.int64]


class Side(NamedTuple):
    """What does not change of the lines of one side.

    Attributes:
        sources: voltages [V].
        driven: 1 where the driver is on.
        closed: 1 where the switch to a rail is, shape (stretch + 1, rail, line); no rail: lines end on sources.
        leaks: conductance of each switch that is open, 0 where a line never needs the rail, shape (rail, line) [S].
        r_on: of a driver or sense circuit that is on, or of a switch that is closed, shape (line,) [ohm].
        segment: resistance of the segment before each line's first crossing, shape (line,) [ohm].
    """

    sources: Table
    driven: Table
    closed: Array
    leaks: Array
    r_on: Array
    segment: Array


class Devices(NamedTuple):
    """What does not change.

    Attributes:
        word, bit: both sides.
        gates: the gate lines, without a segment.
        rails: their voltages, shape (rail,) [V].
        off: conductance of what is off [S].
        both: lines are driven at both ends.
        gated, renewed: whether slopes change within a stretch, with time; with the voltages.
        largest: correction of a line that is taken whole [V].
    """

    word: Side
    bit: Side
    gates: Side
    rails: Array
    off: float
    both: bool
    gated: bool
    renewed: bool
    largest: float


class Drive(NamedTuple):
    """Of one moment.

    Attributes:
        word_volts, bit_volts: of the sources, shapes (row,) and (col,); of rails the mean that their switches make [V].
        word_on, bit_on: conductances between them and the terminals [S].
        word_rails, bit_rails: of the switch from every rail, shapes (rail, row) and (rail, col) [S].
        gates: of gate lines.
    """

    word_volts: Array
    bit_volts: Array
    word_on: Array
    bit_on: Array
    word_rails: Array
    bit_rails: Array
    gates: GateDrive


class Held(NamedTuple):
    """No state, shape (0,)."""

    none: Array


@compiled
def between(table: Table, stretch: int, share: float, out: Array) -> None:
    """Values of all lines, a share of the way into a stretch."""
    for n in range(len(out)):
        k = table.columns[n]
        out[n] = (1 - share) * table.values[stretch, k] + share * table.values[stretch + 1, k]


@compiled
def side_at(
    side: Side, rails: Array, off: float, stretch: int, share: float, volts: Array, on: Array, switches: Array
) -> None:  # fmt: skip
    """What one side does."""
    if len(rails) == 0:
        between(side.sources, stretch, share, volts)
        between(side.driven, stretch, share, on)
        for n in range(len(on)):
            on[n] = on[n] / side.r_on[n] + (1 - on[n]) * off
        return
    for n in range(len(on)):
        total = mean = 0.0
        for k in range(len(rails)):
            closed = (1 - share) * side.closed[stretch, k, n] + share * side.closed[stretch + 1, k, n]
            switches[k, n] = closed / side.r_on[n] + (1 - closed) * side.leaks[k, n]
            total += switches[k, n]
            mean += rails[k] * switches[k, n]
        on[n], volts[n] = total, mean / total


@compiled
def at(devices: Devices, stretch: int, share: float, drive: Drive) -> None:
    """See `base.py`."""
    rails, off = devices.rails, devices.off
    side_at(devices.word, rails, off, stretch, share, drive.word_volts, drive.word_on, drive.word_rails)
    side_at(devices.bit, rails, off, stretch, share, drive.bit_volts, drive.bit_on, drive.bit_rails)
    gates = drive.gates
    side_at(devices.gates, rails, off, stretch, share, gates.volts, gates.on, gates.switches)


@compiled
def ahead(
    devices: Devices, stage: float, a: float, one: Held, b: float, two: Held, start: Held, held: Held
) -> None:  # fmt: skip
    """Nothing: there are no states."""


@compiled
def slopes(
    devices: Devices, stage: float, drive: Drive, word: Array, bit: Array, held: Held, near: Terminals
) -> None:  # fmt: skip
    """See `base.py`: drivers with their first segment."""
    for r in range(len(drive.word_on)):
        near.word_near[r] = 1 / (1 / drive.word_on[r] + devices.word.segment[r])
        near.word_far[r] = drive.word_on[r] if devices.both else 0.0
    for c in range(len(drive.bit_on)):
        near.bit_near[c] = 1 / (1 / drive.bit_on[c] + devices.bit.segment[c])
        near.bit_far[c] = drive.bit_on[c] if devices.both else 0.0


@compiled
def follow(
    devices: Devices, stage: float, drive: Drive, word: Array, bit: Array, start: Held, held: Held, into: Terminals
) -> None:  # fmt: skip
    """See `base.py`."""
    rows, cols = word.shape
    for r in range(rows):
        into.word_near[r] = (drive.word_volts[r] - word[r, 0]) / (1 / drive.word_on[r] + devices.word.segment[r])
        into.word_far[r] = drive.word_on[r] * (drive.word_volts[r] - word[r, cols - 1]) if devices.both else 0.0
    for c in range(cols):
        into.bit_near[c] = (drive.bit_volts[c] - bit[rows - 1, c]) / (1 / drive.bit_on[c] + devices.bit.segment[c])
        into.bit_far[c] = drive.bit_on[c] * (drive.bit_volts[c] - bit[0, c]) if devices.both else 0.0


@compiled
def error(
    devices: Devices, stage: float, drive: Drive, a: float, point: Held, b: float, middle: Held, c: float, end: Held,
    reltol: float, volt: float, into: Terminals,
) -> float:  # fmt: skip
    """None: there are no states."""
    into.word_near[:] = 0.0
    into.word_far[:] = 0.0
    into.bit_near[:] = 0.0
    into.bit_far[:] = 0.0
    return 0.0


@compiled
def side_spent(
    side: Side, rails: Array, volts: Array, on: Array, switches: Array, near: Array, far: Array, at_first: Array,
    powers: Array, currents: Array, of_rails: Array,
) -> None:  # fmt: skip
    """Adds one side to `powers`; `currents` and `of_rails` are its own parts of them."""
    for n in range(len(near)):
        powers[0] += side.segment[n] * near[n] * near[n]
        if len(rails) > 0:
            currents[n] = near[n]
            for k in range(len(rails)):
                across = rails[k] - (at_first[n] + side.segment[n] * near[n])
                each = switches[k, n] * across
                powers[1] += each * across
                of_rails[k] += each
            continue
        powers[1] += (near[n] * near[n] + far[n] * far[n]) / on[n]
        currents[n] = near[n] + far[n]
        given = volts[n] * currents[n]
        powers[2] += given
        powers[3] += abs(given)


@compiled
def spent(
    devices: Devices, drive: Drive, word: Array, bit: Array, held: Held, into: Terminals, powers: Array
) -> None:  # fmt: skip
    """See `base.py`."""
    rows, cols = word.shape
    rails = devices.rails
    of_rails = np.zeros(len(rails))
    powers[:] = 0.0
    side_spent(
        devices.word, rails, drive.word_volts, drive.word_on, drive.word_rails, into.word_near, into.word_far,
        word[:, 0].copy(), powers, powers[4 : 4 + rows], of_rails,
    )  # fmt: skip
    side_spent(
        devices.bit, rails, drive.bit_volts, drive.bit_on, drive.bit_rails, into.bit_near, into.bit_far,
        bit[rows - 1], powers, powers[4 + rows : 4 + rows + cols], of_rails,
    )  # fmt: skip
    for k in range(len(rails)):
        powers[2] += rails[k] * of_rails[k]
        powers[3] += abs(rails[k] * of_rails[k])
        if k > 0:
            powers[4 + rows + cols + k - 1] = of_rails[k]


@compiled
def keep(devices: Devices, held: Held, out: Array) -> None:
    """Nothing: there are no states."""

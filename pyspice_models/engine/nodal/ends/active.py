"""Ends with current limiters or transimpedance amplifiers, compiled: each line's is solved by itself.

A limiter's end has one node of its own, where its capacitance stands: the line's terminal; and, with a loop, one state.
An amplifier's has its input, where the feedback's charge stands, and its output as a state: with the unity gain at gbw,
d(out)/dt = 2 pi gbw (reference - input - out / gain), an amplifier of one pole. Both are eliminated at every voltage of
the first crossing: what the lines see is a current and its slope.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pyspice_models.engine.nodal.ends import plain
from pyspice_models.engine.nodal.ends.base import Terminals
from pyspice_models.engine.nodal.ends.limiter import Limiter, behind, through
from pyspice_models.engine.nodal.linear.compiled import compiled

Array = NDArray[np.float64]

KERNEL = "active"

_FAINT = 1e-3  # of what a line may be off by: an output that shows nothing need not be followed closer

plain_at = plain.at


class Active(NamedTuple):
    """What does not change.

    Attributes:
        plain: sources and switches, those of limiters in their contacts; and the segments beside the terminals.
        c_limit: from each word line's terminal to ground [F]; 0 where it stands on the crossing.
        limiter: the drivers.
        amplified: whether bit lines end on amplifiers.
        r_feedback, c_feedback: theirs [ohm], [F].
        unity, pole: 2 pi gbw, and that over the gain [rad/s].
    """

    plain: plain.Devices
    gated: bool
    renewed: bool
    largest: float
    c_limit: float
    limiter: Limiter
    amplified: bool
    r_feedback: float
    c_feedback: float
    unity: float
    pole: float


class Side(NamedTuple):
    """The ends of one side's lines at one moment, shape (line,).

    Attributes:
        node: of the terminal behind a limiter, or of an amplifier's input [V].
        charge: there [C].
        flow: current into it, charging left out [A].
        state: what a limiter's loop sees, or an amplifier's output [V].
        rate: of the state [V/s].
        through: current from the source, or into the amplifier's input from the line [A].
        across: voltage across a limiter, see `limiter.through` [V].
        slope: of a limiter by itself [S].
    """

    node: Array
    charge: Array
    flow: Array
    state: Array
    rate: Array
    through: Array
    across: Array
    slope: Array


class Held(NamedTuple):
    """Of both sides."""

    word: Side
    bit: Side


class Start(NamedTuple):
    """What a stage starts from: currents into the nodes, and states.

    Attributes:
        base_word, base_bit: charge over the stage, and shares of earlier currents [A].
        state_word, state_bit: [V].
    """

    base_word: Array
    base_bit: Array
    state_word: Array
    state_bit: Array


@compiled
def at(devices: Active, stretch: int, share: float, drive: plain.Drive) -> None:
    """See `base.py`."""
    plain_at(devices.plain, stretch, share, drive)


@compiled
def ahead_side(stage: float, a: float, one: Side, b: float, two: Side, base: Array, state: Array, held: Side) -> None:
    """Of one side."""
    for k in range(len(base)):
        base[k] = one.charge[k] / stage + a * one.flow[k] + b * two.flow[k]
        state[k] = one.state[k] + stage * (a * one.rate[k] + b * two.rate[k])
        held.node[k], held.charge[k], held.flow[k] = two.node[k], two.charge[k], two.flow[k]
        held.state[k], held.rate[k] = two.state[k], two.rate[k]
        held.through[k], held.across[k], held.slope[k] = two.through[k], two.across[k], two.slope[k]


@compiled
def ahead(devices: Active, stage: float, a: float, one: Held, b: float, two: Held, start: Start, held: Held) -> None:
    """See `base.py`."""
    ahead_side(stage, a, one.word, b, two.word, start.base_word, start.state_word, held.word)
    ahead_side(stage, a, one.bit, b, two.bit, start.base_bit, start.state_bit, held.bit)


@compiled
def terminal(devices: Active, row: int, stage: float, switch: float) -> tuple[float, float, float]:
    """Of a word line: what joins its terminal to ground over a stage, and to the crossing; and the resistance that the
    limiter sees [S], [S], [ohm]."""
    first = devices.plain.word.segment[row]
    if first == 0.0:
        return 0.0, np.inf, 1.0 / switch
    plate, segment = devices.c_limit / stage, 1.0 / first
    return plate, segment, 1.0 / switch + 1.0 / (plate + segment)


@compiled
def seen_word(plate: float, segment: float, limited: float) -> float:
    """Slope at the first crossing of a terminal, where what is behind it has the slope `limited` [S]."""
    if np.isinf(segment):
        return limited
    share = segment / (plate + segment)
    return share * plate + share * share * limited


@compiled
def feedback(devices: Active, col: int, stage: float, switch: float) -> tuple[float, float, float]:
    """Of an amplifier over a stage: conductance from the crossing to its input, and from there to its output; and what
    the output falls by for a volt at the input [S], [S], 1."""
    g = 1.0 / (1.0 / switch + devices.plain.bit.segment[col])
    joined = devices.c_feedback / stage + 1.0 / devices.r_feedback
    return g, joined, devices.unity * stage / (1.0 + devices.pole * stage)


@compiled
def slopes(
    devices: Active, stage: float, drive: plain.Drive, word: Array, bit: Array, held: Held, near: Terminals
) -> None:  # fmt: skip
    """See `base.py`."""
    near.word_far[:] = 0.0
    near.bit_far[:] = 0.0
    for r in range(len(near.word_near)):
        plate, segment, z = terminal(devices, r, stage, drive.word_on[r])
        near.word_near[r] = seen_word(plate, segment, behind(held.word.slope[r], z))
    for c in range(len(near.bit_near)):
        g, joined, falls = feedback(devices, c, stage, drive.bit_on[c])
        held_by = joined * (1.0 + falls)
        near.bit_near[c] = g * held_by / (g + held_by) if devices.amplified else g


@compiled
def follow(
    devices: Active, stage: float, drive: plain.Drive, word: Array, bit: Array, start: Start, held: Held,
    into: Terminals,
) -> None:  # fmt: skip
    """See `base.py`."""
    into.word_far[:] = 0.0
    into.bit_far[:] = 0.0
    side, limiter = held.word, devices.limiter
    for r in range(len(into.word_near)):
        volts, here = drive.word_volts[r], word[r, 0]
        plate, segment, z = terminal(devices, r, stage, drive.word_on[r])
        joined = plate + segment
        rest = here if np.isinf(segment) else (start.base_word[r] + segment * here) / joined  # terminal without current
        state = start.state_word[r]
        current, side.slope[r], across = through(volts - rest, z, state, stage, limiter, side.across[r])
        side.across[r], side.through[r] = across, current
        if np.isinf(segment):
            side.node[r], into.word_near[r] = here, current
        else:
            side.node[r] = rest + current / joined
            share = segment / joined
            into.word_near[r] = share * (start.base_word[r] + current - plate * here)
        side.charge[r] = devices.c_limit * side.node[r]
        side.flow[r] = current - into.word_near[r]
        if np.isfinite(limiter.omega):
            reach = stage * limiter.omega
            side.state[r] = (state + reach * across) / (1.0 + reach)
            side.rate[r] = limiter.omega * (across - side.state[r])
    if devices.amplified:
        amplify(devices, stage, drive, bit[word.shape[0] - 1], start, held.bit, into.bit_near)
    else:
        for c in range(len(into.bit_near)):
            ohms = 1.0 / drive.bit_on[c] + devices.plain.bit.segment[c]
            into.bit_near[c] = (drive.bit_volts[c] - bit[word.shape[0] - 1, c]) / ohms
            held.bit.through[c] = -into.bit_near[c]


@compiled
def amplify(
    devices: Active, stage: float, drive: plain.Drive, here: Array, start: Start, side: Side, into: Array
) -> None:  # fmt: skip
    """Inputs and outputs of all amplifiers, for voltages of the crossings before them, shape (col,)."""
    for c in range(len(into)):
        g, joined, falls = feedback(devices, c, stage, drive.bit_on[c])
        reference = drive.bit_volts[c]
        # output = idle - falls * input
        idle = start.state_bit[c] / (1.0 + devices.pole * stage) + falls * reference
        node = (start.base_bit[c] + g * here[c] + joined * idle) / (g + joined * (1.0 + falls))
        out = idle - falls * node
        current = g * (here[c] - node)
        side.node[c], side.state[c], side.through[c], into[c] = node, out, current, -current
        side.charge[c] = devices.c_feedback * (node - out)
        side.flow[c] = current - (node - out) / devices.r_feedback
        side.rate[c] = devices.unity * (reference - node) - devices.pole * out


@compiled
def error(
    devices: Active, stage: float, drive: plain.Drive, a: float, point: Held, b: float, middle: Held, c: float,
    end: Held, reltol: float, volt: float, into: Terminals,
) -> float:  # fmt: skip
    """See `base.py`."""
    found, limiter = 0.0, devices.limiter
    into.word_near[:] = 0.0
    into.word_far[:] = 0.0
    into.bit_near[:] = 0.0
    into.bit_far[:] = 0.0
    one, two, three = point.word, middle.word, end.word
    for r in range(len(one.node)):
        plate, segment, _ = terminal(devices, r, stage, drive.word_on[r])
        if plate > 0.0:
            off = (a * one.flow[r] + b * two.flow[r] + c * three.flow[r]) / stage
            held_by = plate + segment + behind(three.slope[r], 1.0 / drive.word_on[r])
            into.word_near[r] = segment / held_by * off
            found = largest(found, off / held_by / volt)
        if np.isfinite(limiter.omega):
            off = (a * one.rate[r] + b * two.rate[r] + c * three.rate[r]) / (1.0 + stage * limiter.omega)
            found = largest(found, off / (reltol * np.hypot(limiter.knee, three.state[r])))
    if devices.amplified:
        other = error_of_amplifiers(
            devices, stage, drive, a, point.bit, b, middle.bit, c, end.bit, reltol, volt, into.bit_near
        )  # fmt: skip
        return largest(found, other)
    return found


@compiled
def error_of_amplifiers(
    devices: Active, stage: float, drive: plain.Drive, a: float, one: Side, b: float, two: Side, c: float, three: Side,
    reltol: float, volt: float, into: Array,
) -> float:  # fmt: skip
    """The same of the amplifiers alone: outputs as a share of the largest of all."""
    found = signal = 0.0
    for k in range(len(into)):
        signal = max(signal, abs(three.state[k] - drive.bit_volts[k]))
    allowed = max(reltol * signal, _FAINT * volt)
    for k in range(len(into)):
        g, joined, falls = feedback(devices, k, stage, drive.bit_on[k])
        off = (a * one.flow[k] + b * two.flow[k] + c * three.flow[k]) / stage
        moved = (a * one.rate[k] + b * two.rate[k] + c * three.rate[k]) / (1.0 + devices.pole * stage)
        # output = moved - falls * input; (g + joined) input = off + joined output
        node = (off + joined * moved) / (g + joined * (1.0 + falls))
        into[k] = g * node
        found = largest(largest(found, node / volt), (moved - falls * node) / allowed)
    return found


@compiled
def largest(found: float, other: float) -> float:
    """The larger size; NaN if one is."""
    return found if np.isnan(found) or abs(other) <= found else abs(other)


@compiled
def spent(
    devices: Active, drive: plain.Drive, word: Array, bit: Array, held: Held, into: Terminals, powers: Array
) -> None:  # fmt: skip
    """See `base.py`. Of amplifiers the outputs deliver, their references nothing."""
    rows, cols = word.shape
    powers[:] = 0.0
    for r in range(rows):
        current = held.word.through[r]
        given = drive.word_volts[r] * current
        powers[0] += devices.plain.word.segment[r] * into.word_near[r] * into.word_near[r]
        powers[1] += (drive.word_volts[r] - held.word.node[r]) * current
        powers[2] += given
        powers[3] += abs(given)
        powers[4 + r] = current
    for c in range(cols):
        current = into.bit_near[c]
        across = held.bit.state[c] - held.bit.node[c]
        given = (held.bit.state[c] if devices.amplified else drive.bit_volts[c]) * current
        powers[0] += devices.plain.bit.segment[c] * current * current
        powers[1] += current * current / drive.bit_on[c]
        if devices.amplified:
            powers[1] += across * across / devices.r_feedback
        powers[2] += given
        powers[3] += abs(given)
        powers[4 + rows + c] = current


@compiled
def keep(devices: Active, held: Held, out: Array) -> None:
    """Inputs and outputs of amplifiers [V]."""
    if devices.amplified:
        cols = len(held.bit.node)
        for c in range(cols):
            out[c], out[cols + c] = held.bit.node[c], held.bit.state[c]

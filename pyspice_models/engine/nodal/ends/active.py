"""Ends with current limiters or transimpedance amplifiers, compiled: each line's is solved by itself.

A limiter's end has one node of its own, where its capacitance stands: the line's terminal; and, with a loop, one state.
An amplifier's has its input and its output, see `amplifier.py`. Both are eliminated at every voltage of the first
crossing: what the lines see is a current and its slope.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pyspice_models.engine.nodal.ends import plain
from pyspice_models.engine.nodal.ends.amplifier import (
    Amplifier,
    amplify,
    error_of_amplifiers,
    feedback,
    largest,
)
from pyspice_models.engine.nodal.ends.base import Terminals
from pyspice_models.engine.nodal.ends.limiter import Limiter, behind, through
from pyspice_models.engine.nodal.ends.sides import Held, Side, Start
from pyspice_models.engine.nodal.linear.compiled import compiled

Array = NDArray[np.float64]

KERNEL = "active"


class Active(NamedTuple):
    """What does not change.

    Attributes:
        plain: sources and switches, those of limiters in their contacts; and the segments beside the terminals.
        gated, renewed, largest: see `plain.py`.
        c_limit: from each word line's terminal to ground [F]; on lines without resistance it stands on the crossing.
        limiter, amplifier: the drivers, and the sense circuits.
    """

    plain: plain.Devices
    gated: bool
    renewed: bool
    largest: float
    c_limit: float
    limiter: Limiter
    amplifier: Amplifier


@compiled
def at(devices: Active, stretch: int, share: float, drive: plain.Drive) -> None:
    """See `base.py`."""
    plain.at(devices.plain, stretch, share, drive)


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
        g, joined, falls = feedback(devices.amplifier, c, stage, drive.bit_on[c])
        held_by = joined * (1.0 + falls)
        near.bit_near[c] = g * held_by / (g + held_by) if devices.amplifier.on else g


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
    if devices.amplifier.on:
        here = bit[word.shape[0] - 1]
        amplify(devices.amplifier, stage, drive, here, start.base_bit, start.state_bit, held.bit, into.bit_near)
    else:
        for c in range(len(into.bit_near)):
            ohms = 1.0 / drive.bit_on[c] + devices.plain.bit.segment[c]
            into.bit_near[c] = (drive.bit_volts[c] - bit[word.shape[0] - 1, c]) / ohms
            held.bit.through[c] = -into.bit_near[c]


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
    if devices.amplifier.on:
        other = error_of_amplifiers(
            devices.amplifier, stage, drive, a, point.bit, b, middle.bit, c, end.bit, reltol, volt, into.bit_near
        )  # fmt: skip
        return largest(found, other)
    return found


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
        given = (held.bit.state[c] if devices.amplifier.on else drive.bit_volts[c]) * current
        powers[0] += devices.plain.bit.segment[c] * current * current
        powers[1] += current * current / drive.bit_on[c]
        if devices.amplifier.on:
            powers[1] += across * across / devices.amplifier.r_feedback[c]
        powers[2] += given
        powers[3] += abs(given)
        powers[4 + rows + c] = current


@compiled
def keep(devices: Active, held: Held, out: Array) -> None:
    """Inputs and outputs of amplifiers [V]."""
    if devices.amplifier.on:
        cols = len(held.bit.node)
        for c in range(cols):
            out[c], out[cols + c] = held.bit.node[c], held.bit.state[c]

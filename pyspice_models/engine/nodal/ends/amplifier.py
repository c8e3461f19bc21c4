"""Transimpedance amplifiers behind the bit lines, compiled: input and output of each over a stage.

The input holds the feedback's charge, the output is a state: d(out)/dt = 2 pi gbw (reference - input - out / gain), an
amplifier of one pole. Both are linear in the voltage of the crossing before them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pyspice_models.array import Crossbar
from pyspice_models.engine.nodal.ends.plain import Drive
from pyspice_models.engine.nodal.ends.sides import Side
from pyspice_models.engine.nodal.linear.compiled import compiled

Array = NDArray[np.float64]

_FAINT = 1e-3  # of what a line may be off by: an output that shows nothing need not be followed closer


class Amplifier(NamedTuple):
    """What the sense circuits of the bit lines are.

    Attributes:
        on: whether they are amplifiers.
        r_feedback: of each, shape (col,) [ohm].
        c_feedback: [F].
        unity, pole: 2 pi gbw, and that over the gain [rad/s].
        segment: resistance of the segment before each, shape (col,) [ohm].
    """

    on: bool
    r_feedback: Array
    c_feedback: float
    unity: float
    pole: float
    segment: Array


def amplifier_of(crossbar: Crossbar, segment: Array) -> Amplifier:
    """That of a crossbar."""
    driver, unity = crossbar.driver, 2 * np.pi * crossbar.driver.gbw
    return Amplifier(
        driver.sense == "tia", crossbar.each("r_feedback"), driver.c_feedback, unity, unity / driver.gain, segment
    )  # fmt: skip


@compiled
def largest(found: float, other: float) -> float:
    """The larger size; NaN if one is."""
    return found if np.isnan(found) or abs(other) <= found else abs(other)


@compiled
def feedback(amplifier: Amplifier, col: int, stage: float, switch: float) -> tuple[float, float, float]:
    """Of an amplifier over a stage: conductance from the crossing to its input, and from there to its output; and what
    the output falls by for a volt at the input [S], [S], 1."""
    g = 1.0 / (1.0 / switch + amplifier.segment[col])
    joined = amplifier.c_feedback / stage + 1.0 / amplifier.r_feedback[col]
    return g, joined, amplifier.unity * stage / (1.0 + amplifier.pole * stage)


@compiled
def amplify(
    amplifier: Amplifier, stage: float, drive: Drive, here: Array, base: Array, state: Array, side: Side, into: Array
) -> None:  # fmt: skip
    """Inputs and outputs of all amplifiers, for voltages of the crossings before them, shape (col,).

    They start from `base`, currents into the inputs [A], and `state`, the outputs [V]; `into`: currents into the lines.
    """
    for c in range(len(into)):
        g, joined, falls = feedback(amplifier, c, stage, drive.bit_on[c])
        reference = drive.bit_volts[c]
        # output = idle - falls * input
        idle = state[c] / (1.0 + amplifier.pole * stage) + falls * reference
        node = (base[c] + g * here[c] + joined * idle) / (g + joined * (1.0 + falls))
        out = idle - falls * node
        current = g * (here[c] - node)
        side.node[c], side.state[c], side.through[c], into[c] = node, out, current, -current
        side.charge[c] = amplifier.c_feedback * (node - out)
        side.flow[c] = current - (node - out) / amplifier.r_feedback[c]
        side.rate[c] = amplifier.unity * (reference - node) - amplifier.pole * out


@compiled
def error_of_amplifiers(
    amplifier: Amplifier, stage: float, drive: Drive, a: float, one: Side, b: float, two: Side, c: float, three: Side,
    reltol: float, volt: float, into: Array,
) -> float:  # fmt: skip
    """See `error` in `base.py`: inputs count as voltages, outputs as a share of the largest of all."""
    found = signal = 0.0
    for k in range(len(into)):
        signal = max(signal, abs(three.state[k] - drive.bit_volts[k]))
    allowed = max(reltol * signal, _FAINT * volt)
    for k in range(len(into)):
        g, joined, falls = feedback(amplifier, k, stage, drive.bit_on[k])
        off = (a * one.flow[k] + b * two.flow[k] + c * three.flow[k]) / stage
        moved = (a * one.rate[k] + b * two.rate[k] + c * three.rate[k]) / (1.0 + amplifier.pole * stage)
        # output = moved - falls * input; (g + joined) input = off + joined output
        node = (off + joined * moved) / (g + joined * (1.0 + falls))
        into[k] = g * node
        found = largest(largest(found, node / volt), (moved - falls * node) / allowed)
    return found

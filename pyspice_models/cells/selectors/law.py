"""The laws of the package's own selectors: what their currents and the rate of their memory are made of.

They stand here once in Python. `equations.py` calls these functions for numbers and arrays; the nodal engine compiles
the very same ones for one crossing at a time. They use nothing but their arguments and each other, each one only those
above it. `k` holds the constants by name: one of the tuples below. The other forms are selector.va,
threshold_switch.va and transistor.va of verilog_a/, their libraries in netlists/, and SPICE's level 1.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from pyspice_models.cells.selectors.params import ThresholdParams, TransistorParams

NO_RETURN, CONDUCTS, TURN = 0.5, 0.56, 0.01
"""State of a selector with a memory from which on it holds itself, and at which its conductance is half-way up, in the
logarithm; the width of both transitions."""


class Threshold(NamedTuple):
    """Constants of the conductance of a threshold selector.

    Attributes:
        g_off: below its threshold [S].
        ln_ratio: logarithm of what it is above.
        opens: half-way between, in the logarithm: v_th, or with a memory v_hold [V].
        v_slope: width of the transition [V].
    """

    g_off: Any
    ln_ratio: Any
    opens: Any
    v_slope: Any


class Memory(NamedTuple):
    """Constants of the state of one that remembers.

    Attributes:
        v_th, v_low: voltage above which it turns on, and below which it forgets [V].
        v_slope: width of both transitions [V].
        rise, fall: rates of both [1/s].
    """

    v_th: Any
    v_low: Any
    v_slope: Any
    rise: Any
    fall: Any


class Channel(NamedTuple):
    """Constants of a transistor.

    Attributes:
        half_beta: half of its gain factor [A/V^2].
        lambda_: channel-length modulation [1/V].
        vto: threshold [V].
        u: width of the transition at the threshold [V]; 0: none.
        g_off: leakage beside the channel [S].
    """

    half_beta: Any
    lambda_: Any
    vto: Any
    u: Any
    g_off: Any


def threshold_constants(selector: ThresholdParams) -> Threshold:
    """Of a threshold selector."""
    opens = selector.v_hold if selector.remembers else selector.v_th
    return Threshold(selector.g_off, math.log(selector.g_on / selector.g_off), opens, selector.v_slope)


def memory_constants(selector: ThresholdParams) -> Memory:
    """Of a threshold selector with a memory, or of a cell with the same parameters, numbers or arrays."""
    return Memory(
        selector.v_th, selector.v_hold - 3 * selector.v_slope, selector.v_slope,
        -math.log(1 - CONDUCTS) / selector.t_delay, -math.log(NO_RETURN) / selector.t_relax,
    )  # fmt: skip


def channel_constants(transistor: TransistorParams, temperature: float) -> Channel:
    """Of a transistor whose channel has this temperature [K]."""
    return Channel(
        0.5 * (transistor.kp * transistor.width / transistor.length), transistor.lambda_, transistor.vto,
        2 * transistor.swing / math.log(10) * temperature / 300, transistor.g_off,
    )  # fmt: skip


# ---- threshold selectors


def step(z: Any) -> Any:
    """From 0 to 1 around 0."""
    return 1 / (1 + np.exp(np.minimum(-z, 700.0)))  # whose exponential is a number still


def size(v: Any, v_slope: Any) -> Any:
    """The voltage without its sign, smooth within a tenth of v_slope [V]."""
    return np.sqrt(v * v + (0.1 * v_slope) ** 2)


def conducting(s: Any) -> Any:
    """Share of the on state that a memory `s` conducts."""
    return step((s - CONDUCTS) / TURN)


def conductance(v: Any, on: Any, k: Any) -> Any:
    """I/V of a threshold selector; `on`: 1, or with a memory the share that conducts [S]."""
    share = step((size(v, k.v_slope) - k.opens) / k.v_slope) * on
    return k.g_off * np.exp(share * k.ln_ratio)


def conductance_slopes(v: Any, on: Any, k: Any) -> Any:
    """I/V, dI/dV at one `on`, and dI/d(on) of a threshold selector [S], [S], [A]."""
    mag = size(v, k.v_slope)
    open_ = step((mag - k.opens) / k.v_slope)
    g = k.g_off * np.exp(open_ * on * k.ln_ratio)
    return g, g * (1 + v * v / mag * on * k.ln_ratio * open_ * (1 - open_) / k.v_slope), v * g * open_ * k.ln_ratio


def goal(v: Any, s: Any, k: Any) -> Any:
    """Where the state of a selector with a memory goes to."""
    turns_at = k.v_th + (k.v_low - k.v_th) * step((s - NO_RETURN) / TURN)
    return step((size(v, k.v_slope) - turns_at) / k.v_slope)


def memory_rate(v: Any, s: Any, k: Any) -> Any:
    """Its rate ds/dt [1/s]."""
    up = goal(v, s, k)
    return (up - s) * (up * k.rise + (1 - up) * k.fall)


def memory_slopes(v: Any, s: Any, k: Any) -> Any:
    """Its rate [1/s], and the derivatives of that by voltage [1/Vs] and state [1/s]."""
    mag, held = size(v, k.v_slope), step((s - NO_RETURN) / TURN)
    up = step((mag - (k.v_th + (k.v_low - k.v_th) * held)) / k.v_slope)
    pace = up * k.rise + (1 - up) * k.fall
    by_up = pace + (up - s) * (k.rise - k.fall)
    steep = up * (1 - up) / k.v_slope
    moves = (k.v_th - k.v_low) * held * (1 - held) / TURN
    return (up - s) * pace, by_up * steep * v / mag, by_up * steep * moves - pace


# ---- transistors


def overdrive(beyond: Any, u: Any) -> Any:
    """What of the gate's voltage over an end, `beyond` the threshold, moves charge there [V].

    Above the threshold what is beyond it; below, with a transition of a width `u`, an exponential.
    """
    if u == 0:
        return np.maximum(beyond, 0.0)
    return u * np.logaddexp(0.0, beyond / u)


def overdrive_slope(beyond: Any, u: Any) -> Any:
    """Its derivative."""
    if u == 0:
        return 1.0 * (beyond > 0)
    return step(beyond / u)


def channel_current(v_gate: Any, v_a: Any, v_b: Any, k: Any) -> Any:
    """Current of a transistor from end a to end b, voltages of its nodes against ground [A]."""
    from_a, from_b = overdrive(v_gate - v_b - k.vto, k.u), overdrive(v_gate - v_a - k.vto, k.u)
    channel = k.half_beta * (1 + k.lambda_ * np.abs(v_a - v_b)) * (from_a - from_b) * (from_a + from_b)
    return channel + k.g_off * (v_a - v_b)


def channel_slopes(v_gate: Any, v_a: Any, v_b: Any, k: Any) -> Any:
    """That current [A], and its derivatives by the voltages of the ends a, b; neither is of the other sign [S]."""
    across = v_a - v_b
    from_a, from_b = overdrive(v_gate - v_b - k.vto, k.u), overdrive(v_gate - v_a - k.vto, k.u)
    longer, apart = k.half_beta * (1 + k.lambda_ * np.abs(across)), (from_a - from_b) * (from_a + from_b)
    modulated = k.half_beta * k.lambda_ * np.abs(apart)
    by_a = longer * 2 * from_b * overdrive_slope(v_gate - v_a - k.vto, k.u) + modulated + k.g_off
    by_b = -longer * 2 * from_a * overdrive_slope(v_gate - v_b - k.vto, k.u) - modulated - k.g_off
    return longer * apart + k.g_off * across, by_a, by_b

"""Laws of the selectors, for numbers or arrays: selector.va, threshold_switch.va and transistor.va of verilog_a/, and
SPICE's level 1."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from pyspice_models.cells.selectors.params import ThresholdParams, TransistorParams

NO_RETURN, CONDUCTS, TURN = 0.5, 0.56, 0.01
"""State of a selector with a memory from which on it holds itself, and at which its conductance is half-way up, in the
logarithm; the width of both transitions."""


def threshold_conductance(selector: ThresholdParams, v: ArrayLike, on: ArrayLike | None = None) -> Any:
    """Conductance I/V of the threshold selector, shape of `v` and `on` [S].

    Args:
        selector: its parameters.
        v: voltage across it [V].
        on: state s of a selector with a memory, 0 off to 1 on; None without one.

    Raises:
        ValueError: a state that the selector does not have, or none where it has one.
    """
    if (on is not None) != selector.remembers:
        raise ValueError("a selector with a memory needs its state, one without has none")
    if on is None:
        share = _step((_magnitude(selector, v) - selector.v_th) / selector.v_slope)
    else:
        share = _step((_magnitude(selector, v) - selector.v_hold) / selector.v_slope)
        share = share * _step((np.asarray(on, dtype=float) - CONDUCTS) / TURN)
    return selector.g_off * np.exp(share * np.log(selector.g_on / selector.g_off))


def threshold_current(selector: ThresholdParams, v: ArrayLike, on: ArrayLike | None = None) -> Any:
    """Current of the threshold selector [A], see `threshold_conductance`."""
    return threshold_conductance(selector, v, on) * np.asarray(v, dtype=float)


def threshold_rate(selector: ThresholdParams, v: ArrayLike, on: ArrayLike) -> Any:
    """Rate ds/dt of a selector with a memory, of voltage `v` [V] and state `on`, shape of both [1/s]."""
    on = np.asarray(on, dtype=float)
    low = selector.v_hold - 3 * selector.v_slope
    turns_at = selector.v_th + (low - selector.v_th) * _step((on - NO_RETURN) / TURN)
    up = _step((_magnitude(selector, v) - turns_at) / selector.v_slope)
    rise, fall = -math.log(1 - CONDUCTS) / selector.t_delay, -math.log(NO_RETURN) / selector.t_relax
    return (up - on) * (up * rise + (1 - up) * fall)


def _magnitude(selector: ThresholdParams, v: ArrayLike) -> Any:
    """The voltage without its sign, smooth within a tenth of v_slope [V]."""
    v = np.asarray(v, dtype=float)
    return np.sqrt(v * v + (0.1 * selector.v_slope) ** 2)


def _step(z: Any) -> Any:
    return 0.5 * (1 + np.tanh(0.5 * z))


def transistor_current(
    transistor: TransistorParams, v_gate: ArrayLike, v_a: ArrayLike, v_b: ArrayLike, temperature: float = 300.0
) -> Any:
    """Current from end a to end b of the transistor, node voltages against ground [V] [A].

    Odd in the exchange of the ends: the lower one is the source. Each end sends what the gate's voltage over it allows,
    and the difference flows. Without a swing there is only the leakage g_off below the threshold.

    Args:
        transistor: its parameters.
        v_gate: of the gate [V].
        v_a: of one end [V].
        v_b: of the other [V].
        temperature: of the channel; the current below the threshold alone depends on it [K].

    Source: Shichman and Hodges, IEEE J. Solid-State Circuits 3 (1968) 285, with SPICE's channel-length modulation
    in both regions; with a swing, the interpolation between weak and strong inversion of Enz, Krummenacher and Vittoz,
    Analog Integr. Circuits Signal Process. 8 (1995) 83, with the overdrive of level 1.
    """
    v_gate, v_a, v_b = (np.asarray(v, dtype=float) for v in (v_gate, v_a, v_b))
    beta = transistor.kp * transistor.width / transistor.length
    from_a = _overdrive(transistor, v_gate - v_b, temperature)
    from_b = _overdrive(transistor, v_gate - v_a, temperature)
    channel = 0.5 * beta * (1 + transistor.lambda_ * np.abs(v_a - v_b)) * (from_a - from_b) * (from_a + from_b)
    return channel + transistor.g_off * (v_a - v_b)


def _overdrive(transistor: TransistorParams, v_gate: Any, temperature: float) -> Any:
    """What of the gate's voltage over an end, `v_gate`, moves charge there [V].

    Above the threshold what is beyond it; below, with a swing, the exponential whose square, the current, falls by a
    decade for each swing.
    """
    beyond = v_gate - transistor.vto
    if transistor.swing == 0:
        return np.maximum(beyond, 0)
    width = 2 * transistor.swing / math.log(10) * temperature / 300
    return width * np.logaddexp(0, beyond / width)


def saturation_current(
    transistor: TransistorParams, v_gate: float | None = None, temperature: float = 300.0
) -> float:  # fmt: skip
    """Largest current into a line at ground, without channel-length modulation: the compliance of a gate voltage [A].

    `v_gate` is the gate's voltage over the lower end of the channel, by default `transistor.v_gate` [V].
    """
    over = _overdrive(transistor, transistor.v_gate if v_gate is None else v_gate, temperature)
    return float(0.5 * transistor.kp * transistor.width / transistor.length * over**2)

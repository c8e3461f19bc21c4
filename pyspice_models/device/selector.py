"""Laws of the selectors, for numbers or arrays: verilog_a/selector.va, verilog_a/transistor.va, SPICE's level 1."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from pyspice_models.params import ThresholdParams, TransistorParams


def threshold_conductance(selector: ThresholdParams, v: ArrayLike) -> Any:
    """Conductance I/V of the threshold selector at the voltage `v` [V], same shape [S]."""
    v = np.asarray(v, dtype=float)
    magnitude = np.sqrt(v * v + (0.1 * selector.v_slope) ** 2)
    share = 0.5 * (1 + np.tanh(0.5 * (magnitude - selector.v_th) / selector.v_slope))
    return selector.g_off * np.exp(share * np.log(selector.g_on / selector.g_off))


def threshold_current(selector: ThresholdParams, v: ArrayLike) -> Any:
    """Current of the threshold selector at the voltage `v` [V], same shape [A]."""
    return threshold_conductance(selector, v) * np.asarray(v, dtype=float)


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

"""Laws of both selectors, for numbers or arrays: those of verilog_a/selector.va and of SPICE's level-1 transistor."""

from __future__ import annotations

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


def transistor_current(transistor: TransistorParams, v_gate: ArrayLike, v_a: ArrayLike, v_b: ArrayLike) -> Any:
    """Current from end a to end b of the transistor, node voltages against ground [V] [A].

    Odd in the exchange of the ends: the lower one is the source. Below the threshold there is only the leakage g_off.
    Source: Shichman and Hodges, IEEE J. Solid-State Circuits 3 (1968) 285, with SPICE's channel-length modulation
    in both regions.
    """
    v_gate, v_a, v_b = (np.asarray(v, dtype=float) for v in (v_gate, v_a, v_b))
    across = np.abs(v_a - v_b)
    over = np.maximum(v_gate - np.minimum(v_a, v_b) - transistor.vto, 0)
    drop = np.minimum(across, over)
    beta = transistor.kp * transistor.width / transistor.length
    channel = beta * (1 + transistor.lambda_ * across) * drop * (over - drop / 2)
    return np.sign(v_a - v_b) * channel + transistor.g_off * (v_a - v_b)


def saturation_current(transistor: TransistorParams, v_gate: float | None = None) -> float:
    """Largest current into a line at ground, without channel-length modulation: the compliance of a gate voltage [A].

    `v_gate` is the gate's voltage over the lower end of the channel, by default `transistor.v_gate` [V].
    """
    over = max((transistor.v_gate if v_gate is None else v_gate) - transistor.vto, 0.0)
    return 0.5 * transistor.kp * transistor.width / transistor.length * over**2

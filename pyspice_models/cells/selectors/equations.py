"""Currents and rates of the selectors, for numbers or arrays; the laws themselves stand in `law.py`."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from pyspice_models.cells.selectors import law
from pyspice_models.cells.selectors.params import ThresholdParams, TransistorParams


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
    share = 1.0 if on is None else law.conducting(np.asarray(on, dtype=float))
    return law.conductance(np.asarray(v, dtype=float), share, law.threshold_constants(selector))


def threshold_current(selector: ThresholdParams, v: ArrayLike, on: ArrayLike | None = None) -> Any:
    """Current of the threshold selector [A], see `threshold_conductance`."""
    return threshold_conductance(selector, v, on) * np.asarray(v, dtype=float)


def threshold_rate(selector: ThresholdParams, v: ArrayLike, on: ArrayLike) -> Any:
    """Rate ds/dt of a selector with a memory, of voltage `v` [V] and state `on`, shape of both [1/s]."""
    v, on = np.asarray(v, dtype=float), np.asarray(on, dtype=float)
    return law.memory_rate(v, on, law.memory_constants(selector))


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
    return law.channel_current(v_gate, v_a, v_b, law.channel_constants(transistor, temperature))


def saturation_current(
    transistor: TransistorParams, v_gate: float | None = None, temperature: float = 300.0
) -> float:  # fmt: skip
    """Largest current into a line at ground, without channel-length modulation: the compliance of a gate voltage [A].

    `v_gate` is the gate's voltage over the lower end of the channel, by default `transistor.v_gate` [V].
    """
    k = law.channel_constants(transistor, temperature)
    over = law.overdrive((transistor.v_gate if v_gate is None else v_gate) - k.vto, k.u)
    return float(k.half_beta * over**2)

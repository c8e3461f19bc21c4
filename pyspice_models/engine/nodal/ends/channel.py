"""Two transistors back to back as one element, compiled: its current at a voltage behind a resistance.

The one whose drain is at the higher node limits; the voltage across it is the unknown, from which the current follows
without iteration: the gate stands at the far end of the source's resistor, so that in saturation
I = beta (1 + lambda u) (pinch - I r_source)^2 / 2 + what its junction leaks. The other one, in reverse, follows that.
"""

from __future__ import annotations

import numpy as np

from pyspice_models.engine.nodal.ends.transistors import Transistors
from pyspice_models.engine.nodal.linear.compiled import compiled

_TURNS = 200
_CLOSE = 1e-13  # of the unknown: what an iteration may leave
_STEEPEST = 80.0  # exponents of junctions, beyond which they go on straight


@compiled
def leaked(u: float, law: Transistors) -> tuple[float, float]:
    """Current from drain to source of a junction in reverse, and its slope [A], [S]."""
    small = np.exp(-u / law.thermal)
    return law.leakage * (1.0 - small) + law.g_min * u, law.leakage / law.thermal * small + law.g_min


@compiled
def injected(w: float, law: Transistors) -> tuple[float, float]:
    """Current of a junction that conducts, and its slope [A], [S]."""
    over = min(w / law.thermal, _STEEPEST)
    large = np.exp(over)
    current = law.leakage * (large * (1.0 + w / law.thermal - over) - 1.0) + law.g_min * w
    return current, law.leakage / law.thermal * large + law.g_min


@compiled
def limited(u: float, law: Transistors) -> tuple[float, float]:
    """Current of the transistor that limits at a voltage u >= 0 from drain to source, and its slope [A], [S]."""
    leak, leak_slope = leaked(u, law)
    beta, beta_slope = law.beta * (1.0 + law.modulation * u), law.beta * law.modulation
    over = law.pinch - leak * law.r_source  # of the gate, if the channel carried nothing
    if over <= 0.0:
        return leak, leak_slope
    gain = beta * law.r_source
    open_by = 2.0 * over / (1.0 + np.sqrt(1.0 + 2.0 * gain * over))
    if open_by <= u:
        slope = (0.5 * beta_slope * open_by * open_by + leak_slope) / (1.0 + gain * open_by)
        return leak + 0.5 * beta * open_by * open_by, slope
    height, width = leak + beta * u * (law.pinch - 0.5 * u), 1.0 + gain * u
    current = height / width
    rise = leak_slope + (beta + beta_slope * u) * (law.pinch - 0.5 * u) - 0.5 * beta * u
    return current, (rise - current * (beta + beta_slope * u) * law.r_source) / width


@compiled
def reversed_drop(current: float, law: Transistors) -> tuple[float, float]:
    """Voltage w >= 0 from source to drain of the other one, which carries a current in reverse; and dw/dI [V], [ohm].

    Its gate is the drain's, lifted by the current in the source's resistor.
    """
    lift = law.pinch + current * law.r_source
    low, high = 0.0, law.thermal * _STEEPEST + current / law.g_min
    w = min(high, current / (law.beta * lift)) if lift > 0.0 else 0.5 * law.thermal
    slope = law.g_min
    by_current = 1.0
    for _ in range(_TURNS):
        through, slope = injected(w, law)
        beta, beta_slope, over = law.beta * (1.0 + law.modulation * w), law.beta * law.modulation, lift + w
        by_current = 1.0
        if over > 0.0 and lift > 0.0:
            factor = w * (over - 0.5 * w)
            through += beta * factor
            slope += beta_slope * factor + beta * over
            by_current -= beta * w * law.r_source
        elif over > 0.0:
            through += 0.5 * beta * over * over
            slope += 0.5 * beta_slope * over * over + beta * over
            by_current -= beta * over * law.r_source
        off = through - current
        if off > 0.0:
            high = w
        else:
            low = w
        step = off / slope
        w -= step
        if not low <= w <= high:
            w = 0.5 * (low + high)
        elif abs(step) <= _CLOSE * w:
            break
    return w, by_current / slope


@compiled
def through_both(volt: float, z: float, law: Transistors, guess: float) -> tuple[float, float, float]:
    """Current at a voltage behind a resistance z, both transistors' slope, and the voltage across the one that limits.

    Currents are odd in the voltage; `guess`: of that across the one that limits.
    """
    sign, size = (1.0, volt) if volt >= 0.0 else (-1.0, -volt)
    inside = law.r + 2.0 * law.r_source
    low, high = 0.0, size
    u = sign * guess
    if not low < u < high:
        u = 0.5 * high
    current = slope = own = 0.0
    for _ in range(_TURNS):
        current, slope = limited(u, law)
        back, back_slope = reversed_drop(current, law)
        off = u + back + (z + inside) * current - size
        own = 1.0 + (back_slope + inside) * slope
        if off > 0.0:
            high = u
        else:
            low = u
        step = off / (own + z * slope)
        u -= step
        if not low <= u <= high:
            u = 0.5 * (low + high)
        elif abs(step) <= _CLOSE * u:
            break
    return sign * current, slope / own, sign * u


@compiled
def own_slope(u: float, law: Transistors) -> float:
    """Slope of both by the voltage across them and their resistors, where u is across the one that limits [S]."""
    current, slope = limited(abs(u), law)
    ohms = reversed_drop(current, law)[1] + law.r + 2.0 * law.r_source
    return slope / (1.0 + ohms * slope)

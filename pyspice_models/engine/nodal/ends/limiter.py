"""Current limiters between drivers and word lines, compiled: what each carries at a voltage behind a resistance.

Everything linear around a limiter, its contact, the first segment of its line and the capacitance between, is one
voltage and one resistance (Thevenin), so that one unknown is left: the voltage across the limiter.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pyspice_models.array import Crossbar
from pyspice_models.engine.nodal.ends.channel import own_slope, through_both
from pyspice_models.engine.nodal.ends.transistors import Transistors, transistors_at
from pyspice_models.engine.nodal.linear.compiled import compiled

RESISTOR, SMOOTH, TRANSISTORS = range(3)
"""Kinds of drivers."""

_TURNS = 200
_CLOSE = 1e-13  # of the unknown: what an iteration may leave


class Limiter(NamedTuple):
    """What the drivers of the word lines are, all alike.

    Attributes:
        kind: RESISTOR, SMOOTH or TRANSISTORS.
        r: far below the limit [ohm].
        knee: r times the limit [V].
        omega: of the loop [rad/s]; infinite: it limits at once.
        both: if it is TRANSISTORS.
    """

    kind: int
    r: float
    knee: float
    omega: float
    both: Transistors


def limiter_of(crossbar: Crossbar) -> Limiter:
    """That of a crossbar; without one a resistance of 0."""
    driver = crossbar.driver
    kind = {"none": RESISTOR, "smooth": SMOOTH, "mos": TRANSISTORS}[driver.compliance]
    omega = 2 * np.pi * driver.limit_bandwidth if driver.limit_bandwidth > 0 else np.inf
    r = driver.r_driver if kind else 0.0
    both = transistors_at(crossbar.temperature, r, driver.i_limit)
    return Limiter(kind, r, driver.r_driver * driver.i_limit, omega, both)


@compiled
def followed(across: float, held: float, stage: float, limiter: Limiter) -> tuple[float, float]:
    """The voltage that a loop limits by, at the end of a stage that it began at `held`; and its slope by `across`."""
    if np.isinf(limiter.omega):
        return across, 1.0
    reach = stage * limiter.omega
    return (held + reach * across) / (1.0 + reach), reach / (1.0 + reach)


@compiled
def smooth(across: float, seen: float, seen_slope: float, limiter: Limiter) -> tuple[float, float]:
    """Current of a smooth limiter and its slope; its loop sees a voltage that answers by `seen_slope` [A], [S]."""
    over = seen / limiter.knee
    closed = np.sqrt(1.0 + over * over)
    open_by = 1.0 / (limiter.r * closed)
    if seen_slope == 1.0 and seen == across:  # at once: without the difference of nearly equal numbers
        return across * open_by, open_by / (closed * closed)
    return across * open_by, open_by * (1.0 - across * seen_slope * over / (limiter.knee * closed * closed))


@compiled
def through_smooth(
    volt: float, z: float, held: float, stage: float, limiter: Limiter, guess: float
) -> tuple[float, float, float]:
    """Current at a voltage behind a resistance z, the limiter's own slope, and the voltage across it.

    `held`: what the loop starts the stage from; `guess`: of the voltage across.
    """
    low, high = min(volt, 0.0), max(volt, 0.0)
    across = guess if low < guess < high else volt / (1.0 + z / limiter.r)
    current = slope = 0.0
    for _ in range(_TURNS):
        seen, seen_slope = followed(across, held, stage, limiter)
        current, slope = smooth(across, seen, seen_slope, limiter)
        off = across + z * current - volt
        if off > 0.0:
            high = across
        else:
            low = across
        step = off / (1.0 + z * max(slope, 0.0))
        across -= step
        if not low <= across <= high:
            across = 0.5 * (low + high)
        elif abs(step) <= _CLOSE * abs(across):
            break
    return current, max(slope, 0.0), across  # it falls in a loop whose voltage changes its sign


@compiled
def through(
    volt: float, z: float, held: float, stage: float, limiter: Limiter, guess: float
) -> tuple[float, float, float]:
    """Current of a driver at a voltage behind a resistance z, its own slope, and the voltage across it.

    Of two transistors the voltage is that across the one that limits. A plain driver is in the resistance: its slope is
    infinite.
    """
    if limiter.kind == SMOOTH:
        return through_smooth(volt, z, held, stage, limiter, guess)
    if limiter.kind == TRANSISTORS:
        return through_both(volt, z, limiter.both, guess)
    return volt / z, np.inf, 0.0


@compiled
def at_rest(limiter: Limiter) -> float:
    """The slope of a driver that carries nothing [S]."""
    if limiter.kind == SMOOTH:
        return 1.0 / limiter.r
    if limiter.kind == TRANSISTORS:
        return own_slope(0.0, limiter.both)
    return np.inf


@compiled
def behind(slope: float, z: float) -> float:
    """A slope behind a resistance [S]."""
    return 1.0 / (z + 1.0 / slope)

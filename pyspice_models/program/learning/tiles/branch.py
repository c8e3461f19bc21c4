"""The slow branch of a cell, a resistor and a capacitor in series, under a trapezoid: solved exactly, pulse by pulse.

Its charge is no state that a map shows, and it is not gone when the next pulse comes: 20 fF behind 46 Mohm take
0.9 us. It takes no part in what the states do, but a tenth of the current and a fifth of the energy.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyspice_models.array import Crossbar

Array = NDArray[np.float64]


def branch_of(crossbar: Crossbar, width: float) -> Array:
    """Constants of the cells' slow branches under a pulse of this width [s], see `engine.nodal.tabulated.cells`.

    Returns:
        Shape (8, cells), or (8, 1) if all cells are alike; zeros for cells without such a branch.
    """
    model, edge = crossbar.model, crossbar.driver.t_edge
    if model.slow_branch is None:
        return np.zeros((8, 1))
    resistance, capacitance = (np.asarray(part, dtype=float) for part in model.slow_branch(crossbar.equations))
    if resistance.ndim or capacitance.ndim:
        resistance, capacitance = (np.broadcast_to(p, crossbar.shape).ravel() for p in (resistance, capacitance))
    else:
        resistance, capacitance = np.atleast_1d(resistance), np.atleast_1d(capacitance)
    tau = resistance * capacitance
    (by_v, lost_v), (by_q, lost_q), (_, lost_both) = (
        _trapezoid(v, q, tau, width, edge) for v, q in ((1.0, 0.0), (0.0, 1.0), (1.0, 1.0))
    )
    return np.stack([
        by_v, by_q, lost_v / resistance, (lost_both - lost_v - lost_q) / resistance, lost_q / resistance,
        capacitance * by_v / width, capacitance * (by_q - 1) / width, capacitance,
    ])  # fmt: skip


def _trapezoid(volt: float, start: float, tau: Array, width: float, edge: float) -> tuple[Any, Any]:
    """Voltage of the capacitor after a pulse from a start [V], and the integral of (v - q)^2 over the pulse [V^2 s]."""
    q, lost = np.full_like(tau, start), np.zeros_like(tau)
    for length, low, high in ((edge, 0.0, volt), (width - edge, volt, volt), (edge, volt, 0.0)):
        slope = (high - low) / length
        # v - q = slope tau - lag exp(-t/tau)
        steady, lag = slope * tau, q - low + slope * tau
        once, twice = -np.expm1(-length / tau), -np.expm1(-2 * length / tau)
        lost += steady**2 * length - 2 * steady * lag * tau * once + lag**2 * tau / 2 * twice
        q = high - steady + lag * (1 - once)
    return q, lost

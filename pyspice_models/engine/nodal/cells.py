"""All cells of a crossbar at once: their currents, and their states at the end of an implicit stage."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyspice_models.array import Crossbar
from pyspice_models.device import Equations

Array = NDArray[np.float64]

_PROBE = 1e-6  # [V] for slopes: small beside v_smooth, large beside rounding


@dataclass
class States:
    """States of all cells, each of shape (row, col).

    Attributes:
        w, x: interface and filament, as integrated.
        q: voltage on the ionic capacitance [V].
    """

    w: Array
    x: Array
    q: Array


class Cells:
    """The equations of a crossbar's cells, with what differs from cell to cell."""

    def __init__(self, crossbar: Crossbar) -> None:
        """Arrays of shape (row, col) where a parameter differs, numbers elsewhere."""
        own: dict[str, Any] = {name: np.asarray(values) for name, values in crossbar.as_built.items()}
        self.equations = Equations(replace(crossbar.cell, **own), crossbar.temperature)
        self.shape = crossbar.shape
        self.c_parallel = np.broadcast_to(self.equations.c_geo + crossbar.wire.c_crossing, self.shape)
        self.tau = self.equations.r_ion * self.equations.c_ion

    def initial(self) -> States:
        """States at the start, uncharged."""
        cell = self.equations.cell
        return States(
            np.broadcast_to(cell.w0, self.shape).astype(float),
            np.broadcast_to(cell.x0, self.shape).astype(float),
            np.zeros(self.shape),
        )

    def current(self, v: Array, states: States) -> Array:
        """Current from word to bit node, without that of the parallel capacitance [A]."""
        return np.asarray(self.equations.current(v, states.w, states.x) + (v - states.q) / self.equations.r_ion)

    def slopes(self, v: Array, states: States) -> States:
        """Time derivatives of the states."""
        dw, dx = self.equations.rates(v, states.w, states.x)
        return States(dw, dx, (v - states.q) / self.tau)

    def implicit(self, v: Array, start: States, step: float, guess: States) -> States:
        """States s with s = start + step * slopes(v, s): Newton for w and x, closed form for q."""
        w, x = guess.w, guess.x
        for _ in range(4):
            fw, fx = self.equations.rates(v, w, x)
            gw, gx = self.equations.rates(v, w + _PROBE, x + _PROBE)
            dw = (w - start.w - step * fw) / (1 - step * (gw - fw) / _PROBE)
            dx = (x - start.x - step * fx) / (1 - step * (gx - fx) / _PROBE)
            w, x = w - dw, x - dx
            if max(np.abs(dw).max(), np.abs(dx).max()) < 1e-9:
                break
        a = step / self.tau
        return States(w, x, (start.q + a * v) / (1 + a))

    def conductance(self, v: Array, states: States, step: float) -> Array:
        """Slope dI/dv with the ionic branch following over `step`, the states w and x held [S]."""
        forward = self.equations.current(v + _PROBE, states.w, states.x)
        here = self.equations.current(v, states.w, states.x)
        ion = 1 / (self.equations.r_ion * (1 + step / self.tau))
        return np.asarray((forward - here) / _PROBE + ion)

"""What the cells of an array conduct, as maps of the nominal cell and factors of each cell.

I/V at a voltage is what the nominal cell has with all states at 0, and what each state adds to that; each of these
parts of a cell is a multiple of the nominal part, the latter with a factor that goes from one at the beginning of the
window to one at its end. For Ag2S that is exact where the bounds of a path's window differ in common. The gaps of
filaments differ and the bridges do not: exact at both ends, and nearly so between them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyspice_models.array import Crossbar

Array = NDArray[np.float64]

_VOLTAGES, _STATES = 257, 513
_NEAR = 0.01  # of the window: where what a state adds at the beginning is looked at
_STRAIGHT = 1e-3  # share by which conductances may bend and count as straight


@dataclass(frozen=True)
class Conduction:
    """Maps and factors.

    Attributes:
        base: I/V with all states at 0, shape (voltages,) on an even grid from -reach to reach [S].
        rise: what each state adds, shape (states, voltages, values of the state), the latter from 0 to 1 [S].
        reach: [V].
        factors: of base, then of each rise at the beginning and at the end of its window, shape (1 + 2 states, cells),
            or of one cell if all are alike.
        broken: conductance of broken cells, NaN at the others, shape (cells,) [S].
    """

    base: Array
    rise: Array
    reach: float
    factors: Array
    broken: Array

    @classmethod
    def of(cls, crossbar: Crossbar, reach: float) -> Conduction:
        """Of a crossbar's cells up to a voltage [V]."""
        nominal = crossbar.model.solved(crossbar.cell, crossbar.temperature, asked="a table of the cells' response")
        volts, values = np.linspace(-reach, reach, _VOLTAGES), np.linspace(0, 1, _STATES)
        count = len(crossbar.model.states)
        base = np.asarray(nominal.conductance(volts, *np.zeros((count, 1))), dtype=float)
        rise = np.stack([
            np.asarray(nominal.conductance(volts[:, None], *_only(k, count, values))) - base[:, None]
            for k in range(count)
        ])  # fmt: skip
        factors = np.ones((1 + 2 * count, 1))
        if set(crossbar.per_cell) - set(crossbar.model.initial):
            # at half of the reach: pulses and half of them lie as far from it
            own, alike = (_parts(eq.conductance, reach / 2, count) for eq in (crossbar.equations, nominal))
            ratios = (a / b for a, b in zip(own, alike, strict=True))
            factors = np.stack([np.broadcast_to(ratio, crossbar.shape).ravel() for ratio in ratios])
        return cls(base, rise, reach, factors, crossbar.broken.ravel())

    @property
    def maps(self) -> tuple[Array, Array, float, Array]:
        """As compiled loops take it."""
        return self.base, self.rise, self.reach, self.factors

    def at(self, volts: Array, states: Array) -> Array:
        """I/V of all cells, shape (cells,) [S]; `states` of shape (states, cells)."""
        from pyspice_models.engine.nodal.tabulated.cells import conductances

        found = np.empty(len(volts))
        conductances(volts, states, *self.maps, self.broken, np.arange(len(volts)), found)
        return found

    def renew(self, states: Array, places: NDArray[np.intp], out: Array) -> None:
        """I/V near 0 V of some cells, by number, filled into `out`, of all cells [S]."""
        from pyspice_models.engine.nodal.tabulated.cells import conductances

        conductances(np.zeros(len(out)), states, *self.maps, self.broken, places, out)

    @cached_property
    def straight(self) -> float:
        """Voltage up to which I/V of the nominal cell differs from that near 0 V by a thousandth at most [V]."""
        middle = len(self.base) // 2
        # with all states at 0, and with each at 1
        every = np.stack([self.base, *(self.base + rise[:, -1] for rise in self.rise)])
        bent = np.abs(every / every[:, [middle]] - 1).max(axis=0) > _STRAIGHT
        distance = np.abs(np.arange(len(bent)) - middle)
        return float((distance[bent].min(initial=middle + 1) - 1) * self.reach / middle)


def _only(k: int, count: int, values: Array) -> list[Array]:
    """States of which all but one are 0."""
    return [values if n == k else np.zeros_like(values) for n in range(count)]


def _parts(conductance: Callable[..., Any], volt: float, count: int) -> list[Array]:
    """Conductance with all states at 0, and what each adds near 0 and at 1."""
    base = np.asarray(conductance(volt, *np.zeros(count)))
    ends = (value * np.eye(count)[k] for k in range(count) for value in (_NEAR, 1.0))
    return [base, *(np.asarray(conductance(volt, *states)) - base for states in ends)]

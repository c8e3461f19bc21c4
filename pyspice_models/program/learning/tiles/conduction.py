"""What the cells of an array conduct, as maps of the nominal cell and factors of each cell.

I/V at a voltage is what the nominal cell has with all states at 0, and what each state adds to that; each of these
parts of a cell is a multiple of the nominal part. For Ag2S that is exact where the bounds of a path's window differ in
common; where they do not, the error is largest half way, and `misses` says how large.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from pyspice_models.array import Crossbar

Array = NDArray[np.float64]

_VOLTAGES, _STATES = 257, 513
_PROBES = 5
_STRAIGHT = 1e-3  # share by which conductances may bend and count as straight


@dataclass(frozen=True)
class Conduction:
    """Maps and factors.

    Attributes:
        base: I/V with all states at 0, shape (voltages,) on an even grid from -reach to reach [S].
        rise: what each state adds, shape (states, voltages, values of the state), the latter from 0 to 1 [S].
        reach: [V].
        factors: of base and of each rise, shape (1 + states, cells), or of one cell if all are alike.
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
        factors = np.ones((1 + count, 1))
        if set(crossbar.per_cell) - set(crossbar.model.initial):
            # at half of the reach: pulses and half of them lie as far from it
            volt = reach / 2
            own, alike = (_parts(eq.conductance, volt, count) for eq in (crossbar.equations, nominal))
            factors = np.stack(
                [np.broadcast_to(a / b, crossbar.shape).ravel() for a, b in zip(own, alike, strict=True)]
            )
        return cls(base, rise, reach, factors, crossbar.broken.ravel())

    @property
    def maps(self) -> tuple[Array, Array, float, Array, Array]:
        """As compiled loops take it."""
        return self.base, self.rise, self.reach, self.factors, self.broken

    def at(self, volts: Array, states: Array) -> Array:
        """I/V of all cells, shape (cells,) [S]; `states` of shape (states, cells)."""
        from pyspice_models.engine.nodal.tabulated import conductances

        found = np.empty(len(volts))
        conductances(volts, states, *self.maps, found)
        return found

    @cached_property
    def straight(self) -> float:
        """Voltage up to which I/V of the nominal cell differs from that near 0 V by a thousandth at most [V]."""
        middle = len(self.base) // 2
        # with all states at 0, and with each at 1
        every = np.stack([self.base, *(self.base + rise[:, -1] for rise in self.rise)])
        bent = np.abs(every / every[:, [middle]] - 1).max(axis=0) > _STRAIGHT
        distance = np.abs(np.arange(len(bent)) - middle)
        return float((distance[bent].min(initial=middle + 1) - 1) * self.reach / middle)

    def misses(self, crossbar: Crossbar, level: float) -> float:
        """Largest error of a cell's conductance at random states up to this one, as a share of it."""
        places, worst = np.random.default_rng(np.random.SeedSequence(1)), 0.0
        for share in np.linspace(0.1, 1.0, _PROBES):
            states = places.random((len(crossbar.model.states), *crossbar.shape)) * level
            true = crossbar.conductance(share * self.reach, *states).ravel()
            flat = states.reshape(len(states), -1)
            worst = max(worst, float(np.abs(self.at(np.full(true.shape, share * self.reach), flat) / true - 1).max()))
        return worst


def _only(k: int, count: int, values: Array) -> list[Array]:
    """States of which all but one are 0."""
    return [values if n == k else np.zeros_like(values) for n in range(count)]


def _parts(conductance: object, volt: float, count: int) -> list[Array]:
    """Conductance with all states at 0, and what each adds when it is 1."""
    assert callable(conductance)
    base = np.asarray(conductance(volt, *np.zeros(count)))
    return [base, *(np.asarray(conductance(volt, *np.eye(count)[k])) - base for k in range(count))]

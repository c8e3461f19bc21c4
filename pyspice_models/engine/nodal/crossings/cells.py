"""All cells of a crossbar at once: their parameters as a table for compiled loops, and what they store."""

from __future__ import annotations

from bisect import bisect_left
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyspice_models.array import Crossbar
from pyspice_models.array.kinds import Population
from pyspice_models.cells.ag2s.equations import Equations
from pyspice_models.engine.nodal.crossings.cell_sweeps import COLUMNS, Table
from pyspice_models.engine.nodal.kernel import no_kernel
from pyspice_models.errors import RequestError

Array = NDArray[np.float64]

PROBED_VOLTAGES = np.geomspace(1e-4, 5.0, 60)  # [V] where it is asked how fast states move
NEVER, ALWAYS = 1e-24, 1e5
"""Rates at which no state moves in any step, and at which one does in every step that does not fail [1/s]."""


class Cells:
    """The equations of a crossbar's cells of one kind, with what differs from cell to cell.

    Attributes:
        equations: with arrays where a parameter differs, see `Population.picked`; numbers elsewhere.
        w0, x0: states at the start, shape (cell,).
    """

    def __init__(self, crossbar: Crossbar, population: Population | None = None) -> None:
        """Of one kind, by default of the common one. Broken cells are resistors in it: a filament path that no state
        changes, and no ionic branch."""
        self.crossbar = crossbar
        self.population = population = population or crossbar.populations[0]
        equations = population.solved(crossbar.temperature, asked="the nodal engine")
        if not isinstance(equations, Equations):
            raise RequestError(f"engine nodal {no_kernel(population.model)}.")
        self.equations, cell = equations, equations.cell
        self.w0, self.x0 = self._of_each(cell.w0), self._of_each(cell.x0)

    def _of_each(self, column: Any) -> Array:
        """A number of every cell, shape (cell,)."""
        shape = self.crossbar.shape if self.population.whole else (self.population.count,)
        return np.array(np.broadcast_to(column, shape), dtype=float).ravel()

    def table(self) -> Table:
        """Constants of the law and the parallel capacitance: one row for all cells, or one for each."""
        eq = self.equations
        columns = {
            **eq.conduction._asdict(),
            **eq.ion_branch._asdict(),
            **eq.kinetics._asdict(),
            "c_parallel": eq.c_geo + self.crossbar.wire.c_crossing,
        }
        broken = self.population.picked(self.crossbar.broken).ravel()
        alike = all(np.ndim(column) == 0 for column in columns.values()) and np.isnan(broken).all()
        rows = np.empty(1 if alike else broken.size, dtype=COLUMNS)
        for name, column in columns.items():
            rows[name] = column if alike else self._of_each(column)
        where = ~np.isnan(broken)
        if where.any():
            rows["gap"][where] = broken[where]
            for name in ("low", "high", "gain", "int_set", "int_reset", "fil_set", "fil_reset"):
                rows[name][where] = 0.0
            for name in ("r_ion", "tau"):
                rows[name][where] = np.inf
        return rows

    def fastest(self, never: float = 0.0, always: float = np.inf) -> Array:
        """Largest rate of any state of any cell at each of some voltages, rising with them [1/s].

        0 instead of rates below `never`, and the first above `always` instead of those beyond it: fewer are computed.
        """
        found = np.zeros(len(PROBED_VOLTAGES))

        def rate(n: int) -> float:
            speeds = self.equations.speeds(float(PROBED_VOLTAGES[n]))
            return max(float(np.max(speed)) for state in speeds for speed in state)

        first = bisect_left(range(len(found)), never, key=rate) if never else 0
        for n in range(first, len(found)):
            found[n] = rate(n)
            if found[n] > always:
                found[n:] = found[n]
                break
        return np.maximum.accumulate(found)

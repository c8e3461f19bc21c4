"""All cells of a crossbar at once: their parameters as a table for compiled loops, and what they store."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pyspice_models.array import Crossbar
from pyspice_models.cells.ag2s.equations import Equations
from pyspice_models.engine.nodal.cell_sweeps import (
    FIL_RESET,
    FIL_SET,
    GAIN,
    GAP,
    HIGH,
    INT_RESET,
    INT_SET,
    LOW,
    R_ION,
    TAU,
)  # fmt: skip
from pyspice_models.engine.nodal.kernel import no_kernel
from pyspice_models.errors import RequestError

Array = NDArray[np.float64]

_STILL = 1e-12  # a change of a state that is none: a thousand steps of it do not add up to one that counts
PROBED_VOLTAGES = np.geomspace(1e-4, 5.0, 60)  # [V] where it is asked how fast states move


class Cells:
    """The equations of a crossbar's cells, with what differs from cell to cell.

    Attributes:
        equations: with arrays of shape (row, col) where a parameter differs, numbers elsewhere.
        w0, x0: states at the start, shape (row, col).
    """

    def __init__(self, crossbar: Crossbar) -> None:
        """Broken cells are resistors in it: a filament path that no state changes, and no ionic branch."""
        self.crossbar = crossbar
        equations = crossbar.equations
        if not isinstance(equations, Equations):
            raise RequestError(f"engine nodal {no_kernel(crossbar.model)}.")
        self.equations, cell = equations, equations.cell
        self.w0, self.x0 = (np.broadcast_to(s, crossbar.shape).astype(float) for s in (cell.w0, cell.x0))

    def table(self) -> Array:
        """Parameters in the order of the names in `cell_sweeps`: one row for all cells, or one for each."""
        eq, cell = self.equations, self.equations.cell
        lever, v_linear, v_smooth, steep, *limit, per_int, nuc_int, per_fil, nuc_fil = eq.kinetic_constants
        columns = [
            *eq.interface_window, *eq.filament_window, cell.v_int, eq.r_ion, eq.r_ion * eq.c_ion,
            eq.c_geo + self.crossbar.wire.c_crossing, lever, v_linear, v_smooth, steep, *limit, per_int, nuc_int,
            per_fil, nuc_fil, cell.rate_int_set, cell.rate_int_reset, cell.rate_fil_set, cell.rate_fil_reset,
            cell.p_int, cell.p_fil, cell.s_smooth, cell.s_clip, cell.v_bend,
        ]  # fmt: skip
        broken = self.crossbar.broken.ravel()
        if all(np.ndim(column) == 0 for column in columns) and np.isnan(broken).all():
            return np.array([columns], dtype=float)
        spread = [np.broadcast_to(column, self.crossbar.shape).ravel() for column in columns]
        rows = np.stack(spread, axis=1).astype(float)
        where = ~np.isnan(broken)
        rows[where, GAP] = broken[where]
        for column in (LOW, HIGH, GAIN, INT_SET, INT_RESET, FIL_SET, FIL_RESET):
            rows[where, column] = 0.0
        for column in (R_ION, TAU):
            rows[where, column] = np.inf
        return rows

    def fastest(self) -> Array:
        """Largest rate of any state of any cell at each of some voltages, rising with them [1/s]."""
        cell = self.equations.cell
        int_rate = np.maximum(cell.rate_int_set, cell.rate_int_reset)
        fil_rate = np.maximum(cell.rate_fil_set, cell.rate_fil_reset)
        found = []
        for volt in PROBED_VOLTAGES:
            f_int, f_fil = self.equations.kinetic_factors(float(volt))
            found.append(max(float(np.max(f_int * int_rate)), float(np.max(f_fil * fil_rate))))
        return np.maximum.accumulate(np.array(found))

    @staticmethod
    def quiet_below(fastest: Array, step: float) -> float:
        """Voltage below which no state changes in a step [s] [V]; 0 if there is none. `fastest` is as above."""
        slow = np.searchsorted(fastest * step, _STILL)
        return float(PROBED_VOLTAGES[slow - 1]) if slow > 0 else 0.0

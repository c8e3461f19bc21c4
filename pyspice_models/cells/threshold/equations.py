"""The volatile cell's equations, for numbers or arrays.

The state obeys the law of the threshold switch that remembers (verilog_a/threshold_switch.va): it rises above v_th,
holds itself from 0.5 on down to v_hold, and fades below. A switch conducts only above its hold voltage; a cell has to
be read at a small one, and conducts while it fades:

    g = g_off (g_on/g_off)^s

The other two forms are verilog_a/threshold.va and netlists/threshold.lib.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike

from pyspice_models.cells.ag2s.law import clipped
from pyspice_models.cells.selectors.equations import threshold_rate
from pyspice_models.cells.selectors.params import ThresholdParams
from pyspice_models.cells.threshold.params import ThresholdCellParams


@dataclass(frozen=True)
class Equations:
    """Current and rate of the cell, or of many cells at once; the temperature plays no part.

    Attributes:
        cell: parameters; each a number, or an array that broadcasts with voltages and states.
        temperature: [K].
    """

    cell: ThresholdCellParams
    temperature: float = 300.0

    @property
    def c_geo(self) -> Any:
        """Capacitance between the electrodes [F]."""
        return self.cell.c_cell

    def clip(self, state: ArrayLike) -> Any:
        """The state inside [0, 1]."""
        return clipped(np.asarray(state), self.cell.s_clip)

    def conductance(self, v: ArrayLike, s: ArrayLike) -> Any:
        """I/V [S]; the same at every voltage `v`."""
        return self.cell.g_off * np.exp(self.clip(s) * np.log(self.cell.g_on / self.cell.g_off)) + 0 * np.asarray(v)

    def current(self, v: ArrayLike, s: ArrayLike) -> Any:
        """Conduction current [A] at the voltage `v` [V]."""
        return np.asarray(v) * self.conductance(v, s)

    def rates(self, v: ArrayLike, s: ArrayLike) -> tuple[Any]:
        """ds/dt [1/s] at the voltage `v` [V]."""
        # the switch's law asks for nothing that the cell lacks
        return (threshold_rate(cast(ThresholdParams, self.cell), v, s),)

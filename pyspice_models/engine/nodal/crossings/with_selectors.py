"""Ag2S cells with the package's own selectors, laid out for their kernels."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyspice_models.array import Crossbar
from pyspice_models.array.kinds import Population
from pyspice_models.cells.selectors.law import Memory, memory_constants, threshold_constants
from pyspice_models.cells.selectors.params import ThresholdParams
from pyspice_models.engine.nodal.crossings import selected
from pyspice_models.engine.nodal.crossings.cell_sweeps import filament, interface
from pyspice_models.engine.nodal.crossings.cells import Cells
from pyspice_models.engine.nodal.crossings.in_series import LARGEST, conducting_paths, in_series

Array = NDArray[np.float64]


class Selected:
    """Ag2S cells of one kind behind threshold selectors; see `Crossings`."""

    functions = selected
    planes = 6
    losses = ("cells", "selectors")

    def __init__(self, crossbar: Crossbar, population: Population, widest: float) -> None:
        """Lay them out; `widest`: largest voltage between any two sources [V]."""
        selector = crossbar.selector
        assert isinstance(selector, ThresholdParams)
        self.selector, self.cells = selector, Cells(crossbar, population)
        memory = memory_constants(selector) if selector.remembers else Memory(1.0, 0.5, 0.01, 0.0, 0.0)
        self.devices = selected.Devices(
            in_series(self.cells, crossbar, population, widest), threshold_constants(selector), memory,
            selector.remembers, selector.c_sel, True, LARGEST,
        )  # fmt: skip

    def at_rest(self) -> selected.Held:
        """See `Crossings`."""
        w, x = self.cells.w0.copy(), self.cells.x0.copy()
        held = selected.Held(**{name: np.zeros_like(w) for name in selected.Held._fields} | {"w": w, "x": x})
        cells = self.devices.cells
        for n in range(len(w)):
            k = cells.table[n] if len(cells.table) > 1 else cells.table[0]
            held.g_int[n], held.g_fil[n] = interface(w[n], k), filament(x[n], k)
            _, held.g_cell[n] = conducting_paths(0.0, held.g_int[n], held.g_fil[n], k, cells.maps)
            _, _, held.g_sel[n] = selected.selector_at(0.0, 0.0, 0.0, 1e-15, self.devices)
        return held

    def new_start(self) -> selected.Start:
        """See `Crossings`."""
        size = len(self.cells.w0)
        return selected.Start(*(np.zeros(size) for _ in range(5)), np.zeros(1))

    def waves(self, word: Array, bit: Array, planes: Array) -> dict[str, Array]:
        """See `Crossings`."""
        eq = self.cells.equations
        w, x, q, power, u, s = (planes[:, n] for n in range(self.planes))
        found = {"w": eq.clip(w), "x": eq.clip(x), "p": power, "es": eq.stored(u, q), "v_mid": word - u}
        if self.selector.remembers:
            found["s_selector"] = s
        return {name: np.asarray(values) for name, values in found.items()}

    def states(self, held: Any) -> dict[str, Array]:
        """See `Crossings`."""
        eq = self.cells.equations
        found = {"w": np.asarray(eq.clip(held.w)), "x": np.asarray(eq.clip(held.x))}
        return found | ({"s_selector": held.s} if self.selector.remembers else {})

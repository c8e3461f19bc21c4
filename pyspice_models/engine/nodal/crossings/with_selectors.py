"""Ag2S cells with the package's own selectors, laid out for their kernels."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyspice_models.array import Crossbar
from pyspice_models.array.kinds import Population
from pyspice_models.cells.selectors.law import Memory, channel_constants, memory_constants, threshold_constants
from pyspice_models.cells.selectors.params import ThresholdParams, TransistorParams
from pyspice_models.engine.nodal.crossings import gated, selected
from pyspice_models.engine.nodal.crossings.cell_sweeps import filament, interface
from pyspice_models.engine.nodal.crossings.cells import Cells
from pyspice_models.engine.nodal.crossings.gate_lines import GateLines
from pyspice_models.engine.nodal.crossings.in_series import LARGEST, conducting_paths, in_series

Array = NDArray[np.float64]


class Selected:
    """Ag2S cells of one kind behind threshold selectors; see `Crossings`."""

    functions = selected
    planes = 6
    losses = ("cells", "selectors")
    shunts = (0.0, 0.0)

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
        w, x, q, s, charge = (np.zeros(size) for _ in range(5))
        return selected.Start(w, x, q, s, charge, np.zeros(1))

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


class Gated:
    """Ag2S cells of one kind behind transistors, and their gate lines; see `Crossings`."""

    functions = gated
    planes = 7
    losses = ("cells", "selectors")

    def __init__(self, crossbar: Crossbar, population: Population, widest: float) -> None:
        """Lay them out; `widest`: largest voltage between any two sources of word and bit lines [V]."""
        selector = crossbar.selector
        assert isinstance(selector, TransistorParams)
        self.crossbar, self.selector, self.cells = crossbar, selector, Cells(crossbar, population)
        lines = GateLines(
            1 / selector.r_gate_line, 1 / crossbar.driver.r_driver, selector.c_gate_line, selector.c_gate,
            np.zeros((crossbar.rows, 1)), np.zeros(crossbar.shape),
        )  # fmt: skip
        self.devices = gated.Devices(
            in_series(self.cells, crossbar, population, widest), channel_constants(selector, crossbar.temperature),
            lines, float(selector.v_gate), True, LARGEST,
        )  # fmt: skip

    @property
    def shunts(self) -> tuple[float, float]:
        """Capacitances from a line's node to nodes that hardly move: from the bit line to the gate [F]."""
        return 0.0, self.selector.c_gate

    def at_rest(self) -> gated.Held:
        """See `Crossings`."""
        w, x = self.cells.w0.copy(), self.cells.x0.copy()
        places = {name: np.zeros_like(w) for name in gated.Held._fields if not name.startswith("gate")}
        gates = {name: np.zeros(self.crossbar.shape) for name in gated.Held._fields if name.startswith("gate")}
        held = gated.Held(**(places | gates | {"w": w, "x": x}))
        cells = self.devices.cells
        for n in range(len(w)):
            k = cells.table[n] if len(cells.table) > 1 else cells.table[0]
            held.g_int[n], held.g_fil[n] = interface(w[n], k), filament(x[n], k)
            _, held.g_cell[n] = conducting_paths(0.0, held.g_int[n], held.g_fil[n], k, cells.maps)
        _, held.g_mid[:], by_bit = gated.channel_slopes(0.0, 0.0, 0.0, self.devices.channel)
        held.g_bit[:] = -by_bit
        held.near[:], held.far[:] = held.g_cell, held.g_mid
        return held

    def new_start(self) -> gated.Start:
        """See `Crossings`."""
        size, shape = len(self.cells.w0), self.crossbar.shape
        w, x, q, charge = (np.zeros(size) for _ in range(4))
        return gated.Start(w, x, q, charge, np.zeros(shape), np.zeros(shape), np.zeros(1))

    def waves(self, word: Array, bit: Array, planes: Array) -> dict[str, Array]:
        """See `Crossings`."""
        eq = self.cells.equations
        w, x, q, power, u, gate, current = (planes[:, n] for n in range(self.planes))
        from_source = current[:, -1]
        found = {
            "w": eq.clip(w), "x": eq.clip(x), "p": power, "es": eq.stored(u, q), "v_mid": word - u, "v_gate": gate,
            "v_gate_terminal": gate[:, -1] + self.selector.r_gate_line * from_source, "i_gate_source": -from_source,
        }  # fmt: skip
        return {name: np.asarray(values) for name, values in found.items()}

    def states(self, held: Any) -> dict[str, Array]:
        """See `Crossings`."""
        return {"w": np.asarray(self.cells.equations.clip(held.w)), "x": np.asarray(self.cells.equations.clip(held.x))}

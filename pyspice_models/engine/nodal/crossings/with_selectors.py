"""Ag2S cells with the package's own selectors, laid out for their kernels."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyspice_models.array import Crossbar
from pyspice_models.array.instances.selectors import channel_of, memory_of, threshold_of, values_of
from pyspice_models.array.kinds import Population
from pyspice_models.cells.selectors.law import Channel, Memory, Threshold
from pyspice_models.cells.selectors.params import ThresholdParams, TransistorParams
from pyspice_models.engine.nodal.crossings import gated, selected
from pyspice_models.engine.nodal.crossings.cells import Cells
from pyspice_models.engine.nodal.crossings.gate_lines import GateLines
from pyspice_models.engine.nodal.crossings.in_series import LARGEST, in_series, rest_paths, widened

Array = NDArray[np.float64]


def _laid(constants: tuple[Any, ...], crossbar: Crossbar, where: NDArray[np.bool_]) -> list[Array]:
    """Constants of the selectors at some crossings, shape (place,); (1,) where all of the array are alike."""
    if not values_of(crossbar):
        return [np.array([float(one)]) for one in constants]
    return [np.broadcast_to(np.asarray(one, dtype=float), where.shape)[where] for one in constants]


class Selected:
    """Ag2S cells of one kind behind threshold selectors; see `Crossings`."""

    functions: ModuleType = selected
    planes = 6
    shared = False
    losses: tuple[str, ...] = ("cells", "selectors")
    shunts = (0.0, 0.0)

    def __init__(self, crossbar: Crossbar, population: Population, widest: float) -> None:
        """Lay them out; `widest`: largest voltage between any two sources [V]."""
        selector = crossbar.selector
        assert isinstance(selector, ThresholdParams)
        self.selector, self.cells = selector, Cells(crossbar, population)
        memory = memory_of(crossbar) if selector.remembers else Memory(1.0, 0.5, 0.01, 0.0, 0.0)
        where = population.where
        self.devices = selected.Devices(
            in_series(self.cells, crossbar, population, widest),
            Threshold(*_laid(threshold_of(crossbar), crossbar, where)), Memory(*_laid(memory, crossbar, where)),
            selector.remembers, selector.c_sel, True, LARGEST,
        )  # fmt: skip

    def widen(self, widest: float) -> None:
        """See `Crossings`."""
        self.devices = self.devices._replace(cells=widened(self.devices.cells, widest))

    def at_rest(self) -> selected.Held:
        """See `Crossings`."""
        w, x = self.cells.w0, self.cells.x0
        held = np.zeros((len(w), selected.COLUMNS))
        held[:, selected.W], held[:, selected.X] = w, x
        self.hold(held)
        for n in range(len(self.devices.selector.opens)):  # one, where all are alike
            to = slice(None) if len(self.devices.selector.opens) == 1 else n
            held[to, selected.G_SEL] = selected.selector_at(n, 0.0, 0.0, 0.0, 1e-15, self.devices)[2]
        return held

    def hold(self, held: selected.Held) -> None:
        """Conductances of both paths, and of the cells at 0 V, that belong to the states."""
        rest_paths(
            self.devices.cells, held, selected.W, selected.X, selected.G_INT, selected.G_FIL, selected.G_CELL
        )  # fmt: skip

    def new_start(self) -> selected.Start:
        """See `Crossings`."""
        return np.zeros((len(self.cells.w0), selected.QUIET + 1))

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
        found = {"w": np.asarray(eq.clip(held[:, selected.W])), "x": np.asarray(eq.clip(held[:, selected.X]))}
        return found | ({"s_selector": held[:, selected.S].copy()} if self.selector.remembers else {})

    def complaint(self, when: str) -> str:
        """See `Crossings`."""
        return ""


class Gated:
    """Ag2S cells of one kind behind transistors, and their gate lines; see `Crossings`."""

    functions: ModuleType = gated
    planes = 7
    shared = False
    losses: tuple[str, ...] = ("cells", "selectors")

    def __init__(self, crossbar: Crossbar, population: Population, widest: float) -> None:
        """Lay them out; `widest`: largest voltage between any two sources of word and bit lines [V]."""
        selector = crossbar.selector
        assert isinstance(selector, TransistorParams)
        self.crossbar, self.selector, self.cells = crossbar, selector, Cells(crossbar, population)
        lines = GateLines.of(crossbar.shape, selector.r_gate_line, selector.c_gate_line, selector.c_gate)
        self.devices = gated.Devices(
            in_series(self.cells, crossbar, population, widest),
            Channel(*_laid(channel_of(crossbar), crossbar, population.where)),
            lines, float(selector.v_gate), True, LARGEST,
        )  # fmt: skip

    @property
    def shunts(self) -> tuple[float, float]:
        """Capacitances from a line's node to nodes that hardly move: from the bit line to the gate [F]."""
        return 0.0, self.selector.c_gate

    def widen(self, widest: float) -> None:
        """See `Crossings`."""
        self.devices = self.devices._replace(cells=widened(self.devices.cells, widest))

    def at_rest(self) -> gated.Held:
        """See `Crossings`."""
        w, x = self.cells.w0, self.cells.x0
        now, gates = np.zeros((len(w), gated.COLUMNS)), np.zeros((4, *self.crossbar.shape))
        now[:, gated.W], now[:, gated.X] = w, x
        rest_paths(self.devices.cells, now, gated.W, gated.X, gated.G_INT, gated.G_FIL, gated.G_CELL)
        for n in range(len(self.devices.channel.vto)):  # one, where all are alike
            to = slice(None) if len(self.devices.channel.vto) == 1 else n
            _, now[to, gated.G_MID], by_bit = gated.channel_slopes(0.0, 0.0, 0.0, gated.channel_at(self.devices, n))
            now[to, gated.G_BIT] = -by_bit
        now[:, gated.NEAR], now[:, gated.FAR] = now[:, gated.G_CELL], now[:, gated.G_MID]
        return gated.Held(now, gates)

    def hold(self, held: gated.Held) -> None:
        """Conductances of both paths, and of the cells at 0 V, that belong to the states."""
        rest_paths(self.devices.cells, held.places, gated.W, gated.X, gated.G_INT, gated.G_FIL, gated.G_CELL)

    def new_start(self) -> gated.Start:
        """See `Crossings`."""
        places, gates = (len(self.cells.w0), gated.QUIET + 1), (2, *self.crossbar.shape)
        return gated.Start(np.zeros(places), np.zeros(gates))

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
        eq, now = self.cells.equations, held.places
        return {"w": np.asarray(eq.clip(now[:, gated.W])), "x": np.asarray(eq.clip(now[:, gated.X]))}

    def complaint(self, when: str) -> str:
        """See `Crossings`."""
        return ""

"""Lays out cells that are compiled Verilog-A: one instance for each, in arrays that the compiled loops see."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyspice_models.array import Crossbar
from pyspice_models.array.kinds import Population
from pyspice_models.engine.nodal.crossings import osdi as functions
from pyspice_models.engine.nodal.crossings.osdi import Held, Start
from pyspice_models.engine.nodal.osdi.devices import KIND, MOST_ENTRIES, MOST_NODES, PLACE, Devices, forget, new_devices
from pyspice_models.engine.nodal.osdi.evaluable import check_calls
from pyspice_models.engine.nodal.osdi.faults import in_words
from pyspice_models.engine.nodal.osdi.rest import LEAK, begin, rest
from pyspice_models.engine.nodal.osdi.stacks import Stack, stacks_of
from pyspice_models.errors import RequestError, SimulationError

Array = NDArray[np.float64]

_QUIET = 1e-13  # [A] at 0 V: less is a simulator's own leak
_ADVICE = "`ag2s cell check` looks into a model"


class Osdi:
    """Cells of one or several kinds, with their selectors; see `Crossings`.

    Raises:
        RequestError: an object that cannot be read or called, parameters out of range, cells that conduct at 0 V.
        SimulationError: no operating point.
    """

    functions: ModuleType = functions
    shunts = (0.0, 0.0)

    def __init__(self, crossbar: Crossbar, populations: Sequence[Population]) -> None:
        """Open the objects, set up the cells, find the operating point."""
        check_calls()
        self.crossbar, self.populations = crossbar, populations
        self.losses: tuple[str, ...] = ("cells",) if crossbar.selector is None else ("cells", "selectors")
        self.where = np.any([one.where for one in populations], axis=0)
        self._number = np.full(crossbar.shape, -1, dtype=np.int64)
        self._number[self.where] = np.arange(self.where.sum())
        self._stacks = [stack for one in populations for stack in stacks_of(crossbar, one)]
        self.planes = max(len(stack.inner) for stack in self._stacks)
        self.devices = self._devices()
        self._rest = self._at_rest()

    def _devices(self) -> Devices:
        bar, size, stacks = self.crossbar, len(self._number[self.where]), self._stacks
        kinds = np.zeros(len(stacks), KIND)
        cells = np.zeros(size, PLACE)
        cells["kind"], cells["parallel"] = -1, bar.wire.c_crossing
        broken = bar.broken
        if (gone := ~np.isnan(broken) & self.where).any():
            cells["resistor"][self._number[gone]] = broken[gone]
            cells["plates"][self._number[gone]] = bar.c_plates[gone]
        for m, stack in enumerate(stacks):
            _describe(stack, kinds[m])
            here = self._places(stack)
            cells["kind"][here] = m
            for p, part in enumerate(stack.parts):
                cells["inst"][here, p], cells["model"][here, p] = part.inst, part.model
        alone = cells["kind"] < 0
        cells["parallel"][alone] += cells["plates"][alone]
        library = stacks[0].parts[0].library
        info = np.stack([library.info() for _ in range(bar.rows)])
        return new_devices(self.where, kinds, cells, info, renewed=bar.selector is not None)

    def _places(self, stack: Stack) -> NDArray[np.int64]:
        return self._number[stack.population.where][stack.here]

    def _at_rest(self) -> Held:
        devices, rows = self.devices, self.crossbar.rows
        size, width = devices.origin.shape
        v, now = np.zeros((size, width)), np.zeros((size, 3 * width + 2))
        if not (rest(devices, 0, rows, 0.0, v) or rest(devices, 0, rows, LEAK, v)):
            raise SimulationError(f"{self.complaint('before time begins')}; {_ADVICE}.")
        if not begin(devices, 0, rows, v, now):
            raise SimulationError(f"{self.complaint('when time begins')}; {_ADVICE}.")
        for stack in self._stacks:
            here = self._places(stack)
            flowing = np.abs(now[here, len(stack.names) + stack.ends[0]])
            if len(here) and not flowing.max() <= _QUIET:
                raise RequestError(
                    f"engine nodal begins with lines at rest, and the cell {self._place(int(here[flowing.argmax()]))} "
                    f"drives {flowing.max():.3g} A through them at 0 V."
                )
        devices.fault[:] = 0
        return Held(now, np.zeros((len(self._stacks), width)))

    def widen(self, widest: float) -> None:
        """Objects are asked at any voltage; but what a program does goes by the moment that it begins at, by nothing
        that was evaluated on the way there."""
        forget(self.devices)

    def at_rest(self) -> Held:
        """See `Crossings`."""
        return Held(*(part.copy() for part in self._rest))

    def new_start(self) -> Start:
        """See `Crossings`."""
        return Start(np.zeros_like(self.devices.origin))

    def waves(self, word: Array, bit: Array, planes: Array) -> dict[str, Array]:
        """See `Crossings`: voltages of inner nodes, from which states and powers follow."""
        found: dict[str, Array] = {}
        for stack in self._stacks:
            mine = stack.population
            for name, number in stack.shown.items():
                wave = found.setdefault(mine.key(name), np.zeros(word.shape))
                wave[:, mine.where] = planes[:, number][:, mine.where]
        if self.crossbar.selector is not None:
            found["v_mid"] = np.where(self.where, planes[:, 0], np.nan)
            if getattr(self.crossbar.selector, "remembers", False):
                found["s_selector"] = np.where(self.where, planes[:, 1], np.nan)
        return found

    def states(self, held: Any) -> dict[str, Array]:
        """See `Crossings`."""
        found = {name: np.full(len(held.rows), np.nan) for one in self.populations for name in one.states}
        for stack in self._stacks:
            if stack.through:
                continue
            mine, here = stack.population, self._number[stack.population.where]
            v = held.rows[here]
            shape = (1, *self.crossbar.shape) if mine.whole else (1, 1, len(here))
            nodes = {name: v[:, at].reshape(shape) for name, at in stack.shown.items()}
            bottom = stack.mid if stack.mid >= 0 else stack.ends[1]
            top, below = v[:, stack.ends[0]].reshape(shape), v[:, bottom].reshape(shape)
            equations = mine.solved(self.crossbar.temperature, asked="what was asked")
            assert mine.model.from_nodes is not None
            told = mine.model.from_nodes(equations, top, below, {**nodes, "time": np.zeros(1)})
            for name in mine.states:
                found[name][here] = np.reshape(told[name], len(here))
        return found

    def complaint(self, when: str) -> str:
        """What was at fault in a cell, with its voltages; empty if nothing was."""
        fault, n, asked = (int(one) for one in self.devices.fault)
        if not fault:
            return ""
        stack = self._stacks[int(self.devices.cells["kind"][n])]
        words = [word for part in stack.parts for word in part.library.words]
        order = [*stack.ends, *stack.inner]
        names, volts = [stack.names[node] for node in order], self.devices.at_fault[order]
        return in_words(fault, asked, self._place(n), stack.population.model.name, names, volts, words, when)

    def _place(self, n: int) -> tuple[int, int]:
        row, col = np.argwhere(self.where)[n]
        return int(row), int(col)


def _describe(stack: Stack, kind: Any) -> None:
    """Fill a record of KIND."""
    every: list[list[tuple[int, int]]] = [[], []]
    for p, part in enumerate(stack.parts):
        kind["calls"][p] = part.library.calls
        kind["before"][p] = [len(one) for one in every]
        rows, cols, (resistive, _) = part.entries()
        both = list(zip(rows.tolist(), cols.tolist(), strict=True))
        every[0] += both[:resistive]
        every[1] += both[resistive:]
    if stack.through:
        top, mid = stack.ends[0], stack.mid
        for one in every:
            one += [(top, top), (mid, mid), (top, mid), (mid, top)]
    entries = [*every[0], *every[1]]
    if len(stack.names) > MOST_NODES or len(entries) > MOST_ENTRIES:
        raise RequestError(
            f"engine nodal solves cells of up to {MOST_NODES} nodes and {MOST_ENTRIES} derivatives, and the cell "
            f"{stack.population.model.name!r} has {len(stack.names)} and {len(entries)}."
        )
    kind["nodes"], kind["inners"], kind["parts"] = len(stack.names), len(stack.inner), len(stack.parts)
    kind["mid"], kind["through"] = stack.mid, stack.through
    kind["resistive"], kind["reactive"] = (len(one) for one in every)
    kind["charged"][[row for row, _ in every[1]]] = 1.0
    for name, whose in (("of_cell", 1), ("of_selector", 2)):
        kind[name][[k for k, one in stack.counted.items() if one == whose]] = 1.0
    kind["volts"][sorted(stack.circuit)] = 1
    ends = stack.ends
    kind["floating"] = stack.floating
    if stack.floating:
        kind["shifted"][[*ends, *stack.circuit]] = 1.0
    kind["straight"][sorted(stack.straight)] = 1
    for k, scale in stack.fixed.items():
        kind["fixed"][k] = scale
    kind["tracked"] = bool(set(stack.inner) - stack.circuit - set(stack.fixed))
    kind["apiece"] = all(row == col or row in ends or col in ends for row, col in entries)
    kind["rows"][: len(entries)], kind["cols"][: len(entries)] = np.array(entries, dtype=np.int64).reshape(-1, 2).T

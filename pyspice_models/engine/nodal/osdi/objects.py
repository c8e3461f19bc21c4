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
from pyspice_models.engine.nodal.osdi.faults import in_words
from pyspice_models.engine.nodal.osdi.places import ADVICE, PlacesOfObjects, entries_of
from pyspice_models.engine.nodal.osdi.rest import LEAK, begin, rest
from pyspice_models.engine.nodal.osdi.stacks import Stack, stacks_of
from pyspice_models.errors import RequestError, SimulationError

Array = NDArray[np.float64]


class Osdi(PlacesOfObjects[Stack]):
    """Cells of one or several kinds, with their selectors; see `Crossings`.

    Raises:
        RequestError: an object that cannot be read or called, parameters out of range, cells that conduct at 0 V.
        SimulationError: no operating point.
    """

    functions: ModuleType = functions
    shared = False
    shunts = (0.0, 0.0)

    def __init__(self, crossbar: Crossbar, populations: Sequence[Population]) -> None:
        """Open the objects, set up the cells, find the operating point."""
        super().__init__(crossbar, populations, stacks_of)
        self.planes = max(len(stack.inner) for stack in self._stacks)
        self.devices = self._devices()
        self._rest = self._at_rest()

    def _devices(self) -> Devices:
        bar, library = self.crossbar, self._stacks[0].parts[0].library
        kinds, cells = self._records(KIND, PLACE, _describe)
        info = np.stack([library.info() for _ in range(bar.rows)])
        return new_devices(self.where, kinds, cells, info, renewed=bar.selector is not None)

    def _at_rest(self) -> Held:
        devices, rows = self.devices, self.crossbar.rows
        size, width = devices.origin.shape
        v, now = np.zeros((size, width)), np.zeros((size, 3 * width + 2))
        if not (rest(devices, 0, rows, 0.0, v) or rest(devices, 0, rows, LEAK, v)):
            raise SimulationError(f"{self.complaint('before time begins')}; {ADVICE}.")
        if not begin(devices, 0, rows, v, now):
            raise SimulationError(f"{self.complaint('when time begins')}; {ADVICE}.")
        for stack in self._stacks:
            here = self._places(stack)
            self._check_quiet(np.abs(now[here, len(stack.names) + stack.ends[0]]), here)
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


def _describe(stack: Stack, kind: Any) -> None:
    """Fill a record of KIND."""
    every = resistive, reactive = entries_of(stack.parts, kind)
    if stack.through:
        top, mid = stack.ends[0], stack.mid
        for one in every:
            one += [(top, top), (mid, mid), (top, mid), (mid, top)]
    entries = [*resistive, *reactive]
    if len(stack.names) > MOST_NODES or len(entries) > MOST_ENTRIES:
        raise RequestError(
            f"engine nodal solves cells of up to {MOST_NODES} nodes and {MOST_ENTRIES} derivatives, and the cell "
            f"{stack.population.model.name!r} has {len(stack.names)} and {len(entries)}."
        )
    kind["nodes"], kind["inners"], kind["parts"] = len(stack.names), len(stack.inner), len(stack.parts)
    kind["mid"], kind["through"] = stack.mid, stack.through
    kind["resistive"], kind["reactive"] = (len(one) for one in every)
    kind["charged"][[row for row, _ in reactive]] = 1.0
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

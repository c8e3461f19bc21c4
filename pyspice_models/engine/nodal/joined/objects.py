"""Lays out crossings of several compiled objects, in arrays that the compiled loops see."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyspice_models.array import Crossbar
from pyspice_models.array.kinds import Population
from pyspice_models.cells.selectors.foreign import CONTACT, ForeignTransistor
from pyspice_models.cells.selectors.foreign_module import ForeignSelector
from pyspice_models.cells.selectors.kinds import Transistor
from pyspice_models.engine.nodal.crossings import joined as functions
from pyspice_models.engine.nodal.crossings.base import places_of
from pyspice_models.engine.nodal.crossings.gate_lines import GateLines
from pyspice_models.engine.nodal.joined.devices import KIND, MOST_ENTRIES, MOST_NODES, MOST_PARTS, PLACE, Devices
from pyspice_models.engine.nodal.joined.evaluate import evaluate
from pyspice_models.engine.nodal.joined.held import BESIDE, GATES, Held, Start
from pyspice_models.engine.nodal.joined.place import rest
from pyspice_models.engine.nodal.joined.stacks import Stack, stacks_of
from pyspice_models.engine.nodal.osdi.faults import in_words
from pyspice_models.engine.nodal.osdi.places import ADVICE, PlacesOfObjects, entries_of
from pyspice_models.engine.nodal.osdi.rest import LEAK
from pyspice_models.engine.osdi.layout import SimInfo
from pyspice_models.errors import RequestError, SimulationError

Array = NDArray[np.float64]

_NEAR = 2e-5  # [V] on a line: an exponential over kT/q bends by 3e-7 of itself
_LARGEST = 0.1  # [V] of a correction of the lines: beyond, selectors are no longer what their slopes say


class Joined(PlacesOfObjects[Stack]):
    """Cells of one or several kinds, with what is behind them, and gate lines; see `Crossings`.

    Raises:
        RequestError: an object that cannot be read or called, parameters out of range, cells that conduct at 0 V.
        SimulationError: no operating point.
    """

    functions: ModuleType = functions
    shared = False

    def __init__(self, crossbar: Crossbar, populations: Sequence[Population]) -> None:
        """Open the objects, set them up, find the operating point."""
        super().__init__(crossbar, populations, stacks_of)
        self._inner = max(len(stack.inner) for stack in self._stacks)
        self.planes = self._inner + BESIDE
        self.devices = self._devices()
        self._rest = self._at_rest()

    def _devices(self) -> Devices:
        bar, size, stacks = self.crossbar, int(self.where.sum()), self._stacks
        width = max(len(stack.names) for stack in stacks) + 1
        kinds, cells = self._records(KIND, PLACE, _describe)
        libraries = [part.library for stack in stacks for part in stack.parts]
        info = np.stack([libraries[0].info()] * bar.rows)
        # where modules would keep what they limit between evaluations, if they were asked to
        self._limits = np.zeros((bar.rows, 1 + max(one.layout.limits_count for one in libraries)))
        for row, kept in zip(info, self._limits, strict=True):
            row[[SimInfo.prev_state.offset // 8, SimInfo.next_state.offset // 8]] = kept.ctypes.data
        inner, entries = self._inner, max(1, int(kinds["resistive"].max()), int(kinds["reactive"].max()))
        at, f, q, origin = (np.zeros((size, width)) for _ in range(4))
        of_f, of_q = (np.zeros((size, width, width)) for _ in range(2))
        lines, v_gate = GateLines.of((bar.rows, 0), 1.0, 0.0, 0.0), 0.0
        if isinstance(bar.selector, Transistor):
            lines = GateLines.of(bar.shape, bar.selector.r_gate_line, bar.selector.c_gate_line, 0.0)
            v_gate = float(bar.selector.v_gate)
        return Devices(
            places_of(self.where), kinds, cells, info, info.view(np.float64), at, f, q, of_f, of_q,
            np.zeros((bar.rows, 2, entries)), np.zeros(size), np.zeros((size, inner, inner)),
            np.zeros((size, inner, 3)), np.zeros(size), origin,
            np.zeros((bar.rows, 2 + 2 * width, 2 * width)), lines, v_gate, np.zeros(3, np.int64),
            np.zeros(width), bar.selector is not None, np.inf if bar.selector is None else _LARGEST,
        )  # fmt: skip

    def _at_rest(self) -> Held:
        devices, rows = self.devices, self.crossbar.rows
        size, width = devices.at.shape
        v = np.zeros((size, width))
        if not (rest(devices, 0, rows, 0.0, v) or rest(devices, 0, rows, LEAK, v)):
            raise SimulationError(f"{self.complaint('before time begins')}; {ADVICE}.")
        for r in range(rows):
            for n in range(int(devices.places.first[r]), int(devices.places.first[r + 1])):
                if devices.cells[n]["kind"] >= 0 and not evaluate(devices, r, n, v[n]):
                    raise SimulationError(f"{self.complaint('when time begins')}; {ADVICE}.")
        self._check_quiet(np.abs(devices.f[:, 0]), np.arange(size))
        devices.fault[:] = 0
        devices.origin[:] = v
        moved, gates = np.zeros((len(self._stacks), width)), np.zeros((GATES, *self._gates))
        return Held(
            v, devices.f.copy(), devices.q.copy(), moved, np.zeros((size, 3)), np.zeros(size), np.zeros(size), gates
        )  # fmt: skip

    @property
    def _gates(self) -> tuple[int, int]:
        return self.crossbar.rows, len(self.devices.gates.near)

    @property
    def shunts(self) -> tuple[float, float]:
        """Capacitances from a line's node to nodes that hardly move: at rest, half of all that the bit line's node sees
        of the others [F]."""
        if not self._gates[1]:
            return 0.0, 0.0
        return 0.0, 0.5 * float(np.max(self.devices.of_q[:, 1, 1]))

    def widen(self, widest: float) -> None:
        """Nothing: objects are asked at any voltage."""

    def at_rest(self) -> Held:
        """See `Crossings`."""
        return Held(*(part.copy() for part in self._rest))

    def new_start(self) -> Start:
        """See `Crossings`."""
        return Start(np.zeros_like(self._rest.q), np.zeros(self._gates))

    def waves(self, word: Array, bit: Array, planes: Array) -> dict[str, Array]:
        """See `Crossings`: voltages of inner nodes, from which states and powers follow, and currents of terminals."""
        found: dict[str, Array] = {}
        on_word, on_bit, gate, along, into = (planes[:, self._inner + k] for k in range(BESIDE))
        for stack in self._stacks:
            mine, (cell, behind) = stack.population, stack.shown
            waves = {name: planes[:, number] for name, number in cell.items()}
            if stack.whole[0]:
                waves["i_cell"] = on_word
            for name, values in waves.items():
                wave = found.setdefault(mine.key(name), np.zeros(word.shape))
                wave[:, mine.where] = values[:, mine.where]
            for name, number in behind.items():
                wave = found.setdefault(name, np.full(word.shape, np.nan))
                here = np.zeros(self.crossbar.shape, bool)
                here[mine.where] = stack.here
                wave[:, here] = planes[:, number][:, here]
        selector = self.crossbar.selector
        if selector is None:
            return found
        mid = found["v_mid"] = np.where(self.where, planes[:, self._stacks[0].inner.index(self._stacks[0].mid)], np.nan)
        if isinstance(selector, ForeignTransistor | ForeignSelector):  # what the contacts of a deck would show
            found["v_d"] = mid - CONTACT * on_word
        if isinstance(selector, ForeignTransistor):
            found |= {"v_g": gate - CONTACT * into, "v_s": bit - CONTACT * on_bit}
        if isinstance(selector, Transistor):
            found |= {
                "v_gate": gate, "v_gate_terminal": gate[:, -1] + selector.r_gate_line * along[:, -1],
                "i_gate_source": -along[:, -1],
            }  # fmt: skip
        return found

    def states(self, held: Any) -> dict[str, Array]:
        """See `Crossings`."""
        found = {name: np.full(len(held.v), np.nan) for one in self.populations for name in one.states}
        for stack in self._stacks:
            if stack.through:
                continue
            mine, here = stack.population, self._number[stack.population.where]
            v, model = held.v[here], mine.model
            shape = (1, *self.crossbar.shape) if mine.whole else (1, 1, len(here))
            nodes = {name: v[:, stack.inner[at]].reshape(shape) for name, at in stack.shown[0].items()}
            if model.from_nodes is None:
                ends = {name: model.ends.get(name, (0.0, 1.0)) for name in mine.states}
                told = {name: np.clip((nodes[name] - zero) / (one - zero), 0, 1) for name, (zero, one) in ends.items()}
            else:
                top, below = v[:, 0].reshape(shape), v[:, stack.mid if stack.mid >= 0 else 1].reshape(shape)
                equations = mine.solved(self.crossbar.temperature, asked="what was asked")
                told = dict(model.from_nodes(equations, top, below, {**nodes, "time": np.zeros(1)}))
            for name in mine.states:
                found[name][here] = np.reshape(told[name], len(here))
        return found

    def complaint(self, when: str) -> str:
        """What was at fault at a place, with its voltages; empty if nothing was."""
        fault, n, asked = (int(one) for one in self.devices.fault)
        if not fault:
            return ""
        stack = self._stacks[int(self.devices.cells["kind"][n])]
        words = [word for part in stack.parts for word in part.library.words]
        return in_words(
            fault, asked, self._place(n), stack.population.model.name, stack.names, self.devices.at_fault, words, when
        )


def _describe(stack: Stack, kind: Any) -> None:
    """Fill a record of KIND."""
    every = entries_of(stack.parts[:MOST_PARTS], kind)
    entries = [*every[0], *every[1]]
    for name, most, found in (
        ("nodes", MOST_NODES, len(stack.names)), ("derivatives", MOST_ENTRIES, len(entries)),
        ("parts", MOST_PARTS, len(stack.parts)),
    ):  # fmt: skip
        if found > most:
            raise RequestError(
                f"engine nodal solves crossings of up to {most} {name}, and one of the cell "
                f"{stack.population.model.name!r} with what is behind it has {found}."
            )
    kind["nodes"], kind["inners"], kind["parts"] = len(stack.names), len(stack.inner), len(stack.parts)
    kind["word"], kind["bit"], kind["gate"], kind["mid"] = 0, 1, stack.gate, stack.mid
    kind["through"], (kind["whole_cell"], kind["whole_selector"]) = stack.through, stack.whole
    kind["resistive"], kind["reactive"] = (len(one) for one in every)
    kind["inner"][: len(stack.inner)] = stack.inner
    kind["charged"][[row for row, _ in every[1]]] = 1
    if stack.through:
        kind["charged"][[0, stack.mid]] = 1
    for k, whose in stack.counted.items():
        kind["counted"][k] = whose
    kind["volts"][sorted(stack.circuit)] = 1
    lines = [0, 1] if stack.gate < 0 else [0, 1, stack.gate]
    kind["near"][[*lines, *stack.circuit]] = _NEAR
    for k, scale in stack.fixed.items():
        kind["fixed"][k] = scale
    kind["rows"][: len(entries)] = [row for row, _ in entries]
    kind["cols"][: len(entries)] = [col for _, col in entries]

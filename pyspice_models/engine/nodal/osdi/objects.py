"""Lays out cells that are compiled Verilog-A: their objects, opened in this process, and one instance for each cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pyspice_models.array import Crossbar
from pyspice_models.array.kinds import Population
from pyspice_models.cells.model import CellModel
from pyspice_models.cells.sources import verilog_a_source
from pyspice_models.engine.nodal.crossings import osdi as functions
from pyspice_models.engine.nodal.crossings.base import places_of
from pyspice_models.engine.nodal.crossings.osdi import Held, Start
from pyspice_models.engine.nodal.osdi.devices import Devices, Modules
from pyspice_models.engine.nodal.osdi.evaluable import check_timeless, counted_nodes, of_circuit, opened
from pyspice_models.engine.nodal.osdi.faults import in_words
from pyspice_models.engine.nodal.osdi.local import evaluate
from pyspice_models.engine.nodal.osdi.rest import LEAK, rest
from pyspice_models.engine.osdi.cells import CellsInMemory
from pyspice_models.engine.osdi.library import Library, Refused
from pyspice_models.errors import RequestError, SimulationError

Array = NDArray[np.float64]

_PARTS = 2
_NEAR = 2e-5  # [V] on a line: an exponential over kT/q bends by 3e-7 of itself
_QUIET = 1e-13  # [A] at 0 V: less is a simulator's own leak


class Kind(NamedTuple):
    """Cells of one kind, opened.

    Attributes:
        population: of the array.
        sound: which of them are not broken, in their order.
        cells: their instances.
        names: of the module's nodes.
        shown: numbers among the inner nodes of those that results take, by the name of the wave.
    """

    population: Population
    sound: NDArray[np.bool_]
    cells: CellsInMemory
    names: tuple[str, ...]
    shown: Mapping[str, int]


class Osdi:
    """Cells of one or several kinds; see `Crossings`.

    Raises:
        RequestError: an object that cannot be read or called, parameters out of range, cells that conduct at 0 V.
        SimulationError: no operating point.
    """

    functions: ModuleType = functions
    losses = ("cells",)

    def __init__(self, crossbar: Crossbar, populations: Sequence[Population]) -> None:
        """Open the objects, set up the cells, find the operating point."""
        self.crossbar = crossbar
        where = np.zeros(crossbar.shape, dtype=bool)
        for one in populations:
            where |= one.where
        self.where = where
        self._kinds = [_kind(crossbar, one) for one in populations]
        self.planes = max((len(kind.names) - 2 for kind in self._kinds), default=0)
        self.devices = self._devices()
        self._rest = self._at_rest()

    def _devices(self) -> Devices:
        kinds, size = self._kinds, int(self.where.sum())
        width = max(len(kind.names) for kind in kinds) + 1
        entries = [kind.cells.library.entries() for kind in kinds]
        most = [max(1, *(len(one[part]) for one in entries)) for part in (0, 1)]
        number = np.full(self.crossbar.shape, -1, dtype=np.int64)
        number[self.where] = np.arange(size)
        module = np.full(size, -1, dtype=np.int64)
        inst, model = (np.zeros((size, _PARTS), np.int64) for _ in range(2))
        word, bit = np.zeros(size, dtype=np.int64), np.ones(size, dtype=np.int64)
        resistor = np.zeros(size)
        parallel = np.full(size, self.crossbar.wire.c_crossing)
        broken = self.crossbar.broken
        if (gone := ~np.isnan(broken) & self.where).any():
            resistor[number[gone]] = broken[gone]
            parallel[number[gone]] += self.crossbar.c_plates[gone]
        for m, kind in enumerate(kinds):
            here = number[kind.population.where][kind.sound]
            module[here], inst[here, 0], model[here, 0] = m, kind.cells.inst, kind.cells.model
            word[here], bit[here] = (_index(kind.names, name) for name in kind.population.model.terminals)
        infos = [kinds[0].cells.library.info() for _ in range(self.crossbar.rows)]
        info = np.stack(infos)
        at, f, q, origin = (np.zeros((size, width)) for _ in range(4))
        of_f, of_q = (np.zeros((size, count)) for count in most)
        return Devices(
            places_of(self.where), self._modules(width, entries), module, inst, model, word, bit, resistor, parallel,
            info, info.view(np.float64), at, f, q, of_f, of_q, origin, np.zeros((len(kinds), width)),
            np.zeros(3, np.int64), np.zeros(width), np.zeros(self.crossbar.rows, np.int64), False, np.inf,
        )  # fmt: skip

    def _modules(self, width: int, entries: Sequence[tuple[list[tuple[int, int]], list[tuple[int, int]]]]) -> Modules:
        count = len(self._kinds)
        whole = {name: np.zeros((count, width), np.int64) for name in ("inner", "charged", "counted", "volts")}
        real = {name: np.zeros((count, width)) for name in ("near", "fixed")}
        most = max(len(resistive) + len(reactive) for resistive, reactive in entries)
        rows, cols = np.zeros((count, most), np.int64), np.zeros((count, most), np.int64)
        for m, (kind, (resistive, reactive)) in enumerate(zip(self._kinds, entries, strict=True)):
            model, names = kind.population.model, kind.names
            ends = [_index(names, name) for name in model.terminals]
            inner = [k for k in range(len(names)) if k not in ends]
            whole["inner"][m, : len(inner)] = inner
            for row, _ in reactive:
                whole["charged"][m, row] = 1
            declared = _declared(model, names)
            whole["counted"][m, counted_nodes(kind.cells, set(ends), set(declared))] = 1
            floating = of_circuit(kind.cells, set(inner) - set(declared))
            whole["volts"][m, floating] = 1
            real["near"][m, [*ends, *floating]] = _NEAR
            for k, scale in declared.items():
                real["fixed"][m, k] = scale
            both = [*resistive, *reactive]
            rows[m, : len(both)], cols[m, : len(both)] = ([pair[side] for pair in both] for side in (0, 1))
        calls, before = np.zeros((count, _PARTS, 6), np.int64), np.zeros((count, _PARTS, 2), np.int64)
        calls[:, 0] = [kind.cells.library.calls for kind in self._kinds]
        return Modules(
            np.ones(count, np.int64), calls, before,
            np.array([len(kind.names) for kind in self._kinds]), whole["inner"],
            np.array([len(kind.names) - 2 for kind in self._kinds]), rows, cols,
            np.array([[len(part) for part in one] for one in entries], dtype=np.int64), whole["charged"],
            whole["counted"], real["near"], real["fixed"], whole["volts"],
        )  # fmt: skip

    def _at_rest(self) -> Held:
        devices, rows = self.devices, self.crossbar.rows
        size, width = devices.at.shape
        v = np.zeros((size, width))
        if not (rest(devices, 0, rows, 0.0, v) or rest(devices, 0, rows, LEAK, v)):
            raise SimulationError(f"{self.complaint('before time begins')}; {_ADVICE}")
        for r in range(rows):
            for n in range(int(devices.places.first[r]), int(devices.places.first[r + 1])):
                if devices.module[n] >= 0 and not evaluate(devices, r, n, v[n]):
                    raise SimulationError(f"{self.complaint('when time begins')}; {_ADVICE}")
        flowing = np.abs(devices.f[np.arange(size), devices.word])
        if size and not flowing.max() <= _QUIET:
            place = self._place(int(flowing.argmax()))
            raise RequestError(
                f"engine nodal begins with lines at rest, and the cell {place} drives {flowing.max():.3g} A through "
                "them at 0 V."
            )
        devices.fault[:] = 0
        devices.origin[:] = v
        return Held(v, devices.f.copy(), devices.q.copy(), np.zeros(size))

    def at_rest(self) -> Held:
        """See `Crossings`."""
        return Held(*(part.copy() for part in self._rest))

    def new_start(self) -> Start:
        """See `Crossings`."""
        return Start(np.zeros_like(self._rest.q))

    def waves(self, word: Array, bit: Array, planes: Array) -> dict[str, Array]:
        """See `Crossings`: voltages of inner nodes, from which states and powers follow."""
        found = {}
        for kind in self._kinds:
            mine = kind.population
            for name, number in kind.shown.items():
                wave = np.full(word.shape, np.nan)
                wave[:, mine.where] = planes[:, number][:, mine.where]
                found[mine.key(name)] = wave
        return found

    def states(self, held: Any) -> dict[str, Array]:
        """See `Crossings`."""
        found = {name: np.full(len(held.v), np.nan) for kind in self._kinds for name in kind.population.states}
        number = np.full(self.crossbar.shape, -1, dtype=np.int64)
        number[self.where] = np.arange(len(held.v))
        for m, kind in enumerate(self._kinds):
            mine = kind.population
            here = number[mine.where]
            v = held.v[here]
            nodes = {name: v[None, None, :, self.devices.modules.inner[m, at]] for name, at in kind.shown.items()}
            top, bottom = (
                v[np.arange(len(v)), side[here]][None, None] for side in (self.devices.word, self.devices.bit)
            )
            equations = mine.solved(self.crossbar.temperature, asked="what was asked")
            assert mine.model.from_nodes is not None
            told = mine.model.from_nodes(equations, top, bottom, {**nodes, "time": np.zeros(1)})
            for name in mine.states:
                found[name][here] = np.reshape(told[name], len(here))
        return found

    def complaint(self, when: str) -> str:
        """What was at fault in a cell, with its voltages; empty if nothing was."""
        fault, n, asked = (int(one) for one in self.devices.fault)
        if not fault:
            return ""
        kind = self._kinds[int(self.devices.module[n])]
        return in_words(
            fault, asked, self._place(n), kind.population.model.name, kind.names, self.devices.at_fault,
            kind.cells.library.words, when,
        )  # fmt: skip

    def _place(self, n: int) -> tuple[int, int]:
        row, col = np.argwhere(self.where)[n]
        return int(row), int(col)


_ADVICE = "`ag2s cell check` looks into a model."


def _kind(crossbar: Crossbar, population: Population) -> Kind:
    """Open the object of one kind, and set up its cells."""
    model = population.model
    text = model.verilog_a or verilog_a_source(model.master)
    sound = np.isnan(crossbar.broken[population.where])
    try:
        library = opened(text, model.master, model.name)
        names = tuple((library.layout.nodes[k].name or b"").decode() for k in range(library.layout.nodes_count))
        cells = CellsInMemory(library, int(sound.sum()), _parameters(library, population, sound), crossbar.temperature)
        if cells.count:
            check_timeless(cells)
    except Refused as refusal:
        raise RequestError(f"engine nodal, the cell {model.name!r}: {refusal}.") from None
    ends = {_index(names, name) for name in model.terminals}
    inner = [k for k in range(len(names)) if k not in ends]
    shown = {wave: inner.index(_index(names, node)) for wave, node in model.node_voltages.items()}
    return Kind(population, sound, cells, names, shown)


def _parameters(library: Library, population: Population, sound: NDArray[np.bool_]) -> dict[str, Array]:
    """As the module spells them: netlists write them in small letters."""
    own: dict[str, Any] = population.cell.as_dict()
    for name in population.per_cell:
        own[name] = population.values(name).ravel()[sound]
    by_small = {name.lower(): name for name in library.ids}
    written = population.model.written(own)
    found = {}
    for name, values in written.items():
        found[name if name in library.ids else by_small.get(name.lower(), name)] = np.atleast_1d(
            np.asarray(values, dtype=float)
        )
    return found


def _declared(model: CellModel, names: Sequence[str]) -> dict[int, float]:
    """Nodes of declared states, and what a state's range from 0 to 1 is on each."""
    found = {}
    for state in model.states:
        seen = (model.seen or {}).get(state.name, "")
        node = state.node or (seen[1:] if seen.startswith("#") else "")
        if node:
            zero, one = model.ends.get(state.name, (0.0, 1.0))
            found[_index(names, node)] = abs(one - zero)
    return found


def _index(names: Sequence[str], node: str) -> int:
    """Number of a node; netlists do not tell capitals from small letters."""
    small = [name.lower() for name in names]
    return names.index(node) if node in names else small.index(node.lower())

"""Many cells of one module in memory, each with its own parameters, as the child evaluates them."""

from __future__ import annotations

import ctypes as c
from collections.abc import Mapping, Sequence

import numpy as np

from pyspice_models.engine.osdi import layout
from pyspice_models.engine.osdi.layout import InitInfo
from pyspice_models.engine.osdi.library import Library, Refused


class CellsInMemory:
    """So many instances, set up.

    Attributes:
        library: their module.
        count: of cells.
        inst, model: addresses of each cell's data.
        joined: pairs of nodes that the module joins, the same for all cells.
        place: of each node in a row of voltages: that of the node it is joined to, or its own; ground has the last.
    """

    def __init__(self, library: Library, count: int, given: Mapping[str, np.ndarray], temperature: float) -> None:
        """Set them up.

        Args:
            library: the module.
            count: of cells.
            given: parameters by name; arrays with one value, or one for each cell.
            temperature: [K].

        Raises:
            Refused: no such parameter, one that is a text, a value out of the range that the module states, or nodes
                joined in one cell and not in another.
        """
        self.library, self.count = library, count
        one = library.layout
        kinds = {}
        for name in given:
            if name not in library.ids or library.ids[name] >= one.parameters_count:
                raise Refused(f"the module {_name(library)} has no parameter {name}")
            kinds[name] = library.variable(library.ids[name])[1:]
            if kinds[name][1] == layout.STRING:
                raise Refused(f"the parameter {name} is a text, and only numbers are set")
        several = any(len(values) > 1 and kinds[name][0] != 1 for name, values in given.items())
        size, self._models = _blocks(one.model_size, count if several else 1)
        start = _aligned(self._models)
        self.model = start + size * (np.arange(count) if several else np.zeros(count, np.int64)).astype(np.int64)
        size, self._instances = _blocks(one.instance_size, count)
        first = _aligned(self._instances)
        self.inst = first + size * np.arange(count, dtype=np.int64)
        for k in range(count if several else 1):
            for name, values in given.items():
                if kinds[name][0] != 1:
                    self._set(None, int(self.model[k]), name, float(values[k % len(values)]), kinds[name])
            told = InitInfo()
            library.setup_model(library.handle, int(self.model[k]), c.byref(library.paras), c.byref(told))
            self._check(told, given, k)
        of_instances = {name: values for name, values in given.items() if kinds[name][0] == 1}
        differing = {name: values for name, values in of_instances.items() if len(values) > 1}
        if count:  # what all have alike is set once
            for name in of_instances.keys() - differing.keys():
                self._set(int(self.inst[0]), int(self.model[0]), name, float(given[name][0]), kinds[name])
            blocks = self._instances[first - self._instances.ctypes.data :][: size * count].reshape(count, size)
            blocks[1:] = blocks[0]
        for k in range(count):
            inst, model = int(self.inst[k]), int(self.model[k])
            for name, values in differing.items():
                self._set(inst, model, name, float(values[k % len(values)]), kinds[name])
            told = InitInfo()
            terminals, paras = one.terminals_count, c.byref(library.paras)
            library.setup_instance(library.handle, inst, model, temperature, terminals, paras, c.byref(told))
            self._check(told, given, k)
        self._join()

    def _set(self, inst: int | None, model: int, name: str, value: float, kind: tuple[int, int]) -> None:
        flags = layout.SET | (layout.OF_INSTANCE if inst is not None else 0)
        place = self.library.access(inst, model, self.library.ids[name], flags)
        if not place:
            raise Refused(f"the parameter {name} cannot be set")
        if kind[1] == layout.INTEGER:
            if value != int(value):
                raise Refused(f"the parameter {name} is a whole number, and {value:g} is none")
            c.c_int32.from_address(place).value = int(value)
        else:
            c.c_double.from_address(place).value = value

    def _check(self, told: InitInfo, given: Mapping[str, np.ndarray], k: int) -> None:
        if told.errors_count:
            name = self.library.variable(told.errors[0].parameter)[0]
            value = f" = {given[name][k % len(given[name])]:g}" if name in given else "'s default"
            raise Refused(
                f"the parameter {name}{value} is outside the range that the module {_name(self.library)} states"
            )

    def _join(self) -> None:
        one = self.library.layout
        nodes = one.nodes_count
        flags = [
            bytes((c.c_uint8 * one.collapsible_count).from_address(int(inst) + one.collapsed_offset))
            for inst in self.inst
        ] if one.collapsible_count else [b""]  # fmt: skip
        if len(set(flags)) > 1:
            raise Refused("it joins nodes in some cells and not in others")
        self.joined = [
            (one.collapsible[k].first, one.collapsible[k].second) for k, flag in enumerate(flags[0]) if flag
        ]  # fmt: skip
        self.place = np.arange(nodes + 1, dtype=np.int64)
        for first, second in self.joined:
            a, b = (self.place[nodes if k == layout.NOWHERE else k] for k in (first, second))
            keep, go = (a, b) if a == nodes or (a < b and b != nodes) else (b, a)
            if go < one.terminals_count:
                raise Refused("it joins two of its terminals, or one with ground: they are a short circuit")
            self.place[self.place == go] = keep
        for inst in self.inst:
            mapping = (c.c_uint32 * nodes).from_address(int(inst) + one.node_mapping_offset)
            for k in range(nodes):
                mapping[k] = int(self.place[k])

    def lay(self, places: Sequence[int], ground: int | None = None) -> None:
        """Let the nodes stand at these places of a row of voltages that several modules share, joined ones at one.
        `ground`: its place; by default there is none but the one behind them all."""
        nodes = self.library.layout.nodes_count
        self.place = np.array([*places, max(places) + 1 if ground is None else ground], dtype=np.int64)
        for inst in self.inst:
            mapping = (c.c_uint32 * nodes).from_address(int(inst) + self.library.layout.node_mapping_offset)
            mapping[:] = list(places)

    def entries(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Rows, columns and counts of the entries of both Jacobians, in places of a row of voltages."""
        every = self.library.entries()
        both = np.array([one for part in every for one in part], dtype=np.int64).reshape(-1, 2)
        return self.place[both[:, 0]], self.place[both[:, 1]], np.array([len(part) for part in every], dtype=np.int64)

    def free(self, held: set[int]) -> np.ndarray:
        """Places that are solved for: of nodes that are neither held nor joined to another."""
        nodes = self.library.layout.nodes_count
        return np.array([k for k in range(nodes) if self.place[k] == k and k not in held], dtype=np.int64)

    def offsets(self, names: list[str]) -> np.ndarray:
        """Where output variables lie in an instance.

        Raises:
            Refused: no such variable.
        """
        found = []
        inst, model = int(self.inst[0]), int(self.model[0])
        for name in names:
            k = self.library.ids.get(name, -1)
            if k < self.library.layout.parameters_count or self.library.variable(k)[2] != layout.REAL:
                raise Refused(f"the module {_name(self.library)} has no output variable {name} that is a real number")
            # output variables are told of instances alone
            place = self.library.access(inst, model, k, layout.READ | layout.OF_INSTANCE)
            found.append(place - inst)
        return np.array(found, dtype=np.int64)

    def values(self) -> dict[str, float]:
        """The parameters of the first cell by name, those that are numbers."""
        found = {}
        inst, model = int(self.inst[0]), int(self.model[0])
        for k in range(self.library.layout.parameters_count):
            name, kind, of = self.library.variable(k)
            if of != layout.STRING:
                place = self.library.access(
                    inst if kind == 1 else None, model, k, layout.READ | (layout.OF_INSTANCE if kind == 1 else 0)
                )
                if place:
                    holder = c.c_int32 if of == layout.INTEGER else c.c_double
                    found[name] = float(holder.from_address(place).value)
        return found


def _blocks(size: int, count: int) -> tuple[int, np.ndarray]:
    size = (size + 15) // 16 * 16
    return size, np.zeros(size * count + 16, np.uint8)


def _aligned(block: np.ndarray) -> int:
    return (block.ctypes.data + 15) // 16 * 16


def _name(library: Library) -> str:
    return (library.layout.name or b"").decode(errors="replace")

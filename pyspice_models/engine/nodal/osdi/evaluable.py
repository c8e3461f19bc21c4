"""Which objects can be called from the transient, and what their equations say of their nodes."""

from __future__ import annotations

import ctypes
from functools import cache

import numpy as np
from numpy.typing import NDArray

from pyspice_models.cells.ag2s.equations import Equations
from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.cells.sources import verilog_a_source
from pyspice_models.engine.osdi.calls import at_once, slopes
from pyspice_models.engine.osdi.cells import CellsInMemory
from pyspice_models.engine.osdi.layout import IN_TIME, RECORD
from pyspice_models.engine.osdi.library import Library, Refused
from pyspice_models.engine.toolchain.verilog_a import compiled
from pyspice_models.errors import SimulationError

Array = NDArray[np.float64]

_FLOATING = 1e-9
_ROOM = 300.0  # [K]
_ALIKE = 1e-9
_MOMENTS = 1e-9, 1e-3, 1.0, 1e3  # [s]
_STEPS = np.outer([0.01, 0.1, 1.0, 10.0, 100.0, 1000.0], [1.0, -1.0]).ravel()  # of a node [V]
_SEEN = 0.01, 1.0  # of a state's range: changes that say how it follows a node
_SHIFTS = np.outer(10.0 ** np.arange(-12, 6), [1.0, 2.0, 5.0]).ravel()  # of a node [V]


@cache
def check_calls() -> None:
    """Call the shipped cell once: what its object says must be what its equations say.

    Raises:
        SimulationError: it is not; nothing that an object says is to be trusted here.
    """
    cell, volt, charged, w, x = CellParams(), 0.2, 0.15, 0.1, 0.05
    cells = CellsInMemory(opened(verilog_a_source(), "ag2s", "ag2s"), 1, {}, _ROOM)
    names = [(cells.library.layout.nodes[k].name or b"").decode() for k in range(cells.library.layout.nodes_count)]
    v = np.zeros(len(names) + 1)
    for name, value in (("te", volt), ("ni", charged), ("nw", w), ("nx", x)):
        v[names.index(name)] = value
    f, q, info = np.zeros_like(v), np.zeros_like(v), cells.library.info()
    inst, model = int(cells.inst[0]), int(cells.model[0])
    at_once(cells.library.calls, info, info.view(np.float64), inst, model, IN_TIME, 1.0, v, f, q)
    equations = Equations(cell, _ROOM)
    slow = (volt - charged) / equations.ion_branch.r_ion
    current = equations.current(volt, cell.w0 + w, cell.x0 + x) + slow
    top, inner = names.index("te"), names.index("ni")
    for found, expected in (
        (f[top], current), (f[names.index("be")], slow - current), (f[inner], -slow), (q[top], equations.c_geo * volt),
    ):  # fmt: skip
        if not abs(found - expected) <= _ALIKE * abs(expected):
            raise SimulationError(
                f"engine nodal: the compiled Verilog-A of the shipped cell gives {found:.9g} where its equations give "
                f"{expected:.9g}: objects cannot be called on this machine. Use engine ngspice."
            )


@cache
def opened(text: str, master: str, name: str) -> Library:
    """The module of a Verilog-A text, compiled and opened in this process.

    Args:
        text: Verilog-A.
        master: the module, in any spelling.
        name: of the cell, for the object's file.

    Raises:
        Refused: an object of another version or size, or a module that needs what is not done here.
        ToolError: it does not compile.
    """
    library = Library(str(compiled(text, f"cell_{name}")), master, any_case=True)
    one = library.layout
    for count, what, advice in (
        (one.limits_count, "$limit", "write the voltage itself, and bound what the exponentials see of it"),
        (
            one.delays_count if library.version != "0.4" else 0, "absdelay",
            "write a delay as a node with a capacitor and a resistor",
        ),
    ):  # fmt: skip
        if count:
            raise Refused(f"its currents depend on earlier evaluations, by {what}; {advice}")
    if one.collapsible_count:
        pairs = [(one.collapsible[k].first, one.collapsible[k].second) for k in range(one.collapsible_count)]
        raise Refused(
            f"it may join nodes ({len(pairs)} {'pair' if len(pairs) == 1 else 'pairs'}), by a contribution of 0 V to a "
            "branch; write a small resistance instead"
        )
    return library


def sampled(
    cells: CellsInMemory, time: float = 1.0, *, node: int = 0, shift: float = 0.0
) -> tuple[Array, Array, Array, Array]:  # fmt: skip
    """Currents, charges and both Jacobians of the first cell at some small voltages, shape (sample, node, ...).

    One node may be shifted in all of them.
    """
    library = cells.library
    nodes = library.layout.nodes_count
    draw = np.zeros((8, nodes + 1))
    draw[:, :nodes] = np.random.default_rng(1).uniform(-0.1, 0.1, (8, nodes))
    draw[:, node] += shift
    f, q = np.zeros_like(draw), np.zeros_like(draw)
    of_f, of_q = (np.zeros((len(draw), nodes + 1, nodes + 1)) for _ in range(2))
    info = library.info()
    rows, cols, counts = cells.entries()
    scratch = np.empty(max(1, *counts))
    for k in range(len(draw)):
        inst, model = int(cells.inst[0]), int(cells.model[0])
        at_once(library.calls, info, info.view(np.float64), inst, model, IN_TIME, time, draw[k], f[k], q[k])
        slopes(library.calls, inst, model, rows, cols, counts, scratch, of_f[k], of_q[k])
    return f[:, :nodes], q[:, :nodes], of_f[:, :nodes, :nodes], of_q[:, :nodes, :nodes]


def check_timeless(cells: CellsInMemory) -> None:
    """Raise Refused for a module whose currents depend on the time itself, not only on whether it has begun."""
    first = sampled(cells, _MOMENTS[0])
    for time in _MOMENTS[1:]:
        for one, other in zip(first, sampled(cells, time), strict=True):
            if not np.array_equal(one, other, equal_nan=True):
                raise Refused("its currents depend on $abstime after 0: give it a voltage that changes instead")


def of_circuit(cells: CellsInMemory, nodes: set[int]) -> list[int]:
    """Nodes whose currents depend on differences of voltages alone: between a resistance and a capacitance, say.

    One that stands for a state or a temperature is none: its equation leads to ground.
    """
    if not nodes or not cells.count:
        return []
    flows = {k for k in nodes if cells.library.layout.nodes[k].is_flow}
    _, _, of_f, of_q = sampled(cells)
    found = []
    for k in sorted(nodes - flows):
        rows = [matrix[:, k, :] for matrix in (of_f, of_q)]
        if all((np.abs(row.sum(axis=-1)) <= _FLOATING * np.abs(row).sum(axis=-1)).all() for row in rows):
            found.append(k)
    return found


def straight_in(cells: CellsInMemory) -> frozenset[int]:
    """Nodes in which all currents and charges are linear: wherever one is tried, both Jacobians are the same."""
    if not cells.count:
        return frozenset()
    here, found = sampled(cells)[2:], set()
    for k in range(cells.library.layout.nodes_count):
        there = (sampled(cells, node=k, shift=float(shift))[2:] for shift in _STEPS)
        if all(np.array_equal(one, other) for both in there for one, other in zip(here, both, strict=True)):
            found.add(k)
    return frozenset(found)


def floats(cells: CellsInMemory, circuit: set[int]) -> bool:
    """Whether all is the same when the nodes of the circuit, terminals too, are all raised by as much."""
    if not cells.count:
        return True
    raised = sorted(circuit)
    for matrix in sampled(cells)[2:]:
        part = matrix[:, :, raised]
        if not (np.abs(part.sum(axis=-1)) <= _FLOATING * np.abs(part).sum(axis=-1)).all():
            return False
    return True


def scales_of(cells: CellsInMemory, variable: str, span: float, nodes: set[int]) -> dict[int, float]:
    """Nodes that an output variable of the first cell follows, and by how much each moves while that moves by `span`.

    Where the variable bends, it is the least: of all changes that are no less than a hundredth of the span.
    """
    library, found = cells.library, {}
    inst, model, info = int(cells.inst[0]), int(cells.model[0]), library.info()
    told = ctypes.c_double.from_address(inst + int(cells.offsets([variable])[0]))
    v = np.zeros(library.layout.nodes_count + 1)
    f, q = np.zeros_like(v), np.zeros_like(v)

    def at(node: int, volt: float) -> float:
        v[node] = volt
        at_once(library.calls, info, info.view(np.float64), inst, model, IN_TIME | RECORD, 1.0, v, f, q)
        v[node] = 0.0
        return told.value

    for k in sorted(nodes):
        here, steepest = at(k, 0.0), 0.0
        for shift in (*_SHIFTS, *-_SHIFTS):
            share = abs(at(k, shift) - here) / span
            if _SEEN[0] <= share <= _SEEN[1]:
                steepest = max(steepest, share / abs(shift))
        if steepest:
            found[k] = 1.0 / steepest
    return found


def counted_nodes(cells: CellsInMemory, ends: set[int], declared: set[int]) -> list[int]:
    """Nodes whose voltage times current is power that a cell loses: its terminals, and inner nodes of its circuit."""
    nodes = cells.library.layout.nodes_count
    terminals = set(range(cells.library.layout.terminals_count)) | ends
    return sorted(terminals | set(of_circuit(cells, set(range(nodes)) - terminals - declared)))

"""What is read from a crossbar's waves: vectors of every quantity, and what a deck tells a user who runs it alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from pyspice_models.array import Crossbar, nodes
from pyspice_models.array.kinds import Population
from pyspice_models.cells.model import CellModel
from pyspice_models.netlist import selector
from pyspice_models.netlist.dialects import Dialect, Printed
from pyspice_models.netlist.rows import PerCell
from pyspice_models.stimulus import Schedule
from pyspice_models.stimulus.phase import SENSING


def probes_of(
    crossbar: Crossbar, form: str, dialect: Dialect, *, named: bool
) -> tuple[dict[str, Sequence[str]], dict[str, tuple[int, ...]], list[Sequence[str]] | None]:
    """Vectors of every quantity, its shape, and what is to be saved instead of all of these vectors, or None.

    Where nodes take less time than quantities of the cells by name, and unless those are `named` all the same, all
    nodes are saved: what is no node or current follows from them.
    """
    shape = crossbar.shape
    probes: dict[str, Sequence[str]] = {}
    alone: dict[str, bool] = {}
    by_name: list[Sequence[str]] = []
    for one in crossbar.populations:
        alone[one.name] = not named and _nodes_alone(one, form, dialect)
        found = _of_cells(crossbar, one, form, dialect, nodes_alone=alone[one.name])
        probes |= found
        by_name += [] if alone[one.name] else found.values()
    shapes: dict[str, tuple[int, ...]] = dict.fromkeys(probes, shape)
    if crossbar.r_word > 0:
        probes["v_word"] = PerCell(shape, lambda r, c: dialect.voltage(nodes.word_node(r, c)))
        shapes["v_word"] = shape
    if crossbar.r_bit > 0:
        probes["v_bit"] = PerCell(shape, lambda r, c: dialect.voltage(nodes.bit_node(r, c)))
        shapes["v_bit"] = shape
    rows, cols = range(crossbar.rows), range(crossbar.cols)
    probes["v_word_terminal"] = [dialect.voltage(nodes.word_terminal(r)) for r in rows]
    probes["i_word_source"] = [dialect.source_current(f"v{nodes.word_source(r)}") for r in rows]
    probes["v_bit_terminal"] = [dialect.voltage(nodes.bit_terminal(c)) for c in cols]
    if crossbar.driver.sense == "tia":
        probes["v_bit_input"] = [dialect.voltage(nodes.bit_input(c)) for c in cols]
        probes["v_bit_output"] = [dialect.voltage(nodes.bit_output(c)) for c in cols]
        probes["i_bit_output"] = [dialect.source_current(f"eamp_{c}") for c in cols]
    else:
        probes["i_bit_source"] = [dialect.source_current(f"v{nodes.bit_source(c)}") for c in cols]
    more, their_shapes = selector.probes(crossbar, form, dialect, all(alone.values()))
    probes |= more
    shapes |= their_shapes
    shapes |= {name: (len(vectors),) for name, vectors in probes.items() if name not in shapes}
    if not any(alone.values()):
        return probes, shapes, None
    by_name += [vectors for name, vectors in more.items() if name in _SHOWN_BY_SELECTORS and not all(alone.values())]
    return probes, shapes, [[dialect.all_nodes], *by_name]


_SHOWN_BY_SELECTORS = ("s_selector", "p_selector", "es_selector")


def _nodes_alone(one: Population, form: str, dialect: Dialect) -> bool:
    """Whether nodes alone are saved of these cells, where a tool sees them; else quantities that the cells show."""
    # a cell that shows its states and its power is asked for those where nodes take no less time
    inside = dialect.sees_inside(form) or (form == "osdi" and one.model.seen is not None)
    return inside and bool(one.model.node_voltages)


def _of_cells(
    crossbar: Crossbar, one: Population, form: str, dialect: Dialect, *, nodes_alone: bool
) -> dict[str, Sequence[str]]:  # fmt: skip
    """Vectors of the quantities of one kind of cells; none at the places of others, and of broken ones."""
    model, shape = one.model, crossbar.shape
    without = frozenset(crossbar.faults.resistors)
    if not one.whole:
        without |= {(int(row), int(col)) for row, col in np.argwhere(~one.where)}

    def of_cells(vector: str) -> PerCell:
        return PerCell(shape, lambda r, c: cell_vector(dialect, form, nodes.cell(r, c), vector), without=without)

    if not nodes_alone:
        found: dict[str, Sequence[str]] = {
            one.key(quantity): of_cells(vector) for quantity, vector in seen_by(dialect, model).items()
        }
        if model.senses_current:
            currents = PerCell(shape, lambda r, c: dialect.cell_current(nodes.cell(r, c)), without=without)
            found[one.key("i_cell")] = currents
        return found
    found = {}
    for quantity, node in model.node_voltages.items():

        def inside(r: int | str, c: int, node: str = node) -> str:
            name = nodes.cell(r, c)
            return dialect.voltage(model.port_node(name, node)) if node in model.others else (
                dialect.inner_node(name, node)
            )  # fmt: skip

        found[one.key(quantity)] = PerCell(shape, inside, without=without)
    return found


def seen_by(dialect: Dialect, model: CellModel) -> dict[str, str]:
    """What of `CellModel.vectors` a dialect can save: some do not name nodes inside of modules."""
    every = model.vectors.items()
    return {name: vector for name, vector in every if dialect.sees_nodes or not vector.startswith("#")}


def cell_vector(dialect: Dialect, form: str, name: str, vector: str) -> str:
    """Vector of a quantity of the cell called `name`; `vector` as in `CellModel.seen`."""
    if vector.startswith("#"):
        return dialect.inner_node(name, vector[1:])
    return dialect.cell_vector(form, name, vector)


def printed_values(crossbar: Crossbar, schedule: Schedule, form: str, dialect: Dialect) -> Iterable[Printed | str]:
    """What the writes and the reads did."""
    broken = crossbar.faults.resistors
    for number, window in enumerate(schedule.windows):
        if window.kind == "write":
            row, col = window.rows[0], window.cols[0]
            model = crossbar.population_at(row, col).model
            vectors, level = seen_by(dialect, model), model.level
            if level not in vectors:
                continue
            state = cell_vector(dialect, form, nodes.cell(row, col), vectors[level])
            yield f"step {number}: write cell {row} {col} with {window.voltage:g} V"
            if (row, col) in broken:
                continue
            yield Printed(f"step{number}_state_before", state, window.start)
            yield Printed(f"step{number}_state_after", state, window.stop)
        elif window.kind in SENSING:
            side, lines = window.sensed
            driven = f"bit line {window.cols[0]}" if side == "word" else f"word line {window.rows[0]}"
            yield f"step {number}: {window.kind} with {window.voltage:g} V on {driven}"
            for line in lines:
                yield Printed(f"step{number}_sense_{line}", _sensed(crossbar, dialect, side, line), window.settled)


def _sensed(crossbar: Crossbar, dialect: Dialect, side: str, line: int) -> str:
    """The vector of a sensed line: its current into the sense circuit, or the output of its amplifier."""
    if side == "word":
        return dialect.source_current(f"v{nodes.word_source(line)}")
    if crossbar.driver.sense == "tia":
        return dialect.voltage(nodes.bit_output(line))
    return dialect.source_current(f"v{nodes.bit_source(line)}")

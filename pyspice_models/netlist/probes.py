"""What is read from a crossbar's waves: vectors of every quantity, and what a deck tells a user who runs it alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pyspice_models.array import Crossbar, nodes
from pyspice_models.netlist import selector
from pyspice_models.netlist.dialects import Dialect, Printed
from pyspice_models.netlist.rows import PerCell
from pyspice_models.stimulus import Schedule
from pyspice_models.stimulus.phase import SENSING


def probes_of(
    crossbar: Crossbar, form: str, dialect: Dialect, nodes_alone: bool
) -> tuple[dict[str, Sequence[str]], dict[str, tuple[int, ...]]]:
    """Vectors of every quantity, and its shape; `nodes_alone`: what is no node or current follows from those."""
    shape = crossbar.shape

    broken = frozenset(crossbar.faults.resistors)

    def of_cells(vector: str) -> PerCell:
        return PerCell(shape, lambda r, c: cell_vector(dialect, form, nodes.cell(r, c), vector), without=broken)

    probes: dict[str, Sequence[str]] = {}
    if nodes_alone:
        for quantity, node in crossbar.model.node_voltages.items():

            def inside(r: int | str, c: int, node: str = node) -> str:
                name = nodes.cell(r, c)
                if node in crossbar.model.others:
                    return dialect.voltage(crossbar.model.port_node(name, node))
                return dialect.inner_node(name, node)

            probes[quantity] = PerCell(shape, inside, without=broken)
    else:
        probes |= {quantity: of_cells(vector) for quantity, vector in seen_by(dialect, crossbar).items()}
        if crossbar.model.senses_current:
            probes["i_cell"] = PerCell(shape, lambda r, c: dialect.cell_current(nodes.cell(r, c)), without=broken)
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
    more, their_shapes = selector.probes(crossbar, form, dialect, nodes_alone)
    probes |= more
    shapes |= their_shapes
    shapes |= {name: (len(vectors),) for name, vectors in probes.items() if name not in shapes}
    return probes, shapes


def seen_by(dialect: Dialect, crossbar: Crossbar) -> dict[str, str]:
    """What of `CellModel.vectors` a dialect can save: some do not name nodes inside of modules."""
    every = crossbar.model.vectors.items()
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
            vectors, level = seen_by(dialect, crossbar), crossbar.model.level
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

"""Cells and lines of a crossbar as elements of a netlist, a row in each piece."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from pyspice_models.array import Crossbar, nodes
from pyspice_models.netlist import selector
from pyspice_models.netlist.dialects import NGSPICE, Dialect
from pyspice_models.netlist.rows import rows_of

_PLACE = "%.12g"  # where a cell's own value will stand


def array_elements(crossbar: Crossbar, form: str, dialect: Dialect = NGSPICE) -> Iterator[str]:
    """Cells and lines between the word terminals and the bit terminals, piece by piece, a row in each."""
    yield dialect.comment("cells")
    yield from _cells(crossbar, form, dialect)
    yield from _word_lines(crossbar, dialect)
    yield from _bit_lines(crossbar, dialect)
    yield from _couplings(crossbar, dialect)
    yield from selector.gate_lines(crossbar, dialect)
    yield from _shorts(crossbar, dialect)


def _cells(crossbar: Crossbar, form: str, dialect: Dialect) -> Iterator[str]:
    if crossbar.kinds:
        yield from _cells_of_kinds(crossbar, form, dialect)
        return
    own = crossbar.model.written({name: np.asarray(values) for name, values in crossbar.per_cell.items()})
    places, broken = dict.fromkeys(own, _PLACE), crossbar.faults.resistors
    plates = crossbar.c_plates if broken else np.zeros((0, 0))

    def row_of_cells(row: nodes.Index, _: nodes.Index) -> Iterator[str]:
        for col in range(crossbar.cols):
            bottom = crossbar.bit_node(row, col) if crossbar.selector is None else nodes.mid_node(row, col)
            name, ends = nodes.cell(row, col), (crossbar.word_node(row, col), bottom)
            if isinstance(row, str) or (row, col) not in broken:
                yield dialect.cell(form, crossbar.model, name, ends, places)
            else:
                yield from _broken(dialect, name, ends, broken[row, col], float(plates[row, col]))
            yield from selector.element(crossbar, form, dialect, row, col)

    alone = set(range(crossbar.rows)) if selector.apart(crossbar) else {row for row, _ in broken}
    for row, template in enumerate(rows_of(crossbar.rows, row_of_cells, alone=alone)):
        sound = [col for col in range(crossbar.cols) if (row, col) not in broken] if row in alone else slice(None)
        values = np.array([array[row][sound] for array in own.values()], dtype=float).T
        yield template % tuple(values.ravel().tolist())


def _cells_of_kinds(crossbar: Crossbar, form: str, dialect: Dialect) -> Iterator[str]:
    """The same where cells are of several kinds: each written by itself, with its kind's parameters."""
    broken, plates = crossbar.faults.resistors, crossbar.c_plates
    own = {
        one.name: one.model.written({name: np.asarray(values) for name, values in one.per_cell.items()})
        for one in crossbar.populations
    }
    for row in range(crossbar.rows):
        lines: list[str] = []
        for col in range(crossbar.cols):
            bottom = crossbar.bit_node(row, col) if crossbar.selector is None else nodes.mid_node(row, col)
            name, ends = nodes.cell(row, col), (crossbar.word_node(row, col), bottom)
            if (row, col) in broken:
                lines += _broken(dialect, name, ends, broken[row, col], float(plates[row, col]))
            else:
                one = crossbar.population_at(row, col)
                values = {key: float(array[row, col]) for key, array in own[one.name].items()}
                lines.append(dialect.cell(form, one.model, name, ends, values))
            lines += selector.element(crossbar, form, dialect, row, col)
        yield "\n".join(lines)


def _broken(dialect: Dialect, name: str, ends: tuple[str, str], siemens: float, plates: float) -> Iterator[str]:
    """A broken cell: a resistor, and the capacitance of its electrodes [F]."""
    yield dialect.resistor(f"broken{name}", *ends, 1 / siemens)
    if plates > 0:
        yield dialect.capacitor(f"broken{name}", *ends, plates)


def _word_lines(crossbar: Crossbar, dialect: Dialect) -> Iterator[str]:
    def row_of_segments(row: nodes.Index, _: nodes.Index) -> Iterator[str]:
        before = nodes.word_terminal(row)
        for col in range(crossbar.cols):
            node = crossbar.word_node(row, col)
            if crossbar.r_word > 0:
                yield dialect.resistor(f"wl_{row}_{col}", before, node, crossbar.r_word_before(row, col))
            yield dialect.capacitor(f"wl_{row}_{col}", node, nodes.GROUND, c_word)
            before = node

    yield dialect.comment("word lines: a segment before each crossing, its capacitance at the crossing")
    c_word, alone = crossbar.c_word, {row for row, _ in crossbar.faults.open_words}
    if "word_width" in crossbar.instances:
        alone = set(range(crossbar.rows))
    yield from rows_of(crossbar.rows, row_of_segments, alone=alone)


def _bit_lines(crossbar: Crossbar, dialect: Dialect) -> Iterator[str]:
    last = crossbar.rows - 1

    def row_of_segments(row: nodes.Index, after_row: nodes.Index) -> Iterator[str]:
        for col in range(crossbar.cols):
            node = crossbar.bit_node(row, col)
            after = nodes.bit_terminal(col) if row == last else crossbar.bit_node(after_row, col)
            if crossbar.r_bit > 0:
                yield dialect.resistor(f"bl_{row}_{col}", node, after, crossbar.r_bit_after(row, col))
            yield dialect.capacitor(f"bl_{row}_{col}", node, nodes.GROUND, c_bit)

    yield dialect.comment("bit lines: a segment after each crossing")
    c_bit = crossbar.c_bit
    yield from rows_of(crossbar.rows, row_of_segments, alone={last, *(row for row, _ in crossbar.faults.open_bits)})


def _shorts(crossbar: Crossbar, dialect: Dialect) -> Iterator[str]:
    faults = crossbar.faults
    if faults.shorted_words or faults.shorted_bits:
        yield dialect.comment("shorts between neighbouring lines")
    for r, c in faults.shorted_words:
        yield dialect.resistor(f"sw_{r}_{c}", crossbar.word_node(r, c), crossbar.word_node(r + 1, c), faults.r_short)
    for r, c in faults.shorted_bits:
        yield dialect.resistor(f"sb_{r}_{c}", crossbar.bit_node(r, c), crossbar.bit_node(r, c + 1), faults.r_short)


def _couplings(crossbar: Crossbar, dialect: Dialect) -> Iterator[str]:
    last = crossbar.rows - 1
    c_word, c_bit = crossbar.c_word_coupling, crossbar.c_bit_coupling

    def row_of_couplings(row: nodes.Index, after_row: nodes.Index) -> Iterator[str]:
        for col in range(crossbar.cols):
            word, bit = crossbar.word_node(row, col), crossbar.bit_node(row, col)
            if crossbar.wire.c_crossing > 0:
                yield dialect.capacitor(f"x_{row}_{col}", word, bit, crossbar.wire.c_crossing)
            if c_word > 0 and row != last:
                yield dialect.capacitor(f"ww_{row}_{col}", word, crossbar.word_node(after_row, col), c_word)
            if c_bit > 0 and col + 1 < crossbar.cols:
                yield dialect.capacitor(f"bb_{row}_{col}", bit, crossbar.bit_node(row, col + 1), c_bit)

    yield dialect.comment(
        "capacitances between lines: crossing (x), neighbouring word lines (ww), neighbouring bit lines (bb)"
    )
    yield from rows_of(crossbar.rows, row_of_couplings, alone={last})

"""Selectors in a deck: the transistor or threshold device in series with a cell, and the gate lines of transistors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pyspice_models.array import Crossbar, nodes
from pyspice_models.array.instances.selectors import selector_at
from pyspice_models.cells.selectors.foreign import CONTACT, ForeignTransistor
from pyspice_models.cells.selectors.foreign_module import ForeignSelector
from pyspice_models.cells.selectors.kinds import Selector, Transistor
from pyspice_models.cells.selectors.params import ThresholdParams, TransistorParams
from pyspice_models.cells.sources import threshold_module
from pyspice_models.netlist.dialects import Dialect
from pyspice_models.netlist.rows import PerCell, rows_of
from pyspice_models.netlist.sources import Sources
from pyspice_models.stimulus import Schedule

_CARD = "ag2s_select"
"""What all dialects call the model card, or the subcircuit, of selectors."""


def modules(crossbar: Crossbar) -> list[str]:
    """Verilog-A modules that selectors are in a form that takes them; the level-1 transistor is the tool's own."""
    if isinstance(crossbar.selector, TransistorParams):
        return ["transistor"] if crossbar.selector.swing > 0 else []
    if isinstance(crossbar.selector, ForeignSelector):
        return [crossbar.selector.module]
    return [threshold_module(crossbar.selector)] if isinstance(crossbar.selector, ThresholdParams) else []


def texts(crossbar: Crossbar) -> dict[str, str]:
    """Text of its module by name, where it is none of the package's own files."""
    selector = crossbar.selector
    return {selector.module: selector.source.text} if isinstance(selector, ForeignSelector) else {}


def apart(crossbar: Crossbar) -> bool:
    """Whether each selector has values, and so a model card, of its own."""
    return not {"vto", "kp", "v_th", "g_on"}.isdisjoint(crossbar.instances)


def definition(crossbar: Crossbar, form: str, dialect: Dialect) -> Iterator[str]:
    """The model card or subcircuit that all selectors refer to, or one for each."""
    if not apart(crossbar):
        yield from _definition(crossbar.selector, crossbar.temperature, form, dialect)
        return
    for row, col in crossbar.crossings():
        for text in _definition(selector_at(crossbar, row, col), crossbar.temperature, form, dialect):
            yield text.replace(_CARD, _own_card(row, col))


def _definition(selector: Selector | None, temperature: float, form: str, dialect: Dialect) -> Iterator[str]:
    if isinstance(selector, ForeignTransistor):
        yield from dialect.foreign_definition(selector)
    elif isinstance(selector, ForeignSelector):
        yield dialect.module_definition(form, selector)
    elif isinstance(selector, TransistorParams):
        yield dialect.transistor_definition(form, selector, temperature)
    elif isinstance(selector, ThresholdParams):
        yield dialect.threshold_definition(form, selector)


def element(crossbar: Crossbar, form: str, dialect: Dialect, row: nodes.Index, col: nodes.Index) -> Iterator[str]:
    """The selector of one cell, from its gold electrode to the bit line."""
    for text in _element(crossbar, form, dialect, row, col):
        yield text.replace(_CARD, _own_card(row, col)) if apart(crossbar) else text


def _own_card(row: nodes.Index, col: nodes.Index) -> str:
    return f"{_CARD}{nodes.cell(row, col)}"


def _element(crossbar: Crossbar, form: str, dialect: Dialect, row: nodes.Index, col: nodes.Index) -> Iterator[str]:
    selector, name = crossbar.selector, nodes.cell(row, col)
    mid, bit = nodes.mid_node(row, col), crossbar.bit_node(row, col)
    if isinstance(selector, ForeignTransistor):
        drain, gate, source = (nodes.transistor_end(terminal, row, col) for terminal in "dgs")
        for end, node in ((drain, mid), (gate, nodes.gate_node(row, col)), (source, bit)):
            yield dialect.resistor(end, node, end, CONTACT)
        yield dialect.foreign_transistor(name, drain, gate, source, selector)
    elif isinstance(selector, ForeignSelector):
        top = nodes.transistor_end("d", row, col)
        yield dialect.resistor(top, mid, top, CONTACT)
        yield dialect.threshold(form, name, *selector.ordered(top, bit))
    elif isinstance(selector, TransistorParams):
        gate = nodes.gate_node(row, col)
        yield dialect.transistor(form, name, mid, gate, bit, selector)
        if selector.g_off > 0:
            yield dialect.resistor(f"m{name}", mid, bit, 1 / selector.g_off)
        if selector.c_gate > 0:
            yield dialect.capacitor(f"gm{name}", gate, mid, selector.c_gate)
            yield dialect.capacitor(f"gb{name}", gate, bit, selector.c_gate)
    elif isinstance(selector, ThresholdParams):
        yield dialect.threshold(form, name, mid, bit)


def gate_lines(crossbar: Crossbar, dialect: Dialect) -> Iterator[str]:
    """Segments and capacitances of the gate lines, which run along the bit lines from the last row up."""
    selector = crossbar.selector
    if not isinstance(selector, Transistor):
        return
    last = crossbar.rows - 1

    def row_of_lines(row: nodes.Index, after_row: nodes.Index) -> Iterator[str]:
        for col in range(crossbar.cols):
            node = nodes.gate_node(row, col)
            after = nodes.gate_terminal(col) if row == last else nodes.gate_node(after_row, col)
            yield dialect.resistor(f"gl_{row}_{col}", node, after, selector.r_gate_line)
            if selector.c_gate_line > 0:
                yield dialect.capacitor(f"gl_{row}_{col}", node, nodes.GROUND, selector.c_gate_line)

    yield dialect.comment("gate lines, along the bit lines")
    yield from rows_of(crossbar.rows, row_of_lines, alone={last})


def gate_drivers(crossbar: Crossbar, schedule: Schedule, dialect: Dialect) -> Iterator[str]:
    """Sources and drivers of the gate lines."""
    sources = Sources(schedule, dialect)
    for col, wave in enumerate(schedule.gate):
        behind = nodes.gate_source(col)
        yield sources.named(behind, wave)
        yield dialect.resistor(f"gd_{col}", behind, nodes.gate_terminal(col), crossbar.driver.r_driver)


def probes(
    crossbar: Crossbar, form: str, dialect: Dialect, nodes_alone: bool = False
) -> tuple[dict[str, Sequence[str]], dict[str, tuple[int, ...]]]:
    """Vectors that a selector adds, and their shapes; with `nodes_alone` only those that do not follow from nodes."""
    selector, shape = crossbar.selector, crossbar.shape
    if selector is None:
        return {}, {}
    found: dict[str, Sequence[str]] = {"v_mid": PerCell(shape, lambda r, c: dialect.voltage(nodes.mid_node(r, c)))}
    shapes: dict[str, tuple[int, ...]] = {"v_mid": shape}
    if isinstance(selector, Transistor):
        # a transistor's current follows from its three voltages; saves cost time as the square of their number
        found["v_gate"] = PerCell(shape, lambda r, c: dialect.voltage(nodes.gate_node(r, c)))
        shapes["v_gate"] = shape
        columns = range(crossbar.cols)
        found["v_gate_terminal"] = [dialect.voltage(nodes.gate_terminal(c)) for c in columns]
        found["i_gate_source"] = [dialect.source_current(f"v{nodes.gate_source(c)}") for c in columns]
        if isinstance(selector, ForeignTransistor):
            for terminal in "dgs":
                found[f"v_{terminal}"] = _behind(shape, dialect, terminal)
                shapes[f"v_{terminal}"] = shape
        return found, shapes
    if isinstance(selector, ForeignSelector):
        return found | {"v_d": _behind(shape, dialect, "d")}, shapes | {"v_d": shape}
    if selector.remembers:
        inside = (lambda name: dialect.inner_node(name, "ns")) if nodes_alone else (
            lambda name: dialect.cell_vector(form, name, "s")
        )  # fmt: skip
        found["s_selector"] = PerCell(shape, lambda r, c: inside(f"s{nodes.cell(r, c)}"))
        shapes["s_selector"] = shape
    if not nodes_alone:
        found["p_selector"] = PerCell(shape, lambda r, c: dialect.cell_vector(form, f"s{nodes.cell(r, c)}", "p"))
        found["es_selector"] = PerCell(shape, lambda r, c: dialect.cell_vector(form, f"s{nodes.cell(r, c)}", "es"))
        shapes |= {"p_selector": shape, "es_selector": shape}
    return found, shapes


def _behind(shape: tuple[int, int], dialect: Dialect, terminal: str) -> PerCell:
    return PerCell(shape, lambda r, c: dialect.voltage(nodes.transistor_end(terminal, r, c)))


def scales(form: str) -> dict[str, float]:
    """Factors from these vectors to SI: the subcircuit shows its energy in femtojoules."""
    return {"es_selector": 1e-15 if form == "subckt" else 1.0}

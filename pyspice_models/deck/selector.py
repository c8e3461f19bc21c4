"""Selectors in a deck: the transistor or threshold device in series with a cell, and the gate lines of transistors."""

from __future__ import annotations

from collections.abc import Iterator

from pyspice_models.array import Crossbar, nodes
from pyspice_models.bench import Schedule
from pyspice_models.deck import ngspice as write
from pyspice_models.device import sources
from pyspice_models.params import ThresholdParams, TransistorParams


def definition(crossbar: Crossbar, form: str) -> Iterator[str]:
    """The model card or subcircuit that all selectors refer to."""
    selector = crossbar.selector
    if isinstance(selector, TransistorParams):
        # is=0, no junctions: lines go negative in a reset, and a real array keeps its wells below them
        yield (
            f".model ag2s_select nmos level=1 vto={write.number(selector.vto)} kp={write.number(selector.kp)}"
            f" lambda={write.number(selector.lambda_)} gamma=0 is=0"
        )
    elif isinstance(selector, ThresholdParams) and form == "osdi":
        values = [f"+ {name}={write.number(value)}" for name, value in selector.as_dict().items()]
        yield "\n".join([".model ag2s_select selector", *values])
    elif isinstance(selector, ThresholdParams):
        text = sources.subcircuit_source(selector, "selector").rstrip()
        yield text.replace(".subckt selector", ".subckt ag2s_select").replace(".ends selector", ".ends ag2s_select")


def element(crossbar: Crossbar, form: str, row: int, col: int) -> Iterator[str]:
    """The selector of one cell, from its gold electrode to the bit line."""
    selector, name = crossbar.selector, nodes.cell(row, col)
    mid, bit = nodes.mid_node(row, col), crossbar.bit_node(row, col)
    if isinstance(selector, TransistorParams):
        gate = nodes.gate_node(row, col)
        size = f"w={write.number(selector.width)} l={write.number(selector.length)}"
        yield f"m{name} {mid} {gate} {bit} {nodes.GROUND} ag2s_select {size}"
        if selector.g_off > 0:
            yield write.resistor(f"m{name}", mid, bit, 1 / selector.g_off)
        if selector.c_gate > 0:
            yield write.capacitor(f"gm{name}", gate, mid, selector.c_gate)
            yield write.capacitor(f"gb{name}", gate, bit, selector.c_gate)
    elif isinstance(selector, ThresholdParams):
        yield f"{'n' if form == 'osdi' else 'x'}s{name} {mid} {bit} ag2s_select"


def gate_lines(crossbar: Crossbar) -> Iterator[str]:
    """Segments and capacitances of the gate lines, which run along the bit lines from the last row up."""
    selector = crossbar.selector
    if not isinstance(selector, TransistorParams):
        return
    yield "* gate lines, along the bit lines"
    for row, col in crossbar.crossings():
        after = nodes.gate_terminal(col) if row == crossbar.rows - 1 else nodes.gate_node(row + 1, col)
        yield write.resistor(f"gl_{row}_{col}", nodes.gate_node(row, col), after, selector.r_gate_line)
        if selector.c_gate_line > 0:
            yield write.capacitor(f"gl_{row}_{col}", nodes.gate_node(row, col), nodes.GROUND, selector.c_gate_line)


def gate_drivers(crossbar: Crossbar, schedule: Schedule) -> Iterator[str]:
    """Sources and drivers of the gate lines."""
    for col, wave in enumerate(schedule.gate):
        behind = nodes.gate_source(col)
        yield write.source(behind, behind, nodes.GROUND, wave)
        yield write.resistor(f"gd_{col}", behind, nodes.gate_terminal(col), crossbar.driver.r_driver)


def probes(crossbar: Crossbar, form: str) -> tuple[dict[str, list[str]], dict[str, tuple[int, ...]]]:
    """Vectors that a selector adds, and their shapes."""
    selector, cells = crossbar.selector, list(crossbar.crossings())
    if selector is None:
        return {}, {}
    found = {"v_mid": [f"v({nodes.mid_node(r, c)})" for r, c in cells]}
    shapes: dict[str, tuple[int, ...]] = {"v_mid": crossbar.shape}
    if isinstance(selector, TransistorParams):
        # a transistor's current follows from its three voltages; saves cost time as the square of their number
        found["v_gate"] = [f"v({nodes.gate_node(r, c)})" for r, c in cells]
        shapes["v_gate"] = crossbar.shape
        columns = range(crossbar.cols)
        found["v_gate_terminal"] = [f"v({nodes.gate_terminal(c)})" for c in columns]
        found["i_gate_source"] = [f"i(v{nodes.gate_source(c)})" for c in columns]
        shapes |= {"v_gate_terminal": (crossbar.cols,), "i_gate_source": (crossbar.cols,)}
    else:
        for quantity in ("p", "es"):
            name = {"p": "p_selector", "es": "es_selector"}[quantity]
            found[name] = [write.cell_vector(form, f"s{nodes.cell(r, c)}", quantity) for r, c in cells]
            shapes[name] = crossbar.shape
    return found, shapes


def scales(form: str) -> dict[str, float]:
    """Factors from these vectors to SI."""
    return {"es_selector": write.cell_scale(form, "es")}

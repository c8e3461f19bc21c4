"""From a crossbar and a schedule to a deck. The same description gives the same text, byte for byte."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from pyspice_models.array import Crossbar, nodes
from pyspice_models.bench import Schedule
from pyspice_models.deck import ngspice as write
from pyspice_models.deck.accuracy import Accuracy
from pyspice_models.deck.deck import Deck
from pyspice_models.errors import RequestError

CELL_QUANTITIES = ("w", "x", "p", "es")


def crossbar_deck(
    crossbar: Crossbar,
    schedule: Schedule,
    *,
    form: str = "osdi",
    accuracy: Accuracy | None = None,
    title: str = "Ag2S crossbar",
    standalone: bool = False,
) -> Deck:
    """The complete deck of a transient.

    Args:
        crossbar: what is simulated.
        schedule: what is done to it.
        form: "osdi" or "subckt".
        accuracy: numerical settings.
        title: first line; one line of printable text.
        standalone: run from within the deck, for a bare `ngspice -b FILE`, and print what the last write and the
            last read did. Without it the deck is for an engine, which asks for a raw file on the command line.

    Raises:
        RequestError: unknown form, or a title that is not one line of printable text.
    """
    check_form(form)
    check_title(title)
    accuracy = accuracy or Accuracy()
    probes, shapes = _probes(crossbar, form)
    vectors = [vector for group in probes.values() for vector in group]
    longest_step = schedule.shortest_pulse / accuracy.steps_per_pulse
    parts = [
        f"* {title}",
        f"* {crossbar.rows} word lines x {crossbar.cols} bit lines, cell form {form}; plain SI numbers throughout",
        *(["* needs ag2s.osdi beside this file: openvaf-r ag2s.va -o ag2s.osdi"] if form == "osdi" else []),
        write.cell_definition(form, crossbar.cell),
        *array_elements(crossbar, form),
        *bench_elements(crossbar, schedule),
        *([write.restarts(schedule.restarts)] if schedule.restarts else []),
        write.options(accuracy, crossbar.temperature),
        write.saves(vectors),
        write.transient(crossbar.driver.t_edge / 10, schedule.stop, longest_step),
        write.control(form, _report(crossbar, schedule, form) if standalone else ()),
        ".end",
        "",
    ]
    scales = {quantity: write.cell_scale(form, quantity) for quantity in CELL_QUANTITIES}
    return Deck("\n".join(parts), form, schedule.stop, probes, shapes, scales)


def array_elements(crossbar: Crossbar, form: str) -> Iterator[str]:
    """Cells and lines, row by row, between the word terminals and the bit terminals."""
    own = {name: np.asarray(values) for name, values in crossbar.per_cell.items()}
    yield "* cells"
    for r, c in crossbar.crossings():
        differing = {name: float(values[r, c]) for name, values in own.items()}
        yield write.cell(form, nodes.cell(r, c), crossbar.word_node(r, c), crossbar.bit_node(r, c), differing)
    yield "* word lines: a segment before each crossing, its capacitance at the crossing"
    for r, c in crossbar.crossings():
        before = nodes.word_terminal(r) if c == 0 else crossbar.word_node(r, c - 1)
        if crossbar.r_word > 0:
            yield write.resistor(f"wl_{r}_{c}", before, crossbar.word_node(r, c), crossbar.r_word)
        yield write.capacitor(f"wl_{r}_{c}", crossbar.word_node(r, c), nodes.GROUND, crossbar.c_word)
    yield "* bit lines: a segment after each crossing"
    for r, c in crossbar.crossings():
        after = nodes.bit_terminal(c) if r == crossbar.rows - 1 else crossbar.bit_node(r + 1, c)
        if crossbar.r_bit > 0:
            yield write.resistor(f"bl_{r}_{c}", crossbar.bit_node(r, c), after, crossbar.r_bit)
        yield write.capacitor(f"bl_{r}_{c}", crossbar.bit_node(r, c), nodes.GROUND, crossbar.c_bit)


def bench_elements(crossbar: Crossbar, schedule: Schedule) -> Iterator[str]:
    """Drivers and sense resistors with their sources."""
    driver = crossbar.driver
    ends = [
        ("w", r, nodes.word_source(r), nodes.word_terminal(r), driver.r_driver, schedule.word[r], schedule.word_gate[r])
        for r in range(crossbar.rows)
    ] + [
        ("b", c, nodes.bit_source(c), nodes.bit_terminal(c), driver.r_sense, schedule.bit[c], schedule.bit_gate[c])
        for c in range(crossbar.cols)
    ]
    yield "* drivers of the word lines (w), sense circuits of the bit lines (b)"
    for kind, index, behind, terminal, resistance, wave, gate in ends:
        yield write.source(behind, behind, nodes.GROUND, wave)
        if gate.is_constant:
            yield write.resistor(f"{kind}d_{index}", behind, terminal, resistance)
        else:
            gate_node = f"{kind}g_{index}"
            yield write.source(gate_node, gate_node, nodes.GROUND, gate)
            yield write.gated_resistor(f"{kind}d_{index}", behind, terminal, gate_node, resistance, driver.r_off)


def _probes(crossbar: Crossbar, form: str) -> tuple[dict[str, list[str]], dict[str, tuple[int, ...]]]:
    cells = list(crossbar.crossings())
    probes = {
        quantity: [write.cell_vector(form, nodes.cell(r, c), quantity) for r, c in cells]
        for quantity in CELL_QUANTITIES
    }
    shapes: dict[str, tuple[int, ...]] = dict.fromkeys(CELL_QUANTITIES, crossbar.shape)
    if crossbar.r_word > 0:
        probes["v_word"] = [f"v({crossbar.word_node(r, c)})" for r, c in cells]
        shapes["v_word"] = crossbar.shape
    if crossbar.r_bit > 0:
        probes["v_bit"] = [f"v({crossbar.bit_node(r, c)})" for r, c in cells]
        shapes["v_bit"] = crossbar.shape
    for side, count in (("word", crossbar.rows), ("bit", crossbar.cols)):
        terminal = nodes.word_terminal if side == "word" else nodes.bit_terminal
        behind = nodes.word_source if side == "word" else nodes.bit_source
        probes[f"v_{side}_terminal"] = [f"v({terminal(i)})" for i in range(count)]
        probes[f"i_{side}_source"] = [f"i(v{behind(i)})" for i in range(count)]
        shapes[f"v_{side}_terminal"] = shapes[f"i_{side}_source"] = (count,)
    return probes, shapes


def _report(crossbar: Crossbar, schedule: Schedule, form: str) -> Iterator[str]:
    yield "run"
    for number, window in enumerate(schedule.windows):
        if window.kind == "write":
            state = write.cell_vector(form, nodes.cell(window.row, window.col), "w")
            yield f"echo step {number}: write cell {window.row} {window.col} with {window.voltage:g} V"
            yield f"meas tran step{number}_state_before find {state} at={window.start:.15g}"
            yield f"meas tran step{number}_state_after find {state} at={window.stop:.15g}"
        elif window.kind == "read":
            cols = range(crossbar.cols) if window.col < 0 else [window.col]
            yield f"echo step {number}: read row {window.row} with {window.voltage:g} V, current into the sense circuit"
            for c in cols:
                yield f"meas tran step{number}_current_{c} find i(v{nodes.bit_source(c)}) at={window.settled:.15g}"
    yield "quit"


def check_form(form: str) -> None:
    """Raise RequestError for a form that no deck can be written in."""
    if form not in write.FORMS:
        raise RequestError.for_value("form", form, allowed=f"one of {', '.join(write.FORMS)}")


def check_title(title: str) -> None:
    """Raise RequestError unless the title is one line of printable text: it goes into a deck, where lines are code."""
    if not title.isprintable() or not title.isascii() or not title.strip():
        raise RequestError.for_value("title", title, allowed="one line of printable ASCII text")

"""From a crossbar and a schedule to a deck. The same description gives the same text, byte for byte."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from pyspice_models.array import Crossbar, nodes
from pyspice_models.bench import Schedule, Waveform
from pyspice_models.deck import ngspice as write
from pyspice_models.deck import selector
from pyspice_models.deck.accuracy import Accuracy
from pyspice_models.deck.compliance import compliance, compliance_library
from pyspice_models.deck.deck import Deck, Described
from pyspice_models.errors import RequestError

CELL_QUANTITIES = ("w", "x", "p", "es")
_SMALL = 1e-3  # [ohm] where a resistor is needed and none is meant


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
    accuracy = accuracy or Accuracy.for_crossbar(crossbar)
    models = models_of(crossbar)
    probes, shapes = _probes(crossbar, form)
    vectors = [vector for group in probes.values() for vector in group]
    longest_step = accuracy.longest_step(schedule.shortest_pulse, schedule.stop)
    parts = [
        f"* {title}",
        f"* {crossbar.rows} word lines x {crossbar.cols} bit lines, cell form {form}; plain SI numbers throughout",
        *(
            [f"* needs {m}.osdi beside this file: openvaf-r {m}.va -o {m}.osdi" for m in models]
            if form == "osdi"
            else []
        ),
        write.cell_definition(form, crossbar.cell),
        *selector.definition(crossbar, form),
        *([compliance_library()] if crossbar.driver.compliance != "none" else []),
        *array_elements(crossbar, form),
        *bench_elements(crossbar, schedule),
        *selector.gate_drivers(crossbar, schedule),
        *([write.restarts(schedule.restarts)] if schedule.restarts else []),
        write.options(accuracy, crossbar.temperature),
        write.saves(vectors),
        write.transient(crossbar.driver.t_edge / 10, schedule.stop, longest_step),
        write.control(form, _report(crossbar, schedule, form) if standalone else (), models),
        ".end",
        "",
    ]
    scales = {quantity: write.cell_scale(form, quantity) for quantity in CELL_QUANTITIES} | selector.scales(form)
    described = Described(crossbar, schedule, accuracy)
    return Deck("\n".join(parts), form, schedule.stop, probes, shapes, scales, described, models)


def models_of(crossbar: Crossbar) -> tuple[str, ...]:
    """Verilog-A modules that a crossbar's cells and selectors need in the form "osdi"."""
    return ("ag2s", "selector") if crossbar.kind == "1S1R" else ("ag2s",)


def array_elements(crossbar: Crossbar, form: str) -> Iterator[str]:
    """Cells and lines, row by row, between the word terminals and the bit terminals."""
    own = {name: np.asarray(values) for name, values in crossbar.as_built.items()}
    yield "* cells"
    for r, c in crossbar.crossings():
        differing = {name: float(values[r, c]) for name, values in own.items()}
        bottom = crossbar.bit_node(r, c) if crossbar.selector is None else nodes.mid_node(r, c)
        yield write.cell(form, nodes.cell(r, c), crossbar.word_node(r, c), bottom, differing)
        yield from selector.element(crossbar, form, r, c)
    yield from _word_lines(crossbar)
    yield from _bit_lines(crossbar)
    yield from _couplings(crossbar)
    yield from selector.gate_lines(crossbar)
    yield from _shorts(crossbar)


def _word_lines(crossbar: Crossbar) -> Iterator[str]:
    yield "* word lines: a segment before each crossing, its capacitance at the crossing"
    for r, c in crossbar.crossings():
        before = nodes.word_terminal(r) if c == 0 else crossbar.word_node(r, c - 1)
        if crossbar.r_word > 0:
            yield write.resistor(f"wl_{r}_{c}", before, crossbar.word_node(r, c), crossbar.r_word_before(r, c))
        yield write.capacitor(f"wl_{r}_{c}", crossbar.word_node(r, c), nodes.GROUND, crossbar.c_word)


def _bit_lines(crossbar: Crossbar) -> Iterator[str]:
    yield "* bit lines: a segment after each crossing"
    for r, c in crossbar.crossings():
        after = nodes.bit_terminal(c) if r == crossbar.rows - 1 else crossbar.bit_node(r + 1, c)
        if crossbar.r_bit > 0:
            yield write.resistor(f"bl_{r}_{c}", crossbar.bit_node(r, c), after, crossbar.r_bit_after(r, c))
        yield write.capacitor(f"bl_{r}_{c}", crossbar.bit_node(r, c), nodes.GROUND, crossbar.c_bit)


def _shorts(crossbar: Crossbar) -> Iterator[str]:
    faults = crossbar.faults
    if faults.shorted_words or faults.shorted_bits:
        yield "* shorts between neighbouring lines"
    for r, c in faults.shorted_words:
        yield write.resistor(f"sw_{r}_{c}", crossbar.word_node(r, c), crossbar.word_node(r + 1, c), faults.r_short)
    for r, c in faults.shorted_bits:
        yield write.resistor(f"sb_{r}_{c}", crossbar.bit_node(r, c), crossbar.bit_node(r, c + 1), faults.r_short)


def _couplings(crossbar: Crossbar) -> Iterator[str]:
    yield "* capacitances between lines: crossing (x), neighbouring word lines (ww), neighbouring bit lines (bb)"
    for r, c in crossbar.crossings():
        word, bit = crossbar.word_node(r, c), crossbar.bit_node(r, c)
        if crossbar.wire.c_crossing > 0:
            yield write.capacitor(f"x_{r}_{c}", word, bit, crossbar.wire.c_crossing)
        if crossbar.c_word_coupling > 0 and r + 1 < crossbar.rows:
            yield write.capacitor(f"ww_{r}_{c}", word, crossbar.word_node(r + 1, c), crossbar.c_word_coupling)
        if crossbar.c_bit_coupling > 0 and c + 1 < crossbar.cols:
            yield write.capacitor(f"bb_{r}_{c}", bit, crossbar.bit_node(r, c + 1), crossbar.c_bit_coupling)


def bench_elements(crossbar: Crossbar, schedule: Schedule) -> Iterator[str]:
    """Drivers of the word lines and sense circuits of the bit lines, with their sources."""
    driver = crossbar.driver
    yield "* drivers of the word lines (wd, at the far end wf)"
    for r in range(crossbar.rows):
        yield write.source(nodes.word_source(r), nodes.word_source(r), nodes.GROUND, schedule.word[r])
        yield from _word_driver(crossbar, r, schedule.word_gate[r])
    yield "* sense circuits of the bit lines (bd, at the far end bf)"
    for c in range(crossbar.cols):
        reference = nodes.bit_source(c)
        behind = nodes.bit_input(c) if driver.sense == "tia" else reference
        ends = {f"bd_{c}": nodes.bit_terminal(c)} | ({f"bf_{c}": crossbar.bit_node(0, c)} if driver.both_ends else {})
        yield write.source(reference, reference, nodes.GROUND, schedule.bit[c])
        yield from _switched(
            f"bg_{c}", behind, ends, driver.r_sense + driver.r_contact, driver.r_off, schedule.bit_gate[c]
        )
        if driver.sense == "tia":
            yield from write.amplifier(
                f"amp_{c}", reference, nodes.bit_input(c), nodes.bit_output(c),
                gain=driver.gain, gbw=driver.gbw, r_feedback=driver.r_feedback, c_feedback=driver.c_feedback,
            )  # fmt: skip


def _word_driver(crossbar: Crossbar, row: int, gate: Waveform) -> Iterator[str]:
    """What stands between the source of a word line and its terminal."""
    driver, behind, terminal = crossbar.driver, nodes.word_source(row), nodes.word_terminal(row)
    if driver.compliance != "none":
        # the limiter has the driver's resistance in it; the contact is the switch
        contact = max(driver.r_contact, _SMALL)
        yield from _switched(f"wg_{row}", behind, {f"wd_{row}": nodes.word_limited(row)}, contact, driver.r_off, gate)
        yield compliance(
            f"_{row}", nodes.word_limited(row), terminal, r=driver.r_driver, i_limit=driver.i_limit,
            limiter=driver.compliance,
        )  # fmt: skip
        return
    ends = {f"wd_{row}": terminal}
    if driver.both_ends:
        ends[f"wf_{row}"] = crossbar.word_node(row, crossbar.cols - 1)
    yield from _switched(f"wg_{row}", behind, ends, driver.r_driver + driver.r_contact, driver.r_off, gate)


def _switched(
    gate_name: str, behind: str, ends: Mapping[str, str], r_on: float, r_off: float, gate: Waveform
) -> Iterator[str]:  # fmt: skip
    """Resistors from the node `behind` to the ends of a line; they open where the gate's waveform is 0."""
    if not gate.is_constant:
        yield write.source(gate_name, gate_name, nodes.GROUND, gate)
    for name, end in ends.items():
        if gate.is_constant:
            yield write.resistor(name, behind, end, r_on)
        else:
            yield write.gated_resistor(name, behind, end, gate_name, r_on, r_off)


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
    rows, cols = range(crossbar.rows), range(crossbar.cols)
    probes["v_word_terminal"] = [f"v({nodes.word_terminal(r)})" for r in rows]
    probes["i_word_source"] = [f"i(v{nodes.word_source(r)})" for r in rows]
    probes["v_bit_terminal"] = [f"v({nodes.bit_terminal(c)})" for c in cols]
    if crossbar.driver.sense == "tia":
        probes["v_bit_input"] = [f"v({nodes.bit_input(c)})" for c in cols]
        probes["v_bit_output"] = [f"v({nodes.bit_output(c)})" for c in cols]
        probes["i_bit_output"] = [f"i(eamp_{c})" for c in cols]
    else:
        probes["i_bit_source"] = [f"i(v{nodes.bit_source(c)})" for c in cols]
    more, their_shapes = selector.probes(crossbar, form)
    probes |= more
    shapes |= their_shapes
    shapes |= {name: (len(vectors),) for name, vectors in probes.items() if name not in shapes}
    return probes, shapes


def _report(crossbar: Crossbar, schedule: Schedule, form: str) -> Iterator[str]:
    yield "run"
    for number, window in enumerate(schedule.windows):
        if window.kind == "write":
            row, col = window.rows[0], window.cols[0]
            state = write.cell_vector(form, nodes.cell(row, col), "w")
            yield f"echo step {number}: write cell {row} {col} with {window.voltage:g} V"
            yield f"meas tran step{number}_state_before find {state} at={window.start:.15g}"
            yield f"meas tran step{number}_state_after find {state} at={window.stop:.15g}"
        elif window.kind in {"read", "vmm"}:
            yield f"echo step {number}: {window.kind} with {window.voltage:g} V on word line {window.rows[0]}"
            for c in window.cols:
                sensed = f"v({nodes.bit_output(c)})" if crossbar.driver.sense == "tia" else f"i(v{nodes.bit_source(c)})"
                yield f"meas tran step{number}_sense_{c} find {sensed} at={window.settled:.15g}"
    yield "quit"


def check_form(form: str) -> None:
    """Raise RequestError for a form that no deck can be written in."""
    if form not in write.FORMS:
        raise RequestError.for_value("form", form, allowed=f"one of {', '.join(write.FORMS)}")


def check_title(title: str) -> None:
    """Raise RequestError unless the title is one line of printable text: it goes into a deck, where lines are code."""
    if not title.isprintable() or not title.isascii() or not title.strip():
        raise RequestError.for_value("title", title, allowed="one line of printable ASCII text")

"""From a crossbar and a schedule to a deck. The same description gives the same text, byte for byte."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain

import numpy as np

from pyspice_models.accuracy import Accuracy
from pyspice_models.array import Crossbar, nodes
from pyspice_models.netlist import rails, selector
from pyspice_models.netlist.deck import Deck
from pyspice_models.netlist.dialects import NGSPICE, Dialect, Finding, Transient, dialect
from pyspice_models.netlist.limiter import followed, limiter_module, word_limiter
from pyspice_models.netlist.rows import PerCell, rows_of
from pyspice_models.netlist.sources import Sources
from pyspice_models.simulation import Simulation
from pyspice_models.stimulus import Schedule, Waveform
from pyspice_models.stimulus.pacing import paced

_SMALL = 1e-3  # [ohm] where a resistor is needed and none is meant
_PLACE = "%.12g"  # where a cell's own value will stand


def crossbar_deck(
    crossbar: Crossbar,
    schedule: Schedule,
    *,
    form: str = "osdi",
    accuracy: Accuracy | None = None,
    title: str = "Ag2S crossbar",
    standalone: bool = False,
    by_name: bool = False,
    dialect_name: str = "ngspice",
) -> Deck:
    """The complete deck of a transient; see `deck_of` for one of a `Simulation`.

    Args:
        crossbar: what is simulated.
        schedule: what is done to it.
        form: of the cell: "osdi", "subckt" or "veriloga", whichever the dialect takes.
        accuracy: numerical settings.
        title: first line; one line of printable text.
        standalone, by_name, dialect_name: as in `deck_of`.

    Raises:
        RequestError: unknown dialect, a form or an element that it cannot express, or a title that is not one line
            of printable text.
    """
    asked = Simulation(crossbar, schedule, accuracy or Accuracy(), form, title)
    return deck_of(asked, standalone=standalone, by_name=by_name, dialect_name=dialect_name)


def deck_of(
    asked: Simulation,
    *,
    standalone: bool = False,
    by_name: bool = False,
    dialect_name: str = "ngspice",
    building: Callable[[float], None] | None = None,
) -> Deck:
    """The complete deck of a simulation.

    Args:
        asked: what is simulated.
        standalone: for a user who runs the deck alone: where the tool can, it prints what the writes and reads did.
            Without it the deck is for an engine.
        by_name: save cells' states and powers by name, though their nodes alone would take less time.
        dialect_name: whose netlist.
        building: is told about progress, 0 to 1.

    Raises:
        RequestError: unknown dialect, or a form or an element that it cannot express.
    """
    crossbar, schedule, form = asked.crossbar, asked.schedule, asked.form
    write, model = dialect(dialect_name), crossbar.model
    write.check_form(form)
    accuracy = followed(crossbar, asked.accuracy)
    models = models_of(crossbar, form, write, schedule)
    longest = min(accuracy.longest_step(schedule.shortest_pulse, schedule.stop), write.longest_step * schedule.finest)
    restarts = paced(schedule, accuracy.steps_per_pulse, longest, building) if write.paced else schedule.restarts
    nodes_alone = write.sees_inside(form) and bool(model.node_voltages) and not (standalone or by_name)
    probes, shapes = _probes(crossbar, form, write, nodes_alone)
    if schedule.rails:
        probes["i_rail"] = rails.rail_currents(schedule, write)
        shapes["i_rail"] = (len(probes["i_rail"]),)
    run = Transient(
        stop=schedule.stop, first_step=crossbar.driver.t_edge / 10,
        longest_step=longest, accuracy=accuracy, temperature=crossbar.temperature,
    )  # fmt: skip
    limiters = limiter_module(crossbar)
    if limiters:
        list(word_limiter(crossbar, write, 0))  # refused now, not while a file is being written

    def pieces() -> Iterator[str]:
        yield from write.title(asked.title)
        yield write.comment(
            f"{crossbar.rows} word lines x {crossbar.cols} bit lines, cell form {form}; plain SI numbers throughout"
        )
        yield from write.loading(models)
        yield write.cell_definition(form, model, crossbar.cell)
        yield from selector.definition(crossbar, form, write)
        if limiters:
            yield write.limiter_definition(limiters)
        yield from array_elements(crossbar, form, write)
        if schedule.rails:
            yield from rails.rail_elements(crossbar, schedule, write)
        else:
            yield from bench_elements(crossbar, schedule, write)
            yield from selector.gate_drivers(crossbar, schedule, write)
        if restarts:
            yield write.restarts(restarts)
        vectors = ["all"] if nodes_alone else filter(None, chain.from_iterable(probes.values()))
        yield from write.analysis(
            run, vectors, models, _report(crossbar, schedule, form, write) if standalone else None
        )

    scales = {q: shown.scale(form) for q, shown in model.shown.items()} | selector.scales(form)
    breakpoints = sorted({*schedule.corners, *restarts})
    return Deck(pieces, form, schedule.stop, probes, shapes, scales, models, write.name, breakpoints)


def models_of(
    crossbar: Crossbar, form: str, write: Dialect = NGSPICE, schedule: Schedule | None = None
) -> tuple[str, ...]:  # fmt: skip
    """Verilog-A modules that a crossbar needs in this form; with a schedule, those of its drivers too."""
    used = [crossbar.model.name, *selector.modules(crossbar)]
    if schedule is not None:
        if schedule.rails or not all(wave.is_constant for wave in (*schedule.word_gate, *schedule.bit_gate)):
            used.append("gated_resistor")
        if limiters := limiter_module(crossbar):
            used.append(limiters)
    return write.modules(form, used)


def array_elements(crossbar: Crossbar, form: str, write: Dialect = NGSPICE) -> Iterator[str]:
    """Cells and lines between the word terminals and the bit terminals, piece by piece, a row in each."""
    yield write.comment("cells")
    yield from _cells(crossbar, form, write)
    yield from _word_lines(crossbar, write)
    yield from _bit_lines(crossbar, write)
    yield from _couplings(crossbar, write)
    yield from selector.gate_lines(crossbar, write)
    yield from _shorts(crossbar, write)


def _cells(crossbar: Crossbar, form: str, write: Dialect) -> Iterator[str]:
    own = {name: np.asarray(values) for name, values in crossbar.per_cell.items()}
    places, broken = dict.fromkeys(own, _PLACE), crossbar.faults.resistors
    plates = crossbar.c_plates if broken else np.zeros((0, 0))

    def row_of_cells(row: nodes.Index, _: nodes.Index) -> Iterator[str]:
        for col in range(crossbar.cols):
            bottom = crossbar.bit_node(row, col) if crossbar.selector is None else nodes.mid_node(row, col)
            name, ends = nodes.cell(row, col), (crossbar.word_node(row, col), bottom)
            if isinstance(row, str) or (row, col) not in broken:
                yield write.cell(form, crossbar.model, name, ends, places)
            else:
                yield write.resistor(f"broken{name}", *ends, 1 / broken[row, col])
                if plates[row, col] > 0:
                    yield write.capacitor(f"broken{name}", *ends, float(plates[row, col]))
            yield from selector.element(crossbar, form, write, row, col)

    alone = {row for row, _ in broken}
    for row, template in enumerate(rows_of(crossbar.rows, row_of_cells, alone=alone)):
        sound = [col for col in range(crossbar.cols) if (row, col) not in broken] if row in alone else slice(None)
        values = np.array([array[row][sound] for array in own.values()], dtype=float).T
        yield template % tuple(values.ravel().tolist())


def _word_lines(crossbar: Crossbar, write: Dialect) -> Iterator[str]:
    def row_of_segments(row: nodes.Index, _: nodes.Index) -> Iterator[str]:
        before = nodes.word_terminal(row)
        for col in range(crossbar.cols):
            node = crossbar.word_node(row, col)
            if crossbar.r_word > 0:
                yield write.resistor(f"wl_{row}_{col}", before, node, crossbar.r_word_before(row, col))
            yield write.capacitor(f"wl_{row}_{col}", node, nodes.GROUND, c_word)
            before = node

    yield write.comment("word lines: a segment before each crossing, its capacitance at the crossing")
    c_word = crossbar.c_word
    yield from rows_of(crossbar.rows, row_of_segments, alone={row for row, _ in crossbar.faults.open_words})


def _bit_lines(crossbar: Crossbar, write: Dialect) -> Iterator[str]:
    last = crossbar.rows - 1

    def row_of_segments(row: nodes.Index, after_row: nodes.Index) -> Iterator[str]:
        for col in range(crossbar.cols):
            node = crossbar.bit_node(row, col)
            after = nodes.bit_terminal(col) if row == last else crossbar.bit_node(after_row, col)
            if crossbar.r_bit > 0:
                yield write.resistor(f"bl_{row}_{col}", node, after, crossbar.r_bit_after(row, col))
            yield write.capacitor(f"bl_{row}_{col}", node, nodes.GROUND, c_bit)

    yield write.comment("bit lines: a segment after each crossing")
    c_bit = crossbar.c_bit
    yield from rows_of(crossbar.rows, row_of_segments, alone={last, *(row for row, _ in crossbar.faults.open_bits)})


def _shorts(crossbar: Crossbar, write: Dialect) -> Iterator[str]:
    faults = crossbar.faults
    if faults.shorted_words or faults.shorted_bits:
        yield write.comment("shorts between neighbouring lines")
    for r, c in faults.shorted_words:
        yield write.resistor(f"sw_{r}_{c}", crossbar.word_node(r, c), crossbar.word_node(r + 1, c), faults.r_short)
    for r, c in faults.shorted_bits:
        yield write.resistor(f"sb_{r}_{c}", crossbar.bit_node(r, c), crossbar.bit_node(r, c + 1), faults.r_short)


def _couplings(crossbar: Crossbar, write: Dialect) -> Iterator[str]:
    last = crossbar.rows - 1
    c_word, c_bit = crossbar.c_word_coupling, crossbar.c_bit_coupling

    def row_of_couplings(row: nodes.Index, after_row: nodes.Index) -> Iterator[str]:
        for col in range(crossbar.cols):
            word, bit = crossbar.word_node(row, col), crossbar.bit_node(row, col)
            if crossbar.wire.c_crossing > 0:
                yield write.capacitor(f"x_{row}_{col}", word, bit, crossbar.wire.c_crossing)
            if c_word > 0 and row != last:
                yield write.capacitor(f"ww_{row}_{col}", word, crossbar.word_node(after_row, col), c_word)
            if c_bit > 0 and col + 1 < crossbar.cols:
                yield write.capacitor(f"bb_{row}_{col}", bit, crossbar.bit_node(row, col + 1), c_bit)

    yield write.comment(
        "capacitances between lines: crossing (x), neighbouring word lines (ww), neighbouring bit lines (bb)"
    )
    yield from rows_of(crossbar.rows, row_of_couplings, alone={last})


def bench_elements(crossbar: Crossbar, schedule: Schedule, write: Dialect = NGSPICE) -> Iterator[str]:
    """Drivers of the word lines and sense circuits of the bit lines, with their sources."""
    driver, sources = crossbar.driver, Sources(schedule, write)
    yield write.comment("drivers of the word lines (wd, at the far end wf)")
    for r in range(crossbar.rows):
        yield sources.named(nodes.word_source(r), schedule.word[r])
        yield from _word_driver(crossbar, write, r, schedule.word_gate[r], sources)
    yield write.comment("sense circuits of the bit lines (bd, at the far end bf)")
    for c in range(crossbar.cols):
        reference = nodes.bit_source(c)
        behind = nodes.bit_input(c) if driver.sense == "tia" else reference
        ends = {f"bd_{c}": nodes.bit_terminal(c)} | ({f"bf_{c}": crossbar.bit_node(0, c)} if driver.both_ends else {})
        yield sources.named(reference, schedule.bit[c])
        yield from _switched(
            write, f"bg_{c}", behind, ends, driver.r_sense + driver.r_contact, driver.r_off, schedule.bit_gate[c],
            sources,
        )  # fmt: skip
        if driver.sense == "tia":
            yield from write.amplifier(
                f"amp_{c}", reference, nodes.bit_input(c), nodes.bit_output(c),
                gain=driver.gain, gbw=driver.gbw, r_feedback=driver.r_feedback, c_feedback=driver.c_feedback,
            )  # fmt: skip


def _word_driver(
    crossbar: Crossbar, write: Dialect, row: int, gate: Waveform, sources: Sources
) -> Iterator[str]:  # fmt: skip
    """What stands between the source of a word line and its terminal."""
    driver, behind, terminal = crossbar.driver, nodes.word_source(row), nodes.word_terminal(row)
    if driver.compliance != "none":
        # the limiter has the driver's resistance in it; the contact is the switch
        contact = max(driver.r_contact, _SMALL)
        ends = {f"wd_{row}": nodes.word_limited(row)}
        yield from _switched(write, f"wg_{row}", behind, ends, contact, driver.r_off, gate, sources)
        yield from word_limiter(crossbar, write, row)
        return
    ends = {f"wd_{row}": terminal}
    if driver.both_ends:
        ends[f"wf_{row}"] = crossbar.word_node(row, crossbar.cols - 1)
    yield from _switched(
        write, f"wg_{row}", behind, ends, driver.r_driver + driver.r_contact, driver.r_off, gate, sources
    )  # fmt: skip


def _switched(
    write: Dialect,
    gate_name: str,
    behind: str,
    ends: Mapping[str, str],
    r_on: float,
    r_off: float,
    gate: Waveform,
    sources: Sources,
) -> Iterator[str]:
    """Resistors from the node `behind` to the ends of a line; they open where the gate's waveform is 0."""
    if not gate.is_constant:
        yield sources.named(gate_name, gate)
    for name, end in ends.items():
        if gate.is_constant:
            yield write.resistor(name, behind, end, r_on)
        else:
            yield write.gated_resistor(name, behind, end, gate_name, r_on, r_off)


def _probes(
    crossbar: Crossbar, form: str, write: Dialect, nodes_alone: bool
) -> tuple[dict[str, Sequence[str]], dict[str, tuple[int, ...]]]:
    """Vectors of every quantity, and its shape; `nodes_alone`: what is no node or current follows from those."""
    shape = crossbar.shape

    broken = frozenset(crossbar.faults.resistors)

    def of_cells(quantity: str) -> PerCell:
        return PerCell(shape, lambda r, c: write.cell_vector(form, nodes.cell(r, c), quantity), without=broken)

    probes: dict[str, Sequence[str]] = {}
    if nodes_alone:
        for quantity, node in crossbar.model.node_voltages.items():

            def inside(r: int | str, c: int, node: str = node) -> str:
                return write.inner_node(nodes.cell(r, c), node)

            probes[quantity] = PerCell(shape, inside, without=broken)
    else:
        probes |= {quantity: of_cells(quantity) for quantity in crossbar.model.recorded}
    shapes: dict[str, tuple[int, ...]] = dict.fromkeys(probes, shape)
    if crossbar.r_word > 0:
        probes["v_word"] = PerCell(shape, lambda r, c: write.voltage(nodes.word_node(r, c)))
        shapes["v_word"] = shape
    if crossbar.r_bit > 0:
        probes["v_bit"] = PerCell(shape, lambda r, c: write.voltage(nodes.bit_node(r, c)))
        shapes["v_bit"] = shape
    rows, cols = range(crossbar.rows), range(crossbar.cols)
    probes["v_word_terminal"] = [write.voltage(nodes.word_terminal(r)) for r in rows]
    probes["i_word_source"] = [write.source_current(f"v{nodes.word_source(r)}") for r in rows]
    probes["v_bit_terminal"] = [write.voltage(nodes.bit_terminal(c)) for c in cols]
    if crossbar.driver.sense == "tia":
        probes["v_bit_input"] = [write.voltage(nodes.bit_input(c)) for c in cols]
        probes["v_bit_output"] = [write.voltage(nodes.bit_output(c)) for c in cols]
        probes["i_bit_output"] = [write.source_current(f"eamp_{c}") for c in cols]
    else:
        probes["i_bit_source"] = [write.source_current(f"v{nodes.bit_source(c)}") for c in cols]
    more, their_shapes = selector.probes(crossbar, form, write, nodes_alone)
    probes |= more
    shapes |= their_shapes
    shapes |= {name: (len(vectors),) for name, vectors in probes.items() if name not in shapes}
    return probes, shapes


def _report(crossbar: Crossbar, schedule: Schedule, form: str, write: Dialect) -> Iterable[Finding | str]:
    """What the writes and the reads did."""
    broken = crossbar.faults.resistors
    for number, window in enumerate(schedule.windows):
        if window.kind == "write":
            row, col = window.rows[0], window.cols[0]
            state = write.cell_vector(form, nodes.cell(row, col), crossbar.model.level)
            yield f"step {number}: write cell {row} {col} with {window.voltage:g} V"
            if (row, col) in broken:
                continue
            yield Finding(f"step{number}_state_before", state, window.start)
            yield Finding(f"step{number}_state_after", state, window.stop)
        elif window.kind in {"read", "vmm"}:
            yield f"step {number}: {window.kind} with {window.voltage:g} V on word line {window.rows[0]}"
            tia = crossbar.driver.sense == "tia"
            for c in window.cols:
                sensed = write.voltage(nodes.bit_output(c)) if tia else write.source_current(f"v{nodes.bit_source(c)}")
                yield Finding(f"step{number}_sense_{c}", sensed, window.settled)

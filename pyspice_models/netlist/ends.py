"""What stands at the ends of a crossbar's lines: sources, drivers, sense circuits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pyspice_models.array import Crossbar, nodes
from pyspice_models.netlist.dialects import NGSPICE, Dialect
from pyspice_models.netlist.limiter import word_limiter
from pyspice_models.netlist.sources import Sources
from pyspice_models.stimulus import Schedule, Waveform

_SMALL = 1e-3  # [ohm] where a resistor is needed and none is meant


def bench_elements(crossbar: Crossbar, schedule: Schedule, dialect: Dialect = NGSPICE) -> Iterator[str]:
    """Drivers of the word lines and sense circuits of the bit lines, with their sources."""
    driver, sources = crossbar.driver, Sources(schedule, dialect)
    r_sense, r_feedback = (crossbar.each(name).tolist() for name in ("r_sense", "r_feedback"))
    yield dialect.comment("drivers of the word lines (wd, at the far end wf)")
    for r in range(crossbar.rows):
        yield sources.named(nodes.word_source(r), schedule.word[r])
        yield from _word_driver(crossbar, dialect, r, schedule.word_gate[r], sources)
    yield dialect.comment("sense circuits of the bit lines (bd, at the far end bf)")
    for c in range(crossbar.cols):
        reference = nodes.bit_source(c)
        behind = nodes.bit_input(c) if driver.sense == "tia" else reference
        ends = {f"bd_{c}": nodes.bit_terminal(c)} | ({f"bf_{c}": crossbar.bit_node(0, c)} if driver.both_ends else {})
        yield sources.named(reference, schedule.bit[c])
        yield from _switched(
            dialect, f"bg_{c}", behind, ends, r_sense[c] + driver.r_contact, driver.r_off, schedule.bit_gate[c],
            sources,
        )  # fmt: skip
        if driver.sense == "tia":
            yield from dialect.amplifier(
                f"amp_{c}", reference, nodes.bit_input(c), nodes.bit_output(c),
                gain=driver.gain, gbw=driver.gbw, r_feedback=r_feedback[c], c_feedback=driver.c_feedback,
            )  # fmt: skip


def _word_driver(
    crossbar: Crossbar, dialect: Dialect, row: int, gate: Waveform, sources: Sources
) -> Iterator[str]:  # fmt: skip
    """What stands between the source of a word line and its terminal."""
    driver, behind, terminal = crossbar.driver, nodes.word_source(row), nodes.word_terminal(row)
    if driver.compliance != "none":
        # the limiter has the driver's resistance in it; the contact is the switch
        contact = max(driver.r_contact, _SMALL)
        ends = {f"wd_{row}": nodes.word_limited(row)}
        yield from _switched(dialect, f"wg_{row}", behind, ends, contact, driver.r_off, gate, sources)
        yield from word_limiter(crossbar, dialect, row)
        return
    ends = {f"wd_{row}": terminal}
    if driver.both_ends:
        ends[f"wf_{row}"] = crossbar.word_node(row, crossbar.cols - 1)
    r_on = float(crossbar.each("r_driver")[row]) + driver.r_contact
    yield from _switched(dialect, f"wg_{row}", behind, ends, r_on, driver.r_off, gate, sources)


def _switched(
    dialect: Dialect,
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
            yield dialect.resistor(name, behind, end, r_on)
        else:
            yield dialect.gated_resistor(name, behind, end, gate_name, r_on, r_off)

"""From a crossbar and a schedule to a deck. The same description gives the same text, byte for byte."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import chain

from pyspice_models.accuracy import Accuracy
from pyspice_models.array import Crossbar, nodes
from pyspice_models.netlist import rails, selector
from pyspice_models.netlist.cells import cell_definitions, changed_lines, masters_of, texts_of
from pyspice_models.netlist.deck import Deck
from pyspice_models.netlist.dialects import NGSPICE, Analysis, Dialect
from pyspice_models.netlist.dialects import dialect as dialect_named
from pyspice_models.netlist.elements import array_elements
from pyspice_models.netlist.ends import bench_elements
from pyspice_models.netlist.limiter import followed, limiter_module, word_limiter
from pyspice_models.netlist.own_lines import check_elements, elements_of, written
from pyspice_models.netlist.probes import printed_values, probes_of
from pyspice_models.simulation import Simulation
from pyspice_models.stimulus import Schedule
from pyspice_models.stimulus.pacing import paced


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
    dialect = dialect_named(dialect_name)
    check_forms(crossbar, form, dialect)
    cells = crossbar.populations
    accuracy = followed(crossbar, asked.accuracy)
    models = models_of(crossbar, form, dialect, schedule)
    longest = min(accuracy.longest_step(schedule.shortest_pulse, schedule.stop), dialect.longest_step * schedule.finest)
    restarts = paced(schedule, accuracy.steps_per_pulse, longest, building) if dialect.paced else schedule.restarts
    probes, shapes, saved = probes_of(crossbar, form, dialect, named=standalone or by_name)
    if schedule.rails:
        probes["i_rail"] = rails.rail_currents(schedule, dialect)
        shapes["i_rail"] = (len(probes["i_rail"]),)
    run = Analysis(
        stop=schedule.stop, first_step=crossbar.driver.t_edge / 10,
        longest_step=longest, accuracy=accuracy, temperature=crossbar.temperature,
        changes=tuple(changed_lines(asked, form, dialect)),
    )  # fmt: skip
    limiters = limiter_module(crossbar)
    own = list(elements_of(asked.spice, crossbar))
    if own:  # refused now, too
        check_elements(own, deck_of(replace(asked, spice=(), form="osdi" if form == "veriloga" else form)).pieces())
        list(written(own, dialect))
    if limiters:
        list(word_limiter(crossbar, dialect, 0))  # refused now, not while a file is being written

    def pieces() -> Iterator[str]:
        yield from dialect.title(asked.title)
        yield dialect.comment(
            f"{crossbar.rows} word lines x {crossbar.cols} bit lines, cell form {form}; plain SI numbers throughout"
        )
        if behaviour:
            why = "a subcircuit here was written for another tool"
            yield dialect.comment(f"run it with -D ngbehavior={behaviour}: {why}")
        yield from dialect.loading(models)
        yield from cell_definitions(crossbar, form, dialect)
        yield from selector.definition(crossbar, form, dialect)
        if limiters:
            yield dialect.limiter_definition(limiters)
        yield from array_elements(crossbar, form, dialect)
        if schedule.rails:
            yield from rails.rail_elements(crossbar, schedule, dialect)
        else:
            yield from bench_elements(crossbar, schedule, dialect)
            yield from selector.gate_drivers(crossbar, schedule, dialect)
        if own:
            yield dialect.comment("elements of the user's own")
            yield from written(own, dialect)
        if restarts:
            yield dialect.restarts(restarts)
        if run.changes:
            yield from NGSPICE.recounted()
        if not standalone and dialect is NGSPICE and not run.changes:
            yield NGSPICE.shown_alone(dialect.voltage(nodes.word_terminal(0)))
        vectors = chain.from_iterable(probes.values() if saved is None else saved)
        yield from dialect.analysis(
            run,
            filter(None, vectors),
            models,
            printed_values(crossbar, schedule, form, dialect) if standalone else None,
        )

    behaviour = next((one.model.behaviour for one in cells if one.model.behaviour), "")
    scales = {one.key(q): shown.scale(form) for one in cells for q, shown in one.model.shown.items()}
    scales |= selector.scales(form)
    breakpoints = sorted({*schedule.corners, *restarts})
    return Deck(
        pieces, form, schedule.stop, probes, shapes, scales, models, dialect.name, breakpoints, texts_of(crossbar),
        behaviour,
    )  # fmt: skip


def check_forms(crossbar: Crossbar, form: str, dialect: Dialect) -> None:
    """Raise RequestError for a form that a dialect or a cell does not have, or a subcircuit that it cannot read."""
    dialect.check_form(form)
    for model in (one.model for one in crossbar.populations):
        model.check_form(form)
        if model.subcircuit is not None and not dialect.foreign_subcircuits:
            raise dialect.refuse(f"the subcircuit {model.name} of a user", "it is read as ngspice reads it.")


def models_of(
    crossbar: Crossbar, form: str, dialect: Dialect = NGSPICE, schedule: Schedule | None = None
) -> tuple[str, ...]:  # fmt: skip
    """Verilog-A modules that a crossbar needs in this form; with a schedule, those of its drivers too."""
    used = [*masters_of(crossbar), *selector.modules(crossbar)]
    if schedule is not None:
        if schedule.rails or not all(wave.is_constant for wave in (*schedule.word_gate, *schedule.bit_gate)):
            used.append("gated_resistor")
        if limiters := limiter_module(crossbar):
            used.append(limiters)
    return dialect.modules(form, used)

"""A crossbar alone, as a subcircuit with its lines as pins, for a testbench of a user's own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pyspice_models.array import Crossbar, nodes
from pyspice_models.cells.selectors.kinds import Transistor
from pyspice_models.declare.quantity import ParameterSet
from pyspice_models.errors import RequestError
from pyspice_models.netlist import selector
from pyspice_models.netlist.cells import cell_definitions, texts_of
from pyspice_models.netlist.crossbar import check_forms, models_of
from pyspice_models.netlist.deck import Deck
from pyspice_models.netlist.dialects import Dialect
from pyspice_models.netlist.dialects import dialect as dialect_named
from pyspice_models.netlist.elements import array_elements

_NAME = re.compile(r"[a-z][a-z0-9_]{0,60}")


@dataclass(frozen=True)
class Pins:
    """The nodes by which a crossbar is connected; each group is in the order of its lines.

    Attributes:
        word, bit: where drivers and sense circuits meet the lines: word lines beside column 0, bit lines below the last
            row.
        word_far, bit_far: the other ends, where a study drives both.
        gate: of the gate lines, below the last row; empty without transistors.
    """

    word: tuple[str, ...]
    bit: tuple[str, ...]
    word_far: tuple[str, ...] = ()
    bit_far: tuple[str, ...] = ()
    gate: tuple[str, ...] = ()

    @classmethod
    def of(cls, crossbar: Crossbar) -> Pins:
        """Of a crossbar; a far end of a line without resistance is its near one, and is no pin of its own."""
        rows, cols, both = range(crossbar.rows), range(crossbar.cols), crossbar.driver.both_ends
        return cls(
            tuple(nodes.word_terminal(r) for r in rows),
            tuple(nodes.bit_terminal(c) for c in cols),
            tuple(crossbar.word_node(r, crossbar.cols - 1) for r in rows) if both and crossbar.r_word > 0 else (),
            tuple(crossbar.bit_node(0, c) for c in cols) if both and crossbar.r_bit > 0 else (),
            tuple(nodes.gate_terminal(c) for c in cols) if isinstance(crossbar.selector, Transistor) else (),
        )

    @property
    def every(self) -> tuple[str, ...]:
        """In the order of the subcircuit."""
        return (*self.word, *self.bit, *self.word_far, *self.bit_far, *self.gate)


def subcircuit_deck(
    crossbar: Crossbar, *, form: str, dialect_name: str = "ngspice", name: str = "ag2s_crossbar",
    title: str = "Ag2S crossbar",
) -> Deck:  # fmt: skip
    """The crossbar as a subcircuit, in a file that a netlist of the same tool includes.

    It has cells, selectors and lines; drivers, sense circuits, rails and sources are the testbench's. There is no
    analysis in it, and nothing that it would save: `probes` is empty.

    Args:
        crossbar: what is written; of its driver only whether both ends of a line are reached.
        form: of the cell, as in `crossbar_deck`.
        dialect_name: whose netlist.
        name: of the subcircuit.
        title: first line.

    Raises:
        RequestError: unknown dialect, a form or an element that it cannot express, a name that is no word of a netlist.
    """
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise RequestError.for_value(
            "name of the subcircuit", name, allowed="small letters, digits and _, a letter first"
        )
    dialect = dialect_named(dialect_name)
    check_forms(crossbar, form, dialect)
    models, pins = models_of(crossbar, form, dialect), Pins.of(crossbar)

    def pieces() -> Iterator[str]:
        yield from map(dialect.comment, _about(crossbar, form, dialect, name, pins, models, title))
        yield from dialect.subcircuit(name, pins.every, models)
        yield from cell_definitions(crossbar, form, dialect)
        yield from selector.definition(crossbar, form, dialect)
        yield from array_elements(crossbar, form, dialect)
        yield dialect.subcircuit_end(name)

    behaviour = next((one.model.behaviour for one in crossbar.populations if one.model.behaviour), "")
    return Deck(
        pieces, form, 0.0, {}, {}, models=models, dialect=dialect.name, texts=texts_of(crossbar), behaviour=behaviour
    )  # fmt: skip


def _about(
    crossbar: Crossbar, form: str, dialect: Dialect, name: str, pins: Pins, models: Iterable[str], title: str
) -> Iterator[str]:  # fmt: skip
    """What a user has to know, line by line."""
    rows, cols = crossbar.shape
    yield title
    yield f"{rows} word lines x {cols} bit lines, cell form {form}, as a subcircuit; plain SI numbers (V, A, ohm, F, s)"
    yield f"Line resistances hold at {crossbar.temperature:g} K; the cells follow the temperature of the simulator."
    yield f"Give it {crossbar.temperature - 273.15:g} degrees Celsius."
    yield "Pins, in this order:"
    for what, group in (
        ("word lines, beside bit line 0", pins.word), ("bit lines, below the last word line", pins.bit),
        ("far ends of the word lines", pins.word_far), ("far ends of the bit lines", pins.bit_far),
        ("gate lines, below the last word line", pins.gate),
    ):  # fmt: skip
        if group:
            yield f"  {', '.join(group[:1] if len(group) == 1 else (group[0], '...', group[-1]))}: {what}"
    yield "A cell sets where its word line is positive against its bit line."
    yield "Not inside: drivers, sense circuits, sources."
    yield f"Instantiate it: {dialect.instantiated(name, pins.every)}"
    for model in models:
        yield dialect.made_known(model)
    yield "Parameters: value, unit (tag; source)"
    for one in crossbar.populations:
        yield from _parameters(f"cell {one.model.name}", one.cell)
    yield from _parameters("lines", crossbar.wire)
    if isinstance(crossbar.selector, ParameterSet):
        yield from _parameters("selector", crossbar.selector)


def _parameters(of: str, values: ParameterSet) -> Iterator[str]:
    for key, shown, declared in values.describe():
        if getattr(values, key) is not None:
            text = f"  {of}: {key} = {shown} ({declared.tag}; {declared.source})"
            yield " ".join(text.encode("ascii", "replace").decode().split("\n"))

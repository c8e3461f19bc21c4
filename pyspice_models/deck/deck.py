"""A deck: netlist text, and what is to be read from its waves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pyspice_models.array import Crossbar
from pyspice_models.bench import Schedule
from pyspice_models.deck.accuracy import Accuracy


@dataclass(frozen=True)
class Described:
    """What a crossbar's deck was written from."""

    crossbar: Crossbar
    schedule: Schedule
    accuracy: Accuracy


@dataclass(frozen=True)
class Deck:
    """Everything an engine needs.

    Attributes:
        text: the netlist.
        form: of the cell, "osdi" (compiled Verilog-A) or "subckt".
        stop: last time point that a complete run has [s].
        probes: for each quantity the vectors that hold it, in the order of its array.
        shapes: for each quantity the array's shape behind the time axis.
        scales: factor from a vector's unit to SI, where it is not 1.
        models: Verilog-A modules that a deck of form "osdi" needs compiled, as NAME.osdi beside it.
        described: what the text was written from, for an engine that does not read netlists.
    """

    text: str
    form: str
    stop: float
    probes: Mapping[str, list[str]]
    shapes: Mapping[str, tuple[int, ...]]
    scales: Mapping[str, float] = field(default_factory=dict)
    described: Described | None = None
    models: tuple[str, ...] = ("ag2s",)

"""What an engine is asked: a crossbar, what is done to it, how finely, and in which form of the cell."""

from __future__ import annotations

from dataclasses import dataclass, field

from pyspice_models.accuracy import Accuracy
from pyspice_models.array import Crossbar
from pyspice_models.errors import RequestError
from pyspice_models.stimulus import Schedule


@dataclass(frozen=True)
class Change:
    """From a moment on cells have other parameters.

    Attributes:
        time: a moment at which some source of the schedule may bend, > 0 [s].
        crossbar: that differs from the one before in parameters of its cells alone, and has its initial states.
    """

    time: float
    crossbar: Crossbar


@dataclass(frozen=True)
class Simulation:
    """One transient of a crossbar. It knows no simulator: an engine that reads netlists writes its own.

    Attributes:
        crossbar: what is simulated.
        schedule: what is done to it.
        accuracy: numerical settings.
        form: of the cell: "osdi", "subckt" or "veriloga", whichever the engine or the dialect takes.
        title: first line of a netlist.
        spice: lines of SPICE for elements of a user's own around the array, see `netlist/own_lines.py`.
        changes: of cells within the run, in order of time; ngspice and the nodal engine take them.

    Raises:
        RequestError: a title that is not one line of printable ASCII text.
    """

    crossbar: Crossbar
    schedule: Schedule
    accuracy: Accuracy = field(default_factory=Accuracy)
    form: str = "osdi"
    title: str = "Ag2S crossbar"
    spice: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a title that would be more than a title."""
        check_title(self.title)


def check_title(title: str) -> None:
    """Raise RequestError unless the title is one line of printable text: it goes into a deck, where lines are code."""
    if not title.isprintable() or not title.isascii() or not title.strip():
        raise RequestError.for_value("title", title, allowed="one line of printable ASCII text")

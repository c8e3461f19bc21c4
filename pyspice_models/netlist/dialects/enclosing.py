"""How a dialect writes a subcircuit, and what it has to say of the files beside it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence

_MOST_SHOWN = 16  # pins of an instance that the reader is shown


class Enclosing(ABC):
    """The part of a dialect that puts elements into a subcircuit."""

    @abstractmethod
    def subcircuit(self, name: str, pins: Sequence[str], models: Iterable[str]) -> Iterator[str]:
        """The beginning of a subcircuit, with what has to stand before it where these modules are needed."""

    @abstractmethod
    def subcircuit_end(self, name: str) -> str:
        """Its end."""

    @abstractmethod
    def instantiated(self, name: str, pins: Sequence[str]) -> str:
        """An instance of it, on one line, for the reader."""

    def made_known(self, model: str) -> str:
        """For the reader: how a Verilog-A module that a subcircuit needs becomes known."""
        return f"It reads {self.module_file(model)}, which lies beside it."

    def module_file(self, model: str) -> str:
        """Name of the file beside a deck that holds a Verilog-A module."""
        return f"{model}.va"


def pins_shown(pins: Sequence[str]) -> str:
    """Pins for the reader, those in the middle left out where there are many."""
    return " ".join(pins) if len(pins) <= _MOST_SHOWN else f"{pins[0]} {pins[1]} ... {pins[-1]}"

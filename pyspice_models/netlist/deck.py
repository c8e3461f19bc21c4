"""A deck: netlist text, and what is to be read from its waves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pyspice_models.cells.sources import verilog_a_source
from pyspice_models.files import whole_text


@dataclass(frozen=True)
class Deck:
    """Everything that a simulator needs which reads netlists, and whoever reads its waves.

    Attributes:
        pieces: gives the netlist piece by piece, each of one or more lines without the last line break. The text of
            a large array is made while it is written, and need not fit into memory.
        form: of the cell, "osdi" or "veriloga" (Verilog-A) or "subckt".
        stop: last time point that a complete run has [s].
        probes: for each quantity the vectors that hold it, in the order of its array.
        shapes: for each quantity the array's shape behind the time axis.
        scales: factor from a vector's unit to SI, where it is not 1.
        models: Verilog-A modules that the deck needs beside it, under the names of the dialect's `module_file`.
        dialect: whose netlist it is.
        texts: of modules that are none of the package's own files, by name.
        behaviour: of ngspice, as which other simulator it is to read the deck; empty for itself.
        breakpoints: moments at which a simulator must end a step and begin anew, in order [s]; none where nothing is
            known of them.
    """

    pieces: Callable[[], Iterable[str]]
    form: str
    stop: float
    probes: Mapping[str, Sequence[str]]
    shapes: Mapping[str, tuple[int, ...]]
    scales: Mapping[str, float] = field(default_factory=dict)
    models: tuple[str, ...] = ()
    dialect: str = "ngspice"
    breakpoints: Sequence[float] = ()
    texts: Mapping[str, str] = field(default_factory=dict)
    behaviour: str = ""

    def source(self, model: str) -> str:
        """Text of a Verilog-A module that it needs."""
        return self.texts.get(model) or verilog_a_source(model)

    @property
    def text(self) -> str:
        """The whole netlist."""
        return "".join(f"{piece}\n" for piece in self.pieces())

    def write(self, path: Path) -> None:
        """Write the netlist to a file, piece by piece."""
        with whole_text(path, sync=False, encoding="ascii") as file:
            for piece in self.pieces():
                file.write(piece)
                file.write("\n")

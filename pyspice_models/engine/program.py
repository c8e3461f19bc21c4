"""A simulator that is a program of its own: run in a folder, watched, stopped at its time limit, and not believed.

That a program ends with status 0 says little: a transient that was given up leaves a well-formed file of waves. The
last time point, the log and the numbers themselves are checked.
"""

from __future__ import annotations

import os
import re
import signal
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import IO, ClassVar

import numpy as np

from pyspice_models import machine
from pyspice_models.array import Crossbar
from pyspice_models.cells.selectors.foreign import ForeignTransistor
from pyspice_models.engine.base import Progress, Waves, refuse
from pyspice_models.engine.rawfile import Growing, miscount, read_header, read_raw
from pyspice_models.engine.times import times_of
from pyspice_models.engine.toolchain.log import last_lines, shown
from pyspice_models.engine.toolchain.process import shell_limit, started
from pyspice_models.engine.toolchain.tools import Tool
from pyspice_models.engine.toolchain.verilog_a import compiled
from pyspice_models.errors import RequestError, SimulationError
from pyspice_models.files import copy
from pyspice_models.netlist import Deck, deck_of, dialect
from pyspice_models.netlist.dialects.ngspice import WAVES
from pyspice_models.simulation import Simulation
from pyspice_models.stimulus.outline import Extent
from pyspice_models.units import show

RAW = WAVES
LOG_LIMIT = 1 << 28
"""What a simulator may print [bytes]; ngspice lists every node once, 30 MB at 512 x 512 cells."""

_SMALLER = "Simulate a smaller array, a shorter program, or at less accuracy."

LARGEST = 1e30
"""No wave of a circuit is larger, in whatever unit; a number that is comes from a solution that went astray."""


class Program(ABC):
    """An engine that starts a program on a deck and reads the binary raw file that it leaves.

    Attributes:
        name, dialect, method: see `Engine`.
        deck_name, log_name: of the files in the folder of a run.
        trouble: matches the lines of a log that tell why a run failed.
        error: matches lines that no good run has.
        edges: so many of its shortest edges a program may last; beyond, time loses digits that the steps need.
        changes: see `Engine`.
        empty_files: that the program is to find in the folder, such as settings in which nothing is set.
    """

    name: str
    dialect: str
    method: str
    deck_name: ClassVar[str]
    log_name: ClassVar[str]
    trouble: ClassVar[re.Pattern[str]]
    error: ClassVar[re.Pattern[str]]
    edges: ClassVar[float]
    changes: bool = False
    empty_files: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def tool(self) -> Tool:
        """What runs the deck."""

    @abstractmethod
    def checked(self, tool: Tool, deck: Deck) -> Path:
        """The tool's path, or ToolError if it cannot run this deck."""

    @abstractmethod
    def command(self, program: Path, deck: Deck) -> list[str]:
        """How it is started in the folder: it reads the deck and leaves the binary raw file RAW."""

    def lacks(self, crossbar: Crossbar, schedule: Extent, form: str) -> str:
        """See `Engine.lacks`."""
        selector = crossbar.selector
        if isinstance(selector, ForeignTransistor) and not dialect(self.dialect).spice_models:
            return f"reads no transistor from a SPICE file such as {selector.library.name}"
        if schedule.stop <= self.edges * schedule.finest:
            return ""
        lasts, most, least, edge = (
            show(seconds, "s", 3)
            for seconds in (schedule.stop, self.edges * schedule.finest, schedule.stop / self.edges, schedule.finest)
        )
        return (
            f"follows a program for {most} where its shortest edge or pause takes {edge}, and this one lasts {lasts}: "
            f"wait less, or make edges longer (driver.t_edge, from {least} on)"
        )

    def run(
        self,
        asked: Simulation,
        folder: Path,
        *,
        time_limit: float,
        spent: float = 0.0,
        progress: Progress | None = None,
        building: Progress | None = None,
    ) -> Waves:
        """See `Engine.run`."""
        refuse(self, asked)
        began = time.monotonic()
        deck = deck_of(asked, dialect_name=self.dialect, building=building)

        def pieces() -> Iterator[str]:
            for piece in deck.pieces():
                if building is not None:
                    building(1.0)
                yield piece

        spent += time.monotonic() - began
        return self.run_deck(
            replace(deck, pieces=pieces), folder, time_limit=time_limit, spent=spent, progress=progress
        )  # fmt: skip

    def run_deck(
        self, deck: Deck, folder: Path, *, time_limit: float, spent: float = 0.0, progress: Progress | None = None
    ) -> Waves:  # fmt: skip
        """Run a netlist of any circuit; else as `Engine.run`.

        Raises:
            RequestError: a netlist for another tool.
            ToolError, SimulationError: as `Engine.run`.
        """
        if deck.dialect != self.dialect:
            raise RequestError(f"the engine {self.name} runs decks for {self.dialect}; this one is for {deck.dialect}")
        building = time.monotonic()
        tool = self.tool()
        program = self.checked(tool, deck)
        for model in deck.models:
            source = compiled(deck.source(model), model)
            copy(source, folder / dialect(self.dialect).module_file(model), sync=False)
        for name in self.empty_files:
            (folder / name).write_bytes(b"")
        deck.write(folder / self.deck_name)
        spent += time.monotonic() - building
        (folder / RAW).unlink(missing_ok=True)
        (folder / self.log_name).unlink(missing_ok=True)
        # x: nothing that lies there is written over; +: read through the same handle, whatever becomes of the name
        with (folder / self.log_name).open("x+b") as log_file:
            began = time.monotonic()
            try:
                exit_code = self._watch(
                    self.command(program, deck), folder, log_file, deck.stop, (time_limit, spent), progress, tool
                )
            finally:  # they say nothing, and one that is hidden is a riddle in a folder of results
                for name in self.empty_files:
                    (folder / name).unlink(missing_ok=True)
            seconds = time.monotonic() - began
            log_file.seek(0)
            log = log_file.read().decode(errors="replace")
        columns, numbers, time_points = self._complete(deck, folder, exit_code, log, tool)
        try:
            values = {
                quantity: self._gather(numbers, columns, vectors, deck.shapes[quantity], folder, tool)
                for quantity, vectors in deck.probes.items()
            }
            for quantity, scale in deck.scales.items():
                if scale != 1.0 and quantity in values:
                    values[quantity] *= scale
        except MemoryError:
            raise SimulationError(
                f"the waves, {numbers.nbytes / 1e9:.3g} GB, do not fit into memory. {_SMALLER}", folder=folder
            ) from None
        waves = Waves(time_points, values, f"{tool.name} {tool.version}", seconds, log, deck.breakpoints)
        _check_sound(waves, folder)
        return waves

    def _watch(
        self, command: list[str], folder: Path, log: IO[bytes], stop: float, limit: tuple[float, float],
        progress: Progress | None, tool: Tool,
    ) -> int:  # fmt: skip
        """Exit status of the program, which had what is left of a limit, of which so much is spent."""
        growing = Growing(folder / RAW)

        def failed(what: str, advice: str) -> SimulationError:
            return SimulationError(
                f"{tool.name} {what}, at {growing.last_time():g} s of {stop:g} s of the transient. {advice}",
                folder=folder,
                log_tail=_end_of(log),
            )

        def check_log() -> None:
            if os.fstat(log.fileno()).st_size > LOG_LIMIT:
                raise failed(f"was stopped: it printed more than {LOG_LIMIT / 1e6:.0f} MB", "Its log tells of what.")

        def look() -> None:
            check_log()
            if progress is not None:
                progress(min(1.0, growing.last_time() / stop))

        try:
            with started(command, folder, log, largest_file=raw_limit()) as running:
                status = running.wait(max(0.0, limit[0] - limit[1]), look)
            check_log()
        except TimeoutError:
            raise failed(
                f"was stopped at its time limit of {limit[0]:g} s",
                "Give a longer --time-limit, a smaller array or a shorter program.",
            ) from None
        except OSError as error:
            raise SimulationError(f"{tool.name} did not start: {error}. {tool.how_to_get}.", folder=folder) from None
        if status == -signal.SIGXFSZ:
            most, whose = min((raw_limit(), "the memory of this machine"), (shell_limit(), "what ulimit -f allows"))
            raise failed(f"was stopped (SIGXFSZ): it wrote a file of more than {most / 1e9:.3g} GB, {whose}", _SMALLER)
        return status

    def _complete(
        self, deck: Deck, folder: Path, exit_code: int, log: str, tool: Tool
    ) -> tuple[dict[str, int], np.ndarray, np.ndarray]:  # fmt: skip
        """Columns, numbers and times of a complete run; else a SimulationError with the log's relevant lines."""

        def failed(what: str) -> SimulationError:
            relevant = [line for line in log.splitlines() if self.trouble.search(line)]
            return SimulationError(what, folder=folder, log_tail=shown(relevant) or last_lines(log))

        if exit_code < 0:
            raise failed(f"{tool.name} was killed ({_signal(-exit_code)}).")
        if not (folder / RAW).is_file():
            raise failed(f"{tool.name} {tool.version} ended with status {exit_code} and wrote no waves.")
        try:
            header = read_header(folder / RAW)
            if header is None:
                raise failed(f"{tool.name} stopped before its first time point (exit status {exit_code}).")
            columns, numbers = read_raw(folder / RAW, header)
        except OSError as error:
            raise failed(f"the waves of {tool.name} cannot be read: {error}.") from None
        try:
            time_points = times_of(deck, numbers[:, columns["time"]])
        except ValueError as error:
            raise failed(f"{tool.name} {error} (exit status {exit_code}).") from None
        if exit_code != 0:
            raise failed(f"{tool.name} ended with status {exit_code}.")
        if reason := miscount(folder / RAW, header):
            raise failed(f"{tool.name} wrote a file of waves that {reason}.")
        if errors := [line for line in log.splitlines() if self.error.match(line)]:
            raise SimulationError(f"{tool.name} reported errors.", folder=folder, log_tail=shown(errors))
        return columns, numbers, time_points

    def _gather(
        self,
        numbers: np.ndarray,
        columns: dict[str, int],
        vectors: Sequence[str],
        shape: tuple[int, ...],
        folder: Path,
        tool: Tool,
    ) -> np.ndarray:
        names, result_name = list(vectors), dialect(self.dialect).result_name
        try:
            chosen = [columns[result_name(vector)] for vector in names if vector]
        except KeyError as missing:
            raise SimulationError(f"{tool.name} did not save the vector {missing}.", folder=folder) from None
        if len(chosen) == len(names):
            return numbers[:, chosen].reshape(len(numbers), *shape)
        found = np.zeros((len(numbers), len(names)))  # broken cells show nothing
        found[:, [n for n, vector in enumerate(names) if vector]] = numbers[:, chosen]
        return found.reshape(len(numbers), *shape)


def raw_limit() -> int:
    """How large the file of a simulator may become [bytes]: its waves have to fit into the memory of this machine."""
    return machine.memory()


def _end_of(log: IO[bytes]) -> str:
    log.seek(max(0, os.fstat(log.fileno()).st_size - (1 << 16)))
    return last_lines(log.read(1 << 16).decode(errors="replace"))


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # one of those without a name
        return f"signal {number}"


def _check_sound(waves: Waves, folder: Path) -> None:
    for quantity, values in waves.values.items():
        sound = np.abs(values) <= LARGEST  # which no NaN is
        if not sound.all():
            first = waves.time[np.argwhere(~sound)[0][0]]
            raise SimulationError(
                f"{quantity} is not finite, or beyond all that a circuit can give, from {first:g} s on.", folder=folder
            )

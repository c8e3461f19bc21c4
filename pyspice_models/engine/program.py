"""A simulator that is a program of its own: run in a folder, watched, stopped at its time limit, and not believed.

That a program ends with status 0 says little: a transient that was given up leaves a well-formed file of waves. The
last time point, the log and the numbers themselves are checked.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import select
import shutil
import signal
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import ClassVar

import numpy as np

from pyspice_models.array import Crossbar
from pyspice_models.bench import Schedule
from pyspice_models.deck import Deck, dialect
from pyspice_models.device.sources import verilog_a_source
from pyspice_models.engine.base import Report, Waves, refuse
from pyspice_models.engine.rawfile import Growing, read_header, read_raw
from pyspice_models.engine.times import times_of
from pyspice_models.engine.tools import Tool
from pyspice_models.engine.verilog_a import compiled
from pyspice_models.errors import RequestError, SimulationError
from pyspice_models.units import show

RAW = "waves.raw"
_POLL = 0.05  # [s]


class Program(ABC):
    """An engine that starts a program on a deck and reads the binary raw file that it leaves.

    Attributes:
        name, dialect, method: see `Engine`.
        deck_name, log_name: of the files in the folder of a run.
        trouble: matches the lines of a log that tell why a run failed.
        error: matches lines that no good run has.
        edges: so many of its shortest edges a program may last; beyond, time loses digits that the steps need.
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
    empty_files: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def tool(self) -> Tool:
        """What runs the deck."""

    @abstractmethod
    def checked(self, tool: Tool, deck: Deck) -> Path:
        """The tool's path, or ToolError if it cannot run this deck."""

    @abstractmethod
    def command(self, program: Path) -> list[str]:
        """How it is started in the folder: it reads the deck and leaves the binary raw file RAW."""

    def lacks(self, crossbar: Crossbar, schedule: Schedule, form: str) -> str:
        """See `Engine.lacks`."""
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

    def run(self, deck: Deck, folder: Path, *, time_limit: float, report: Report | None = None) -> Waves:
        """See `Engine.run`."""
        if deck.dialect != self.dialect:
            raise RequestError(f"the engine {self.name} runs decks for {self.dialect}; this one is for {deck.dialect}")
        refuse(self, deck)
        tool = self.tool()
        program = self.checked(tool, deck)
        for model in deck.models:
            source = compiled(verilog_a_source(model), model)
            shutil.copyfile(source, folder / dialect(self.dialect).module_file(model))
        for name in self.empty_files:
            (folder / name).write_bytes(b"")
        deck.write(folder / self.deck_name)
        (folder / RAW).unlink(missing_ok=True)
        began = time.monotonic()
        exit_code = self._watch(self.command(program), folder, deck.stop, time_limit, report, tool)
        seconds = time.monotonic() - began
        log = (folder / self.log_name).read_text(encoding="utf-8", errors="replace")
        columns, numbers, time_points = self._complete(deck, folder, exit_code, log, tool)
        values = {
            quantity: self._gather(numbers, columns, vectors, deck.shapes[quantity], folder, tool)
            * deck.scales.get(quantity, 1.0)
            for quantity, vectors in deck.probes.items()
        }
        waves = Waves(time_points, values, f"{tool.name} {tool.version}", seconds, log, deck.breakpoints)
        _check_finite(waves, folder)
        return waves

    def _watch(
        self, command: list[str], folder: Path, stop: float, time_limit: float, report: Report | None, tool: Tool
    ) -> int:  # fmt: skip
        with (folder / self.log_name).open("wb") as log:
            try:
                # a simulation of hours must not go on for nobody when this process is killed
                guard = _guard()
                process = subprocess.Popen(
                    [*guard, *command], cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
                    start_new_session=True, preexec_fn=None if guard else _die_with_parent,
                )  # fmt: skip
            except OSError as error:
                raise SimulationError(
                    f"{tool.name} did not start: {error}. {tool.how_to_get}.", folder=folder
                ) from None
            deadline, waves = time.monotonic() + time_limit, Growing(folder / RAW)
            try:
                while process.poll() is None:
                    if time.monotonic() > deadline:
                        reached = waves.last_time()
                        raise SimulationError(
                            f"{tool.name} was stopped at its time limit of {time_limit:g} s, at {reached:g} s "
                            f"of {stop:g} s of the transient. Give a longer --time-limit, a smaller array or a "
                            "shorter program.",
                            folder=folder,
                            log_tail=self._tail(folder),
                        )
                    if report is not None:
                        report(min(1.0, waves.last_time() / stop))
                    _wait(process, min(_POLL, max(0.0, deadline - time.monotonic())))
            finally:
                # whatever ended the wait, an interrupt too: no simulator stays behind
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()
        return process.returncode

    def _complete(
        self, deck: Deck, folder: Path, exit_code: int, log: str, tool: Tool
    ) -> tuple[dict[str, int], np.ndarray, np.ndarray]:  # fmt: skip
        """Columns, numbers and times of a complete run; else a SimulationError with the log's relevant lines."""

        def failed(what: str) -> SimulationError:
            relevant = [line for line in log.splitlines() if self.trouble.search(line)][-12:]
            return SimulationError(what, folder=folder, log_tail="\n".join(relevant) or self._tail(folder))

        if exit_code < 0:
            raise failed(f"{tool.name} was killed ({signal.Signals(-exit_code).name}).")
        if not (folder / RAW).is_file():
            raise failed(f"{tool.name} {tool.version} ended with status {exit_code} and wrote no waves.")
        header = read_header(folder / RAW)
        if header is None:
            raise failed(f"{tool.name} stopped before its first time point (exit status {exit_code}).")
        columns, numbers = read_raw(folder / RAW, header)
        try:
            time_points = times_of(deck, numbers[:, columns["time"]])
        except ValueError as error:
            raise failed(f"{tool.name} {error} (exit status {exit_code}).") from None
        if exit_code != 0:
            raise failed(f"{tool.name} ended with status {exit_code}.")
        if errors := [line for line in log.splitlines() if self.error.match(line)]:
            raise SimulationError(f"{tool.name} reported errors.", folder=folder, log_tail="\n".join(errors[-12:]))
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
        try:
            chosen = [columns[dialect(self.dialect).result_name(vector)] for vector in vectors]
        except KeyError as missing:
            raise SimulationError(f"{tool.name} did not save the vector {missing}.", folder=folder) from None
        return numbers[:, chosen].reshape(len(numbers), *shape)

    def _tail(self, folder: Path, lines: int = 12) -> str:
        text = (folder / self.log_name).read_text(encoding="utf-8", errors="replace")
        return "\n".join([line for line in text.splitlines() if line.strip()][-lines:])


def _wait(process: subprocess.Popen[bytes], seconds: float) -> None:
    """Until a process ends, or so long; `Popen.wait` looks now and then and comes late by a fifth of a small run."""
    try:
        handle = os.pidfd_open(process.pid)
    except (OSError, AttributeError):  # an old kernel
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
        return
    try:
        select.select([handle], [], [], seconds)
    finally:
        os.close(handle)


@cache
def _guard() -> tuple[str, ...]:
    """A command that starts another one so that Linux kills it when this process dies; empty where there is none.

    Code of one's own between fork and exec does the same, but then a fork copies this whole process, ten milliseconds
    of it, and it is not safe beside other threads.
    """
    guard = (shutil.which("setpriv") or "", "--pdeathsig", "KILL", "--")
    try:
        return guard if subprocess.run([*guard, "true"], capture_output=True, check=False).returncode == 0 else ()
    except OSError:
        return ()


def _die_with_parent() -> None:
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # 1: PR_SET_PDEATHSIG


def _check_finite(waves: Waves, folder: Path) -> None:
    for quantity, values in waves.values.items():
        if not np.isfinite(values).all():
            first = waves.time[np.argwhere(~np.isfinite(values))[0][0]]
            raise SimulationError(f"{quantity} is not finite from {first:g} s on.", folder=folder)

"""ngspice as a process of its own, in a folder of its own."""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pyspice_models.deck import Deck
from pyspice_models.deck.dialects import NGSPICE
from pyspice_models.device.sources import verilog_a_source
from pyspice_models.engine.base import Report, Waves
from pyspice_models.engine.rawfile import Growing, read_header, read_raw
from pyspice_models.engine.tools import NGSPICE_NEEDED, Tool, find_ngspice, require
from pyspice_models.engine.verilog_a import compiled
from pyspice_models.errors import SimulationError

DECK, LOG, RAW = "deck.cir", "ngspice.log", "waves.raw"

_TROUBLE = re.compile(
    r"timestep too small|aborted|singular matrix|fatal|error|no such|couldn't|can't|unknown parameter|out of memory",
    re.IGNORECASE,
)
_POLL = 0.05  # [s]


class Ngspice:
    """The default engine."""

    name = "ngspice"
    dialect = "ngspice"

    def run(self, deck: Deck, folder: Path, *, time_limit: float, report: Report | None = None) -> Waves:
        """See `Engine.run`."""
        tool = self.tool()
        program = require(tool, version=NGSPICE_NEEDED if deck.form == "osdi" else "")
        if deck.form == "osdi":
            require(tool, capability="OSDI")
            for model in deck.models:
                shutil.copyfile(compiled(verilog_a_source(model), model), folder / NGSPICE.module_file(model))
        deck.write(folder / DECK)
        (folder / RAW).unlink(missing_ok=True)
        began = time.monotonic()
        exit_code = _run(self.command(program), folder, deck.stop, time_limit, report, tool)
        seconds = time.monotonic() - began
        log = (folder / LOG).read_text(encoding="utf-8", errors="replace")
        columns, numbers = _complete(deck, folder, exit_code, log, tool)
        values = {
            quantity: _gather(numbers, columns, vectors, deck.shapes[quantity], folder, tool)
            * deck.scales.get(quantity, 1.0)
            for quantity, vectors in deck.probes.items()
        }
        waves = Waves(np.array(numbers[:, columns["time"]]), values, f"{tool.name} {tool.version}", seconds, log)
        _check_finite(waves, folder)
        return waves

    def tool(self) -> Tool:
        """What runs the deck."""
        return find_ngspice()

    def command(self, program: Path) -> list[str]:
        """How it is started in the folder: it reads DECK and leaves the binary raw file RAW."""
        # -n: a user's own .spiceinit must not change a result; -r: waves go to disk as they come
        return [str(program), "-n", "-b", "-r", RAW, DECK]


def _run(
    command: list[str], folder: Path, stop: float, time_limit: float, report: Report | None, tool: Tool
) -> int:  # fmt: skip
    with (folder / LOG).open("wb") as log:
        try:
            process = subprocess.Popen(
                command, cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
                start_new_session=True, preexec_fn=_die_with_parent,
            )  # fmt: skip
        except OSError as error:
            raise SimulationError(f"{tool.name} did not start: {error}. {tool.how_to_get}.", folder=folder) from None
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
                        log_tail=_tail(folder),
                    )
                if report is not None:
                    report(min(1.0, waves.last_time() / stop))
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(_POLL)
        finally:
            # whatever ended the wait, an interrupt too: no simulator stays behind
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
    return process.returncode


def _die_with_parent() -> None:
    """Ask Linux to kill the simulator when this process is killed: a run of hours must not go on for nobody."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # 1: PR_SET_PDEATHSIG


def _complete(
    deck: Deck, folder: Path, exit_code: int, log: str, tool: Tool
) -> tuple[dict[str, int], np.ndarray]:  # fmt: skip
    """Columns and numbers of a run that reached its end; else a SimulationError with the log's relevant lines."""
    relevant = "\n".join([line for line in log.splitlines() if _TROUBLE.search(line)][-12:]) or _tail(folder)
    if exit_code < 0:
        name = signal.Signals(-exit_code).name
        raise SimulationError(f"{tool.name} was killed ({name}).", folder=folder, log_tail=relevant)
    if not (folder / RAW).is_file():
        raise SimulationError(
            f"{tool.name} {tool.version} ended with status {exit_code} and wrote no waves.",
            folder=folder,
            log_tail=relevant,
        )
    if read_header(folder / RAW) is None:
        raise SimulationError(
            f"{tool.name} stopped before its first time point (exit status {exit_code}).",
            folder=folder,
            log_tail=relevant,
        )
    columns, numbers = read_raw(folder / RAW)
    reached = float(numbers[-1, columns["time"]]) if len(numbers) else 0.0
    if reached < deck.stop * (1 - 1e-9):
        raise SimulationError(
            f"{tool.name} stopped early, at {reached:g} s of {deck.stop:g} s (exit status {exit_code}).",
            folder=folder,
            log_tail=relevant,
        )
    if exit_code != 0:
        raise SimulationError(f"{tool.name} ended with status {exit_code}.", folder=folder, log_tail=relevant)
    if errors := [line for line in log.splitlines() if re.match(r"\s*(fatal )?error\b", line, re.IGNORECASE)]:
        raise SimulationError(f"{tool.name} reported errors.", folder=folder, log_tail="\n".join(errors[-12:]))
    return columns, numbers


def _gather(
    numbers: np.ndarray,
    columns: dict[str, int],
    vectors: Sequence[str],
    shape: tuple[int, ...],
    folder: Path,
    tool: Tool,
) -> np.ndarray:
    try:
        chosen = [columns[vector] for vector in vectors]
    except KeyError as missing:
        raise SimulationError(f"{tool.name} did not save the vector {missing}.", folder=folder) from None
    return numbers[:, chosen].reshape(len(numbers), *shape)


def _check_finite(waves: Waves, folder: Path) -> None:
    for quantity, values in waves.values.items():
        if not np.isfinite(values).all():
            first = waves.time[np.argwhere(~np.isfinite(values))[0][0]]
            raise SimulationError(f"{quantity} is not finite from {first:g} s on.", folder=folder)


def _tail(folder: Path, lines: int = 12) -> str:
    text = (folder / LOG).read_text(encoding="utf-8", errors="replace")
    return "\n".join([line for line in text.splitlines() if line.strip()][-lines:])

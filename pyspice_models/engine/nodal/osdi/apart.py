"""A run with code that others wrote, in a process of its own: what crashes there is a message here.

That process is forked from one that is started once, by the first such run, and has imported what they need.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import select
import signal
import struct
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pyspice_models.engine.base import Progress, Waves
from pyspice_models.engine.osdi import messages
from pyspice_models.engine.osdi.nursery import born_of
from pyspice_models.engine.toolchain.cache import VARIABLE, cache_folder
from pyspice_models.engine.toolchain.log import last_lines
from pyspice_models.engine.toolchain.surroundings import own_variables
from pyspice_models.errors import Ag2sError, RequestError, SimulationError, ToolError
from pyspice_models.passing import passing_folder
from pyspice_models.simulation import Simulation

ASKED, ANSWER, DONE, WORDS = "asked", "answer", "done", "words"
"""Files between both processes: what is simulated, what came of it, which share of it is done, what was printed."""

CODE = "from pyspice_models.engine.nodal.osdi.child import main\nmain()"
"""What the process of such a run does."""
START = 120.0
"""Seconds that a process may take beside its time limit; a Python that imports numba on a busy machine takes 5."""
ERRORS: dict[str, type[Ag2sError]] = {one.__name__: one for one in (RequestError, SimulationError, ToolError)}
"""That another process may tell of."""
_LOOK = 0.05  # [s] between two looks at a process
_WORDS = 1 << 14  # bytes, of what it prints


def in_words(cells: Sequence[str]) -> str:
    """Whose code it is, for messages; see `kernel.of_others`."""
    return " and ".join(cells)


def run_apart(
    asked: Simulation, folder: Path, cells: Sequence[str], *, seconds: float, progress: Progress | None
) -> Waves:
    """What `Nodal.run` gives, from another process.

    Args:
        asked: what to simulate.
        folder: where the log goes.
        cells: whose code runs there, in words, and selectors likewise.
        seconds: that are left of the time limit.
        progress: is told about progress.

    Raises:
        RequestError, ToolError: as the run itself raises them.
        SimulationError: likewise; or the code crashed, hung or ended its process.
    """
    names = in_words(cells)
    with passing_folder("nodal") as scratch:
        variables = own_variables() | {VARIABLE: str(cache_folder())}
        (scratch / ASKED).write_bytes(pickle.dumps((asked, str(folder.absolute()), seconds, variables)))
        done = scratch / DONE
        done.write_bytes(struct.pack("<d", 0.0))

        def look() -> None:
            if progress is not None and len(told := done.read_bytes()) == struct.calcsize("<d"):
                progress(min(max(struct.unpack("<d", told)[0], 0.0), 1.0))

        with (scratch / WORDS).open("w+b") as words:
            until = time.monotonic() + seconds + START
            try:
                status, orphaned = _Child(scratch).wait(until, look)
                if orphaned and not (scratch / ANSWER).exists():
                    status, _ = _Child(scratch).wait(until, look)
            except TimeoutError:
                raise ended(names, f"took longer than {seconds:g} s and was stopped", words) from None
            except (OSError, ValueError) as error:
                raise SimulationError(f"the nodal engine could not start a process for {names}: {error}") from None
            try:
                answer = _read(scratch / ANSWER)
            except (OSError, ValueError):
                raise ended(names, how(status), words) from None
    if "error" in answer:
        kind = ERRORS.get(str(answer["error"]), SimulationError)
        raise kind(str(answer["reason"]))
    return Waves(answer["time"], answer["values"], str(answer["engine"]), float(answer["seconds"]), str(answer["log"]))


class _Child:
    """A process that does what stands in a folder.

    Raises:
        OSError, ValueError: it could not be started.
    """

    def __init__(self, scratch: Path) -> None:
        self._status = -signal.SIGKILL
        its_in, told = os.pipe()
        self._pipe, its_out = os.pipe()
        try:
            self._nursery, self._number = born_of(CODE, its_in, its_out)
            os.write(told, os.fsencode(scratch))
        except BaseException:
            os.close(self._pipe)
            raise
        finally:
            for pipe in (its_in, its_out, told):
                os.close(pipe)

    def wait(self, until: float, look: Callable[[], None]) -> tuple[int, bool]:
        """How it ended, see `os.waitstatus_to_exitcode`, with all that it has started; and whether it did so because
        the process that it was forked from has ended, and was not to blame.

        Args:
            until: when it is killed, of `time.monotonic`.
            look: is called now and then, and may raise.

        Raises:
            TimeoutError: it was killed.
        """
        try:
            with contextlib.ExitStack() as closing:
                watched = [self._pipe]  # which closes when it ends
                with contextlib.suppress(OSError, AttributeError):  # an old kernel
                    watched = [os.pidfd_open(self._number)]
                    closing.callback(os.close, watched[0])
                while not select.select(watched, [], [], max(0.0, min(_LOOK, until - time.monotonic())))[0]:
                    if time.monotonic() > until:
                        raise TimeoutError
                    look()
        finally:
            os.close(self._pipe)
            for kill in (os.killpg, os.kill):  # until it is waited for, its number belongs to nobody else
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    kill(self._number, signal.SIGKILL)
            with contextlib.suppress(OSError, ValueError):
                self._status = os.waitstatus_to_exitcode(self._nursery.ended(self._number))
        return self._status, not self._nursery.alive


def _read(path: Path) -> dict[str, Any]:
    """The other process's answer: text and arrays, nothing that is executed.

    Raises:
        OSError, ValueError: there is none, or none that can be read.
    """
    data = bytearray(path.read_bytes())
    if len(data) < messages.HEAD:
        raise ValueError("an answer without a head")
    text, arrays = messages.lengths(bytes(data[: messages.HEAD]))
    body = data[messages.HEAD + text :]
    if len(body) != arrays:
        raise ValueError("an answer that was cut short")
    answer = messages.unpacked(bytes(data[messages.HEAD : messages.HEAD + text]), body)
    keys = {"error", "reason"}, {"time", "values", "engine", "seconds", "log"}
    if not isinstance(answer, dict) or not any(answer.keys() >= some for some in keys):
        raise ValueError("an answer without what was asked")
    if "values" in answer and not all(isinstance(one, np.ndarray) for one in answer["values"].values()):
        raise ValueError("waves that are none")
    return answer


def how(status: int) -> str:
    """A process ended with this status, in words that follow its name."""
    if status < 0:
        return f"crashed ({signal.Signals(-status).name})"
    return f"ended its process with status {status}"


def ended(names: str, what: str, words: Any) -> SimulationError:
    """The error for a process with the code of cells of these names; `words`: the file that took what it printed."""
    words.seek(max(0, os.fstat(words.fileno()).st_size - _WORDS))
    said = words.read(_WORDS).decode(errors="replace")
    return SimulationError(
        f"the nodal engine's process with the compiled code of {names} {what}. This process is unharmed; "
        "`ag2s cell check` looks into a model.",
        log_tail=last_lines(said),
    )  # fmt: skip

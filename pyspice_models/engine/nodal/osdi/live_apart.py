"""A live array with code that others wrote, in a process of its own: what crashes there is a message, and the array
stands where it stood before."""

from __future__ import annotations

import math
import os
import pickle
import struct
import subprocess
import tempfile
import time as clock
import weakref
from collections.abc import Sequence
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from pyspice_models.accuracy import Accuracy
from pyspice_models.array import Crossbar
from pyspice_models.engine.base import Waves
from pyspice_models.engine.nodal.live import Passed
from pyspice_models.engine.nodal.osdi.apart import ERRORS, START, ended, how, in_words
from pyspice_models.engine.osdi.pipes import Pipes
from pyspice_models.engine.toolchain.cache import VARIABLE, cache_folder
from pyspice_models.engine.toolchain.process import Started, death_guard
from pyspice_models.engine.toolchain.surroundings import environment, own_variables, python
from pyspice_models.errors import SimulationError
from pyspice_models.stimulus import Schedule

Array = NDArray[np.float64]

_CODE = "from pyspice_models.engine.nodal.osdi.live_child import main\nmain()"
_DYING = 5.0  # [s] a process whose pipe is closed has as long to end by itself


class LiveApart:
    """As `engine.nodal.live.Live`.

    Its process starts with the first thing asked and, where it crashed, hung or was forked away, with the next one.
    """

    def __init__(self, crossbar: Crossbar, accuracy: Accuracy, cells: Sequence[str]) -> None:
        """At rest, uncharged; `cells`: whose code it is, for messages.

        Raises:
            RequestError, SimulationError: see `Transient`.
        """
        self._names, self._accuracy, self._began = in_words(cells), accuracy, crossbar
        self._child: _Child | None = None
        self._held: dict[str, Array] = {}
        self._states: dict[str, Array] = {}
        self._ask("state")

    @property
    def states(self) -> dict[str, Array]:
        """Of all cells, shape (row, col), by name."""
        return {name: values.copy() for name, values in self._states.items()}

    def begin(self, crossbar: Crossbar) -> None:
        """See `Live`."""
        self._ask("begin", crossbar)
        self._began = crossbar

    def put(self, crossbar: Crossbar) -> None:
        """See `Live`: these states are charges, and the array begins at rest with them."""
        self.begin(crossbar)

    def snapshot(self) -> dict[str, Array]:
        """See `Live`."""
        return {name: values.copy() for name, values in self._held.items()}

    def restore(self, taken: dict[str, Array]) -> None:
        """See `Live`."""
        self._ask("restore", taken)

    def pass_through(self, plan: Schedule, deadline: float = math.inf) -> Passed:
        """See `Live`.

        Raises:
            SimulationError: likewise; or the code crashed, hung or ended its process.
        """
        return _passed(self._ask("pass", plan, deadline=deadline))

    def recorded(self, plan: Schedule, deadline: float = math.inf) -> tuple[Passed, Waves]:
        """See `Live`."""
        answer = self._ask("record", plan, deadline=deadline)
        log, seconds = str(answer["log"]), float(answer["seconds"])
        return _passed(answer), Waves(answer["time"], answer["values"], "nodal", seconds, log)

    def _ask(self, what: str, *given: Any, deadline: float = math.inf) -> dict[str, Any]:
        if self._child is None or self._child.owner != os.getpid():
            self._child = _Child(self._names)
            self._told("open", (self._began, self._accuracy), math.inf)
            if self._held:
                self._told("restore", (self._held,), math.inf)
        answer = self._told(what, given, deadline)
        self._held, self._states = answer["held"], answer["states"]
        return answer

    def _told(self, what: str, given: tuple[Any, ...], deadline: float) -> dict[str, Any]:
        assert self._child is not None
        try:
            answer = self._child.ask(what, given, deadline)
        except BaseException:  # an interrupt, too, leaves an answer that nobody waits for
            self._end()
            raise
        if "error" in answer:
            kind = ERRORS.get(str(answer["error"]), SimulationError)
            if what == "open":
                self._end()
            raise kind(str(answer["reason"]))
        return answer

    def _end(self) -> None:
        if self._child is not None:
            self._child.end()
        self._child = None


class _Child:
    """The process."""

    def __init__(self, names: str) -> None:
        self.owner, self._names, self._pipes = os.getpid(), names, Pipes()
        self._words: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  # lives as long as the process
        try:
            process = subprocess.Popen(
                [*death_guard(), *python(_CODE, *map(str, self._pipes.its))], cwd="/",
                env=environment() | own_variables() | {VARIABLE: str(cache_folder())}, stdin=subprocess.DEVNULL,
                stdout=self._words, stderr=subprocess.STDOUT, start_new_session=True, pass_fds=self._pipes.its,
            )  # fmt: skip
        except OSError as error:
            self._pipes.close()
            raise SimulationError(f"the nodal engine could not start a process for {names}: {error}") from None
        finally:
            for end in self._pipes.its:
                os.close(end)
        self._started = Started(process)
        # with whoever kept it; not in a process that was forked from this one
        self.end = weakref.finalize(self, _end, self.owner, self._started, self._pipes, self._words)

    def ask(self, what: str, given: tuple[Any, ...], deadline: float) -> dict[str, Any]:
        """What it answers; the time of its start and of compiling comes on top of the deadline's."""
        left = deadline - clock.monotonic()
        request = pickle.dumps((what, given, left))
        try:
            self._pipes.send(struct.pack("<Q", len(request)) + request, deadline + START)
            answer = self._pipes.receive(deadline + START)
        except TimeoutError:
            raise ended(self._names, f"took longer than {left:g} s and was stopped", self._words) from None
        except (EOFError, BrokenPipeError):
            raise ended(self._names, self._how(), self._words) from None
        except ValueError:
            raise ended(self._names, "gave an answer that cannot be read", self._words) from None
        if not isinstance(answer, dict) or not (answer.keys() >= {"error", "reason"} or "held" in answer):
            raise ended(self._names, "gave an answer without what was asked", self._words)
        return answer

    def _how(self) -> str:
        try:
            return how(self._started.wait(_DYING))
        except TimeoutError:
            return "closed its answers"


def _end(owner: int, started: Started, pipes: Pipes, words: IO[bytes]) -> None:
    if os.getpid() == owner:
        pipes.close()
        started.end()
        words.close()


def _passed(answer: dict[str, Any]) -> Passed:
    lines, ends, delivered, moved = (float(answer[name]) for name in ("lines", "ends", "delivered", "moved"))
    return Passed(answer["cells"], answer["selectors"], lines, ends, delivered, moved, list(answer["sensed"]))

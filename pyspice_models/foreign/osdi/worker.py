"""Processes that run foreign native code, one for each module, started when first asked.

A module that crashes, hangs or ends its process takes nothing of this one with it: it becomes a message.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import threading
import time
from collections import OrderedDict
from pathlib import Path
from typing import Any

from pyspice_models.engine.osdi import messages
from pyspice_models.engine.osdi.nursery import born_of, end_nursery
from pyspice_models.engine.osdi.pipes import Pipes
from pyspice_models.errors import RequestError, SimulationError
from pyspice_models.foreign.osdi.module import Compiled

TIME_LIMIT = 300.0
"""Seconds that one request may take unless it says otherwise."""

MOST_ALIVE = 8
"""Processes that are kept; the one that was not asked for longest ends when another one is needed."""

_CODE = "from pyspice_models.foreign.osdi.child import main\nmain()"
_alive: OrderedDict[tuple[int, str, str], _Worker] = OrderedDict()
_lock = threading.RLock()
_COMPILING = 900.0  # [s] half a minute of a processor, on a busy machine


def ask(module: Compiled, message: dict[str, Any], seconds: float = TIME_LIMIT) -> dict[str, Any]:
    """What the process of a module answers.

    Raises:
        RequestError: the module refuses the request.
        SimulationError: its process crashed, ended, or took longer than `seconds`.
        ToolError: the module does not compile.
    """
    path = module.object()
    with _lock:
        worker = _worker_of(module, path)
        try:
            worker.prepare(message["do"])
            answer = worker.ask(message, seconds)
        except BaseException:
            _forget(worker)
            raise
    if "refused" in answer:
        raise RequestError(f"{module.shown}: {answer['refused']}.")
    return answer


def end_all() -> None:
    """End the processes of all modules; what is asked later starts new ones."""
    with _lock:
        for worker in list(_alive.values()):
            _forget(worker)
        end_nursery(_CODE)


def _worker_of(module: Compiled, path: Path) -> _Worker:
    key = (os.getpid(), str(path), module.module)
    if key in _alive:
        _alive.move_to_end(key)
        return _alive[key]
    for other in [one for one in _alive if one[0] != os.getpid()]:
        del _alive[other]  # of the process that this one was forked from
    while len(_alive) >= MOST_ALIVE:
        _forget(next(iter(_alive.values())))
    worker = _Worker(module)
    answer = worker.ask({"do": "open", "path": str(path), "module": module.module}, TIME_LIMIT)
    if "refused" in answer:
        worker.end()
        raise RequestError(f"{module.shown}: {answer['refused']}.")
    _alive[key] = worker
    return worker


def _forget(worker: _Worker) -> None:
    worker.end()
    for key in [key for key, one in _alive.items() if one is worker]:
        del _alive[key]


atexit.register(end_all)


class _Worker:
    """The process of one module."""

    def __init__(self, module: Compiled) -> None:
        self._shown, self._owner = module.shown, os.getpid()
        self._pipes = Pipes()
        try:
            self._nursery, self._number = born_of(_CODE, *self._pipes.its)
        except (OSError, ValueError) as error:
            raise SimulationError(
                f"{self._shown}: no process for its compiled code could be started: {error}"
            ) from None
        finally:
            for end in self._pipes.its:
                os.close(end)
        self._status: int | None = None
        self._prepared = {"open", "describe"}

    def prepare(self, asked: str) -> None:
        """Let it compile what a request needs, once for each version of the package; that may take longer than it."""
        if asked not in self._prepared:
            self.ask({"do": "prepare", "what": asked}, _COMPILING)
            self._prepared.add(asked)

    def ask(self, message: dict[str, Any], seconds: float) -> dict[str, Any]:
        until = time.monotonic() + seconds
        try:
            for piece in messages.packed(message):
                self._pipes.send(piece, until)
            answer = self._pipes.receive(until)
        except TimeoutError:
            raise self._failed(f"took longer than {seconds:g} s and was stopped") from None
        except (EOFError, BrokenPipeError):
            raise self._failed(self._how_it_ended()) from None
        except ValueError:
            raise self._failed("gave an answer that cannot be read") from None
        if not isinstance(answer, dict):
            raise self._failed("gave an answer that cannot be read")
        return answer

    def end(self) -> None:
        if os.getpid() != self._owner:
            return
        self._pipes.close()
        if self._status is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(self._number, signal.SIGKILL)
            self._wait_for()

    def _wait_for(self) -> int:
        if self._status is None:
            try:
                self._status = self._nursery.ended(self._number)
            except (OSError, ValueError):  # the nursery is gone, and its children with it
                self._status = signal.SIGKILL
        return self._status

    def _how_it_ended(self) -> str:
        status = os.waitstatus_to_exitcode(self._wait_for())
        if status < 0:
            return f"crashed ({signal.Signals(-status).name})"
        return f"ended its process with status {status}"

    def _failed(self, what: str) -> SimulationError:
        return SimulationError(
            f"{self._shown}: its compiled code {what}. This process is unharmed; correct the module, or the "
            "voltages and parameters that it was given.",
            log_tail=self._nursery.last_words(),
        )  # fmt: skip

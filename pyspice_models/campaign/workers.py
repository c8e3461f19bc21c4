"""Work spread over processes, each with a simulator of its own at a time.

A worker is a fresh interpreter that takes tasks on its standard input and gives answers on its standard output. Unlike
with `multiprocessing` the caller's script is not imported again, a worker that dies costs one task and no more, and its
environment is its own from the first import on.
"""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import os
import pickle
import select
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import deque
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from pyspice_models import machine
from pyspice_models.engine.toolchain import waits
from pyspice_models.engine.toolchain.cache import VARIABLE, cache_folder
from pyspice_models.engine.toolchain.surroundings import environment, own_variables, python
from pyspice_models.errors import Ag2sError
from pyspice_models.lazily import spare
from pyspice_models.numeric import whole

Item = TypeVar("Item")
Answer = TypeVar("Answer")

MAX_WORKERS = 64
_PATIENCE = 5.0  # [s] for a worker to end its simulator and remove its files


@dataclass(frozen=True)
class Died:
    """The answer of a worker that ended without one; what it had to say stands on standard error."""

    reason: str


def in_workers(
    function: Callable[[Item], Answer], items: Sequence[Item], workers: int, *, attempts: int = 1
) -> Generator[tuple[int, Answer | Died], None, None]:
    """Apply a function of a module to every item, `workers` at a time; give number and answer as they come.

    The items begin in the given order; one whose worker died begins again, up to `attempts` times in all. Whatever ends
    the iteration also ends all workers and what they have started: use it in `contextlib.closing`.

    Raises:
        RequestError: `workers` out of range.
        Ag2sError: what the function raised of this kind. Anything else ends the worker, and gives `Died`.
    """
    check_workers(workers)
    waiting = deque(range(len(items)))
    begun = [0] * len(items)
    crew: list[_Worker] = []
    try:
        while waiting or crew:
            while waiting and len(crew) < workers:
                crew.append(_Worker(alone=workers == 1))
                _give_next(crew[-1], function, items, waiting, begun)
            ready, _, _ = select.select(crew, [], [])
            for worker in ready:
                number, answer = worker.task, worker.take()
                if isinstance(answer, Ag2sError):
                    raise answer
                if isinstance(answer, Died) and begun[number] < attempts:
                    waiting.appendleft(number)
                    crew.remove(worker)
                    worker.stop()
                    continue
                if isinstance(answer, Died) or not waiting:
                    crew.remove(worker)
                    worker.stop()
                else:
                    _give_next(worker, function, items, waiting, begun)
                yield number, answer
    finally:
        for worker in crew:
            worker.process.terminate()
        for worker in crew:
            worker.stop()


def check_workers(workers: object) -> None:
    """Raise RequestError for a number of workers that makes no sense."""
    whole(workers, 1, MAX_WORKERS, name="workers")


def _give_next(
    worker: _Worker, function: Callable[..., Any], items: Sequence[Any], waiting: deque[int], begun: list[int]
) -> None:
    number = waiting.popleft()
    begun[number] += 1
    worker.give(function, (number, items[number]))


class _Worker:
    """A process, and the number of the task that it is at."""

    def __init__(self, *, alone: bool) -> None:
        """`alone`: it need not leave the other cores to others."""
        self.task = -1
        cache = cache_folder()
        # a folder of its own for temporary files: a worker that is killed cannot remove them
        self.scratch = Path(tempfile.mkdtemp(prefix="ag2s-worker-"))
        words = f"{os.getpid()}, {str(self.scratch)!r}, {alone}, {waits.telling()}"
        try:
            self.process = subprocess.Popen(
                python(f"from {__name__} import main; main({words})"), cwd=self.scratch,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                env=environment() | own_variables() | {VARIABLE: str(cache), "TMPDIR": str(self.scratch)},
                start_new_session=True,  # Ctrl-C reaches the parent alone, which ends its workers
            )  # fmt: skip
        except OSError:  # such as a Python that was removed meanwhile
            shutil.rmtree(self.scratch, ignore_errors=True)
            raise

    def fileno(self) -> int:
        """For select."""
        assert self.process.stdout is not None
        return self.process.stdout.fileno()

    def give(self, function: Callable[..., Any], task: tuple[int, Any]) -> None:
        self.task, item = task
        assert self.process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # it died between two tasks: take() tells
            pickle.dump((function, item), self.process.stdin)
            self.process.stdin.flush()

    def take(self) -> Any:
        assert self.process.stdout is not None
        try:
            return pickle.load(self.process.stdout)
        except (EOFError, pickle.UnpicklingError):
            return Died(_ending(self.process.wait()))

    def stop(self) -> None:
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()
        try:
            self.process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.scratch, ignore_errors=True)


def _ending(code: int) -> str:
    if code == -signal.SIGKILL:
        return "its process was killed (SIGKILL): the memory may not suffice, try fewer workers"
    if code < 0:
        return f"its process was killed ({signal.Signals(-code).name})"
    return f"its process ended with status {code}"


def main(parent: int, scratch: str, alone: bool = True, telling: bool = False) -> None:
    """What a worker runs, started by the process `parent` in the folder `scratch`, which is its own.

    Args:
        parent, scratch: see above.
        alone: without others beside it.
        telling: it says on standard error why something takes long.
    """
    spare("dask")
    machine.keep_freed_memory()
    if not alone:
        machine.leave_cores()
    if telling:
        waits.listen(lambda text: print(text, file=sys.stderr, flush=True))  # noqa: T201
    signal.signal(signal.SIGTERM, _leave)
    # the parent removes it too, if it still can; by its name: were it gone already, TMPDIR would lead to /tmp itself
    atexit.register(shutil.rmtree, scratch, ignore_errors=True)
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # 1: PR_SET_PDEATHSIG; no worker outlives its parent
    if os.getppid() != parent:  # it was killed while this one was starting, and the kernel will say nothing
        return
    # nobody may be there any more to take an answer
    with contextlib.suppress(BrokenPipeError), os.fdopen(os.dup(1), "wb") as answers:
        os.dup2(2, 1)  # what a library prints must not get in among the answers
        while True:
            try:
                function, item = pickle.load(sys.stdin.buffer)
            except EOFError:
                return
            try:
                answer = function(item)
            except Ag2sError as error:
                answer = error
            machine.settle()
            pickle.dump(answer, answers)
            answers.flush()


def _leave(*_: object) -> NoReturn:
    """Leave as from an exception, so that simulators end and scratch folders go."""
    # the kernel signals the death of every thread of the parent: the second must not break into the cleaning up
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    # where Python swallows exceptions, this one too is lost: then the worker ends when it has nobody to answer.
    # Where it comes out as another one, as while a class is being made, there is nothing to tell either.
    sys.unraisablehook = lambda _: None
    sys.excepthook = lambda *_: None
    sys.exit(1)

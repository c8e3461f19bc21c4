"""Who may use the ngspice library of a process: one thread at a time, where it was loaded, while it is sound.

The library has one state for the whole process and threads of its own. Two threads in it at once crash it; a process
that is forked from one that has used it waits for ever for threads that the fork left behind; after what it calls an
error from which it cannot recover it goes on with half a netlist.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from pyspice_models.errors import ToolError

SPAWN = (
    "start workers by spawn, for example ProcessPoolExecutor(mp_context=multiprocessing.get_context('spawn')), with "
    "the function in a module of its own"
)
RESTART = "restart Python, in a notebook its kernel"


class Library:
    """What is known of the library in this process.

    Attributes:
        process: number of the process that has loaded it or is about to; 0 if none has.
        starter: number of the thread in which it starts, for which another one holds the lock; 0 if none does.
        finished: why it cannot be used any more; "" while it can.
    """

    def __init__(self) -> None:
        """Nothing is loaded yet."""
        self.process = 0
        self.starter = 0
        self.finished = ""
        self._lock = threading.RLock()

    @contextmanager
    def used(self) -> Iterator[None]:
        """Be the only thread that uses it; the others wait.

        Raises:
            ToolError: it was loaded by a process of which this one is a fork, or it cannot be used any more.
        """
        # before the lock, which a thread may have held that the fork left behind
        if self.process not in (0, os.getpid()):
            raise ToolError(
                "libngspice was loaded before this process was forked, and would wait for ever for threads that the "
                f"fork left behind: {SPAWN}, or load it in the workers alone."
            )
        if threading.get_ident() == self.starter:
            yield
            return
        with self._lock:
            if self.finished:
                raise ToolError(f"libngspice cannot be used any more in this process: {self.finished}; {RESTART}.")
            yield

    @contextmanager
    def loading(self) -> Iterator[None]:
        """The same around the loading."""
        before = self.process
        self.process = before or os.getpid()
        with self.used():
            try:
                yield
            except BaseException:
                self.process = before  # a fork may try where this process failed
                raise


LIBRARY = Library()
"""Of this process."""


@contextmanager
def interrupts_later() -> Iterator[None]:
    """Keep Ctrl-C until the block ends: raised in a callback of the library, it would be printed and forgotten."""
    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(before):
        yield
        return
    came = False

    def remember(number: int, frame: object) -> None:
        nonlocal came
        came = True

    signal.signal(signal.SIGINT, remember)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if came:
            before(signal.SIGINT, None)

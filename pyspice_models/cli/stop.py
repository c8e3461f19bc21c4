"""Signals that ask the program to stop end it as Ctrl-C does: simulators end, scratch folders go, results stay."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
_QUIET = 10.0  # [s] after a signal, in which others do not interrupt the cleaning up


class Stopped(KeyboardInterrupt):
    """A signal has come.

    Attributes:
        number: of the signal.
    """

    def __init__(self, number: int) -> None:
        """Keep the number."""
        super().__init__(f"stopped by {signal.Signals(number).name}")
        self.number = number

    @property
    def exit_code(self) -> int:
        """As a shell shows the end by a signal."""
        return 128 + self.number


@contextmanager
def stopping() -> Iterator[None]:
    """Raise Stopped inside the block when a signal comes; one that is ignored, as under nohup, stays so."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    first = -_QUIET

    def stop(number: int, _: object) -> None:
        nonlocal first
        # a terminal that closes sends more than one, and the second must not break into the cleaning up
        if time.monotonic() > first + _QUIET:
            first = time.monotonic()
            raise Stopped(number)

    before = {number: signal.getsignal(number) for number in _SIGNALS}
    for number, handler in before.items():
        if handler is not signal.SIG_IGN:
            signal.signal(number, stop)
    try:
        yield
    except Exception as error:
        if (inside := _inside(error)) is None:
            raise
        for note in getattr(error, "__notes__", ()):
            inside.add_note(note)
        raise inside from None
    # not after a signal: the process is about to end
    for number, handler in before.items():
        signal.signal(number, handler)


def _inside(error: BaseException) -> Stopped | None:
    """The signal that an error comes from: Python itself wraps what is raised while a class is being made."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, Stopped):
        cause = cause.__cause__
    return cause

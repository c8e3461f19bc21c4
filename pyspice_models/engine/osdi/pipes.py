"""Messages through pipes, between this process and one that runs foreign code."""

from __future__ import annotations

import contextlib
import fcntl
import math
import os
import select
import time
from typing import Any

from pyspice_models.engine.osdi import messages

_PIPE = 1 << 20  # bytes, the most that Linux lets a user have


class Pipes:
    """This process's ends of two pipes.

    Attributes:
        its: the other process's ends, where it reads and where it writes; this process closes them when it has begun.
    """

    def __init__(self) -> None:
        """Make them."""
        its_in, self._out = os.pipe()
        self._in, its_out = os.pipe()
        self.its = its_in, its_out
        for end in (self._out, self._in):  # waves are megabytes: fewer turns of both processes
            with contextlib.suppress(OSError, AttributeError):
                fcntl.fcntl(end, fcntl.F_SETPIPE_SZ, _PIPE)
        os.set_blocking(self._out, False)

    def send(self, piece: bytes | memoryview, until: float = math.inf) -> None:
        """Write all of it.

        Args:
            piece: of a message.
            until: of `time.monotonic`.

        Raises:
            TimeoutError, BrokenPipeError: what they say.
        """
        left = memoryview(piece)
        while left:
            _wait([], [self._out], until)
            left = left[os.write(self._out, left[:_PIPE]) :]

    def receive(self, until: float = math.inf) -> Any:
        """The next message.

        Raises:
            TimeoutError, EOFError: what they say.
            ValueError: what came is none.
        """
        text, arrays = messages.lengths(bytes(self._taken(messages.HEAD, until)))
        return messages.unpacked(bytes(self._taken(text, until)), self._taken(arrays, until))

    def close(self) -> None:
        """Close them, which tells the other process to end."""
        for handle in (self._out, self._in):
            with contextlib.suppress(OSError):
                os.close(handle)

    def _taken(self, count: int, until: float) -> bytearray:
        data = bytearray(count)
        at, seen = 0, memoryview(data)
        while at < count:
            _wait([self._in], [], until)
            got = os.readv(self._in, [seen[at:]])
            if not got:
                raise EOFError
            at += got
        return data


def _wait(reading: list[int], writing: list[int], until: float) -> None:
    left = None if until == math.inf else max(0.0, until - time.monotonic())
    if not any(select.select(reading, writing, [], left)):
        raise TimeoutError


def received(handle: int) -> Any:
    """In the other process: the next message; None at the end."""
    head = taken(handle, messages.HEAD)
    if len(head) < messages.HEAD:
        return None
    text, arrays = messages.lengths(bytes(head))
    return messages.unpacked(bytes(taken(handle, text)), taken(handle, arrays))


def taken(handle: int, count: int) -> bytearray:
    """So many bytes of a pipe; fewer at its end."""
    data = bytearray(count)
    at, seen = 0, memoryview(data)
    while at < count:
        got = os.readv(handle, [seen[at:]])
        if not got:
            seen.release()
            return data[:at]
        at += got
    return data


def answer(handle: int, message: Any) -> None:
    """In the other process: write a message."""
    for piece in messages.packed(message):
        left = memoryview(piece)
        while left:
            left = left[os.write(handle, left[:_PIPE]) :]

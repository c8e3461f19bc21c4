"""Processes for native code that others wrote, forked from one that has imported what they need; see `births.py`."""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import socket
import subprocess
import tempfile
import threading

from pyspice_models.engine.toolchain.cache import VARIABLE, cache_folder
from pyspice_models.engine.toolchain.log import last_lines
from pyspice_models.engine.toolchain.process import death_guard
from pyspice_models.engine.toolchain.surroundings import environment, own_variables, python

_START = 300.0  # [s] a Python that imports numba on a busy machine takes 5
_WORDS = 1 << 14  # bytes, of what such processes print

_alive: dict[str, Nursery] = {}
_lock = threading.RLock()


def nursery(code: str) -> Nursery:
    """The nursery of this process that runs this Python; started when first asked, and again when it is gone.

    Raises:
        OSError: it cannot be started.
    """
    with _lock:
        one = _alive.get(code)
        if one is None or one.owner != os.getpid() or not one.alive:
            if one is not None and one.owner == os.getpid():
                one.end()
            one = _alive[code] = Nursery(code)
        return one


def born_of(code: str, its_in: int, its_out: int) -> tuple[Nursery, int]:
    """A new process with these pipes, forked from that nursery, or from a new one where it has just ended.

    Raises:
        OSError, ValueError: there is none.
    """
    try:
        return (one := nursery(code)), one.born(its_in, its_out)
    except (OSError, ValueError):  # it has ended with the thread that started it, and nobody may have noticed yet
        end_nursery(code)
        return (one := nursery(code)), one.born(its_in, its_out)


def end_nursery(code: str) -> None:
    """End it, and all that it has forked; who asks later starts a new one."""
    with _lock:
        one = _alive.pop(code, None)
        if one is not None and one.owner == os.getpid():
            one.end()


def _end_all() -> None:
    for code in list(_alive):
        end_nursery(code)


atexit.register(_end_all)


class Nursery:
    """The process that others are forked from: it has imported what they need, and has opened no object.

    Linux ends it with the thread that started it, see `death_guard`.
    """

    def __init__(self, code: str) -> None:
        """Start it; `code` is Python that calls `births.serve` on the socket `argv[1]`."""
        self.owner = os.getpid()
        self._lock = threading.Lock()
        self._words = tempfile.TemporaryFile()  # noqa: SIM115  # lives as long as the process
        self._socket, its = socket.socketpair()
        with its:
            self._process = subprocess.Popen(
                [*death_guard(), *python(code, str(its.fileno()))], cwd="/", env=_environment(),
                stdin=subprocess.DEVNULL, stdout=self._words, stderr=subprocess.STDOUT, start_new_session=True,
                pass_fds=(its.fileno(),),
            )  # fmt: skip
        self._socket.settimeout(_START)

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None

    def born(self, its_in: int, its_out: int) -> int:
        """Number of a new process with these pipes.

        Raises:
            OSError, ValueError: there is none.
        """
        number = 0
        with self._lock, contextlib.suppress(BrokenPipeError, ConnectionResetError):
            socket.send_fds(self._socket, [b"born"], [its_in, its_out])
            number = int(self._socket.recv(64) or 0)
        if not number:
            words = self.last_words()
            raise OSError(f"the process that others are forked from has ended{': ' if words else ''}{words}")
        return number

    def ended(self, number: int) -> int:
        """How a process ended, as `os.waitpid` tells; it has ended, or is about to.

        Raises:
            OSError, ValueError: nobody knows.
        """
        with self._lock:
            self._socket.sendall(b"%d" % number)
            return int(self._socket.recv(64) or 0)

    def last_words(self) -> str:
        """The end of what it and its children printed."""
        self._words.seek(max(0, os.fstat(self._words.fileno()).st_size - _WORDS))
        return last_lines(self._words.read(_WORDS).decode(errors="replace"))

    def end(self) -> None:
        """Kill it, and all that it has forked."""
        self._socket.close()
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._words.close()


def _environment() -> dict[str, str]:
    """Of such processes, which have no home: where the machine code of loops is kept, they are told."""
    return environment() | own_variables() | {VARIABLE: str(cache_folder())}

"""Programs that are started, watched and ended, with all that they have started; no output is without end.

Only what makes a session of its own, as a daemon does, gets away; simulators and compilers do not.
"""

from __future__ import annotations

import contextlib
import ctypes
import math
import os
import resource
import select
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import IO

from pyspice_models.engine.toolchain.surroundings import environment, find_program
from pyspice_models.errors import ToolError
from pyspice_models.passing import passing_folder

MOST_OUTPUT = 1 << 20
"""What a probe may print [bytes]; tools tell their version and what they can do in less than a hundredth of it."""

MOST_WRITTEN = 1 << 28
"""What a probe may write into one file [bytes]; a compiled cell has less than a thousandth of it."""

_LOOK = 0.05  # [s] between two looks at a program


@contextmanager
def started(
    command: Sequence[str | Path], folder: Path, output: IO[bytes], *, largest_file: int | None = None
) -> Iterator[Started]:
    """A program in a session of its own, which is killed with all that it has started when the block ends.

    Its environment is that of `surroundings.environment`.

    Args:
        command: absolute path of the program, and its words.
        folder: where it starts.
        output: takes all that it prints; a file, which unlike a pipe does not keep us waiting for who inherited it.
        largest_file: that it may write [bytes]; at more, Linux kills it by SIGXFSZ.

    Raises:
        OSError: it cannot be started.
    """
    if not os.access(command[0], os.X_OK):  # which the guard would tell as if it were a word of the program
        raise OSError(f"{command[0]} is not there, or is no program")
    guard = death_guard()
    process = subprocess.Popen(
        [*guard, *command], cwd=folder, env=environment(), stdin=subprocess.DEVNULL, stdout=output,
        stderr=subprocess.STDOUT, start_new_session=True, preexec_fn=None if guard else _die_with_parent,
    )  # fmt: skip
    running = Started(process)
    try:
        if largest_file is not None:
            running.limit_files(largest_file)
        yield running
    finally:
        running.end()


class Started:
    """A program that runs."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        """See `started`."""
        self._process = process

    def wait(self, seconds: float, look: Callable[[], None] | None = None) -> int:
        """Exit status of the program; what else it has started is killed then.

        Args:
            seconds: how long it may take.
            look: is called every 50 ms, and may raise.

        Raises:
            TimeoutError: it took longer, even if it has ended since.
        """
        until = time.monotonic() + seconds
        while not self._ended(min(_LOOK, max(0.0, until - time.monotonic()))):
            if time.monotonic() > until:
                raise TimeoutError
            if look is not None:
                look()
        if time.monotonic() > until:
            raise TimeoutError
        return self.end()

    def end(self) -> int:
        """Kill it, if it still runs, and all that it has started; its exit status."""
        if self._process.returncode is None:
            # until it is waited for, its number, and its group's, belong to nobody else
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        return self._process.returncode

    def limit_files(self, most: int) -> None:
        """Let no file grow beyond `most` bytes."""
        with contextlib.suppress(OSError):  # it has ended already
            hard = resource.prlimit(self._process.pid, resource.RLIMIT_FSIZE)[1]
            resource.prlimit(self._process.pid, resource.RLIMIT_FSIZE, (int(min(most, shell_limit())), hard))

    def _ended(self, within: float) -> bool:
        """Whether it ends in so many seconds; it is not waited for, which would free its number."""
        try:
            handle = os.pidfd_open(self._process.pid)
        except (OSError, AttributeError):  # an old kernel
            time.sleep(min(within, 1e-3))
        else:
            # `Popen.wait` looks now and then and comes late by a fifth of a small run
            try:
                select.select([handle], [], [], within)
            finally:
                os.close(handle)
        try:
            return os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
        except ChildProcessError:  # in a process that lets the kernel wait for its children
            return True


def shell_limit() -> float:
    """Largest file that this process, and what it starts, may write [bytes]: `ulimit -f`; inf without one."""
    soft = resource.getrlimit(resource.RLIMIT_FSIZE)[0]
    return math.inf if soft == resource.RLIM_INFINITY else soft


def output_of(command: Sequence[str | Path], folder: Path | None = None, *, seconds: float) -> tuple[int, str]:
    """Exit status and output of a program that says a few words and ends.

    Args:
        command: absolute path of the program, and its words.
        folder: where it starts; without it in an empty one, which is removed.
        seconds: how long it may take.

    Raises:
        ToolError: it does not start, takes longer or prints more than MOST_OUTPUT.
    """
    if folder is None:
        with passing_folder("probe") as empty:
            return output_of(command, empty, seconds=seconds)
    with tempfile.TemporaryFile() as output:

        def look() -> None:
            if os.fstat(output.fileno()).st_size > MOST_OUTPUT:
                raise ToolError(f"{command[0]} prints without end: more than {MOST_OUTPUT} bytes")

        try:
            with started(command, folder, output, largest_file=MOST_WRITTEN) as program:
                status = program.wait(seconds, look)
            look()
        except OSError as error:
            reason = f"did not end within {seconds:g} s" if isinstance(error, TimeoutError) else f"did not run: {error}"
            raise ToolError(f"{command[0]} {reason}") from None
        output.seek(0)
        return status, output.read().decode(errors="replace")


@cache
def death_guard() -> tuple[str, ...]:
    """A command that starts another one so that Linux kills it when this process dies; empty where there is none.

    Code of one's own between fork and exec does the same, but then a fork copies this whole process, ten milliseconds
    of it, and it is not safe beside other threads.
    """
    setpriv, true = find_program("setpriv"), find_program("true")
    if setpriv is None or true is None:
        return ()
    guard = (str(setpriv), "--pdeathsig", "KILL", "--")
    try:
        done = subprocess.run([*guard, true], cwd="/", env=environment(), capture_output=True, check=False, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return ()
    return guard if done.returncode == 0 else ()


def _die_with_parent() -> None:
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # 1: PR_SET_PDEATHSIG

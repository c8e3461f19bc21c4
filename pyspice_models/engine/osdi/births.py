"""The process that `nursery.py` starts: it forks others, each with two pipes, and tells how they ended."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import socket
import traceback
from collections.abc import Callable


def serve(number: int, work: Callable[[int, int], None], before: Callable[[], None] = lambda: None) -> None:
    """On a socket: fork a process that does `work` for each pair of pipes that comes, and tell how one ended.

    A forked process is killed when this one ends. `before`: done here, before each is forked.
    """
    with socket.socket(fileno=number) as ours:
        while True:
            message, pipes, _, _ = socket.recv_fds(ours, 64, 2)
            if not message:
                return
            if not pipes:
                ours.sendall(b"%d" % os.waitpid(int(message), 0)[1])
                continue
            before()
            born = os.fork()
            if born == 0:
                ours.close()
                with contextlib.suppress(OSError, AttributeError):
                    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # 1: PR_SET_PDEATHSIG
                _alone(pipes[0], pipes[1], work)
            for pipe in pipes:
                os.close(pipe)
            ours.sendall(b"%d" % born)


def _alone(given: int, answers: int, work: Callable[[int, int], None]) -> None:
    status = 1
    try:
        work(given, answers)
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(status)

"""Starts the command `ag2s` in a case's folders, watches it, and holds what it did against what it said."""

from __future__ import annotations

import os
import resource
import select
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from fuzzing import watch
from fuzzing.case import CRASH, HANG, MEMORY, MESSAGE, STATUS, TRACEBACK, Found, Place
from fuzzing.in_process import strict

AG2S = Path(sys.executable).with_name("ag2s")
_ADDRESSES = 8 << 30  # [bytes] that a command may map: far above what is in use, far below what hurts the machine
_ODD = [chr(c) for c in (*range(9), *range(14, 32), 127) if c != 27]


@dataclass(frozen=True)
class Rules:
    """What is held against every command.

    Attributes:
        patience: [s].
        memory: most that it may hold [bytes].
        largest: what the commands of a case have held [bytes].
    """

    patience: float
    memory: int
    largest: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Done:
    """What a command did.

    Attributes:
        words: it was called with.
        code: exit status, negative for a signal.
        out, err: what it printed.
        seconds: it took.
    """

    words: tuple[str, ...]
    code: int
    out: str
    err: str
    seconds: float


def is_running(process: subprocess.Popen[bytes]) -> bool:
    """Whether a command runs; unlike its own `poll`, this leaves its end to `finish`."""
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None


def start(words: Sequence[str], place: Place, environment: dict[str, str] | None = None) -> subprocess.Popen[bytes]:
    """The command `ag2s` in its own session; what it prints goes into the case's folder."""
    place.note("command.txt", f"cd {place.cwd}; {shlex.join(('ag2s', *words))}  # {environment or ''}")
    own = {"NO_COLOR": "1", "COLUMNS": "200", "TMPDIR": str(place.tmp), "PYTHONFAULTHANDLER": "1"}
    with (place.folder / "stdout").open("wb") as out, (place.folder / "stderr").open("wb") as err:
        return subprocess.Popen(
            [AG2S, *words], cwd=place.cwd, stdin=subprocess.DEVNULL, stdout=out, stderr=err, start_new_session=True,
            env=os.environ | own | (environment or {}), preexec_fn=_limits,
        )  # fmt: skip


def _limits() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (_ADDRESSES, _ADDRESSES))
    # what a shell has put into the background is deaf to Ctrl-C, and so are its children
    for how in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(how, signal.SIG_DFL)


def finish(process: subprocess.Popen[bytes], place: Place, rules: Rules, began: float) -> Done:
    """Wait for the end of a command.

    Raises:
        Found: it hangs, holds too much memory, or dies of a signal that nobody sent.
    """
    handle = os.pidfd_open(process.pid)
    patience = watch.Patience(process.pid, rules.patience)
    try:
        while not select.select([handle], [], [], 0.5)[0]:
            if patience.is_over():
                process.send_signal(signal.SIGABRT)  # of which Python tells where it was
                time.sleep(0.5)
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                words = " ".join(map(str, process.args[1:]))  # type: ignore[index]
                raise Found(HANG, f"over {rules.patience:g} s: {words[:300]}\n{_text(place, 'stderr')[:3000]}")
    finally:
        os.close(handle)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    rules.largest.append(usage.ru_maxrss * 1024)
    # until it is another program, a child counts as large as this process
    if usage.ru_maxrss * 1024 > max(rules.memory, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024):
        raise Found(MEMORY, f"{usage.ru_maxrss / 2**20:.2f} GB")
    words = tuple(map(str, process.args[1:]))  # type: ignore[index]
    return Done(words, process.returncode, _text(place, "stdout"), _text(place, "stderr"), time.monotonic() - began)


def run(words: Sequence[str], place: Place, rules: Rules, environment: dict[str, str] | None = None) -> Done:
    """Start a command and see it through; see `judge`."""
    began = time.monotonic()
    return finish(start(words, place, environment), place, rules, began)


def judge(done: Done) -> None:
    """Raise Found unless status and words agree with each other and with the documentation."""
    about = f"status {done.code}: {done.err[-1500:]}"
    if "Traceback (most recent call last)" in done.err or "Traceback" in done.out:
        raise Found(TRACEBACK, about)
    if done.code < 0:
        raise Found(CRASH, about)
    if done.code not in (0, 1, 2):
        raise Found(STATUS, f"no status that is documented: {about}")
    if "--json" in done.words and done.out:
        try:
            strict(done.out)
        except ValueError:
            raise Found(STATUS, f"JSON is not alone on standard output: {done.out[:300]!r}") from None
    if done.code == 0 and ("error:" in done.err or ("--json" in done.words and not done.out)):
        raise Found(STATUS, f"done, and yet: {about}")
    if done.code == 2 and done.out.strip():
        raise Found(STATUS, f"refused, and yet it answers: {done.out[:300]!r}")
    if done.code == 2 and "Deck and log:" in done.err:
        raise Found(STATUS, f"a failed simulation is called a wrong request: {about}")
    if done.code and not done.err.strip():
        raise Found(MESSAGE, f"status {done.code} without a word")
    if len(done.err) > 20_000:
        raise Found(MESSAGE, f"{len(done.err)} characters on standard error: {done.err[:300]!r}")
    if odd := [c for c in _ODD if c in done.err]:
        raise Found(MESSAGE, f"control characters {odd!r} in {done.err[:500]!r}")


def _text(place: Place, name: str) -> str:
    path = place.folder / name
    with path.open("rb") as file:
        return file.read(5_000_000).decode(errors="replace")

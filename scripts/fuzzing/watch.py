"""What is still there when a case is over, and how much memory it took."""

from __future__ import annotations

import ctypes
import os
import signal
import time
from contextlib import suppress
from pathlib import Path

from fuzzing.case import LEFT_OVER, Found, Place

_GRACE = 1.0  # [s] for a killed process of a killed process to be gone
_LONGEST = 5  # times the patience after which nobody waits, however busy the machine is


class Patience:
    """How long a process may take, without the time in which it and its children stood in the queue for a processor.

    On a machine that does other work, too, a sound command takes several times as long; one that sleeps or turns in
    circles for ever does so on any machine.
    """

    def __init__(self, pid: int, seconds: float) -> None:
        self._pid, self._seconds = pid, seconds
        self._began = time.monotonic()
        self._queued: dict[int, float] = {}
        self._before = {pid: queued_seconds(pid)}

    def is_over(self) -> bool:
        """Whether it has taken too long by now; to be asked now and then."""
        took = time.monotonic() - self._began
        if took <= self._seconds:
            return False
        for pid in (self._pid, *processes(self._pid)):
            self._queued[pid] = max(self._queued.get(pid, 0.0), queued_seconds(pid) - self._before.get(pid, 0.0))
        return took - sum(self._queued.values()) > self._seconds or took > _LONGEST * self._seconds


def queued_seconds(pid: int) -> float:
    """Seconds for which a process has waited for a processor; 0 if it has ended."""
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[1]) / 1e9
    except (OSError, IndexError):  # ended, or a kernel that does not count
        return 0.0


def adopt() -> None:
    """Become the parent of every descendant whose own parent ends, so that none gets out of sight."""
    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # 36: PR_SET_CHILD_SUBREAPER


def processes(root: int = 0) -> dict[int, str]:
    """Command lines of all living descendants of a process, by default of this one."""
    found, edge = set[int](), {root or os.getpid()}
    parents = _parents()
    while edge:
        edge = {child for child, parent in parents.items() if parent in edge} - found
        found |= edge
    return {pid: _command(pid) for pid in found}


def children(root: int) -> list[int]:
    """Living processes whose parent this one is."""
    return [child for child, parent in _parents().items() if parent == root]


def _parents() -> dict[int, int]:
    """The parent of every living process."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:  # it has ended meanwhile
                continue
            if fields[0] not in "ZX":
                parents[int(entry.name)] = int(fields[1])
    return parents


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return ""


def check_processes(grace: float = _GRACE) -> None:
    """Raise Found if descendants live on after so many seconds; end them."""
    deadline = time.monotonic() + grace
    while (left := processes()) and time.monotonic() < deadline:
        time.sleep(0.02)
    if left:
        end(left)
        raise Found(LEFT_OVER, f"processes: {'; '.join(left.values())[:500]}")


def end(those: dict[int, str]) -> None:
    """Kill descendants of this process."""
    for pid in those:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    for pid in those:
        with suppress(ChildProcessError):
            os.waitpid(pid, 0)


def check_files(place: Place, allowed: set[str] = frozenset()) -> None:  # type: ignore[assignment]
    """Raise Found if something lies in the temporary folder, or in the current one that is not allowed there."""
    left = [str(path.relative_to(place.folder)) for path in place.tmp.rglob("*")]
    left += [f"cwd/{path.name}" for path in place.cwd.iterdir() if path.name not in allowed]
    left += [
        str(path.relative_to(place.folder))
        for path in place.cwd.rglob("*")
        if (path.name.startswith(".") and path.name != ".ag2s") or path.name.endswith((".partial", ".tmp"))
    ]
    if left:
        raise Found(LEFT_OVER, f"files: {', '.join(sorted(left))[:500]}")


def resident() -> int:
    """The most memory that this process has held [bytes]."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0


def forget_peak() -> None:
    """Count the most memory from now on."""
    Path("/proc/self/clear_refs").write_text("5")

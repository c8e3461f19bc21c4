"""What is still there when a case is over, and how much memory it took."""

from __future__ import annotations

import ctypes
import os
import signal
import time
from contextlib import suppress
from pathlib import Path

from fuzzing.case import LEFT_OVER, Found, Place

_GRACE = 3.0  # [s] a killed process of a killed process may take to be gone


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


def check_processes() -> None:
    """Raise Found if descendants live on; end them."""
    deadline = time.monotonic() + _GRACE
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

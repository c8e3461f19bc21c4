"""What this machine has: cores, room on its disks, and memory, also where a container or `ulimit -v` allows less."""

from __future__ import annotations

import ctypes
import gc
import os
import resource
import shutil
import sys
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path

import psutil

_others = _settled = False

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # M_TRIM_THRESHOLD and M_MMAP_THRESHOLD of malloc.h


def cores() -> int:
    """How many this process may use at the same time."""
    return 1 if _others else len(os.sched_getaffinity(0))


def leave_cores() -> None:
    """Use one from now on: other processes work beside this one."""
    global _others
    _others = True


def settle() -> None:
    """Let the collector of garbage leave alone what is there after the first piece of work: modules, above all."""
    global _settled
    if not _settled:
        gc.collect()
        gc.freeze()
    _settled = True


def keep_freed_memory() -> None:
    """Let this process keep what it frees, up to 128 MB: a worker's next run asks for arrays of the same sizes again.

    Dask has its workers give back whatever is above 64 kB, so that each array of a wave comes from the kernel anew,
    page by page: a third of the time that a short run spends beside its simulator.
    """
    with suppress(OSError, AttributeError):  # the C library may be another one than glibc
        allocator = ctypes.CDLL(None)
        allocator.mallopt(_TRIM_THRESHOLD, 128 * 2**20)
        allocator.mallopt(_MMAP_THRESHOLD, 32 * 2**20)


def memory() -> int:
    """All memory that this process could ever have [bytes]."""
    limits = [limit for _, limit, *_ in _limits()]
    return min([_total(), *limits, *_address_space()])


@cache
def _total() -> int:
    return int(psutil.virtual_memory().total)


def free_memory() -> int:
    """What of it is free now, or can be freed without swapping [bytes]."""
    groups = [max(0, limit - used) for limit, used in _groups()]
    spaces = [max(0, limit - psutil.Process().memory_info().vms) for limit in _address_space()]
    return min([psutil.virtual_memory().available, *groups, *spaces])


def free_disk(place: Path) -> int:
    """Bytes that can be written at `place`, whether it is there already or not; of a quota it knows nothing.

    Where nobody knows, and for a device or FIFO, which takes what comes, as many as there could be: the writing itself
    tells then.
    """
    with suppress(OSError):  # a name may be too long to ask for
        if not (place.is_file() or place.is_dir()) and place.exists():
            return sys.maxsize
    for folder in (place, *place.absolute().parents):
        with suppress(OSError):
            usage = shutil.disk_usage(folder)
            return usage.free if usage.total else sys.maxsize  # /proc and its like have no size
    return sys.maxsize


def _address_space() -> list[int]:
    soft, _ = resource.getrlimit(resource.RLIMIT_AS)
    return [] if soft == resource.RLIM_INFINITY else [soft]


CGROUPS = Path("/sys/fs/cgroup")
OWN_CGROUP = Path("/proc/self/cgroup")


def _groups() -> Iterator[tuple[int, int]]:
    """Limit and use of memory of each control group that this process is in and that has a limit [bytes]."""
    for group, limit, in_use, reclaimable in _limits():
        used = _text(group / in_use).strip()
        if used.isdecimal():
            words = dict(row.split()[:2] for row in _text(group / "memory.stat").splitlines() if " " in row)
            # files that were read are kept in memory as long as nobody needs it
            yield limit, max(0, int(used) - int(words.get(reclaimable, 0)))


def _limits() -> Iterator[tuple[Path, int, str, str]]:
    """Each of these groups with its limit, and what it calls what is used and what can be had back."""
    lines = _text(OWN_CGROUP).splitlines()
    for line in lines:
        _, kinds, path = [*line.split(":", 2), "", ""][:3]
        if kinds == "":  # version 2
            root, names, reclaimable = CGROUPS, ("memory.max", "memory.current"), "inactive_file"
        elif "memory" in kinds.split(","):
            root, reclaimable = CGROUPS / "memory", "total_inactive_file"
            names = "memory.limit_in_bytes", "memory.usage_in_bytes"
        else:
            continue
        own = root / path.lstrip("/")
        # seen from within a container, its own group is the root
        for group in (own, *own.parents):
            limit = _text(group / names[0]).strip()
            if limit.isdecimal() and int(limit) < _NO_LIMIT:
                yield group, int(limit), names[1], reclaimable
            if group == root:
                break


_NO_LIMIT = 1 << 60


def _text(path: Path) -> str:
    with suppress(OSError):
        return path.read_text(encoding="ascii", errors="replace")
    return ""

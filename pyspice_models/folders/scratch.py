"""Hidden folders in which results are made, and how such a folder takes its place beside others at work.

Each is locked by the process that fills it. The kernel frees the lock when that process ends, however it ends: a folder
without its lock was left by one that was killed. Making, clearing and moving folders is done under a lock of the folder
that holds them all, which nobody keeps for longer than a moment.
"""

from __future__ import annotations

import ctypes
import errno
import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from pyspice_models.files import hidden
from pyspice_models.folders.mark import COMPLETE, MARK, Mark, Origin, at_work, here, read_mark
from pyspice_models.passing import locks

LOCK_PATIENCE = 5.0  # [s] for the lock of the folder that holds them


@contextmanager
def held(folder: Path) -> Iterator[bool]:
    """Be the only one that makes or moves results in a folder; False where the file system has no locks.

    Nor does it last: who keeps the lock for long is none of us.
    """
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        until = time.monotonic() + LOCK_PATIENCE
        while (locked := locks(handle)) is False and time.monotonic() < until:
            time.sleep(0.01)
        yield bool(locked)
    finally:
        os.close(handle)


@dataclass(frozen=True)
class Scratch:
    """A hidden folder that a result is made in.

    Attributes:
        path: where it is.
        mark: as of work that begins.
        number: of the folder itself, its inode, wherever it is moved.
    """

    path: Path
    mark: Mark
    number: int

    def is_at(self, path: Path) -> bool:
        """Whether the folder lies there."""
        return path.exists() and path.stat().st_ino == self.number


@contextmanager
def scratch_folder(place: Path, origin: Origin) -> Iterator[Scratch]:
    """A locked folder beside `place` with a mark; it is removed at the end if it is still there.

    Raises:
        OSError: it cannot be made.
    """
    # a long name leaves room for the ending
    scratch = hidden(place.parent, _short(place))
    with held(place.parent):
        scratch.mkdir()
        handle = os.open(scratch, os.O_RDONLY | os.O_DIRECTORY)
        locks(handle)
    try:
        mark = at_work(origin, place.name)
        mark.write(scratch)
        yield Scratch(scratch, mark, os.fstat(handle).st_ino)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
        os.close(handle)


def _short(place: Path) -> str:
    return os.fsdecode(os.fsencode(place.name)[:200])


def clear(place: Path) -> None:
    """Remove what killed runs for this place have left; what one of them had finished takes its place.

    Left alone is what a process of another machine made: whether it still works there, nobody here can tell.
    """
    ending = re.compile(re.escape(f".{_short(place)}-") + "[0-9a-f]{8}")
    if not any(ending.fullmatch(path.name) for path in place.parent.iterdir()):
        return
    with held(place.parent) as alone:
        left = [path for path in place.parent.iterdir() if ending.fullmatch(path.name)]
        for path in left if alone else []:
            with suppress(OSError):  # gone meanwhile, or no folder
                _clear_one(path, place)


def _clear_one(path: Path, place: Path) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        if not locks(handle):
            return
        mark = read_mark(path)
        if mark is None:  # killed before it could even write its mark
            path.rmdir()
        elif mark.name == place.name and _of_here(mark):
            if mark.state == COMPLETE and not _rescued(path, mark, place):
                return
            shutil.rmtree(path, ignore_errors=True)
    finally:
        os.close(handle)


def _rescued(path: Path, mark: Mark, place: Path) -> bool:
    """Give a finished result its place; whether what lies at the path then may go."""
    with suppress(OSError):  # it may have been at its pictures, which its mark does not know yet
        stands = (path / MARK).stat()
        mark.ended(path, COMPLETE).write(path)
        os.utime(path / MARK, ns=(stands.st_atime_ns, stands.st_mtime_ns))
    if not place.exists():
        path.rename(place)
        return False
    there = read_mark(place)
    newer = there is None or (path / MARK).stat().st_mtime_ns > (place / MARK).stat().st_mtime_ns
    if there is not None and newer and there.origin.same(mark.origin):
        exchange(path, place)
    elif newer:  # of another question, so that both count
        path.rename(free_name(place))
        return False
    return True


def free_name(place: Path) -> Path:
    """`place`-2, or the first number after it that nothing has."""
    return next(path for n in count(2) if not (path := place.with_name(f"{place.name}-{n}")).exists())


def _of_here(mark: Mark) -> bool:
    """Whether a lock that is free means that nobody is at work: it was a process of this machine, or is over."""
    same = {name for name, value in here().items() if value and mark.place.get(name) == value}
    return not mark.place or "boot" in same or {"host", "machine"} <= same


def take_place(folder: Path, place: Path) -> Path | None:
    """Rename a folder to `place` at once; where that which was there lies then, under a hidden name.

    Raises:
        OSError: it cannot be done; both are where they were.
    """
    if not place.exists():
        folder.rename(place)
        return None
    exchange(folder, place)
    old = hidden(place.parent, _short(place))
    folder.rename(old)
    return old


def exchange(scratch: Path, place: Path) -> None:
    """Put a folder in the place of another one at once; what was there lies at `scratch` then.

    Raises:
        OSError: it cannot be done; both are where they were.
    """
    try:
        rename = ctypes.CDLL(None, use_errno=True).renameat2
    except AttributeError:  # an old library
        code = errno.ENOSYS
    else:
        code = 0
        if rename(_HERE, os.fsencode(scratch), _HERE, os.fsencode(place), _EXCHANGE):
            code = ctypes.get_errno()
    if code in (errno.ENOSYS, errno.EINVAL):  # a file system that can only do one after the other
        old = hidden(place.parent, _short(place))
        place.rename(old)
        try:
            scratch.rename(place)
        except OSError:
            old.rename(place)
            raise
        old.rename(scratch)
    elif code:
        raise OSError(code, os.strerror(code))


_HERE, _EXCHANGE = -100, 2  # AT_FDCWD, RENAME_EXCHANGE

"""Folders for a moment, which go also when their process is killed: the next one that needs such a folder removes them.

A folder is locked as long as its process lives. What is not locked, has the name of one and belongs to this user was
left behind.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def passing_folder(purpose: str, within: Path | None = None) -> Iterator[Path]:
    """An empty folder, removed at the end with all that is in it.

    Args:
        purpose: a word of its name, `ag2s-PURPOSE-...`; it holds nothing that anybody would miss.
        within: the folder that it is made in; without it the temporary folder.
    """
    prefix, place = f"ag2s-{purpose}-", within or Path(tempfile.gettempdir())
    _clear(place, prefix)
    path, handle = _made(place, prefix)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
        os.close(handle)


def locks(handle: int) -> bool | None:
    """Lock an open folder as long as it stays open; False: another process has it; None: there are no locks."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


def _clear(place: Path, prefix: str) -> None:
    """Remove what dead processes left; where there are no locks nobody can tell, and it stays."""
    for path in place.glob(f"{prefix}*"):
        with contextlib.suppress(OSError):
            handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                if os.fstat(handle).st_uid == os.geteuid() and locks(handle):
                    shutil.rmtree(path, ignore_errors=True)
            finally:
                os.close(handle)


def _made(place: Path, prefix: str) -> tuple[Path, int]:
    """A folder of one's own, and what locks it."""
    while True:
        path = Path(tempfile.mkdtemp(prefix=prefix, dir=place))
        # another process may be faster than the lock: it has removed the folder, or has locked it and is about to
        with contextlib.suppress(FileNotFoundError):
            handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
            if locks(handle) is not False and path.exists():
                return path, handle
            os.close(handle)

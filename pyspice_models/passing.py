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
def passing_folder(purpose: str) -> Iterator[Path]:
    """An empty folder in the temporary folder, removed at the end with all that is in it.

    Args:
        purpose: a word of its name, `ag2s-PURPOSE-...`; it holds nothing that anybody would miss.
    """
    prefix = f"ag2s-{purpose}-"
    _clear(prefix)
    path, handle = _made(prefix)
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


def _clear(prefix: str) -> None:
    """Remove what dead processes left; where there are no locks nobody can tell, and it stays."""
    for path in Path(tempfile.gettempdir()).glob(f"{prefix}*"):
        with contextlib.suppress(OSError):
            handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                if os.fstat(handle).st_uid == os.geteuid() and locks(handle):
                    shutil.rmtree(path, ignore_errors=True)
            finally:
                os.close(handle)


def _made(prefix: str) -> tuple[Path, int]:
    """A folder of one's own, and what locks it."""
    while True:
        path = Path(tempfile.mkdtemp(prefix=prefix))
        with contextlib.suppress(FileNotFoundError):  # another process was faster than the lock, and removed it
            handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
            locks(handle)
            if path.exists():
                return path, handle
            os.close(handle)

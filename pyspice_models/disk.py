"""What to say when a disk takes no more."""

from __future__ import annotations

import errno
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from pyspice_models.errors import MOST_OF_A_NAME, Ag2sError, RequestError, StorageError, cut

_FULL = {
    errno.ENOSPC: "Make room.",
    errno.EDQUOT: "Make room in the quota.",
    errno.EFBIG: "Raise the limit of the size of a file (ulimit -f).",
    errno.EIO: "Look at the disk.",
}
"""Errors that are the disk's, not the request's, and what to do."""


def unwritable(path: Path, error: OSError, advice: str) -> Ag2sError:
    """What to raise when `path` cannot be written: a wrong request, or a full disk."""
    if error.errno in _FULL:
        return full(path, error, advice)
    shown = cut(str(path), MOST_OF_A_NAME)
    return RequestError(f"{shown} cannot be written: {error.strerror or error}. {advice}")


def full(path: Path, error: OSError, advice: str) -> StorageError:
    """What to raise when the work fails at the writing of `path`."""
    shown = cut(str(path), MOST_OF_A_NAME)
    way = f"{_FULL[error.errno]} " if error.errno in _FULL else ""
    return StorageError(
        f"{shown} cannot be written: {error.strerror or error}{_room(path, error)}. {way}{advice}".rstrip()
    )


def lack(folder: Path) -> str:
    """Why nothing more can be written into a folder, or "": a simulator on a full disk ends without a word."""
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(_BLOCK))
            file.flush()
    except OSError as error:
        return f"{folder} cannot be written: {error.strerror or error}{_room(folder / 'x', error)}."
    return ""


_BLOCK = 65536  # [bytes] so much must find room on a disk that is not full


def _room(path: Path, error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        for folder in path.absolute().parents:
            with suppress(OSError):
                return f" ({shutil.disk_usage(folder).free / 1e6:.3g} MB are free there)"
    return ""

"""The folder of compiled models and machine code, which nobody else can write: what lies there is executed.

AG2S_CACHE names one; else it is the user's own cache folder, and where that cannot be used, a temporary one that is
removed with the process.
"""

from __future__ import annotations

import atexit
import os
import shutil
import stat
import tempfile
from pathlib import Path

import platformdirs

from pyspice_models.errors import RequestError

VARIABLE = "AG2S_CACHE"

temporary_folders: dict[int, Path] = {}
"""The temporary folder of a process, by its number: a forked one makes its own."""


def cache_folder() -> Path:
    """The folder, made if need be: it belongs to this user, and nobody else can write it.

    Raises:
        RequestError: AG2S_CACHE names one that cannot be used.
    """
    if named := os.environ.get(VARIABLE):
        folder = Path(named).absolute()
        if problem := _problem(folder):
            # not closed to those who may only read it: it may hold other things too
            raise RequestError(
                f"{VARIABLE}={folder} cannot keep compiled code: {problem}. Name a folder of your own that nobody else "
                "can write, or unset it."
            )
        return folder
    folder, problem = users_folder()
    if problem:
        return temporary_folder()
    folder.chmod(0o700)  # older versions let others read it
    return folder


def users_folder() -> tuple[Path, str]:
    """The folder among the user's caches, and why it cannot be used, or ""."""
    folder = platformdirs.user_cache_path("ag2s-crossbar", appauthor=False)
    return folder, _problem(folder)


def is_private(path: Path) -> bool:
    """Whether a file or folder, and no link to one, belongs to this user and nobody else may write it."""
    try:
        seen = path.lstat()
    except OSError:
        return False
    kind = stat.S_ISREG(seen.st_mode) or stat.S_ISDIR(seen.st_mode)
    return kind and seen.st_uid == os.geteuid() and not seen.st_mode & 0o022


def _problem(folder: Path) -> str:
    """Why a folder cannot be used, or ""; it is made, with mode 0700, if it is not there."""
    if not folder.is_absolute():
        return f"{folder} depends on the current folder"
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        if folder.is_symlink():
            return "it is a symbolic link"
        if not is_private(folder):
            return "it is no folder of this user alone: another user owns it or may write it"
        with tempfile.TemporaryFile(dir=folder):
            return ""
    except OSError as error:
        return str(error)


def temporary_folder() -> Path:
    """A folder that only this process knows, removed at its end."""
    number = os.getpid()
    if number not in temporary_folders or not is_private(temporary_folders[number]):
        folder = Path(tempfile.mkdtemp(prefix="ag2s-cache-"))
        temporary_folders[number] = folder
        atexit.register(_remove, folder, number)
    return temporary_folders[number]


def _remove(folder: Path, number: int) -> None:
    if os.getpid() == number:  # not by a forked process, which inherits what is to be done at the end
        shutil.rmtree(folder, ignore_errors=True)

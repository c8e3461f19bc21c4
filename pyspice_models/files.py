"""Files whole or not at all: whoever is killed meanwhile, or meets a full disk, leaves what was there before.

A new file has no name while it is filled, where the file system can do that, and so vanishes with a process that is
killed; elsewhere it has a hidden name of its own beside its place.
"""

from __future__ import annotations

import errno
import io
import os
import secrets
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, cast

from pyspice_models.disk import unwritable
from pyspice_models.errors import RequestError

READER_PATIENCE = 5.0  # [s] for somebody to read from a FIFO


@contextmanager
def whole(path: Path, *, replace: bool = True, sync: bool = True) -> Iterator[IO[bytes]]:
    """A file to fill, which lies at `path` when the block ends well; if anything is raised, nothing stays.

    A symlink is followed. A device or FIFO is never replaced: it gets all bytes at the end. The permissions are those
    of the file that is replaced, or what umask leaves.

    Args:
        path: in a folder that exists.
        replace: whether a file with another content may be replaced.
        sync: whether it is to outlast a power cut, which takes some milliseconds.

    Raises:
        RequestError: there is a file that may not be replaced, or something that is no file.
        OSError: it cannot be written.
    """
    place = _place(path)
    if place is None:
        with tempfile.TemporaryFile() as file:
            yield file
            _pour(file, path)
        return
    with _nameless(place.parent) as (file, name):
        yield file
        file.flush()
        if sync:
            # on disk before the old one goes, or a power cut could leave neither
            os.fsync(file.fileno())
        if _stands(place):
            if not replace and not _same(file, place):
                raise _not_replaced(path)
            os.fchmod(file.fileno(), stat.S_IMODE(place.stat().st_mode))
        _name(file, name, place, replace=replace)


@contextmanager
def whole_text(
    path: Path, *, replace: bool = True, sync: bool = True, encoding: str = "utf-8"
) -> Iterator[IO[str]]:  # fmt: skip
    """The same for text; a line ends as it is written. See `whole`."""
    with whole(path, replace=replace, sync=sync) as file, as_text(file, encoding) as text:
        yield text


@contextmanager
def as_text(file: IO[bytes], encoding: str = "utf-8") -> Iterator[IO[str]]:
    """Text for an open file; a line ends as it is written."""
    text = io.TextIOWrapper(cast("Any", file), encoding=encoding, newline="")
    yield text
    text.detach()  # which writes what it still holds, and leaves the file open


def write_text(path: Path, text: str, *, encoding: str = "utf-8") -> None:
    """Write a text file; see `whole`."""
    with whole_text(path, encoding=encoding) as file:
        file.write(text)


def copy(source: Path, path: Path, *, replace: bool = True, sync: bool = True) -> None:
    """Copy a file's content; see `whole`."""
    with source.open("rb") as content, whole(path, replace=replace, sync=sync) as file:
        shutil.copyfileobj(content, file, 1 << 20)


@contextmanager
def writing(path: Path, option: str) -> Iterator[None]:
    """Around what writes a file that the user named with `option`: makes its folder, says in words what goes wrong.

    Raises:
        RequestError: the folder or the name will not do.
        StorageError: the disk is full.
    """
    made: list[Path] = []
    try:
        check_file(path, option)
        made = _made_folders(path.parent)
        yield
    except BaseException as error:
        for folder in made:
            with suppress(OSError):
                folder.rmdir()  # unless something lies in it
        if isinstance(error, OSError):
            raise unwritable(path, error, f"Choose another {option}.") from None
        raise


def check_file(path: Path, option: str, *, replace: bool = True) -> None:
    """Before the work begins: whether a file that the user named with `option` can lie there.

    Raises:
        RequestError: its folder cannot be made or written, its name is too long, a folder lies there, or a file that
            may not be replaced.
    """
    try:
        if _stands(path):
            if _place(path) is not None and not replace:
                raise _not_replaced(path)
        else:
            check_place(path)
    except OSError as error:
        raise unwritable(path, error, f"Choose another {option}.") from None


def check_place(path: Path, longest: int = 0) -> None:
    """Raise OSError if no file or folder of this name, and `longest` bytes more, could be made there."""
    folder = next(parent for parent in path.absolute().parents if parent.exists())
    if not folder.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
    if len(os.fsencode(path.name)) + longest > os.pathconf(folder, "PC_NAME_MAX"):
        raise OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG))
    if os.statvfs(folder).f_flag & os.ST_RDONLY:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))
    if not os.access(folder, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


def _made_folders(folder: Path) -> list[Path]:
    """Make a folder and those above it; which ones were not there, the innermost first."""
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    return missing


def _not_replaced(path: Path) -> RequestError:
    return RequestError(
        f"{path} is there already and holds something else. Choose another name, or add --force to replace it."
    )


def _stands(path: Path) -> bool:
    """Whether anything is there; also where a loop of symlinks, say, hides what."""
    try:
        path.stat()
    except FileNotFoundError:
        return False
    return True


def _place(path: Path) -> Path | None:
    """Where a file may be put, symlinks followed; None for a device or FIFO, which is written through.

    Raises:
        RequestError: a folder, or something that cannot be written to.
        OSError: symlinks in a loop.
    """
    if _stands(path):
        mode = path.stat().st_mode
        if stat.S_ISCHR(mode) or stat.S_ISFIFO(mode):
            return None
        if not stat.S_ISREG(mode):
            raise RequestError(f"{path} cannot be written: it is a folder, or no file. Choose another name.")
    path = _behind_links(path)
    # /dev/stdout and the like: the file behind it is open, and another one in its place would not be seen
    return None if path.is_relative_to("/proc") else path


def _behind_links(path: Path) -> Path:
    """Where symlinks lead to, but not through the kernel's own in /proc."""
    for _ in range(40):
        path = path.parent.resolve() / path.name
        if path.is_relative_to("/proc") or not path.is_symlink():
            return path
        path = path.parent / path.readlink()
    raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))


def _pour(file: IO[bytes], path: Path) -> None:
    """Write all into a device or FIFO."""
    file.seek(0)
    with os.fdopen(_opened(path), "wb") as through:
        shutil.copyfileobj(file, through, 1 << 20)


def _opened(path: Path) -> int:
    """A handle to write through."""
    behind = _behind_links(path)
    if behind.parent == Path(f"/proc/{os.getpid()}/fd") and behind.name.isdecimal():  # already open, and written to
        return os.dup(int(behind.name))
    until = time.monotonic() + READER_PATIENCE
    while True:
        try:
            handle = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_APPEND)
        except OSError as error:
            # a FIFO that nobody reads from must not stop the program for ever
            if error.errno != errno.ENXIO or time.monotonic() > until:
                raise
            time.sleep(0.05)
        else:
            os.set_blocking(handle, True)
            return handle


@contextmanager
def _nameless(folder: Path) -> Iterator[tuple[IO[bytes], Path | None]]:
    """A new file in the folder, and its hidden name if it had to have one."""
    name = None
    try:
        # the name comes later through /proc
        if not Path("/proc/self/fd").is_dir():
            raise OSError
        handle = os.open(folder, os.O_TMPFILE | os.O_RDWR, 0o666)
    except OSError:  # a file system without, such as NFS: what else is wrong shows again here
        name = hidden(folder)
        handle = os.open(name, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o666)
    try:
        with os.fdopen(handle, "w+b") as file:
            yield file, name
    finally:
        if name is not None:
            name.unlink(missing_ok=True)


def hidden(folder: Path, name: str = "ag2s") -> Path:
    """A name for a new file or folder that nobody else takes."""
    return folder / f".{name}-{secrets.token_hex(4)}"


def _name(file: IO[bytes], name: Path | None, place: Path, *, replace: bool) -> None:
    """Give the file its place."""
    if name is None:
        # with a folder's handle, which an absolute path makes no use of, Python follows the link that `own` is
        own = f"/proc/self/fd/{file.fileno()}"
        if not _stands(place):
            try:
                os.link(own, place, src_dir_fd=file.fileno())
                return
            except FileExistsError:  # meanwhile
                if not replace:
                    raise _not_replaced(place) from None
        name = hidden(place.parent)
        os.link(own, name, src_dir_fd=file.fileno())
    try:
        name.replace(place)
    finally:
        name.unlink(missing_ok=True)


def _same(file: IO[bytes], place: Path) -> bool:
    """Whether both hold the same."""
    if os.fstat(file.fileno()).st_size != place.stat().st_size:
        return False
    file.seek(0)
    with place.open("rb") as other:
        while piece := file.read(1 << 20):
            if piece != other.read(1 << 20):
                return False
    return True

"""The output folder of a run: it appears complete, or not at all; a failed run's files are kept beside it."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from pyspice_models.errors import RequestError, SimulationError

MARK = ".ag2s"


@contextmanager
def synced(path: Path, prefix: str) -> Iterator[IO[bytes]]:
    """A file beside `path`, named with `prefix`, which replaces it at the end: whoever is killed meanwhile, or meets a
    power cut, leaves the one before."""
    handle, name = tempfile.mkstemp(prefix=prefix, dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            # on disk before the old one goes, or a power cut could leave neither
            os.fsync(file.fileno())
        Path(name).replace(path)
    finally:
        Path(name).unlink(missing_ok=True)


@contextmanager
def output_folder(target: Path) -> Iterator[Path]:
    """Give a scratch folder that becomes `target` when the block ends well.

    A SimulationError inside renames it to `target`-failed, so that deck and log can be looked at; anything else
    removes it. A folder that is there already is replaced only if it is empty or was made by this function.

    Raises:
        RequestError: the folder cannot be written, or holds something else.
    """
    target = target.absolute()
    check_ours(target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    except OSError as error:
        raise RequestError(f"the output folder {target} cannot be written: {error}. Choose another --out.") from None
    try:
        (scratch / MARK).write_text("made by ag2s; may be replaced by its next run\n")
        yield scratch
        scratch.chmod(0o755)
        replace_folder(scratch, target)
    except SimulationError as error:
        failed = target.with_name(f"{target.name}-failed")
        check_ours(failed)
        replace_folder(scratch, failed)
        within = error.folder is not None and error.folder.is_relative_to(scratch)
        raise error.moved(failed / error.folder.relative_to(scratch) if error.folder and within else failed) from None
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def check_ours(target: Path) -> None:
    """Raise RequestError if a folder holds something that this package did not make."""
    if not target.exists():
        return
    if not target.is_dir():
        raise RequestError(f"the output folder {target} is a file. Choose another --out.")
    if any(target.iterdir()) and not (target / MARK).exists():
        raise RequestError(f"the folder {target} holds files that are not ours. Choose another --out, or empty it.")


def replace_folder(scratch: Path, target: Path) -> None:
    """Rename `scratch` to `target`; what was there goes only after that."""
    if target.exists():
        old = Path(tempfile.mkdtemp(prefix=f".{target.name}-old-", dir=target.parent))
        target.rename(old / target.name)
        scratch.rename(target)
        shutil.rmtree(old, ignore_errors=True)
    else:
        scratch.rename(target)

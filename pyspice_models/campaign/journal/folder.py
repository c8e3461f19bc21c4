"""The folder of a request of many runs: unfinished until all are there, then in the place of its name."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from pyspice_models.campaign.journal.file import RUNS, Journal, count_runs, is_of
from pyspice_models.disk import unwritable
from pyspice_models.errors import Ag2sError, RequestError
from pyspice_models.files import check_place, copy
from pyspice_models.folders.mark import COMPLETE, MARK, Origin, at_work, read_mark
from pyspice_models.folders.output import LONGEST, check_free, place_of
from pyspice_models.folders.scratch import clear, held, take_place
from pyspice_models.passing import locks

__all__ = ["Journal", "journal_in", "journal_of_call", "unfinished"]


@contextmanager
def journal_in(
    place: Path,
    key: str,
    about: Mapping[str, Any],
    *,
    origin: Origin | None = None,
    resume: bool = False,
    force: bool = False,
) -> Iterator[Journal]:
    """The journal of an unfinished request: the folder `place`-unfinished, which becomes `place` at the end.

    If the block does not end well, the results so far stay there; a folder without any goes.

    Args:
        place: the folder of the finished request.
        key, about: see `Journal`.
        origin: what the finished folder comes from, see `output_folder`.
        resume: go on from `place`-unfinished, or from a finished `place`, if either is there.
        force: replace what an ag2s command left at `place`, and, without `resume`, unfinished results.

    Raises:
        RequestError: `place` holds something else; without `resume` there are results of an unfinished request; with
            it, those of another one; another process is at work.
        StorageError: the disk is full or cannot be written.
        Ag2sError: another result has come to `place` meanwhile; this one stays unfinished.
    """
    origin = origin or Origin("runs", key, about)
    place = place_of(place)
    work = unfinished(place)
    try:
        check_place(place, LONGEST)
        place.parent.mkdir(parents=True, exist_ok=True)
        clear(place)
    except OSError as error:
        raise unwritable(place, error, "Choose another --out.") from None
    _check_unfinished(work, resume=resume, force=force)
    # a finished request of the same runs may get more of them, or other limits
    adds = resume and is_of(place / RUNS, key)
    if not adds:
        check_free(place, origin, force=force)
    with _alone_in(work, origin) as fresh:
        try:
            if not resume:
                _empty(work)
            elif adds and not (work / RUNS).exists():
                _take_over(place, work)
            journal = Journal(work, key, about)
            at_work(origin, place.name).write(work)
        except BaseException as error:
            if fresh:
                shutil.rmtree(work, ignore_errors=True)
            if isinstance(error, OSError):
                raise unwritable(work, error, "Choose another --out.") from None
            raise
        try:
            yield journal
            if adds:
                journal.take_over(place / RUNS)
        except BaseException:
            with suppress(Ag2sError):  # what stopped the work says more
                journal.close()
            if not count_runs(work / RUNS):
                shutil.rmtree(work, ignore_errors=True)
            raise
        journal.close()
        _finish(work, place, origin, force=force or adds)


@contextmanager
def journal_of_call(
    folder: Path | str | None, key: str, about: Mapping[str, Any], origin: Origin, *, resume: bool, force: bool
) -> Iterator[Journal]:
    """The journal of a call from Python: in the folder that it names, see `journal_in`.

    Without one it goes with the call.
    """
    with tempfile.TemporaryDirectory(prefix="ag2s-") as scratch:
        place = Path(folder) if folder is not None else Path(scratch) / origin.kind
        with journal_in(place, key, about, origin=origin, resume=resume, force=force) as journal:
            yield journal


def unfinished(place: Path) -> Path:
    """Where the results of a request lie until it is finished."""
    return place.with_name(place.name + _UNFINISHED)


_UNFINISHED = "-unfinished"


def _check_unfinished(work: Path, *, resume: bool, force: bool) -> None:
    """Raise RequestError if the folder holds something else, or results that would be lost."""
    if not work.exists():
        return
    if not work.is_dir():
        raise RequestError(f"{work}, where the results would lie until all are there, is a file. Choose another --out.")
    mark = read_mark(work)
    if mark is None and any(work.iterdir()):
        raise RequestError(f"the folder {work} holds files that are not ours. Choose another --out, or empty it.")
    if mark is not None and mark.state == COMPLETE and mark.name == work.name:
        raise RequestError(f"the folder {work} holds {mark.origin}, and is needed. Choose another --out, or move it.")
    if not resume and not force and (count := count_runs(work / RUNS)):
        raise RequestError(
            f"{work} holds {count} results of a call that was not finished. Add --resume to go on from them, choose "
            "another --out, or add --force to begin anew without them."
        )


@contextmanager
def _alone_in(work: Path, origin: Origin) -> Iterator[bool]:
    """Make the folder if need be, and keep other processes out of it; whether it is new.

    Raises:
        RequestError: another process is at work there, or it cannot be made.
    """
    try:
        with held(work.parent):
            fresh = not work.exists()
            work.mkdir(exist_ok=True)
            handle = os.open(work, os.O_RDONLY | os.O_DIRECTORY)
            locked = locks(handle)
    except OSError as error:
        raise unwritable(work, error, "Choose another --out.") from None
    try:
        if locked is False:
            raise RequestError(f"another process is at work in {work}. Wait for it, end it, or choose another --out.")
        if read_mark(work) is None:
            try:
                at_work(origin, work.name.removesuffix(_UNFINISHED)).write(work)
            except OSError as error:
                with suppress(OSError):
                    work.rmdir()
                raise unwritable(work, error, "Choose another --out.") from None
        yield fresh
    finally:
        os.close(handle)


def _empty(work: Path) -> None:
    """Remove what another request has left, but for the mark."""
    for path in work.iterdir():
        if path.name != MARK:
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()


def _take_over(place: Path, work: Path) -> None:
    """Copy results and failed runs of a finished request; the results last, for they say that all is there."""
    if (place / "failed").is_dir():
        shutil.copytree(place / "failed", work / "failed", dirs_exist_ok=True)
    copy(place / RUNS, work / RUNS)


def _finish(work: Path, place: Path, origin: Origin, *, force: bool) -> None:
    """Let the folder take the place of its name; what was there goes only after that."""
    try:
        at_work(origin, place.name).ended(work, COMPLETE).write(work)
        with held(place.parent):
            check_free(place, origin, force=force)
            old = take_place(work, place)
    except OSError as error:
        raise unwritable(place, error, f"The results are complete in {work}.") from None
    except RequestError as error:
        raise Ag2sError(f"The results are complete, but lie in {work}: meanwhile {error}") from None
    if old is not None:
        shutil.rmtree(old, ignore_errors=True)

"""The output folder of a run: it appears complete, or not at all, and never in the place of another result.

A failed run's files are kept beside it.
"""

from __future__ import annotations

import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from pyspice_models.disk import full, lack, unwritable
from pyspice_models.errors import MOST_OF_A_NAME, Ag2sError, RequestError, SimulationError, StorageError, ToolError, cut
from pyspice_models.files import check_place
from pyspice_models.folders.mark import COMPLETE, FAILED, Mark, Origin, files_in, read_mark, strangers
from pyspice_models.folders.scratch import Scratch, clear, free_name, held, scratch_folder, take_place

LONGEST = len("-unfinished-99")
"""Bytes that names beside a folder's own may be longer."""


@contextmanager
def output_folder(place: Path, origin: Origin | None = None, *, force: bool = False) -> Iterator[Path]:
    """Give a scratch folder that becomes `place` when the block ends well.

    A SimulationError inside, or a disk that is full, renames it to `place`-failed, so that deck and log can be looked
    at; anything else removes it. Once `data_complete` was called for it, the folder takes its place whatever happens.

    Args:
        place: is replaced if it is empty, or holds the answer to the same question.
        origin: what the result comes from; without it there is no same question.
        force: replace what an ag2s command left there, whatever the question.

    Raises:
        RequestError: the folder cannot be written, or holds something else.
        StorageError: the disk is full.
        Ag2sError: another result has come there meanwhile; this one then lies beside it.
    """
    origin = origin or Origin()
    place = place_of(place)
    try:
        check_place(place, LONGEST)
        place.parent.mkdir(parents=True, exist_ok=True)
        clear(place)
    except OSError as error:
        raise unwritable(place, error, "Choose another --out.") from None
    check_free(place, origin, force=force)
    try:
        with scratch_folder(place, origin) as scratch:
            yield from _filled(scratch, place, force=force)
    except OSError as error:
        raise unwritable(place, error, "Choose another --out.") from None


def check_target(place: Path, origin: Origin, *, force: bool) -> None:
    """Before work that comes ahead of `output_folder`: whether a folder of results could lie there.

    Makes the folder that holds it.

    Raises:
        RequestError: it cannot be made, or holds something else.
    """
    place = place_of(place)
    try:
        check_place(place, LONGEST)
        place.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(place, error, "Choose another --out.") from None
    check_free(place, origin, force=force)


def _filled(scratch: Scratch, place: Path, *, force: bool) -> Iterator[Path]:
    try:
        yield scratch.path
    except BaseException as error:
        if _is_complete(scratch):
            settle(scratch, place, force=force)
            error.add_note(f"The data are complete in {place}.")
            if isinstance(error, OSError):
                raise _noted(full(place, error, ""), error) from None
            raise
        if not isinstance(error, Exception) or isinstance(error, (RequestError, ToolError)):
            raise
        reason = lack(scratch.path)
        failed = _keep_failed(scratch, place)
        if isinstance(error, SimulationError):
            raise _noted(_moved(error, scratch.path, failed, reason), error) from None
        kept = "" if failed is None else f"What there was by then is kept in {failed}."
        if isinstance(error, OSError):
            raise _noted(full(place, error, kept), error) from None
        if isinstance(error, StorageError):
            now_at = str(failed or place)
            raise _noted(StorageError(f"{error} {kept}".replace(str(scratch.path), now_at)), error) from None
        if kept:
            error.add_note(kept)
        raise
    try:
        settle(scratch, place, force=force)
    except KeyboardInterrupt:  # at the last moment: it must not cost the result
        settle(scratch, place, force=force)
        raise


def data_complete(scratch: Path) -> None:
    """Say that what an `output_folder` was opened for lies in it: what comes after, such as a picture, may fail.

    Raises:
        OSError: the disk is full.
    """
    mark = read_mark(scratch)
    assert mark is not None, "not a folder that output_folder gave"
    replace(mark, state=COMPLETE, files=files_in(scratch)).write(scratch)


def _is_complete(scratch: Scratch) -> bool:
    mark = read_mark(scratch.path)
    return mark is not None and mark.state == COMPLETE


def _noted(error: Ag2sError, other: BaseException) -> Ag2sError:
    """With the notes of another error, in whose place it is raised."""
    for note in getattr(other, "__notes__", ()):
        error.add_note(note)
    return error


def _moved(error: SimulationError, scratch: Path, failed: Path | None, reason: str) -> SimulationError:
    if reason:
        words = f"{error.reason} {reason.replace(str(scratch), str(failed or scratch.parent))}"
        error = SimulationError(words, folder=error.folder, log_tail=error.log_tail)
    if failed is not None and error.folder is not None and error.folder.is_relative_to(scratch):
        return error.moved(failed / error.folder.relative_to(scratch))
    return SimulationError(error.reason, folder=failed, log_tail=error.log_tail)


def place_of(place: Path) -> Path:
    """Where a folder of results will lie, symlinks followed.

    Raises:
        RequestError: not a place that a folder could take.
    """
    try:
        place = place.resolve()
        mounted = place.is_mount()
    except (OSError, RuntimeError) as error:  # a name that is too long, symlinks in a loop
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise RequestError(
            f"the output folder {cut(str(place), MOST_OF_A_NAME)} cannot be written: {reason}. Choose another --out."
        ) from None
    if mounted or place in (Path.cwd(), *Path.cwd().parents):
        what = "is the current folder, or holds it" if Path.cwd().is_relative_to(place) else "is a mount point"
        raise RequestError(f"the output folder {place} {what}, and cannot be replaced as a whole. Choose one in it.")
    return place


def check_free(place: Path, origin: Origin, *, force: bool) -> None:
    """Raise RequestError if a result of this origin must not take the place."""
    if not place.exists():
        return
    if not place.is_dir():
        raise RequestError(f"the output folder {place} is a file. Choose another --out.")
    mark = read_mark(place)
    if mark is None:
        if any(place.iterdir()):
            raise RequestError(f"the folder {place} holds files that are not ours. Choose another --out, or empty it.")
        return
    if force:
        return
    ways = "Choose another --out, or add --force to replace it"
    if not mark.origin.same(origin):
        raise RequestError(f"the folder {place} holds {mark.origin}; it belongs to another request. {ways}.")
    if mark.state == COMPLETE and (others := strangers(place, mark)):
        names = ", ".join(others[:5]) + (f" and {len(others) - 5} more" if len(others) > 5 else "")
        raise RequestError(
            f"the folder {place} holds files that ag2s did not write, or that were changed since: {names}. {ways}."
        )


def settle(scratch: Scratch, place: Path, *, force: bool) -> None:
    """Let a folder take its place, if it has not yet; what was there lies at the other place then.

    Raises:
        Ag2sError: another result has come there meanwhile, or it cannot be moved; it then lies beside it.
    """
    if not scratch.is_at(scratch.path):
        return
    with suppress(OSError):  # on a disk that is full by now an older mark does
        scratch.mark.ended(scratch.path, COMPLETE).write(scratch.path)
    with held(place.parent):
        try:
            check_free(place, scratch.mark.origin, force=force)
            old = take_place(scratch.path, place)
        except (RequestError, OSError) as error:
            aside = free_name(place)
            scratch.path.rename(aside)
            raise Ag2sError(f"The result of this run is complete, but lies in {aside}: meanwhile {error}") from None
    if old is not None:
        with suppress(OSError):
            place.chmod(stat.S_IMODE(old.stat().st_mode))
        shutil.rmtree(old, ignore_errors=True)


def _keep_failed(scratch: Scratch, place: Path) -> Path | None:
    """Rename the folder of a failed run to `place`-failed, which replaces an earlier failure of the same question.

    None: there is nothing to keep.
    """
    if not files_in(scratch.path):
        return None
    with suppress(OSError):  # on a full disk the mark stays as it was
        scratch.mark.ended(scratch.path, FAILED).write(scratch.path)
    failed = place.with_name(f"{place.name}-failed")
    with held(place.parent):
        if not _may_go(failed, scratch.mark):
            failed = free_name(failed)
        old = take_place(scratch.path, failed)
    if old is not None:
        shutil.rmtree(old, ignore_errors=True)
    return failed


def _may_go(failed: Path, mark: Mark) -> bool:
    """Whether nothing is lost when a newer failure takes the place."""
    if not failed.exists():
        return True
    before = read_mark(failed)
    if before is None or before.state == COMPLETE or not before.origin.same(mark.origin):
        return False
    return not (before.files and strangers(failed, before))

"""Results of many independent runs on disk: a line for each, written as it comes, that no killed process can spoil.

Every line carries a checksum that the request is part of. A line that is torn, damaged or of another request does not
check; its run counts as missing. The runs of a journal are numbered, and each stands for itself: what is there already
is never done again, and the order in which they came does not show in what is read back.
"""

from __future__ import annotations

import fcntl
import hashlib
import itertools
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from pyspice_models.errors import Ag2sError, RequestError
from pyspice_models.study.folder import MARK, check_ours, replace_folder, synced

RUNS = "runs.jsonl"
_SYNC = 1.0  # [s] a power cut costs the results of so long; a killed process none
_MOST_FILES = 100
"""So many failed runs keep deck and log; those of the others can be made again from their number."""


class Journal:
    """The results of one request in one folder; made by `journal_in`.

    Attributes:
        folder: where RUNS and the files of failed runs lie.
        done: numbers of the runs whose results are there.
        damaged: how many lines did not check when it was opened; their runs are missing from `done`.
    """

    def __init__(self, folder: Path, key: str, about: Mapping[str, Any]) -> None:
        """Open the journal in a folder that exists, or begin one.

        Args:
            folder: no other process may be at work in it.
            key: of the request, see `content_key`.
            about: of the request, for people who look into the file.

        Raises:
            RequestError: the journal is of another request, another process has it open, or it cannot be read.
            Ag2sError: it cannot be written.
        """
        self.folder = folder
        self.done: set[int] = set()
        self.damaged = 0
        self._key = key
        self._path = folder / RUNS
        self._synced = time.monotonic()
        head = self._line({"request": key, "about": about})
        if self._path.exists():
            self._read(head)
        else:
            self._rewrite([head])
        try:
            self._file = self._path.open("ab", buffering=0)
        except OSError as error:
            raise RequestError(f"{self._path} cannot be written: {error}. Choose another --out.") from None

    def add(self, number: int, result: Mapping[str, Any], files: Mapping[str, str] | None = None) -> None:
        """Keep the result of a run, and of a failed one its files, by name.

        Raises:
            Ag2sError: the disk is full, or cannot be written; all results before this one are intact.
        """
        line = self._line({"run": number, **result})
        size = os.fstat(self._file.fileno()).st_size
        try:
            written = self._file.write(line)
            if written != len(line):
                raise OSError(f"only {written} of {len(line)} bytes were written")
            if time.monotonic() > self._synced + _SYNC:
                os.fsync(self._file.fileno())
                self._synced = time.monotonic()
            if files:
                self._keep(number, files)
        except OSError as error:
            with suppress(OSError):
                os.ftruncate(self._file.fileno(), size)
            raise Ag2sError(
                f"the result of run {number} cannot be written to {self._path}: {error}. {len(self.done)} results "
                "before it are intact: make room and go on with --resume."
            ) from None
        self.done.add(number)

    def results(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """Numbers and results, in the order in which they came; of a run that was done again the last counts."""
        for content in self._checked():
            if content is not None and "run" in content:
                yield content.pop("run"), content

    def close(self) -> None:
        """Write what is still in memory to the disk."""
        with suppress(OSError):
            os.fsync(self._file.fileno())
        self._file.close()

    def _read(self, head: bytes) -> None:
        """See which runs are there; a file with damaged lines is written anew without them."""
        sound = 0
        for content in self._checked():
            if content is None:
                self.damaged += 1
                continue
            sound += 1
            if "run" in content and not content.get("again"):
                self.done.add(content["run"])
        if not sound:
            raise RequestError(
                f"{self._path} belongs to another request{self._other()}, or is damaged throughout. The study, a "
                "--set, the seed, or this package have changed since. Choose another --out, or delete it."
            )
        if self.damaged:
            runs = (self._line({"run": number, **result}) for number, result in self.results())
            self._rewrite(itertools.chain([head], runs))

    def _other(self) -> str:
        """What the file's first line says that it is about."""
        try:
            about = json.loads(next(self._lines())[_DIGEST + 1 :])["about"]
        except (StopIteration, ValueError, KeyError, TypeError):
            return ""
        return f" ({', '.join(f'{name} {about[name]}' for name in about if isinstance(about[name], (str, int)))})"

    def _lines(self) -> Iterator[bytes]:
        try:
            with self._path.open("rb") as file:
                yield from file
        except OSError as error:
            raise RequestError(f"{self._path} cannot be read: {error}. Choose another --out.") from None

    def _checked(self) -> Iterator[dict[str, Any] | None]:
        """What each line holds; None where it does not check."""
        for line in self._lines():
            text = line[_DIGEST + 1 : -1]
            sound = line[:_DIGEST] == self._digest(text) and line.endswith(b"\n")
            yield json.loads(text) if sound else None

    def _line(self, content: Mapping[str, Any]) -> bytes:
        text = json.dumps(content).encode()
        return self._digest(text) + b" " + text + b"\n"

    def _digest(self, text: bytes) -> bytes:
        return hashlib.sha256(self._key.encode() + text).hexdigest()[:_DIGEST].encode()

    def _rewrite(self, lines: Iterable[bytes]) -> None:
        """Replace the file by these lines, or leave it as it is."""
        try:
            with synced(self._path, f".{RUNS}-") as file:
                os.fchmod(file.fileno(), 0o644)
                file.writelines(lines)
        except OSError as error:
            raise Ag2sError(f"{self._path} cannot be written: {error}. Make room, or choose another --out.") from None

    def _keep(self, number: int, files: Mapping[str, str]) -> None:
        place = self.folder / "failed"
        place.mkdir(exist_ok=True)
        if len(list(place.iterdir())) >= _MOST_FILES:
            return
        own = place / f"run-{number}"
        own.mkdir(exist_ok=True)
        for name, text in files.items():
            (own / name).write_text(text, encoding="utf-8")


_DIGEST = 16
"""Hexadecimal digits of a line's checksum."""


@contextmanager
def journal_in(target: Path, key: str, about: Mapping[str, Any], *, resume: bool = False) -> Iterator[Journal]:
    """The journal of an unfinished request: the folder `target`-unfinished, which becomes `target` at the end.

    If the block does not end well, the results so far stay there; a folder without any goes.

    Args:
        target: the folder of the finished request.
        key, about: see `Journal`.
        resume: go on from `target`-unfinished, or from a finished `target`, if either is there.

    Raises:
        RequestError: `target` holds something else; without `resume` there are results of an unfinished request; with
            it, those of another one; another process is at work.
        Ag2sError: the disk is full or cannot be written.
    """
    target = target.absolute()
    work = unfinished(target)
    for folder in (target, work):
        check_ours(folder)
    if not resume and (count := _count(work)):
        raise RequestError(
            f"{work} holds {count} results of a call that was not finished. Add --resume to go on from them, choose "
            "another --out, or delete it."
        )
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if resume and not work.exists() and (target / RUNS).is_file():
            _copy(target, work)
        work.mkdir(exist_ok=True)
    except OSError as error:
        raise RequestError(f"the folder {work} cannot be written: {error}. Choose another --out.") from None
    with _alone_in(work):
        journal = None
        try:
            try:
                if not resume:
                    (work / RUNS).unlink(missing_ok=True)
                (work / MARK).write_text("made by ag2s; may be replaced by its next run\n")
            except OSError as error:
                raise Ag2sError(f"the folder {work} cannot be written: {error}. Choose another --out.") from None
            journal = Journal(work, key, about)
            yield journal
        except BaseException:
            if journal is not None:
                journal.close()
            if not _count(work) and (journal is not None or not (work / RUNS).exists()):
                shutil.rmtree(work, ignore_errors=True)
            raise
        journal.close()
        replace_folder(work, target)


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Keep other processes out of a folder."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RequestError(
                f"another process is at work in {folder}. Wait for it, end it, or choose another --out."
            ) from None
        except OSError:  # a file system without locks
            pass
        yield
    finally:
        os.close(handle)


def unfinished(target: Path) -> Path:
    """Where the results of a request lie until it is finished."""
    return target.with_name(f"{target.name}-unfinished")


def _count(folder: Path) -> int:
    """How many results lie there, of whatever request."""
    try:
        with (folder / RUNS).open("rb") as file:
            return sum(b'"run": ' in line[:64] for line in file)
    except OSError:
        return 0


def _copy(target: Path, work: Path) -> None:
    """Results and failed runs of a finished request, whole or not at all."""
    scratch = Path(tempfile.mkdtemp(prefix=f".{work.name}-", dir=work.parent))
    try:
        shutil.copy2(target / RUNS, scratch)
        shutil.copy2(target / MARK, scratch)
        if (target / "failed").is_dir():
            shutil.copytree(target / "failed", scratch / "failed")
        scratch.chmod(0o755)
        scratch.rename(work)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)

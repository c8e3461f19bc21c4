"""Results of many independent runs on disk: a line for each, written as it comes, that no killed process can spoil.

Every line carries a checksum that the request is part of. A line that is torn, damaged or of another request does not
check; its run counts as missing. The runs of a journal are numbered, and each stands for itself: what is there already
is never done again, and the order in which they came does not show in what is read back.

Not sqlite3, for a measured reason: damage costs the lines that it hits, there whatever pages it hits, up to the whole
file (figures in docs/montecarlo.md); and a write-ahead log needs a local disk, where clusters have shared ones.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from pyspice_models.disk import full
from pyspice_models.errors import RequestError
from pyspice_models.files import whole, write_text
from pyspice_models.inputs.text import check_regular, parse_json

RUNS = "runs.jsonl"
_SYNC = 1.0  # [s] a power cut costs the results of so long; a killed process none
_MOST_FILES = 100
"""So many failed runs keep deck and log; those of the others can be made again from their number."""
_LONGEST = 16_000_000  # bytes of a line: a thousand times those of a result
_DIGEST = 16
"""Hexadecimal digits of a line's checksum."""


class Journal:
    """The results of one request in one folder; see `journal_in`.

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
            RequestError: the journal is of another request, or it cannot be read.
            StorageError: it cannot be written.
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
            StorageError: the disk is full, or cannot be written; all results before this one are intact.
        """
        line = self._line({"run": number, **result})
        size = os.fstat(self._file.fileno()).st_size
        try:
            rest = memoryview(line)
            while rest:  # on a full disk the first call writes a part, and the second says why
                rest = rest[self._file.write(rest) :]
            if time.monotonic() > self._synced + _SYNC:
                os.fsync(self._file.fileno())
                self._synced = time.monotonic()
            if files:
                self._keep(number, files)
        except OSError as error:
            with suppress(OSError):
                os.ftruncate(self._file.fileno(), size)
            raise full(
                self._path, error, f"The {len(self.done)} results before run {number} are intact: go on with --resume."
            ) from None
        self.done.add(number)

    def results(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """Numbers and results, in the order in which they came; of a run that was done again the last counts."""
        yield from results_in(self._path, self._key)

    def take_over(self, path: Path) -> None:
        """Add what the journal at this path has, of the same request, and this one lacks."""
        for number, result in results_in(path, self._key):
            if number not in self.done:
                self.add(number, result)

    def close(self) -> None:
        """Write what is still in memory to the disk.

        Raises:
            StorageError: it cannot be written.
        """
        try:
            os.fsync(self._file.fileno())
        except OSError as error:
            raise full(self._path, error, "Go on with --resume.") from None
        finally:
            self._file.close()

    def _read(self, head: bytes) -> None:
        """See which runs are there; a file with damaged lines is written anew without them."""
        sound = 0
        for content in _checked(self._path, self._key):
            if content is None:
                self.damaged += 1
                continue
            sound += 1
            if "run" in content and not content.get("again"):
                self.done.add(content["run"])
        if not sound:
            raise RequestError(
                f"{self._path} belongs to another request{_told(self._path)}, or is damaged throughout. The study, a "
                "--set, the seed, or this package have changed since. Choose another --out, or delete it."
            )
        if self.damaged:
            runs = (self._line({"run": number, **result}) for number, result in self.results())
            self._rewrite(itertools.chain([head], runs))

    def _line(self, content: Mapping[str, Any]) -> bytes:
        text = json.dumps(content).encode()
        return _digest(self._key, text) + b" " + text + b"\n"

    def _rewrite(self, lines: Iterable[bytes]) -> None:
        """Replace the file by these lines, or leave it as it is."""
        try:
            with whole(self._path) as file:
                file.writelines(lines)
        except OSError as error:
            raise full(self._path, error, "Or choose another --out.") from None

    def _keep(self, number: int, files: Mapping[str, str]) -> None:
        place = self.folder / "failed"
        place.mkdir(exist_ok=True)
        if len(list(place.iterdir())) >= _MOST_FILES:
            return
        own = place / f"run-{number}"
        own.mkdir(exist_ok=True)
        for name, text in files.items():
            write_text(own / name, text)


def results_in(path: Path, key: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Numbers and results of this request in the journal at a path; what is damaged or of another one is left out."""
    for content in _checked(path, key):
        if content is not None and "run" in content:
            yield content.pop("run"), content


def is_of(path: Path, key: str) -> bool:
    """Whether there is a journal at the path that holds something of this request."""
    return path.is_file() and any(content is not None for content in _checked(path, key))


def count_runs(path: Path) -> int:
    """How many results lie there, of whatever request."""
    try:
        return sum(b'"run": ' in line[:64] for line in _lines(path))
    except RequestError:
        return 0


def _told(path: Path) -> str:
    """What the file's first line says that it is about."""
    try:
        about = parse_json(next(_lines(path))[_DIGEST + 1 :])["about"]
        return f" ({', '.join(f'{name} {about[name]}' for name in about if isinstance(about[name], (str, int)))})"
    except (StopIteration, ValueError, KeyError, TypeError):
        return ""


def _lines(path: Path) -> Iterator[bytes]:
    """Lines of a journal; one that is longer than any result comes in pieces, none of which checks."""
    check_regular(path, "journal")
    try:
        with path.open("rb") as file:
            while line := file.readline(_LONGEST):
                yield line
    except OSError as error:
        raise RequestError(f"{path} cannot be read: {error}. Choose another --out.") from None


def _checked(path: Path, key: str) -> Iterator[dict[str, Any] | None]:
    """What each line holds; None where it does not check."""
    for line in _lines(path):
        text = line[_DIGEST + 1 : -1]
        sound = line.endswith(b"\n") and line[:_DIGEST] == _digest(key, text)
        yield parse_json(text) if sound else None


def _digest(key: str, text: bytes) -> bytes:
    return hashlib.sha256(key.encode() + text).hexdigest()[:_DIGEST].encode()

"""The binary raw file of ngspice and VACASK, which is believed only as far as it agrees with itself."""

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from pyspice_models.errors import SimulationError, cut, quoted

_MARK = b"\nBinary:\n"  # a line of its own: a title may end so, too
_HEADER_LIMIT = 1 << 28  # bytes; three million vectors
_BLOCK = 1 << 16


@dataclass(frozen=True)
class RawHeader:
    """Where the numbers of a raw file lie.

    Attributes:
        names: vectors in order, in the spelling of a `.save` line; the first one is the time.
        offset: first byte of the numbers.
        points: how many time points there are; None while the file is being written.
    """

    names: list[str]
    offset: int
    points: int | None = None


def read_header(path: Path) -> RawHeader | None:
    """The header, or None while it is not complete.

    Raises:
        SimulationError: this is no file, or no raw file of real numbers over time.
        OSError: it cannot be opened.
    """
    text = bytearray()
    with _opened(path) as file:
        while (end := text.find(_MARK, max(0, len(text) - _BLOCK - len(_MARK)))) < 0:
            block = file.read(_BLOCK)  # numbers follow: no more of them than need be
            if not block or len(text) > _HEADER_LIMIT:
                return None
            text += block
    try:
        return header_of(bytes(text[:end]).decode(errors="replace"), end + len(_MARK))
    except ValueError as error:
        raise SimulationError(f"{path.name} is no raw file that can be read: {error}.", folder=path.parent) from None


def header_of(text: str, offset: int) -> RawHeader:
    """A header from its text, behind which the numbers begin at byte `offset`; ValueError says what is wrong."""
    head, _, rows = text.partition("\nVariables:")
    fields = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in head.splitlines())}
    if fields.get("Flags") != "real":
        raise ValueError(f"its numbers are {quoted(fields.get('Flags', 'of no kind'))}, not real")
    count, points = (_whole(fields.get(key, "0"), key) for key in ("No. Variables", "No. Points"))
    names: list[str] = []
    for row in rows.splitlines():
        if row.strip():
            words = row.split()
            if len(words) < 3 or words[0] != str(len(names)):
                raise ValueError(f"its list of vectors has the line '{cut(row.strip())}'")
            names.append(_spelling(words[1]))
    if len(names) != count:
        raise ValueError(f"it announces {count} vectors and lists {len(names)}")
    if not names or names[0] != "time":
        raise ValueError("its first vector is not the time")
    if len(set(names)) < count:
        raise ValueError("it has two vectors of the same name")
    return RawHeader(names, offset, points or None)


def _whole(text: str, key: str) -> int:
    if not re.fullmatch(r"[0-9]{1,15}", text):
        raise ValueError(f"its {key} is '{cut(text)}'")
    return int(text)


def _opened(path: Path) -> IO[bytes]:
    """A regular file: anything else, a FIFO say, could keep its reader waiting for ever."""
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise SimulationError(f"{path.name} is no regular file.", folder=path.parent)
    return os.fdopen(handle, "rb")


def _spelling(name: str) -> str:
    """`v(@n1[w])`, as ngspice calls a parameter it takes for a voltage, is saved as `@n1[w]`."""
    return name[2:-1] if name.startswith(("v(@", "i(@")) else name


def read_raw(path: Path, header: RawHeader | None = None) -> tuple[dict[str, int], NDArray[np.float64]]:
    """Column of every vector, and the numbers, shape (time, vector); the file is mapped, not loaded.

    The header's count of points is not looked at: a killed run leaves it at 0. Whole rows count.

    Raises:
        SimulationError: it cannot be read.
    """
    header = header or read_header(path)
    if header is None:
        raise SimulationError(f"{path} has no complete header", folder=path.parent)
    count = len(header.names)
    rows = int(_rows(path, header))
    columns = {name: i for i, name in enumerate(header.names)}
    if rows == 0:
        return columns, np.empty((0, count))
    # a plain array on the map: NumPy's own class of them is slow to take columns from
    return columns, np.asarray(np.memmap(path, dtype="<f8", mode="r", offset=header.offset, shape=(rows, count)))


def _rows(path: Path, header: RawHeader) -> float:
    return (path.stat().st_size - header.offset) / (8 * len(header.names))


def miscount(path: Path, header: RawHeader) -> str:
    """What a complete file holds that its header does not announce, or the other way round; "" if they agree."""
    rows = _rows(path, header)
    return "" if rows == header.points else f"announces {header.points or 0} time points and holds {rows:.10g}"


class Growing:
    """A raw file that is still being written: its header is read once, then only its last row."""

    def __init__(self, path: Path) -> None:
        """The file need not be there yet."""
        self._path = path
        self._header: RawHeader | None = None

    def last_time(self) -> float:
        """Time of the last whole row [s]; 0 if there is none yet, or if it is no time."""
        try:
            self._header = self._header or read_header(self._path)
            if self._header is None:
                return 0.0
            row = 8 * len(self._header.names)
            with _opened(self._path) as file:
                rows = (os.fstat(file.fileno()).st_size - self._header.offset) // row
                if rows <= 0:
                    return 0.0
                file.seek(self._header.offset + (rows - 1) * row)
                time = np.frombuffer(file.read(8), dtype="<f8")
        except (OSError, SimulationError):  # whoever reads it at the end will say so
            return 0.0
        return float(time[0]) if len(time) and np.isfinite(time[0]) else 0.0

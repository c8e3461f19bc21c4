"""ngspice's binary raw file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pyspice_models.errors import SimulationError

_MARK = b"Binary:\n"
_HEADER_LIMIT = 1 << 28


@dataclass(frozen=True)
class RawHeader:
    """Where the numbers of a raw file lie.

    Attributes:
        names: vectors in order, in the spelling of a `.save` line.
        offset: first byte of the numbers.
    """

    names: list[str]
    offset: int


def read_header(path: Path) -> RawHeader | None:
    """The header, or None while it is not complete."""
    with path.open("rb") as file:
        text = b""
        while _MARK not in text:
            block = file.read(1 << 16)  # numbers follow: no more of them than need be
            if not block or len(text) > _HEADER_LIMIT:
                return None
            text += block
    head = text[: text.index(_MARK)].decode(errors="replace")
    if "Flags: real" not in head:
        raise SimulationError(f"{path} does not hold real numbers", folder=path.parent)
    rows = head.partition("Variables:\n")[2].splitlines()
    return RawHeader([_spelling(row.split("\t")[2]) for row in rows if row.strip()], len(head.encode()) + len(_MARK))


def _spelling(name: str) -> str:
    """`v(@n1[w])`, as ngspice calls a parameter it takes for a voltage, is saved as `@n1[w]`."""
    return name[2:-1] if name.startswith(("v(@", "i(@")) else name


def read_raw(path: Path, header: RawHeader | None = None) -> tuple[dict[str, int], NDArray[np.float64]]:
    """Column of every vector, and the numbers, shape (time, vector); the file is mapped, not loaded.

    The header's count of points is not trusted: a killed run leaves it at 0. Whole rows count.
    """
    header = header or read_header(path)
    if header is None:
        raise SimulationError(f"{path} has no complete header", folder=path.parent)
    count = len(header.names)
    rows = (path.stat().st_size - header.offset) // (8 * count)
    if rows == 0:
        return {name: i for i, name in enumerate(header.names)}, np.empty((0, count))
    # a plain array on the map: NumPy's own class of them is slow to take columns from
    numbers = np.asarray(np.memmap(path, dtype="<f8", mode="r", offset=header.offset, shape=(rows, count)))
    return {name: i for i, name in enumerate(header.names)}, numbers


class Growing:
    """A raw file that is still being written: its header is read once, then only its last row."""

    def __init__(self, path: Path) -> None:
        """The file need not be there yet."""
        self._path = path
        self._header: RawHeader | None = None

    def last_time(self) -> float:
        """Time of the last whole row [s]; 0 if there is none yet."""
        try:
            self._header = self._header or read_header(self._path)
            if self._header is None:
                return 0.0
            row = 8 * len(self._header.names)
            rows = (self._path.stat().st_size - self._header.offset) // row
            if rows <= 0:
                return 0.0
            with self._path.open("rb") as file:
                file.seek(self._header.offset + (rows - 1) * row)
                return float(np.frombuffer(file.read(8), dtype="<f8")[0])
        except OSError:
            return 0.0

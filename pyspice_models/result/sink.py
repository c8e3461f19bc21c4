"""A file for HDF5 that never refuses a write.

HDF5 cannot live with a write that fails: what it holds in memory can then be neither written nor given up, the file
cannot be closed, and the process crashes when it ends. Here what the disk does not take stays in memory until the file
is closed; then the failure is told.
"""

from __future__ import annotations

import io
import os


class Sink(io.RawIOBase):
    """Reads and writes an open file; does not close it.

    Attributes:
        failure: of the first write that failed: the file on disk is then incomplete. None: all is there.
    """

    def __init__(self, handle: int) -> None:
        """Write to the file with this handle."""
        self.failure: OSError | None = None
        self._handle = handle
        self._at = 0
        self._size = 0
        self._rest: list[tuple[int, bytes]] = []

    def readable(self) -> bool:
        """It can be read."""
        return True

    def writable(self) -> bool:
        """It can be written."""
        return True

    def seekable(self) -> bool:
        """It can be read and written anywhere."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """See `io.IOBase.seek`."""
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = start + offset
        return self._at

    def tell(self) -> int:
        """See `io.IOBase.tell`."""
        return self._at

    def truncate(self, size: int | None = None) -> int:
        """See `io.IOBase.truncate`."""
        self._size = self._at if size is None else size
        self._rest = [(place, data[: self._size - place]) for place, data in self._rest if place < self._size]
        try:
            os.ftruncate(self._handle, self._size)
        except OSError as error:
            self.failure = self.failure or error
        return self._size

    def write(self, data: object) -> int:
        """Take all of it, whatever the disk does."""
        view = memoryview(data).cast("B")  # type: ignore[arg-type]  # anything with a buffer
        place, count = self._at, len(view)
        if self.failure is None:
            try:
                while view:
                    written = os.pwrite(self._handle, view, place)
                    view, place = view[written:], place + written
            except OSError as error:
                self.failure = error
        if len(view):
            self._rest.append((place, bytes(view)))
        self._at += count
        if count:
            self._size = max(self._size, self._at)
        return count

    def readinto(self, buffer: object) -> int:
        """What was written, from the disk or from memory; never written bytes are 0."""
        view = memoryview(buffer).cast("B")  # type: ignore[arg-type]  # anything with a buffer
        start, count = self._at, max(0, min(len(view), self._size - self._at))
        view[:count] = os.pread(self._handle, count, start).ljust(count, b"\0")
        for place, data in self._rest:  # the newest last
            first, last = max(start, place), min(start + count, place + len(data))
            if first < last:
                view[first - start : last - start] = data[first - place : last - place]
        self._at += count
        return count

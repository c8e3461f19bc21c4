"""Arrays from NumPy's own files, .npy and .npz: what their headers claim is checked before memory is taken for it."""

from __future__ import annotations

import io
import math
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from pyspice_models.inputs.text import MOST_MAP, Unusable, check_shape, opened

Shape = tuple[int, ...]


def array_in(path: Path, what: str, shape: Shape | None) -> NDArray[Any]:
    """The array of a .npy file; without a shape it may have any.

    Raises:
        RequestError: a file that cannot be read, another shape, or one that is shorter than its header says.
    """
    with opened(path, what, MOST_MAP) as file:
        size = file.seek(0, io.SEEK_END)
        file.seek(0)
        return _array(path, file, size, shape)


def arrays_in(path: Path, what: str, names: Iterable[str], shape: Shape) -> list[NDArray[Any]]:
    """Arrays of a .npz file by name; see `array_in`."""
    with opened(path, what, MOST_MAP) as file, zipfile.ZipFile(file) as archive:
        found = []
        for name in names:
            if f"{name}.npy" not in archive.namelist():
                raise Unusable(f"it holds no {name!r}")
            member = archive.getinfo(f"{name}.npy")
            with archive.open(member) as stream:
                found.append(_array(path, stream, member.file_size, shape))
        return found


def every_array_in(path: Path, what: str) -> dict[str, NDArray[Any]]:
    """All arrays of a .npz file, whatever their shapes; see `array_in`. Packed ones count as they are unpacked."""
    with opened(path, what, MOST_MAP) as file, zipfile.ZipFile(file) as archive:
        if (size := sum(member.file_size for member in archive.infolist())) > MOST_MAP:
            raise Unusable(f"its arrays take {size} bytes, and at most {MOST_MAP} are read")
        found: dict[str, NDArray[Any]] = {}
        for member in archive.infolist():
            with archive.open(member) as stream:
                found[member.filename.removesuffix(".npy")] = _array(path, stream, member.file_size, None)
        return found


def _array(path: Path, stream: IO[bytes], size: int, shape: Shape | None) -> NDArray[Any]:
    """The array that begins here, `size` bytes with its header; without a shape it may have any."""
    head = io.BytesIO(stream.read(min(size, _HEAD)))
    version = np.lib.format.read_magic(head)
    if version not in _HEADERS:
        raise Unusable(f"its version {version[0]}.{version[1]} is not known")
    claimed, fortran, dtype = _HEADERS[version](head)
    if shape is not None:
        check_shape(path, claimed, shape)
    if dtype.hasobject:
        raise Unusable("it holds Python objects, not numbers")
    needed = math.prod(claimed) * dtype.itemsize
    if needed > size - head.tell():
        raise Unusable(f"it is cut off: its header claims {needed} bytes, and {size - head.tell()} are there")
    data = head.read() + stream.read(needed)
    return np.frombuffer(data, dtype, math.prod(claimed)).reshape(claimed, order="F" if fortran else "C")


_HEAD = 10_000 + 16  # NumPy trusts no longer header
_HEADERS: dict[tuple[int, int], Any] = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}

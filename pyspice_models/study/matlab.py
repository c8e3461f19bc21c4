"""Matrices from MATLAB's files: unpacked up to a cap, and of many variables only the one that is asked for."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyspice_models.reading import MOST_MAP

_COMPRESSED = 15  # miCOMPRESSED
_HEAD = 128
_NUMERIC = {
    "double", "single", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "logical", "sparse",
}  # fmt: skip


def matrix_in(data: bytes, shape: tuple[int, int], variable: str = "") -> NDArray[Any]:
    """A matrix of a .mat file of version 4 to 7.

    Args:
        data: the file.
        shape: rows and columns; if the matrix has another shape, one without numbers stands in its place.
        variable: its name; not needed if there is one of this shape only.

    Raises:
        ValueError: none or several of this shape, no matrix of numbers, or a file of version 7.3.
        Exception: whatever SciPy raises over a damaged file.
    """
    # a tenth of a second to import: not before it is needed
    import scipy.io
    import scipy.sparse

    if data.startswith(b"MATLAB 7.3") or data[512:516] == b"\x89HDF"[:4]:
        raise ValueError("it is a MATLAB 7.3 file; save it in MATLAB with the option '-v7'")
    file = io.BytesIO(_unpacked(data))
    held = {name: (size, kind) for name, size, kind in scipy.io.whosmat(file) if not name.startswith("__")}
    name = variable or _the_one(held, shape)
    if name not in held:
        raise ValueError(f"it holds no {name!r}, but {', '.join(sorted(held)) or 'nothing'}")
    size, kind = held[name]
    if kind not in _NUMERIC:
        raise ValueError(f"{name!r} is not one array of real numbers, but of the class {kind}")
    if size != shape:
        return np.broadcast_to(np.zeros(()), size)
    file.seek(0)
    values = scipy.io.loadmat(file, variable_names=[name])[name]
    if scipy.sparse.issparse(values):
        # SciPy writes outside the array if an index of a damaged file lies there
        values.check_format(full_check=True)
        if values.shape != shape:
            raise ValueError(f"{name!r} is {values.shape[0]} x {values.shape[1]}")
        values = values.toarray()
    if kind == "logical":
        values = np.asarray(values).astype(bool)
    return np.asarray(values)


def _the_one(held: dict[str, tuple[tuple[int, ...], str]], shape: tuple[int, int]) -> str:
    if len(held) == 1:
        return next(iter(held))
    fitting = [name for name, (size, kind) in held.items() if size == shape and kind in _NUMERIC]
    if len(fitting) != 1:
        raise ValueError(
            f"{len(fitting)} of its variables ({', '.join(sorted(held)) or 'none'}) are {shape[0]} x {shape[1]} "
            "matrices: name one as variable"
        )
    return fitting[0]


def _unpacked(data: bytes) -> bytes:
    """The same file without compression: SciPy would unpack a megabyte of it into all the memory there is."""
    mark = data[_HEAD - 2 : _HEAD]
    if mark not in (b"IM", b"MI"):  # version 4, which knows no compression, or no MATLAB file
        return data
    order = "<" if mark == b"IM" else ">"
    parts, total, place = [data[:_HEAD]], _HEAD, _HEAD
    while place + 8 <= len(data):
        kind, size = struct.unpack_from(f"{order}II", data, place)
        stop = place + 8 + size
        if kind == _COMPRESSED:
            parts.append(zlib.decompressobj().decompress(data[place + 8 : stop], MOST_MAP + 1 - total))
        else:
            parts.append(data[place:stop])
        place, total = stop, total + len(parts[-1])
        if total > MOST_MAP:
            raise ValueError(f"its variables unpack to more than {MOST_MAP} bytes, the most that are read")
    return b"".join(parts)

"""Matrices from MATLAB's files, versions 4 to 7: every size in a file is held against what is there.

SciPy's reader is not used: a single wrong byte in a file makes it read outside its memory, which ends the process, and
a megabyte of compressed zeros fills all the memory there is. Of a file only its matrices of numbers are of interest.
Source: MathWorks, MAT-File Format, level 5 and level 4.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyspice_models.inputs.text import MOST_MAP, Unusable, check_shape, read_bytes, refused_if_damaged

_HEAD = 128
_MATRIX, _COMPRESSED = 14, 15
_TYPES = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"}
_SPARSE, _OPAQUE = 5, 17
_NUMERIC = range(6, 16)
_OTHER = {1: "a cell array", 2: "a structure", 3: "an object", 4: "text", 16: "a function", _OPAQUE: "an object"}
_TYPES_4 = ["f8", "f4", "i4", "i2", "u2", "u1"]


@dataclass(frozen=True)
class _Variable:
    """One variable of a file.

    Attributes:
        name: of it.
        shape: of it; () if it is no matrix.
        kind: why it is no matrix of numbers, or "".
        body: what its numbers are made of, in a way that its format knows.
    """

    name: str
    shape: tuple[int, ...]
    kind: str
    body: Any


def matrix_in(path: Path, what: str, shape: tuple[int, int], variable: str = "") -> NDArray[Any]:
    """A matrix of a .mat file.

    Args:
        path: the file.
        what: it is, for an error.
        shape: rows and columns that the matrix must have.
        variable: its name; not needed if there is one of this shape only.

    Raises:
        RequestError: none or several of this shape, no matrix of real numbers, a damaged file, one of version 7.3.
    """
    data = read_bytes(path, what, MOST_MAP)
    with refused_if_damaged(path, what):
        found, numbers = _found(data, shape, variable)
        check_shape(path, found.shape, shape)
        return numbers(found)


def _found(data: bytes, shape: tuple[int, int], variable: str) -> tuple[_Variable, Callable[[_Variable], NDArray[Any]]]:
    """The variable that is meant, and what makes its numbers."""
    if data.startswith(b"MATLAB 7.3") or data[512:516] == b"\x89HDF":
        raise Unusable("it is a MATLAB 7.3 file; save it in MATLAB with the option '-v7'")
    if len(data) < 20:
        raise Unusable("it is cut off")
    new = data[_HEAD - 2 : _HEAD] in (b"IM", b"MI") and 0 not in data[:4]
    held = {one.name: one for one in (_variables_5(data) if new else _variables_4(data)) if one.name}
    name = variable or _the_one(held, shape)
    if name not in held:
        raise Unusable(f"it holds no {name!r}, but {', '.join(sorted(held)) or 'nothing'}")
    found = held[name]
    if found.kind:
        raise Unusable(f"{name!r} is not one array of real numbers, but {found.kind}")
    return found, _numbers_5 if new else _numbers_4


def _the_one(held: dict[str, _Variable], shape: tuple[int, int]) -> str:
    if len(held) == 1:
        return next(iter(held))
    fitting = [one.name for one in held.values() if one.shape == shape and not one.kind]
    if len(fitting) != 1:
        raise Unusable(
            f"{len(fitting)} of its variables ({', '.join(sorted(held)) or 'none'}) are {shape[0]} x {shape[1]} "
            "matrices: name one as variable"
        )
    return fitting[0]


# ---- versions 5 to 7: elements in elements, each with its kind and size in front


@dataclass
class _Elements:
    """The elements of a piece of a file, one after the other."""

    data: bytes
    order: str
    place: int = 0

    def left(self) -> bool:
        return self.place + 8 <= len(self.data)

    def next(self, *, padded: bool = True) -> tuple[int, bytes]:
        """Kind and content of the next element."""
        if not self.left():
            raise Unusable("it is damaged: something is missing at its end")
        kind, size = struct.unpack_from(f"{self.order}II", self.data, self.place)
        start = self.place + 8
        if kind >> 16:  # a small one: size and kind share a word, the content follows in four bytes
            kind, size, start = kind & 0xFFFF, kind >> 16, self.place + 4
            self.place += 8
            if size > 4:
                raise Unusable("it is damaged: a small element is too large")
        else:
            self.place = start + size + (-size % 8 if padded else 0)
        if start + size > len(self.data):
            raise Unusable("it is damaged or cut off: an element is longer than the file")
        return kind, self.data[start : start + size]

    def wholes(self) -> NDArray[np.int64]:
        """The next element as whole numbers."""
        found = self.numbers()
        if found.dtype.kind not in "iu":
            raise Unusable("it is damaged: a size or a place is no whole number")
        return found.astype(np.int64)

    def numbers(self) -> NDArray[Any]:
        """The next element as numbers."""
        kind, content = self.next()
        if kind not in _TYPES:
            raise Unusable(f"it is damaged: {kind} is no type of numbers")
        dtype = np.dtype(f"{self.order}{_TYPES[kind]}")
        if len(content) % dtype.itemsize:
            raise Unusable("it is damaged: a number is cut off")
        return np.frombuffer(content, dtype)


def _variables_5(data: bytes) -> Iterator[_Variable]:
    order = "<" if data[_HEAD - 2 : _HEAD] == b"IM" else ">"
    outer, unpacked = _Elements(data, order, _HEAD), 0
    while outer.left():
        kind, content = outer.next(padded=False)
        if kind == _COMPRESSED:
            try:
                content = zlib.decompressobj().decompress(content, MOST_MAP + 1 - unpacked)
            except zlib.error as error:
                raise Unusable(f"it is damaged: {error}") from None
            unpacked += len(content)
            if unpacked > MOST_MAP:
                raise Unusable(f"its variables unpack to more than {MOST_MAP} bytes, the most that are read")
            kind, content = _Elements(content, order).next()
        if kind != _MATRIX:
            raise Unusable(f"it is damaged: {kind} is no variable")
        yield _variable_5(_Elements(content, order))


def _variable_5(inner: _Elements) -> _Variable:
    flags = inner.wholes()
    if len(flags) != 2:
        raise Unusable("it is damaged: a variable says nothing of its class")
    sort = int(flags[0]) & 0xFF
    dims = () if sort == _OPAQUE else tuple(inner.wholes().tolist())
    _, name = inner.next()
    if sort not in _NUMERIC and sort != _SPARSE:
        return _Variable(name.decode("utf-8", "replace"), (), _OTHER.get(sort, "of an unknown class"), None)
    if len(dims) < 2 or min(dims) < 0:
        raise Unusable("it is damaged: a matrix has no shape")
    of_complex, of_logical = bool(int(flags[0]) & 0x800), bool(int(flags[0]) & 0x200)
    kind = "of complex numbers" if of_complex else ""
    return _Variable(name.decode("utf-8", "replace"), dims, kind, (sort, of_logical, inner))


def _numbers_5(found: _Variable) -> NDArray[Any]:
    sort, of_logical, inner = found.body
    if sort == _SPARSE:
        rows, starts = inner.wholes(), inner.wholes()
        values = _full(found.shape, rows, _columns(starts, len(rows)), inner.numbers())
    else:
        flat = inner.numbers()
        if len(flat) != found.shape[0] * found.shape[1]:
            raise Unusable(f"it is damaged: {found.name!r} has {len(flat)} numbers and the shape {found.shape}")
        values = flat.reshape(found.shape, order="F")
    return values.astype(bool) if of_logical else values


def _columns(starts: NDArray[np.int64], entries: int) -> NDArray[np.int64]:
    """The column of each entry, from where each column starts."""
    counts = starts[1:] - starts[:-1]
    if not len(counts) or starts[0] != 0 or (counts < 0).any() or starts[-1] > entries:
        raise Unusable("it is damaged: the columns of a sparse matrix overlap")
    return np.repeat(np.arange(len(counts), dtype=np.int64), counts)


def _full(
    shape: tuple[int, ...], rows: NDArray[np.int64], cols: NDArray[np.int64], values: NDArray[Any]
) -> NDArray[Any]:
    """A sparse matrix written out; files may hold more room for entries than there are entries."""
    count = len(cols)
    rows, values = rows[:count], values[:count]
    inside = (rows >= 0) & (rows < shape[0]) & (cols[: len(rows)] >= 0) & (cols[: len(rows)] < shape[1])
    if len(rows) < count or len(values) < count or not inside.all():
        raise Unusable("it is damaged: an entry of a sparse matrix lies outside of it")
    full = np.zeros(shape)
    np.add.at(full, (rows, cols), values)
    return full


# ---- version 4: a header of five numbers in front of every matrix


def _variables_4(data: bytes) -> Iterator[_Variable]:
    place = 0
    while place < len(data):
        if place + 20 > len(data):
            raise Unusable("it is damaged, or no MATLAB file: something is missing at its end")
        order = "<" if 0 <= struct.unpack_from("<i", data, place)[0] < 10_000 else ">"
        sort, rows, cols, imaginary, letters = struct.unpack_from(f"{order}5i", data, place)
        number, matrix = sort // 10 % 10, sort % 10
        if not (0 <= sort < 5000 and sort // 100 % 10 == 0 and number < len(_TYPES_4) and matrix < 3):
            raise Unusable("it is no MATLAB file")
        dtype = np.dtype(f"{order}{_TYPES_4[number]}")
        start = place + 20 + letters
        size = rows * cols * dtype.itemsize
        place = start + size * (2 if imaginary else 1)
        if min(rows, cols, letters - 1) < 0 or place > len(data):
            raise Unusable("it is damaged or cut off: a matrix is longer than the file")
        name = data[start - letters : start].split(b"\0")[0].decode("latin-1")
        held = np.frombuffer(data, dtype, rows * cols, start).reshape((rows, cols), order="F")
        kind = "text" if matrix == 1 else "of complex numbers" if imaginary or (matrix == 2 and cols == 4) else ""
        if matrix == 2 and not kind:
            if cols != 3 or rows < 1 or not np.isfinite(held).all():
                raise Unusable("it is damaged: a sparse matrix has no shape")
            yield _Variable(name, (int(held[-1, 0]), int(held[-1, 1])), kind, (True, held))
        else:
            yield _Variable(name, () if matrix == 1 else (rows, cols), kind, (False, held))


def _numbers_4(found: _Variable) -> NDArray[Any]:
    sparse, held = found.body
    if not sparse:
        return np.asarray(held)
    with np.errstate(invalid="ignore"):  # what is far too large comes out negative
        places = held[:-1, :2].astype(np.int64) - 1
    return _full(found.shape, places[:, 0], places[:, 1], held[:-1, 2])

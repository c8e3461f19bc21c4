"""Matrices from files: CSV text, NumPy's .npy, MATLAB's .mat and images, rows x columns."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyspice_models.errors import RequestError
from pyspice_models.inputs.arrays import array_in
from pyspice_models.inputs.separated import records, refuse_header
from pyspice_models.inputs.text import MOST_MAP, check_shape, read_text, shown
from pyspice_models.numeric import real_array
from pyspice_models.units import parse, scaled

IMAGES = {".png", ".jpg", ".jpeg", ".gif", ".bmp", ".tif", ".tiff"}

_WHAT = "map in"


def matrix_from_file(
    path: Path, shape: tuple[int, int], *, unit: str = "", variable: str = "", yes_or_no: bool = False
) -> NDArray[np.float64]:
    """The numbers of a file; of an image the grey, from 0 to 1 (white).

    Args:
        path: the file; its ending tells what it is, anything unknown is CSV text.
        shape: rows and columns that it must have.
        unit: of the numbers; text may give one of its own, in a field or in a first line such as `conductance [nS]`.
        variable: name of the matrix in a .mat file; not needed if there is one of this shape only.
        yes_or_no: they may be yes and no, which count as 1 and 0.

    Raises:
        RequestError: a file that cannot be read, no matrix or several of this shape in a .mat, another shape, complex
            numbers or none.
    """
    values = _values(path, shape, unit, variable)
    check_shape(path, values.shape, shape)
    if yes_or_no and values.dtype == bool:
        return values.astype(float)
    return real_array(values, unit, name=shown(path))


def _values(path: Path, shape: tuple[int, int], unit: str, variable: str) -> NDArray[Any]:
    ending = path.suffix.lower()
    if ending == ".npy":
        return array_in(path, _WHAT, shape)
    if ending == ".mat":
        from pyspice_models.inputs.matlab import matrix_in

        return matrix_in(path, _WHAT, shape, variable)
    if ending in IMAGES:
        # Pillow takes a tenth of a second to import: not before it is needed
        from pyspice_models.inputs.image import grey_in

        return grey_in(path, _WHAT, shape)
    text = read_text(path, _WHAT, MOST_MAP)
    try:
        return _from_text(text, unit)
    except RequestError as error:
        raise RequestError(f"the {_WHAT} {shown(path)} cannot be read: {error}") from None


def _from_text(text: str, unit: str) -> NDArray[np.float64]:
    rows: list[NDArray[np.float64]] = []
    own = ""
    for number, fields in records(text):
        if not rows and not own and unit and (header := _HEADER.fullmatch(",".join(fields).rstrip(", "))):
            own = header[1]
            scaled(1.0, own, unit, name=f"line {number}", shown=header[0])
            continue
        if not rows:
            refuse_header(number, fields)
        elif len(fields) != len(rows[0]):
            raise RequestError(f"line {number} has {len(fields)} fields, those before it have {len(rows[0])}")
        rows.append(_numbers(number, fields, "" if own else unit))
    if not rows:
        raise RequestError("it holds no numbers")
    values = np.array(rows)
    return np.asarray(scaled(values, own, unit, name="its numbers", shown=own)) if own else values


_HEADER = re.compile(r"[^\d,\[\]][^,\[\]]*\[\s*([^,\[\]]+?)\s*\]")
"""A line that says what the numbers are, and in which unit."""


def _numbers(line: int, fields: list[str], unit: str) -> NDArray[np.float64]:
    try:
        # Python's own reading of a number is quick, but takes 1_0 and digits of other scripts too
        if all(field.isascii() and "_" not in field for field in fields):
            return np.array([float(field) for field in fields])
    except ValueError:
        pass
    return np.array([parse(field, unit, name=f"line {line}, column {n}") for n, field in enumerate(fields, 1)])

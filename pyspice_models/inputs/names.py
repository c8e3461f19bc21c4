"""Maps of names from comma-separated text, rows x columns."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyspice_models.errors import RequestError
from pyspice_models.inputs.separated import records
from pyspice_models.inputs.text import MOST_MAP, check_shape, read_text, shown

_WHAT = "map of names in"


def names_from_file(path: Path, shape: tuple[int, int]) -> NDArray[Any]:
    """The names of a CSV file, without blanks around them, as an array of text of this shape.

    Raises:
        RequestError: a file that cannot be read, rows of unequal length, or another shape.
    """
    text = read_text(path, _WHAT, MOST_MAP)
    rows: list[list[str]] = []
    try:
        for number, fields in records(text):
            if rows and len(fields) != len(rows[0]):
                raise RequestError(f"line {number} has {len(fields)} fields, those before it have {len(rows[0])}")
            rows.append(fields)
        if not rows:
            raise RequestError("it holds no names")
    except RequestError as error:
        raise RequestError(f"the {_WHAT} {shown(path)} cannot be read: {error}") from None
    found = np.array(rows, dtype=object)
    check_shape(path, found.shape, shape)
    return found

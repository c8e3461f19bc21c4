"""A matrix of conductances from a user's own file, as levels of the nominal window."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyspice_models.array.levels import Scale
from pyspice_models.declare.quantity import refuse_unknown
from pyspice_models.errors import RequestError
from pyspice_models.inputs.matrix import IMAGES, matrix_from_file
from pyspice_models.inputs.text import shown, text_of
from pyspice_models.units import scaled

Array = NDArray[np.float64]

_KEY = "write_verify.conductances"


def conductances_asked(table: Any, shape: tuple[int, int], folder: Path) -> tuple[Array, str]:
    """What `conductances = { file = "g.csv", unit = "nS" }` asks for [S], shape (rows, cols), and what to call it.

    Text has its unit in a first line such as `conductance [nS]`, or in its fields; `unit` is for files that have none,
    such as .npy. Without any the numbers are siemens.

    Raises:
        RequestError: no table with a file, an image, a unit in two places, a file that cannot be read or has another
            shape.
    """
    if not isinstance(table, Mapping):
        raise RequestError(f'{_KEY} has to be a table such as {{ file = "g.csv" }}: a matrix of conductances.')
    for key in table:
        refuse_unknown(key, {"file", "unit", "variable"}, _KEY)
    path = folder / text_of(table.get("file"), f"{_KEY}.file")
    if path.suffix.lower() in IMAGES:
        raise RequestError(
            f"{_KEY}.file = {shown(path)} is an image, which has no unit: give it as write_verify.file; its grey is "
            "the share between write_verify.low and high."
        )
    variable = text_of(table["variable"], f"{_KEY}.variable") if "variable" in table else ""
    found = matrix_from_file(path, shape, unit="S", variable=variable)
    if "unit" in table:
        unit = text_of(table["unit"], f"{_KEY}.unit")
        if path.suffix.lower() not in {".npy", ".mat"} and "[" in path.read_text(errors="ignore")[:1000]:
            raise RequestError(f"{_KEY}.unit = {unit!r} and {shown(path)} has a unit of its own: give one of them.")
        found = np.asarray(scaled(found, unit, "S", name=f"{_KEY}.unit", shown=unit))
    return found, shown(path)


def levels_asked(siemens: Array, name: str, scale: Scale, count: int | None) -> tuple[Array, Array]:
    """Levels that there are, and that of each cell, shares of the nominal window; any may be asked without a count.

    With a count: so many even steps from the smallest to the largest number, and each is rounded to the nearest.

    Raises:
        RequestError: a conductance outside the nominal window, by row and column; a count for a matrix of one number.
    """
    shares = np.empty(siemens.shape)
    for (row, col), value in np.ndenumerate(siemens):
        shares[row, col] = scale.within(f"{name}[{row}, {col}]", float(value))
    if count is None:
        return np.zeros(0), shares
    if not np.ptp(shares):
        raise RequestError.for_value(
            "write_verify.levels",
            count,
            allowed="none",
            advice=f"All numbers of {name} are the same: leave levels out.",
        )
    levels = np.linspace(shares.min(), shares.max(), count)
    return levels, levels[np.abs(shares[..., None] - levels).argmin(axis=-1)]

"""The `[array.cells]` table: parameters that differ from cell to cell."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.declare.quantity import Quantity, refuse_unknown
from pyspice_models.errors import RequestError
from pyspice_models.inputs.matrix import matrix_from_file
from pyspice_models.inputs.text import text_of
from pyspice_models.numeric import real_array
from pyspice_models.study.tables.registry import declared_in


def cell_quantity(name: str) -> Quantity | None:
    """The declaration of a parameter that may differ from cell to cell."""
    declared = declared_in("cell", name)
    return declared if declared is not None and declared.per_cell else None


def per_cell_parameters(table: object, shape: tuple[int, int], folder: Path) -> dict[str, NDArray[np.float64]]:
    """Arrays of this shape by name.

    A parameter is a number or text with a unit, the same for all cells; rows of numbers; or a table with the `file` of
    such a map, and in a .mat the `variable`.

    Args:
        table: what the study file has as `array.cells`.
        shape: (rows, cols).
        folder: in which files are looked for.

    Raises:
        RequestError: no table, a parameter that is unknown or common to all cells, a file that cannot be read, another
            shape or unit, a value out of range.
    """
    if not isinstance(table, Mapping):
        raise RequestError("array.cells must be a table: write it as [array.cells]")
    may_differ = {name for name in CellParams.quantities() if cell_quantity(name)}
    found = {}
    for name, value in table.items():
        refuse_unknown(name, may_differ, "array.cells")
        declared, where = CellParams.quantities()[name], f"array.cells.{name}"
        if isinstance(value, str):
            values = np.asarray(declared.parse(where, value))
        elif isinstance(value, dict):
            values = _from_file(value, where, shape, folder, declared.unit)
        else:
            values = real_array(value, declared.unit, name=where)
        if values.ndim and values.shape != shape:
            raise RequestError.for_value(
                f"{where}.shape", values.shape, allowed=f"{shape}, rows x columns, or a single number"
            )
        found[name] = np.broadcast_to(declared.check(where, values), shape)
    return found


def _from_file(
    table: Mapping[str, Any], where: str, shape: tuple[int, int], folder: Path, unit: str
) -> NDArray[np.float64]:
    for key in table:
        refuse_unknown(key, {"file", "variable"}, where)
    path = folder / text_of(table.get("file"), f"{where}.file")
    variable = text_of(table["variable"], f"{where}.variable") if "variable" in table else ""
    return matrix_from_file(path, shape, unit=unit, variable=variable)

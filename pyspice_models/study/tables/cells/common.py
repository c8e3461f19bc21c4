"""The tables [cell], which cell a study is about, and [array.cells], parameters that differ from cell to cell."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyspice_models.array.instances import INSTANCES
from pyspice_models.cells.ag2s.model import AG2S
from pyspice_models.cells.model import CellModel
from pyspice_models.cells.presets import preset, preset_names
from pyspice_models.cells.registry import model_named, model_names
from pyspice_models.declare.quantity import ParameterSet, Quantity, refuse_unknown
from pyspice_models.errors import RequestError
from pyspice_models.foreign.parameters import parameter_kind
from pyspice_models.foreign.read import foreign_in, is_foreign, spec_in
from pyspice_models.inputs.matrix import matrix_from_file
from pyspice_models.inputs.text import text_of
from pyspice_models.numeric import real_array
from pyspice_models.study.tables.registry import table_in


def cell_in(table: Mapping[str, Any], folder: Path, where: str = "cell") -> ParameterSet:
    """The cell that a table [cell] says: of the `model` that it names or Ag2S, from a `preset` if it names one.

    Args:
        table: what the study file has as `cell`, or for a further kind of cells.
        folder: in which files are looked for.
        where: what an error calls the table.

    Raises:
        RequestError: an unknown model, preset or parameter, a wrong unit, a value out of range.
    """
    if is_foreign(table):
        return foreign_in(table, folder)
    own = dict(table)
    model = _model_in(own, where)
    name = own.pop("preset", None)
    if name is None:
        return model.parameters.from_mapping(own, where=where)
    if not isinstance(name, str):
        known = ", ".join(preset_names(model.name))
        raise RequestError.for_value(f"{where}.preset", name, allowed=f"one of {known}, or a .toml file")
    base = preset(folder / name if name.endswith(".toml") else name, model.name)
    return model.parameters.from_mapping(own, where=where, base=base.cell)


def cell_kind(tables: Mapping[str, Any]) -> type[ParameterSet]:
    """The declarations that the keys of [cell] follow in these tables; a user's own file is looked for here.

    Raises:
        RequestError: an unknown model; for a file of a user's own also as `foreign_cell`.
    """
    return kind_of_table(table_in(tables, "cell"))


def kind_of_table(table: Mapping[str, Any], where: str = "cell") -> type[ParameterSet]:
    """The same of one table; `where` is what an error calls it."""
    if is_foreign(table):
        return parameter_kind(spec_in(table, Path())[0])
    return _model_in(dict(table), where).parameters


def _model_in(table: dict[str, Any], where: str) -> CellModel:
    """The cell that is named, with the name taken out of the table."""
    name = table.pop("model", AG2S.name)
    if not isinstance(name, str):
        raise RequestError.for_value(f"{where}.model", name, allowed=f"one of {', '.join(model_names())}")
    return model_named(name, where=f"{where}.model")


def cell_quantity(tables: Mapping[str, Any], name: str) -> Quantity | None:
    """The declaration of a parameter that may differ from cell to cell."""
    declared = cell_kind(tables).quantities().get(name)
    return declared if declared is not None and declared.per_cell else None


def per_cell_parameters(
    table: object, shape: tuple[int, int], folder: Path, kind: type[ParameterSet], where: str = "array.cells"
) -> dict[str, NDArray[np.float64]]:
    """Arrays of this shape by name.

    A parameter is a number or text with a unit, the same for all cells; rows of numbers; or a table with the `file` of
    such a map, and in a .mat the `variable`.

    Args:
        table: what the study file has as `array.cells`.
        shape: (rows, cols).
        folder: in which files are looked for.
        kind: declarations of the cell's parameters.
        where: what an error calls the table.

    Raises:
        RequestError: no table, a parameter that is unknown or common to all cells, a file that cannot be read, another
            shape or unit, a value out of range.
    """
    if not isinstance(table, Mapping):
        raise RequestError(f"{where} must be a table: write it as [{where}]")
    quantities = kind.quantities()
    may_differ = {name for name, declared in quantities.items() if declared.per_cell}
    found = {}
    for name, value in table.items():
        refuse_unknown(name, may_differ, where)
        declared, place = quantities[name], f"{where}.{name}"
        if isinstance(value, str):
            values = np.asarray(declared.parse(place, value))
        elif isinstance(value, dict):
            values = _from_file(value, place, shape, folder, declared.unit)
        else:
            values = real_array(value, declared.unit, name=place)
        if values.ndim and values.shape != shape:
            raise RequestError.for_value(
                f"{place}.shape", values.shape, allowed=f"{shape}, rows x columns, or a single number"
            )
        found[name] = np.broadcast_to(declared.check(place, values), shape)
    return found


def instances_in(table: object, shape: tuple[int, int], folder: Path) -> dict[str, NDArray[np.float64]]:
    """`[array.instances]`: what lines, ends of lines and selectors have each for itself, written as `[array.cells]` is.

    Those of lines are a row of numbers.

    Args:
        table: what the study file has as `array.instances`.
        shape: of the array, (rows, cols).
        folder: in which files are looked for.

    Raises:
        RequestError: no table, an unknown name, a file that cannot be read, another unit.
    """
    if not isinstance(table, Mapping):
        raise RequestError("array.instances must be a table: write it as [array.instances]")
    found = {}
    for name, value in table.items():
        refuse_unknown(name, set(INSTANCES), "array.instances")
        one, place = INSTANCES[name], f"array.instances.{name}"
        if isinstance(value, str):
            found[name] = np.asarray(one.declared.parse(place, value))
        elif isinstance(value, dict):
            size = one.shape(*shape)
            rows = 1 if len(size) == 1 else size[0]
            found[name] = _from_file(value, place, (rows, size[-1]), folder, one.declared.unit).reshape(size)
        else:
            found[name] = real_array(value, one.declared.unit, name=place)
    return found


def _from_file(
    table: Mapping[str, Any], where: str, shape: tuple[int, int], folder: Path, unit: str
) -> NDArray[np.float64]:
    for key in table:
        refuse_unknown(key, {"file", "variable"}, where)
    path = folder / text_of(table.get("file"), f"{where}.file")
    variable = text_of(table["variable"], f"{where}.variable") if "variable" in table else ""
    return matrix_from_file(path, shape, unit=unit, variable=variable)

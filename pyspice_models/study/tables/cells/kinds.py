"""The tables [kinds.NAME], cells of other kinds than [cell], and [array.kinds], where they stand."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from pyspice_models.array.kinds import COMMON, Kind, check_kind_name
from pyspice_models.declare.quantity import Quantity, refuse_unknown
from pyspice_models.errors import RequestError
from pyspice_models.inputs.arrays import array_in
from pyspice_models.inputs.names import names_from_file
from pyspice_models.inputs.text import shown, text_of
from pyspice_models.numeric import is_several
from pyspice_models.study.tables.cells.common import cell_in, kind_of_table, per_cell_parameters
from pyspice_models.study.tables.registry import table_in

_LINES = {"first": lambda size: 0, "middle": lambda size: size // 2, "last": lambda size: size - 1}


def kinds_in(tables: Mapping[str, Any], shape: tuple[int, int], folder: Path) -> dict[str, Kind]:
    """Kinds of cells beside the common one, by name.

    What each is says its table [kinds.NAME], with the keys of [cell]. Where its cells stand says [array.kinds]: by name
    a list of [row, col], a table with the `file` of one (.npy, two columns of whole numbers), or one with `rows`,
    `cols` or both; or for all of them together the `file` of a map, comma-separated names, rows x columns, in which
    "cell" is the common kind. Parameters that differ among them stand in [array.cells.NAME].

    Args:
        tables: of a study file.
        shape: (rows, cols).
        folder: in which files are looked for.

    Raises:
        RequestError: what is no table, unknown key or name, a file that cannot be read, a kind that stands nowhere, or
            a cell that `cell_in` refuses.
    """
    stated, array = table_in(tables, "kinds"), table_in(tables, "array")
    places = array.get("kinds", {})
    if not isinstance(places, Mapping):
        raise RequestError("array.kinds must be a table: write it as [array.kinds]")
    for name in stated:
        check_kind_name(name)
    if places and not stated:
        raise RequestError(
            "[array.kinds] says where cells of other kinds stand, and nothing says what they are: give each a table "
            "[kinds.NAME] with the keys of [cell]."
        )
    placed = _from_map(places, stated, shape, folder) if "file" in places else {
        name: _placed(name, value, shape, folder) for name, value in places.items()
    }  # fmt: skip
    for name in placed:
        refuse_unknown(name, stated, "array.kinds")
    differ = cells_of_kinds(tables)
    found = {}
    for name, table in stated.items():
        if not isinstance(table, Mapping):
            raise RequestError(f"kinds.{name} must be a table: write it as [kinds.{name}]")
        if name not in placed:
            raise RequestError(
                f"cells of [kinds.{name}] stand nowhere: say where in [array.kinds], such as {name} = {{ cols = [3] }}"
                ", or take the table out."
            )
        try:
            cell = cell_in(table, folder, f"kinds.{name}")
        except RequestError as error:
            said = str(error)
            raise RequestError(said if said.startswith(f"kinds.{name}") else f"[kinds.{name}] {said}") from None
        own = per_cell_parameters(differ.get(name, {}), shape, folder, type(cell), f"array.cells.{name}")
        found[name] = Kind(cell, per_cell=own, **placed[name])
    return found


def cells_of_kinds(tables: Mapping[str, Any]) -> dict[str, Any]:
    """The entries of [array.cells] that are about further kinds, by their names."""
    cells, kinds = table_in(tables, "array").get("cells", {}), table_in(tables, "kinds")
    return {name: cells[name] for name in cells if name in kinds} if isinstance(cells, Mapping) else {}


def kind_quantity(tables: Mapping[str, Any], kind: str, name: str) -> Quantity | None:
    """The declaration of a parameter of a further kind."""
    table = table_in(tables, "kinds").get(kind)
    return kind_of_table(table, f"kinds.{kind}").quantities().get(name) if isinstance(table, Mapping) else None


def _placed(name: str, value: object, shape: tuple[int, int], folder: Path) -> dict[str, Any]:
    where = f"array.kinds.{name}"
    if is_several(value):
        return {"places": value}
    if not isinstance(value, Mapping) or not value:
        raise RequestError.for_value(
            where, value, allowed="a list of [row, col], or a table with `rows`, `cols` or both, or with `file`"
        )
    for key in value:
        refuse_unknown(key, {"file"} if "file" in value else {"rows", "cols"}, where)
    if "file" in value:
        found = array_in(folder / text_of(value["file"], f"{where}.file"), "places in", None)
        return {"places": tuple(found) if found.ndim == 2 else found}
    return {key: _lines(value[key], f"{where}.{key}", shape[("rows", "cols").index(key)]) for key in value}


def _lines(value: object, where: str, size: int) -> tuple[Any, ...]:
    every = list(value) if isinstance(value, list | tuple) else [value]
    for line in every:
        if isinstance(line, str) and line not in _LINES:
            raise RequestError.for_value(where, line, allowed=f"numbers of lines, or {', '.join(_LINES)}")
    if not every:
        raise RequestError(f"{where} names no line: give one, or leave {where.rpartition('.')[2]} out.")
    return tuple(_LINES[line](size) if isinstance(line, str) else line for line in every)


def _from_map(
    places: Mapping[str, Any], stated: Mapping[str, Any], shape: tuple[int, int], folder: Path
) -> dict[str, dict[str, Any]]:  # fmt: skip
    """Places of each kind from a map of names."""
    if others := sorted(set(places) - {"file"}):
        raise RequestError(f"array.kinds has file and {', '.join(others)}: give the map, or places of each kind.")
    path = folder / text_of(places["file"], "array.kinds.file")
    names = names_from_file(path, shape)
    known = (COMMON, *stated)
    for (row, col), name in np.ndenumerate(names):
        if name not in known:
            raise RequestError.for_value(f"{shown(path)}[{row}, {col}]", name, allowed=f"one of {', '.join(known)}")
    return {
        name: {"places": tuple((int(row), int(col)) for row, col in np.argwhere(names == name))}
        for name in stated if (names == name).any()
    }  # fmt: skip

"""The `[faults]` table of a study file: by place, or at random from odds and a seed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pyspice_models.array import Faults
from pyspice_models.declare.quantity import refuse_unknown
from pyspice_models.errors import RequestError
from pyspice_models.inputs.arrays import array_in
from pyspice_models.inputs.text import text_of


def faults_from(table: Mapping[str, Any], shape: tuple[int, int], folder: Path = Path()) -> Faults:
    """Faults of an array of this shape.

    A kind of fault is a list of [row, col], a table with the `file` of one (.npy, two columns of whole numbers), or
    with `seed` the odds of each place.

    Args:
        table: what the study file has.
        shape: of the array.
        folder: in which files are looked for.

    Raises:
        RequestError: unknown key, a file that cannot be read, a place outside the array, odds without a seed or outside
            [0, 1], two faults at one cell.
    """
    kinds = Faults.places()
    for key in table:
        refuse_unknown(key, kinds | set(Faults.quantities()) | {"seed"}, "faults")
    numbers = Faults.from_mapping({k: v for k, v in table.items() if k in Faults.quantities()}, where="faults")
    given = {key: table[key] for key in table if key in kinds}
    odds = {key: value for key, value in given.items() if not is_places(value)}
    if odds and "seed" not in table:
        raise RequestError(f"faults.{next(iter(odds))} gives odds: faults.seed must say which array is meant")
    if odds and len(odds) < len(given):
        raise RequestError("[faults] has lists and odds: give one or the other")
    if odds:
        drawn = Faults.sample(shape, table["seed"], **odds)
        chosen: dict[str, Any] = {name: getattr(drawn, name) for name in kinds}
        return replace(numbers, **chosen)
    faults = replace(numbers, **{key: _places(key, value, folder) for key, value in given.items()})
    faults.check(shape)
    return faults


def is_places(value: object) -> bool:
    """Whether this says where faults are, and not how likely they are."""
    return isinstance(value, (list, tuple, dict))


def _places(key: str, value: Any, folder: Path) -> Any:
    if not isinstance(value, dict):
        return tuple(tuple(p) if isinstance(p, list) else p for p in value)
    for name in value:
        refuse_unknown(name, {"file"}, f"faults.{key}")
    found = array_in(folder / text_of(value.get("file"), f"faults.{key}.file"), "places in", None)
    return tuple(found) if found.ndim == 2 else found

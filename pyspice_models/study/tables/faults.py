"""The `[faults]` table of a study file: by list of places, or at random from odds and a seed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pyspice_models.array import Faults
from pyspice_models.declare.quantity import refuse_unknown
from pyspice_models.errors import RequestError


def faults_from(table: Mapping[str, Any], shape: tuple[int, int]) -> Faults:
    """Faults of an array of this shape.

    A kind of fault is a list of [row, col], or with `seed` the odds of each place.

    Raises:
        RequestError: unknown key, a place outside the array, odds without a seed or outside [0, 1], two faults at one
            cell.
    """
    kinds = Faults.places()
    for key in table:
        refuse_unknown(key, kinds | set(Faults.quantities()) | {"seed"}, "faults")
    numbers = Faults.from_mapping({k: v for k, v in table.items() if k in Faults.quantities()}, where="faults")
    given = {key: table[key] for key in table if key in kinds}
    odds = {key: value for key, value in given.items() if not isinstance(value, list)}
    if odds and "seed" not in table:
        raise RequestError(f"faults.{next(iter(odds))} gives odds: faults.seed must say which array is meant")
    if odds and len(odds) < len(given):
        raise RequestError("[faults] has lists and odds: give one or the other")
    if odds:
        drawn = Faults.sample(shape, table["seed"], **odds)
        chosen: dict[str, Any] = {name: getattr(drawn, name) for name in kinds}
        return replace(numbers, **chosen)
    places: dict[str, Any] = {
        key: tuple(tuple(p) if isinstance(p, list) else p for p in value) for key, value in given.items()
    }
    faults = replace(numbers, **places)
    faults.check(shape)
    return faults

"""Which quantity a key of a study file is, if it is one: its unit, range and meaning."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pyspice_models.accuracy import Accuracy
from pyspice_models.array.driver import DriverParams
from pyspice_models.array.sensing import SensingParams
from pyspice_models.array.wire import WireParams
from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.cells.selectors.params import ThresholdParams, TransistorParams
from pyspice_models.declare.quantity import ParameterSet, Quantity
from pyspice_models.study.limits import Limits
from pyspice_models.study.tables.change import place_in
from pyspice_models.study.tables.steps import KINDS

_TABLES: dict[str, type[ParameterSet]] = {
    "accuracy": Accuracy,
    "cell": CellParams,
    "driver": DriverParams,
    "selector": ThresholdParams,
    "sensing": SensingParams,
    "study": Limits,
    "transistor": TransistorParams,
    "wire": WireParams,
}


def quantity_at(tables: Mapping[str, Any], key: str) -> Quantity | None:
    """The declaration behind a key such as `wire.width` or `program.0.voltage`; None for a size, a word, a list."""
    table, *rest = key.split(".")
    if table == "program" and len(rest) == 2:
        step, name = rest
        program = tables.get("program")
        if not isinstance(program, list) or (number := place_in(program, step)) is None:
            return None
        done = program[number]
        kind = KINDS.get(str(done.get("do"))) if isinstance(done, dict) else None
        return kind.quantities().get(name) if kind else None
    if table in _TABLES and len(rest) == 1:
        return _TABLES[table].quantities().get(rest[0])
    return None

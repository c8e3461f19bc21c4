"""Which quantity a key of a study file is, if it is one: its unit, range and meaning."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pyspice_models.array.instances import INSTANCES
from pyspice_models.declare.quantity import Quantity
from pyspice_models.stimulus.drive.tables import WAVES
from pyspice_models.stimulus.steps import STEPS
from pyspice_models.study.tables.cells.common import cell_kind, cell_quantity
from pyspice_models.study.tables.cells.kinds import kind_quantity
from pyspice_models.study.tables.change import place_in
from pyspice_models.study.tables.registry import declared_in


def quantity_at(tables: Mapping[str, Any], key: str) -> Quantity | None:
    """The declaration behind a key such as `wire.width` or `program.0.voltage`; None for a word, a list, a table."""
    match key.split("."):
        case ["program", step, name]:
            program = tables.get("program")
            if not isinstance(program, list) or (number := place_in(program, step)) is None:
                return None
            done = program[number]
            kind = STEPS.get(str(done.get("do"))) if isinstance(done, dict) else None
            return kind.quantities().get(name) if kind else None
        case ["program", step, "waves", line, name]:
            return _of_wave(tables, step, line, name)
        case ["array", "instances", name]:
            return INSTANCES[name].declared if name in INSTANCES else None
        case ["array", "cells", name]:
            return cell_quantity(tables, name)
        case ["array", "cells", kind, name]:
            declared = kind_quantity(tables, kind, name)
            return declared if declared is not None and declared.per_cell else None
        case ["kinds", kind, name]:
            return kind_quantity(tables, kind, name)
        case ["cell", name]:
            return cell_kind(tables).quantities().get(name)
        case [table, name]:
            return declared_in(table, name)
    return None


def _of_wave(tables: Mapping[str, Any], step: str, line: str, name: str) -> Quantity | None:
    """Of a parameter of the wave of a line."""
    program = tables.get("program")
    place: Any = (
        program[number] if isinstance(program, list) and (number := place_in(program, step)) is not None else {}
    )
    for key in ("waves", line):
        place = place.get(key) if isinstance(place, dict) else None
    kind = WAVES.get(str(place.get("wave"))) if isinstance(place, dict) else None
    return kind.quantities().get(name) if kind else None

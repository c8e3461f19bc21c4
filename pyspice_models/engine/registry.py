"""Engines by name. A name that is not known is refused; one engine never stands in for another."""

from __future__ import annotations

from pyspice_models.array import Crossbar
from pyspice_models.engine.base import Engine
from pyspice_models.engine.ngspice import Ngspice
from pyspice_models.engine.nodal import Nodal
from pyspice_models.engine.program import Program
from pyspice_models.engine.shared.libngspice import LibNgspice
from pyspice_models.engine.vacask import Vacask
from pyspice_models.errors import RequestError
from pyspice_models.stimulus.outline import Extent

_ENGINES: dict[str, type[Engine]] = {engine.name: engine for engine in (Ngspice, LibNgspice, Vacask, Nodal)}

_INSTEAD = (Nodal.name, Ngspice.name, Vacask.name)


def engine(name: str) -> Engine:
    """The engine called `name`."""
    if name not in _ENGINES:
        raise RequestError.for_value("engine", name, allowed=f"one of {', '.join(engine_names())}")
    return _ENGINES[name]()


def netlist_engine(name: str) -> Program:
    """The engine called `name`, which runs netlists of any circuit.

    Raises:
        RequestError: unknown, or one that runs crossbars only.
    """
    found = engine(name)
    if not isinstance(found, Program):
        able = ", ".join(other for other in engine_names() if isinstance(engine(other), Program))
        raise RequestError.for_value("engine", name, allowed=f"one that reads netlists: {able}")
    return found


def engine_names() -> list[str]:
    """Names that `engine` knows."""
    return sorted(_ENGINES)


def check(name: str, crossbar: Crossbar, schedule: Extent, form: str) -> None:
    """Refuse what the engine called `name` cannot simulate, before anything runs.

    Raises:
        RequestError: an unknown engine, or one that cannot; it says why, and which engine can.
    """
    reason = engine(name).lacks(crossbar, schedule, form)
    if not reason:
        return
    able = [other for other in _INSTEAD if other != name and not engine(other).lacks(crossbar, schedule, form)]
    raise RequestError(f"engine {name} {reason}. {f'Use engine {able[0]}.' if able else 'No other engine can.'}")

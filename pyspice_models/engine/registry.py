"""Engines by name. A name that is not known is refused; one engine never stands in for another."""

from __future__ import annotations

from pyspice_models.engine.base import Engine
from pyspice_models.engine.libngspice import LibNgspice
from pyspice_models.engine.ngspice import Ngspice
from pyspice_models.engine.nodal import Nodal
from pyspice_models.engine.vacask import Vacask
from pyspice_models.errors import RequestError

_ENGINES: dict[str, type[Engine]] = {engine.name: engine for engine in (Ngspice, LibNgspice, Vacask, Nodal)}


def engine(name: str) -> Engine:
    """The engine called `name`."""
    if name not in _ENGINES:
        raise RequestError.for_value("engine", name, allowed=f"one of {', '.join(engine_names())}")
    return _ENGINES[name]()


def engine_names() -> list[str]:
    """Names that `engine` knows."""
    return sorted(_ENGINES)

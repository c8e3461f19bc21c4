"""Dialects by name: how each simulator wants its netlist."""

from __future__ import annotations

from pyspice_models.errors import RequestError
from pyspice_models.netlist.dialects.base import Analysis, Dialect, Method, Printed
from pyspice_models.netlist.dialects.hspice import HspiceDialect
from pyspice_models.netlist.dialects.ltspice import LTspiceDialect
from pyspice_models.netlist.dialects.neospice import NeospiceDialect
from pyspice_models.netlist.dialects.ngspice import NgspiceDialect
from pyspice_models.netlist.dialects.spectre import SpectreDialect
from pyspice_models.netlist.dialects.vacask import VacaskDialect
from pyspice_models.netlist.dialects.xyce import XyceDialect

__all__ = ["NGSPICE", "VACASK", "Analysis", "Dialect", "Method", "Printed", "dialect", "dialect_names"]

NGSPICE, VACASK = NgspiceDialect(), VacaskDialect()

_DIALECTS: dict[str, Dialect] = {
    known.name: known
    for known in (
        NGSPICE,
        VACASK,
        NeospiceDialect(),
        XyceDialect(),
        LTspiceDialect(),
        HspiceDialect(),
        SpectreDialect(),
    )
}


def dialect(name: str) -> Dialect:
    """The dialect called `name`.

    Raises:
        RequestError: there is none.
    """
    if name not in _DIALECTS:
        raise RequestError.for_value("dialect", name, allowed=f"one of {', '.join(dialect_names())}")
    return _DIALECTS[name]


def dialect_names() -> list[str]:
    """Names that `dialect` knows."""
    return list(_DIALECTS)

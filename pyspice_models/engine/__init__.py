"""Runs decks in ngspice, in VACASK, or in the package's own solver.

An engine is chosen by name, never silently replaced by another.
"""

from typing import TYPE_CHECKING

from pyspice_models.lazily import lazily

if TYPE_CHECKING:
    from pyspice_models.engine.base import Engine, Progress, Waves
    from pyspice_models.engine.registry import check, engine, engine_names, netlist_engine

__getattr__, __dir__ = lazily(
    __name__, {"base": "Engine Progress Waves", "registry": "check engine engine_names netlist_engine"}
)

__all__ = ["Engine", "Progress", "Waves", "check", "engine", "engine_names", "netlist_engine"]

"""What `circuit.simulator()` gives: PySpice's simulator, mended as the head of `pyspice_shared` says."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from PySpice.Spice.NgSpice import Simulation as shared_simulation
from PySpice.Spice.NgSpice.SimulationType import SIMULATION_TYPE

from pyspice_models.engine.shared.library_use import LIBRARY
from pyspice_models.engine.shared.pyspice_shared import SharedNgspice

_VERSIONS_WITH_THE_NUMBERS_OF_34 = range(35, 47)


class SharedSimulator(shared_simulation.NgSpiceSharedCircuitSimulator):
    """What `circuit.simulator()` gives."""

    _saved_nodes: set[str]

    def _run(self, analysis_method: str, *args: Any, **kwargs: Any) -> Any:
        """One analysis, from the loading of the circuit to its vectors."""
        with LIBRARY.used():
            return super()._run(analysis_method, *args, **kwargs)

    def save(self, *vectors: str | Iterable[str]) -> None:
        """Save these vectors, each a name or a list of names, and no others unless "all" is one of them."""
        for names in vectors:
            super().save([names] if isinstance(names, str) else names)

    def __str__(self) -> str:
        """The complete netlist of a run, the same each time."""
        wanted = set(self._saved_nodes)
        try:
            return str(super().__str__())
        finally:
            self._saved_nodes = wanted


def install() -> None:
    """Let `circuit.simulator()` give a `SharedSimulator` on `SharedNgspice`.

    Nothing is loaded yet: PySpice can write netlists where there is no libngspice. A simulation that the process has
    already started keeps the handle that it has.
    """
    for version in _VERSIONS_WITH_THE_NUMBERS_OF_34:
        SIMULATION_TYPE.setdefault(version, SIMULATION_TYPE["last"])
    shared_simulation.NgSpiceShared = SharedNgspice
    shared_simulation.NgSpiceSharedCircuitSimulator = SharedSimulator

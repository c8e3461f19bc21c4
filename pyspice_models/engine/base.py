"""What every engine offers: a simulation goes in, waves come out, or an error that tells where the files lie."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from pyspice_models.array import Crossbar
from pyspice_models.errors import RequestError
from pyspice_models.simulation import Simulation
from pyspice_models.stimulus.outline import Extent

Progress = Callable[[float], None]
"""Is told the share of the transient that is done, 0 to 1."""


@dataclass(frozen=True)
class Waves:
    """Raw result of a transient.

    Attributes:
        time: shape (time,) [s].
        values: what was recorded, by quantity, in SI units, each of shape (time, ...).
        engine: name and version of the simulator.
        seconds: how long it ran.
        log: what it printed.
        breakpoints: moments at which it began anew, with a step of first order, in order [s].
    """

    time: NDArray[np.float64]
    values: dict[str, NDArray[np.float64]]
    engine: str
    seconds: float
    log: str
    breakpoints: Sequence[float] = ()


class Engine(Protocol):
    """A simulator.

    Attributes:
        name: by which a user asks for it.
        dialect: of the netlists that it runs; empty if it reads none.
        method: solver and integration, in words.
        changes: it can give cells other parameters within a run.
    """

    name: str
    dialect: str
    method: str
    changes: bool

    def lacks(self, crossbar: Crossbar, schedule: Extent, form: str) -> str:
        """Why it cannot simulate this, in words that follow "engine NAME"; empty if it can."""
        ...

    def run(
        self,
        asked: Simulation,
        folder: Path,
        *,
        time_limit: float,
        spent: float = 0.0,
        progress: Progress | None = None,
        building: Progress | None = None,
    ) -> Waves:
        """Simulate in `folder`, which must exist; the log stays there, and the netlist of an engine that reads one.

        Args:
            asked: what to simulate.
            folder: where netlist, log and raw waves are written.
            time_limit: after which the simulator is killed [s].
            spent: of it, on what came before [s].
            progress: is told about progress.
            building: is told about that of the netlist before, and may raise.

        Raises:
            RequestError: it cannot simulate this.
            ToolError: the simulator is missing or too old, or the Verilog-A does not compile.
            SimulationError: the simulator failed, was killed, went over its time limit or stopped early.
        """
        ...


def refuse(engine: Engine, asked: Simulation) -> None:
    """Raise RequestError if an engine cannot simulate this."""
    if reason := engine.lacks(asked.crossbar, asked.schedule, asked.form):
        raise RequestError(f"engine {engine.name} {reason}.")
    if asked.changes and not engine.changes:
        raise RequestError(
            f"engine {engine.name} gives cells no other parameters within a run ([fluctuation]): ngspice and nodal do."
        )

"""What every engine offers: a deck goes in, waves come out, or an error that tells where the files lie."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from pyspice_models.array import Crossbar
from pyspice_models.errors import RequestError
from pyspice_models.netlist import Deck
from pyspice_models.stimulus.outline import Extent

Report = Callable[[float], None]
"""Is told the share of the transient that is done, 0 to 1."""


@dataclass(frozen=True)
class Waves:
    """Raw result of a transient.

    Attributes:
        time: shape (time,) [s].
        values: the deck's probes in SI units, each of shape (time, ...).
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
        dialect: of the decks that it runs.
        method: solver and integration, in words.
    """

    name: str
    dialect: str
    method: str

    def lacks(self, crossbar: Crossbar, schedule: Extent, form: str) -> str:
        """Why it cannot simulate this, in words that follow "engine NAME"; empty if it can."""
        ...

    def run(
        self, deck: Deck, folder: Path, *, time_limit: float, spent: float = 0.0, report: Report | None = None
    ) -> Waves:  # fmt: skip
        """Simulate `deck` in `folder`, which must exist; deck and log stay there.

        Args:
            deck: what to simulate.
            folder: where deck, log and raw waves are written.
            time_limit: after which the simulator is killed [s].
            spent: of it, on what came before [s].
            report: is told about progress.

        Raises:
            RequestError: it cannot simulate what the deck describes.
            ToolError: the simulator is missing or too old, or the Verilog-A does not compile.
            SimulationError: the simulator failed, was killed, went over its time limit or stopped early.
        """
        ...


def refuse(engine: Engine, deck: Deck) -> None:
    """Raise RequestError if an engine cannot simulate what a deck describes."""
    what = deck.described
    if what is not None and (reason := engine.lacks(what.crossbar, what.schedule, deck.form)):
        raise RequestError(f"engine {engine.name} {reason}.")

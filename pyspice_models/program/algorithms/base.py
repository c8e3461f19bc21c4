"""What an algorithm of closed-loop programming is: what it knows before a round, what it asks for, what it learns.

It knows what hardware knows: the nominal cell, the voltages that were asked for, and the levels that the reads showed.
What it remembers from round to round is a mapping of arrays, so that a checkpoint holds it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from pyspice_models.array import Crossbar
from pyspice_models.cells.soft_bounds import SoftBounds
from pyspice_models.declare.quantity import ParameterSet
from pyspice_models.program.correction import nominal_bounds

Array = NDArray[np.float64]
Memory = Mapping[str, NDArray[Any]]

SOUND, SILENT, AT_TOP, TURNS, SPENT = range(5)
"""Why a cell gets no more pulses: it does; see `REASONS` for the others."""
REASONS = {
    SILENT: "does not answer",
    AT_TOP: "does not answer at the highest voltage",
    TURNS: "goes to and fro past its level",
    SPENT: "has had its pulses",
}
"""Why an algorithm gives a cell up, by code: for no other reason."""


@dataclass(frozen=True)
class Known:
    """What hardware knows before a round.

    Attributes:
        crossbar: as designed.
        target, read: levels wanted, and as last read, shares of the nominal window; shape (rows, cols).
        tolerance: of a read, a share of the window.
        noise: standard deviation of what a round shows of a cell, by the data sheet of the amplifiers, likewise.
        voltage: of pulses, where the algorithm does not choose it [V].
        shortest, longest: pulse [s].
        scheme: of pulses.
        round: its number; that before the first pulse is 0.
        pulses: that each cell has had.
    """

    crossbar: Crossbar
    target: Array
    read: Array
    tolerance: float
    noise: float
    voltage: float
    shortest: float
    longest: float
    scheme: str
    round: int
    pulses: NDArray[np.int_]
    _bounds: dict[float, SoftBounds] = field(default_factory=dict, compare=False, repr=False)

    @property
    def up(self) -> NDArray[np.bool_]:
        """Cells that have to be set; the others reset."""
        return np.asarray(self.target > self.read)

    def bounds(self, voltage: float) -> SoftBounds:
        """Kinetics of the nominal cell at a voltage [V].

        Raises:
            RequestError: a cell that states none.
        """
        if voltage not in self._bounds:
            self._bounds[voltage] = nominal_bounds(self.crossbar, voltage)
        return self._bounds[voltage]


@dataclass(frozen=True)
class Pulses:
    """What a round gives; arrays of shape (rows, cols).

    Attributes:
        width: of each cell's pulse [s], 0 where there is none.
        voltage: its magnitude [V].
        up: whether it sets.
        others: what all pulses for others may set and reset: time at `Known.voltage` that would do the same [s], shape
            (2, rows, cols); zeros until they are laid out, and for cells without kinetics.
    """

    width: Array
    voltage: Array
    up: NDArray[np.bool_]
    others: Array = field(default_factory=lambda: np.zeros((2, 1, 1)))


@dataclass(frozen=True)
class Algorithm(ParameterSet, ABC):
    """One way to bring cells to their levels; its parameters are its options in a study file.

    Attributes:
        name: by which `[programming]` and the command line call it.
        about: what it does, in a few words.
        source: where it comes from.
        kinetics: whether it reckons with the nominal kinetics of a level, which not every cell states.
        parallel: whether it pulses all cells of a row that need the same at once, if nothing else is asked.
        order: of its pulses, if nothing else is asked; see `How`.
        usual_rounds: most rounds, if nothing else is asked; 0 for those of `[write_verify]`.
    """

    name: ClassVar[str]
    about: ClassVar[str]
    source: ClassVar[str]
    kinetics: ClassVar[bool] = True
    parallel: ClassVar[bool] = False
    order: ClassVar[str] = "rows"
    usual_rounds: ClassVar[int] = 0

    @abstractmethod
    def begin(self, shape: tuple[int, int]) -> Memory:
        """What is remembered before the first read."""

    @abstractmethod
    def pulses(self, known: Known, memory: Memory, chosen: NDArray[np.bool_]) -> tuple[Pulses, Memory]:
        """Pulses for some or all of the chosen cells, and what is remembered of the choice."""

    @abstractmethod
    def after(self, known: Known, memory: Memory, given: Pulses, level: Array) -> Memory:
        """What is remembered after the read that followed; `level` is what it showed, shape (rows, cols)."""

    @abstractmethod
    def given_up(self, known: Known, memory: Memory) -> NDArray[np.int_]:
        """Of each cell `SOUND`, or why it would get no more pulses, shape (rows, cols)."""

    def disturbed(self, memory: Memory) -> NDArray[np.bool_]:
        """Cells that the pulses for others moved in the last round, or may have, shape (rows, cols)."""
        return np.asarray(memory["disturbed"], dtype=bool)

    def rest(self, known: Known, memory: Memory, chosen: NDArray[np.bool_]) -> float | None:
        """How long to wait before a read though no cell is to be pulsed [s]; None to end there."""
        return None

    def check(self, where: str) -> None:
        """Raise RequestError for options that contradict each other; `where` is the table they stand in."""

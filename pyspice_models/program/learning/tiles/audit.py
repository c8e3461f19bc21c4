"""Random updates of a tile, repeated as full transients: how far a table is from the circuit.

Each update of a run gets a random number, and those with the smallest are kept: every update has the same chance,
however many there will be. They are repeated when the run is over.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pyspice_models.array import Crossbar
from pyspice_models.array.places import stream_of
from pyspice_models.declare.quantity import ParameterSet, quantity
from pyspice_models.numeric import whole
from pyspice_models.program.learning.tile import Crossed, Product, Pulses, Spent, Tile
from pyspice_models.program.learning.tiles.circuit_tile import CircuitTile

Array = NDArray[np.float64]

MAX_AUDITS = 1000
_NOISE = 1e-6  # of the window: what a transient's own tolerances may make of a state


@dataclass(frozen=True)
class AuditLimits(ParameterSet):
    """How far a table may be from the transient."""

    rms: float = quantity(
        0.01, "", above=0, high=1, tag="assumed", source="1 % on 128 x 64, half of that on 64 x 32",
        about="r.m.s. error of a state's change over all cells, as a share of the r.m.s. change",
    )  # fmt: skip
    worst: float = quantity(
        0.04, "", above=0, high=1, tag="assumed", source="4 % on 128 x 64, half of that on 64 x 32",
        about="largest error of a state's change, as a share of the largest change",
    )  # fmt: skip
    energy: float = quantity(
        0.02, "", above=0, high=1, tag="assumed", source="choice",
        about="error of the energy of an update, as a share of it",
    )  # fmt: skip


class Kept(NamedTuple):
    """An update as a tile made it.

    Attributes:
        number: of the update, counted from 0.
        before, after: states of all cells by name.
        pulses: that it got.
        energy: that it spent [J].
    """

    number: int
    before: Mapping[str, Array]
    after: Mapping[str, Array]
    pulses: Pulses
    energy: float


class Distance(NamedTuple):
    """How far one update is from its transient, as shares; see `AuditLimits`.

    Attributes:
        number: of the update.
        rms, worst: of the changes of every state by name.
        energy: positive where the tile spends more.
        slots: how many there were.
    """

    number: int
    rms: Mapping[str, float]
    worst: Mapping[str, float]
    energy: float
    slots: int


@dataclass(frozen=True)
class Audit:
    """What the audit of a run found.

    Attributes:
        distances: of every update that was repeated, in the order of the run.
        limits: that they are held against.
        updates: how many the run had.
    """

    distances: Sequence[Distance]
    limits: AuditLimits
    updates: int

    @property
    def rms(self) -> float:
        """Largest of all updates and states."""
        return max((part for one in self.distances for part in one.rms.values()), default=0.0)

    @property
    def worst(self) -> float:
        """Likewise."""
        return max((part for one in self.distances for part in one.worst.values()), default=0.0)

    @property
    def energy(self) -> float:
        """Largest error without its sign."""
        return max((abs(one.energy) for one in self.distances), default=0.0)

    @property
    def passed(self) -> bool:
        """Whether all updates are within the limits."""
        return self.rms <= self.limits.rms and self.worst <= self.limits.worst and self.energy <= self.limits.energy

    def __str__(self) -> str:
        """In words."""
        if not self.distances:
            return f"audit: none of {self.updates} updates was repeated"
        parts = [
            f"{what} {100 * found:.2g} % ({100 * limit:g} %)"
            for what, found, limit in (
                ("r.m.s.", self.rms, self.limits.rms), ("worst", self.worst, self.limits.worst),
                ("energy", self.energy, self.limits.energy),
            )
        ]  # fmt: skip
        verdict = "within its limits" if self.passed else "beyond its limits"
        return (
            f"audit: {len(self.distances)} of {self.updates} updates as full transients, {verdict}: {', '.join(parts)}"
        )


@dataclass
class AuditedTile:
    """A tile whose updates may be audited; all else is the tile's.

    Attributes:
        tile: that does the work.
        count: how many updates are kept, 0 to 1000.
        seed: of the choice.
        name: of the tile in the run: each tile has its own stream of random numbers.
        updates: how many there were; those without a pulse do not count.
        kept: with their random numbers.
    """

    tile: Tile
    count: int
    seed: int = 0
    name: str = "tile"
    updates: int = 0
    kept: list[tuple[float, Kept]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Begin the stream, or go on in it behind the updates that there were."""
        self.count = whole(self.count, 0, MAX_AUDITS, name="audit")
        bits = stream_of(self.seed, f"audit of {self.name}")
        bits.advance(self.updates)
        self._random = np.random.Generator(bits)

    @property
    def shape(self) -> tuple[int, int]:
        """See `Tile`."""
        return self.tile.shape

    @property
    def states(self) -> dict[str, Array]:
        """See `Tile`."""
        return self.tile.states

    @property
    def pulses(self) -> NDArray[np.int_]:
        """See `Tile`."""
        return self.tile.pulses

    @property
    def crossed(self) -> Sequence[Crossed]:
        """See `Tile`."""
        return self.tile.crossed

    def forward(self, voltages: ArrayLike) -> Product:
        """See `Tile`."""
        return self.tile.forward(voltages)

    def backward(self, voltages: ArrayLike) -> Product:
        """See `Tile`."""
        return self.tile.backward(voltages)

    def program(self, states: Mapping[str, ArrayLike]) -> None:
        """See `Tile`."""
        self.tile.program(states)

    def scatter(self, state: str, shares: Array) -> None:
        """See `Tile`."""
        self.tile.scatter(state, shares)

    def update(self, pulses: Pulses) -> Spent:
        """See `Tile`; kept if its number is one of the smallest so far."""
        if not (pulses.word.any() or pulses.bit.any()):
            return self.tile.update(pulses)
        drawn, number = float(self._random.random()), self.updates
        self.updates += 1
        if self.count == 0 or (len(self.kept) == self.count and drawn >= self.kept[-1][0]):
            return self.tile.update(pulses)
        before = self.tile.states
        spent = self.tile.update(pulses)
        self.kept.append((drawn, Kept(number, before, self.tile.states, pulses, spent.energy)))
        self.kept = sorted(self.kept, key=lambda one: one[0])[: self.count]
        return spent

    def audit(self, crossbar: Crossbar, limits: AuditLimits | None = None, *, engine: str = "nodal") -> Audit:
        """Repeat the kept updates as transients of a crossbar.

        Raises:
            RequestError: a crossbar that the engine cannot simulate.
            SimulationError: a transient failed.
        """
        found: list[Distance] = []
        if kept := sorted((one for _, one in self.kept), key=lambda one: one.number):
            circuit = CircuitTile(crossbar, engine=engine)
            found = [repeated(circuit, one) for one in kept]
        return Audit(found, limits or AuditLimits(), self.updates)


def repeated(circuit: CircuitTile, kept: Kept) -> Distance:
    """How far an update is from the transient of the same pulses from the same states."""
    circuit.program(kept.before)
    spent, true = circuit.update(kept.pulses), circuit.states
    rms, worst = {}, {}
    for name, end in true.items():
        change, error = end - kept.before[name], kept.after[name] - end
        error = np.where(np.abs(error) <= _NOISE, 0.0, error)
        # what does not move is not wrong by a share of nothing
        rms[name] = _share(float(np.sqrt(np.mean(error**2))), float(np.sqrt(np.mean(change**2))))
        worst[name] = _share(float(np.abs(error).max()), float(np.abs(change).max()))
    return Distance(kept.number, rms, worst, kept.energy / spent.energy - 1, kept.pulses.slots)


def _share(error: float, change: float) -> float:
    return error / change if change else (0.0 if not error else np.inf)

"""Learning by way of a second array: A gathers gradients around its symmetric point, C gets what A says for long.

Every sample is written into A by streams that the lines share. Every so many samples one word line of A is read, of a
layer on several crossbars one of each: a line that waits longer for its turn holds no more than one that does not. What
it holds against its symmetric point is added to H, numbers outside the array, and where |H| reaches 1 the cell of C
gets whole pulses. A's asymmetry pulls it towards its symmetric point, so that gradients of no lasting sign leave
nothing there, and H filters what is left: so pulses of a cell that sets and resets differently come to descend.

    TTv1    no H: C gets a random number of pulses whose mean is the rate times what was read
    TTv2    as above (Note S2)
    c-TTv2  a sign for each word line, thrown anew now and then, with which A is written and read: what a wrong
            symmetric point adds changes its sign, too
    AGAD    such signs, and instead of a symmetric point what A held when the sign last changed

Sources: Note S2 for TTv2; for the others public descriptions: Gokmen and Haensch, Frontiers in Neuroscience 14, 103
(2020) and Gokmen, Frontiers in Artificial Intelligence 4, 699148 (2021) for TTv1 and TTv2; Rasch et al., Nature
Communications 15, 7133 (2024) for choppers and AGAD.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from pyspice_models.declare.quantity import ParameterSet, choice, quantity, whole_quantity
from pyspice_models.program.learning.ledger import TRANSFERS
from pyspice_models.program.learning.rules.rule import decaying
from pyspice_models.program.learning.rules.sgd import named
from pyspice_models.program.learning.streams import Trains, alternating
from pyspice_models.program.learning.tile import Pulses
from pyspice_models.program.learning.weights import Weights

Array = NDArray[np.float64]

_FORGET = 0.01
"""How fast the mean of the largest products follows: a hundred samples."""


@dataclass(frozen=True)
class TransferParams(ParameterSet):
    """Of the methods with a second array."""

    rate: float = quantity(
        0.02, "", above=0, high=100, tag="assumed", source="tuned on validation images",
        about="rate of learning of the weights",
    )  # fmt: skip
    decay: float = decaying()
    scale: float = quantity(
        4.0, "", above=0, high=1000, tag="assumed", source="tuned on validation images",
        about="weight of a cell's whole window",
    )  # fmt: skip
    fast_pulses: float = quantity(
        0.5, "", above=0, high=100, tag="assumed", source="tuned on validation images",
        about="pulses of A for the largest product of a sample, in the mean",
    )  # fmt: skip
    every: int = whole_quantity(
        1, low=1, high=100_000, about="samples from one transfer to the next, of one word line of each crossbar"
    )
    threshold: float = quantity(
        1.0, "", above=0, high=1000, tag="assumed", source="1: H counts pulses of C (Note S2)",
        about="pulses that H gathers before C gets one",
    )  # fmt: skip
    most_pulses: int = whole_quantity(1, low=1, high=100, about="of a cell of C at one transfer")
    hidden: str = choice("less", "less", "zero", about="what becomes of H where it was used: less what was given, or 0")
    literal: bool = choice(
        False, about="after a transfer the cell of A is driven back to its symmetric point, as Note S2 has it"
    )
    chopper: float = quantity(
        0.1, "", low=0, high=1, tag="assumed", source="tuned on validation images",
        about="chance of a new sign of a word line when it is read (c-TTv2 and AGAD)",
    )  # fmt: skip
    memory: float = quantity(
        0.1, "", above=0, high=1, tag="assumed", source="choice: ten reads",
        about="how fast the mean of what is read follows (AGAD)",
    )  # fmt: skip
    symmetric: str = choice(
        "device", "device", "array", "nominal", "level",
        about="reference of A: each cell's own symmetric point, their mean, a nominal cell's, or a stated level",
    )  # fmt: skip
    reference: float = quantity(
        0.27, "", low=0, high=1, tag="derived", source="pair mean under alternating pulses of the nominal cell",
        about="reference of A where symmetric = 'level'",
    )  # fmt: skip


_BACK = 20
"""Pairs of pulses that drive a cell back to its symmetric point where the literal text is followed."""


@dataclass
class Transfer:
    """Two arrays A and C, and H.

    Attributes:
        method: "ttv1", "ttv2", "c-ttv2" or "agad".
        params: see `TransferParams`.
        fast, slow: A and C.
        trains, transfers: pulses of A and of C.
        step, slow_step: mean size of a level's change by a whole pulse at the symmetric point, of A and of C.
        hidden: H, shape (rows, cols).
        signs: of the word lines, shape (rows,).
        recent, before: AGAD's mean of what was read under this sign, and under the one before, shape (rows, cols).
        counters: transfers so far; samples so far; the mean of the largest products.
        parts: first word line, and the one after the last, of every crossbar of a layer on several above each other.
    """

    method: str
    params: TransferParams
    fast: Weights
    slow: Weights
    trains: Trains
    transfers: Trains
    step: float
    slow_step: float
    parts: Sequence[tuple[int, int]] = ()
    hidden: Array = field(init=False)
    signs: Array = field(init=False)
    recent: Array = field(init=False)
    before: Array = field(init=False)
    counters: Array = field(init=False)
    generator: np.random.Generator = field(init=False)

    def __post_init__(self) -> None:
        """Nothing gathered."""
        shape = self.slow.tile.shape
        self.hidden, self.recent, self.before = (np.zeros(shape) for _ in range(3))
        self.signs, self.counters = np.ones(shape[0]), np.zeros(3)
        self.chopped = self.method in ("c-ttv2", "agad")

    @property
    def values(self) -> Array:
        """See `Rule`: those of C; A is no part of the products."""
        return self.slow.values

    @property
    def fixed(self) -> dict[str, Array]:
        """See `Rule`."""
        return {"slow reference": self.slow.reference.levels, "fast reference": self.fast.reference.levels}

    @property
    def loop_gain(self) -> float:
        """Pulses of C for a read of A that holds one step: above about 0.1 training oscillates."""
        return self.params.rate * self.counters[2] / (self.params.fast_pulses * self.slow.scale * self.slow_step)

    def product(self, vectors: Array) -> Array:
        """See `Rule`."""
        return self.slow.product(vectors)

    def transposed(self, vectors: Array) -> Array:
        """See `Rule`."""
        return self.slow.transposed(vectors)

    def learn(self, inputs: Array, downhill: Array, share: float = 1.0) -> None:
        """See `Rule`."""
        from pyspice_models.engine.nodal.tabulated.pulsed import largest

        product = largest(inputs) * largest(downhill)
        mean = float(self.counters[2])
        mean = product if not self.counters[1] else mean + _FORGET * (product - mean)
        self.counters[1:] = self.counters[1] + 1, mean
        if not mean > 0:
            return
        amount = self.params.fast_pulses / mean
        x = inputs * self.signs if self.chopped else inputs
        self.fast.give(self.trains.outer(x, downhill, amount, self.generator))
        if self.counters[1] % self.params.every == 0:
            for first, last in self.parts or ((0, len(self.signs)),):
                self._transfer(first + int(self.counters[0]) % (last - first), amount, share)
            self.counters[0] += 1

    def _transfer(self, row: int, amount: float, share: float = 1.0) -> None:
        from pyspice_models.engine.nodal.tabulated.pulsed import whole_parts

        read = self.fast.line(row)
        # A moved by amount x step for a product of 1, and C is to move by rate / scale
        rate = share * self.params.rate
        pulses = self._wanted(row, read) * rate / (amount * self.step * self.slow.scale * self.slow_step)
        if self.method == "ttv1":
            # away from 0, so that the whole part is the next one with the chance of what is missing to it
            wanted = pulses + np.copysign(self.generator.random(len(pulses)), pulses)
        else:
            self.hidden[row] += pulses / self.params.threshold
            wanted = self.hidden[row]
        counts = whole_parts(wanted, self.params.most_pulses)
        self.slow.transfer(self.transfers.line(row, len(self.signs), counts))
        if self.method != "ttv1":
            self._use(row, counts)
        if self.chopped and self.generator.random() < self.params.chopper:
            self.signs[row] = -self.signs[row]
            self.before[row] = self.recent[row]

    def _wanted(self, row: int, read: Array) -> Array:
        """What A says of one line, in levels."""
        if self.method != "agad":
            return read * self.signs[row]
        self.recent[row] += self.params.memory * (read - self.recent[row])
        return (read - self.before[row]) * self.signs[row]

    def _use(self, row: int, counts: NDArray[np.int_]) -> None:
        used = counts != 0
        if not used.any():
            return
        self.hidden[row] = np.where(used, 0.0, self.hidden[row]) if self.params.hidden == "zero" else (
            self.hidden[row] - counts
        )  # fmt: skip
        if self.params.literal:
            back = alternating((1, 1), _BACK, self.trains)
            word = np.zeros((back.slots, len(self.signs)), dtype=bool)
            word[:, row] = True
            bit = np.broadcast_to(used, (back.slots, len(used))).copy()
            self.fast.give(Pulses(word, bit, back.sign, back.voltage, back.width, back.scheme), TRANSFERS)

    def begin(self, generator: np.random.Generator) -> None:
        """See `Rule`."""
        self.generator = self.fast.generator = self.slow.generator = generator

    def arrays(self) -> dict[str, Array]:
        """See `Rule`."""
        own = {name: getattr(self, name) for name in _KEPT}
        parts = {"fast": self.fast, "slow": self.slow}
        return own | {f"{part} {name}": v for part, held in parts.items() for name, v in held.arrays().items()}

    def restore(self, arrays: Mapping[str, Array]) -> None:
        """See `Rule`."""
        for name in _KEPT:
            setattr(self, name, np.array(arrays[name], dtype=float))
        self.fast.restore(named(arrays, "fast"))
        self.slow.restore(named(arrays, "slow"))


_KEPT = ("hidden", "signs", "recent", "before", "counters")

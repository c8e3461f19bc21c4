"""Pulse streams: two vectors become pulses on lines, and where two meet the cell between them gets a whole pulse.

For W += eta x d, where a whole pulse moves a cell by D (a level) and thus its weight by s D, the word line of x_i
pulses in a slot with the chance c_x |x_i|, the bit line of d_j with c_d |d_j|, and c_x c_d L = eta / (s D) for L slots.
All cells of a line see its stream: that is what makes the update parallel, and what half-selects them. Lines of
different signs pulse one after another in the same slot; a slot in which no pulses meet is not driven, for the
controller holds both streams before it drives; the crossbars of a layer on several have drivers of their own, and each
is driven in the slots in which pulses meet in it.

Source: the scheme of stochastic coincidence and its update management follow Note S2 and public descriptions of
training on resistive arrays (Gokmen and Vlasov, Frontiers in Neuroscience 10, 333 (2016)).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pyspice_models.program.learning.tile import Pulses

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

KINDS = ("stochastic", "deterministic")


@dataclass(frozen=True)
class Trains:
    """What all pulses of updates have in common.

    Attributes:
        voltage, width, scheme: see `Pulses`.
        longest: most slots of one update.
        kind: "stochastic", or "deterministic": each line pulses in a rounded number of slots, which has a dead zone.
    """

    voltage: float
    width: float
    scheme: str
    longest: int
    kind: str

    def outer(self, x: Array, d: Array, amount: float, generator: np.random.Generator) -> Pulses:
        """Pulses for the outer product of two vectors.

        Args:
            x: of the word lines, shape (rows,).
            d: of the bit lines, shape (cols,).
            amount: whole pulses for a product of 1: eta / (s D).
            generator: of the streams.
        """
        from pyspice_models.engine.nodal.tabulated.pulsed import largest, meeting, thrown

        x_top, d_top = largest(x), largest(d)
        wanted = amount * x_top * d_top
        if not wanted > 0:
            return self._none(len(x), len(d))
        slots = max(1, math.ceil(min(wanted, self.longest)))
        share = math.sqrt(amount / slots)
        balance = math.sqrt(d_top / x_top)
        if self.kind == "stochastic":
            word = thrown(generator.random((slots, len(x))), x, share * balance)
            bit = thrown(generator.random((slots, len(d))), d, share / balance)
        else:
            word = _early(np.minimum(share * balance * np.abs(x), 1.0), slots)
            bit = _even(np.minimum(share / balance * np.abs(d), 1.0), slots)
        return self._pulses(*meeting(word, bit, x, d))

    def line(self, row: int, rows: int, counts: NDArray[np.int_]) -> Pulses:
        """Pulses for the cells of one word line: so many for each bit line, their sign that of the number."""
        if not counts.any():
            return self._none(rows, len(counts))
        most = int(np.abs(counts).max())
        bits: list[Flags] = []
        signs: list[int] = []
        for sign in (1, -1):
            for number in range(most):
                bit = sign * counts > number
                if bit.any():
                    bits.append(bit)
                    signs.append(sign)
        word = np.zeros((len(bits), rows), dtype=bool)
        word[:, row] = True
        return self._pulses(word, np.array(bits), np.array(signs, dtype=np.int8))

    def _none(self, rows: int, cols: int) -> Pulses:
        return self._pulses(np.zeros((0, rows), bool), np.zeros((0, cols), bool), np.zeros(0, np.int8))

    def _pulses(self, word: Flags, bit: Flags, sign: NDArray[np.int8]) -> Pulses:
        return Pulses.sound(word, bit, sign, self.voltage, self.width, self.scheme)


def alternating(shape: tuple[int, int], pairs: int, trains: Trains) -> Pulses:
    """Pairs of one set and one reset pulse for all cells of an array at once."""
    slots = 2 * pairs
    sign = np.tile(np.array([1, -1], dtype=np.int8), pairs)
    word, bit = (np.ones((slots, lines), dtype=bool) for lines in shape)
    return Pulses(word, bit, sign, trains.voltage, trains.width, trains.scheme)


def _early(chance: Array, slots: int) -> Flags:
    """The first slots, as many as rounding gives."""
    return np.arange(slots)[:, None] < np.rint(chance * slots)


def _even(chance: Array, slots: int) -> Flags:
    """Slots spread evenly over the train, as many as rounding gives."""
    number = np.rint(chance * slots)
    place = np.arange(slots)[:, None]
    return np.asarray(np.floor((place + 1) * number / slots) > np.floor(place * number / slots))

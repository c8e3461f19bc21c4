"""A parallel update by trains of pulses that lines share, given pulse by pulse or drawn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from pyspice_models.array import Crossbar
from pyspice_models.array.places import uniform_at_places
from pyspice_models.declare.quantity import choice, quantity, whole_quantity
from pyspice_models.errors import RequestError
from pyspice_models.numeric import MAX_SEED, is_several
from pyspice_models.stimulus.phase import HALF_SELECT, Phase
from pyspice_models.stimulus.scheme import COINCIDENCE_SCHEMES, coincidence_bias
from pyspice_models.stimulus.steps.base import Step
from pyspice_models.stimulus.steps.fields import bits, odds, take, wholes
from pyspice_models.stimulus.steps.fits import check_size, pulse_width

MAX_SLOTS = 10_000

Pulses = NDArray[np.bool_]


@dataclass(frozen=True)
class RankOneStreams(Step):
    """Parallel update by streams of pulses: in each slot some lines pulse, and all cells of a line share its pulse.

    A cell gets a whole pulse where both of its lines pulse, and is half-selected where one does, as `coincidence_bias`
    says. Each side states its pulses, or odds of which they are drawn: those of a line are independent from slot to
    slot, and word and bit lines have streams of their own, so that two steps of the same seed draw alike.

    Attributes:
        word, bit: 0 or 1 for each line, a row for each slot.
        word_odds, bit_odds: instead of these, odds for each line that it pulses in a slot.
        sign: 1 sets and -1 resets, in all slots or in each.
    """

    kind: ClassVar[str] = "write"

    word: tuple[tuple[int, ...], ...] = ()
    bit: tuple[tuple[int, ...], ...] = ()
    word_odds: tuple[float, ...] = ()
    bit_odds: tuple[float, ...] = ()
    slots: int = whole_quantity(0, low=0, high=MAX_SLOTS, about="of the streams; 0: as many as are given")
    seed: int = whole_quantity(0, low=0, high=MAX_SEED, about="of streams that are drawn")
    sign: int | tuple[int, ...] = 1
    scheme: str = choice("V/2", *COINCIDENCE_SCHEMES, about="what cells see that get no whole pulse")
    voltage: float = quantity(
        0.3, "V", above=0, high=5, tag="measured", source="Table S1", about="across a cell where both pulses meet",
    )  # fmt: skip
    width: float = quantity(
        1e-6, "s", above=0, high=10, tag="measured", source="Table S1", about="pulse width at half height",
    )  # fmt: skip
    gap: float = quantity(0.0, "s", low=0, high=1e6, tag="assumed", source="none", about="rest after each slot")

    def __post_init__(self) -> None:
        """Check the plain fields too."""
        super().__post_init__()
        for side in ("word", "bit"):
            take(self, **{side: bits(side, getattr(self, side))})
            take(self, **{f"{side}_odds": odds(f"{side}_odds", getattr(self, f"{side}_odds"))})
        several = is_several(self.sign)
        signs = wholes("sign", self.sign if several else [self.sign], "1 or -1, for all slots or for each", -1, 1)
        if 0 in signs or not signs:
            raise RequestError.for_value("sign", self.sign, allowed="1 or -1, for all slots or for each")
        take(self, sign=signs if several else signs[0])

    def streams(self, shape: tuple[int, int], where: str = "the step") -> tuple[Pulses, Pulses, NDArray[np.int8]]:
        """Which word lines and bit lines pulse, shapes (slots, rows) and (slots, cols), and the sign of each slot.

        Raises:
            RequestError: a side with neither pulses nor odds, or both; rows or odds that are not one for each line;
                sides, signs or `slots` that differ in number of slots; slots without number; lines that never pulse.
        """
        given = {side: len(rows) for side in ("word", "bit") if (rows := getattr(self, side))}
        said = {**given, **({"slots": self.slots} if self.slots else {})}
        if not said:
            raise RequestError.for_value(f"{where}.slots", 0, allowed=f"a whole number from 1 to {MAX_SLOTS} with odds")
        if isinstance(self.sign, tuple):
            said["sign"] = len(self.sign)
        count = next(iter(said.values()))
        if other := next((name for name, slots in said.items() if slots != count), None):
            name = next(iter(said))
            raise RequestError.for_value(f"slots of {where}.{other}", said[other], allowed=f"{count}, as of {name}")
        word, bit = (self._pulsing(side, size, count, where) for side, size in zip(("word", "bit"), shape, strict=True))
        if not (word.any() or bit.any()):
            raise RequestError(
                f"{where} has no pulse in {count} slots: give a 1 somewhere, larger odds or another seed"
            )
        return word, bit, np.broadcast_to(np.array(self.sign, dtype=np.int8), count).copy()

    def _pulsing(self, side: str, size: int, slots: int, where: str) -> Pulses:
        rows, chances = getattr(self, side), getattr(self, f"{side}_odds")
        if bool(rows) == bool(chances):
            there = f"both {side} and" if rows else f"neither {side} nor"
            raise RequestError(
                f"{where} has {there} {side}_odds: give the pulses of the {side} lines, a row of 0 and 1 a slot, "
                "or the odds of each line"
            )
        check_size(f"{where}.{side}[0]" if rows else f"{where}.{side}_odds", rows[0] if rows else chances, size)
        if rows:
            return np.array(rows, dtype=bool)
        return np.asarray(uniform_at_places(self.seed, f"{side} pulses", (slots, size)) < np.array(chances))

    def counts(self, shape: tuple[int, int]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Whole pulses of every cell, and pulses that reach it on one of its lines alone, both of shape (rows, cols).

        Raises:
            RequestError: as `streams`.
        """
        word, bit, _ = self.streams(shape)
        w, b = word.astype(np.int64), bit.astype(np.int64)
        whole = w.T @ b
        return whole, w.sum(axis=0)[:, None] + b.sum(axis=0)[None, :] - 2 * whole

    def phases(self, crossbar: Crossbar, where: str) -> Iterator[Phase]:
        """One for each slot: a write, lines of one side alone, or a rest as long as a slot if no line pulses."""
        width = pulse_width(crossbar, self.width, f"{where}.width")
        words, bits_, signs = self.streams(crossbar.shape, where)
        for word, bit, sign in zip(words, bits_, signs.tolist(), strict=True):
            rows, cols = np.flatnonzero(word).tolist(), np.flatnonzero(bit).tolist()
            if not (rows or cols):
                yield Phase("wait", width + crossbar.driver.t_edge + self.gap)
                continue
            bias = coincidence_bias(self.scheme, crossbar.shape, rows, cols, sign * self.voltage)
            kind = self.kind if rows and cols else HALF_SELECT
            yield Phase(kind, width, bias, rows, cols, sign * self.voltage, f"streams-{self.scheme}", gap=self.gap)

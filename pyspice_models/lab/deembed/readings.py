"""What was measured at the terminals of an array, and how well: the currents that de-embedding begins with."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pyspice_models.engine.nodal.static.fields import LineValues
from pyspice_models.errors import RequestError

Array = NDArray[np.float64]
Numbers = NDArray[np.intp]

OWN = -1
"""In place of a sensed line: the current that the driven line takes from its source."""

WORD, BIT = 0, 1
SIDES = ("word", "bit")

MAX_LINES = 256

DEFAULT_RELATIVE = 1e-3
DEFAULT_RANGE = 1e-9
"""Of the largest current: what is taken for the floor where none is stated."""


@dataclass(frozen=True)
class Noise:
    """Standard deviation of a reading: sqrt((relative I)^2 + floor^2).

    Attributes:
        relative: share of the current.
        floor: [A].
        stated: whether a user said so; a relative noise that nobody stated is taken from the data where these tell.

    Raises:
        RequestError: a relative noise outside 1e-9 to 0.3, or a floor that is negative or not finite.
    """

    relative: float = DEFAULT_RELATIVE
    floor: float = 0.0
    stated: bool = False

    def __post_init__(self) -> None:
        """Check the ranges."""
        if not 1e-9 <= self.relative <= 0.3:
            raise RequestError.for_value("noise", self.relative, allowed="from 1e-9 to 0.3, a share of each reading")
        if not 0 <= self.floor < np.inf:
            raise RequestError.for_value("floor", self.floor, unit="A", allowed=">= 0")

    def sigma(self, current: Array) -> Array:
        """Of readings of these currents [A]."""
        return np.hypot(self.relative * current, self.floor)


@dataclass(frozen=True, eq=False)
class Readings:
    """Currents at the ends of lines, one line driven at a time; arrays of shape (reading,).

    Attributes:
        name: of the file, or what else they are.
        rows, cols: lines of the array.
        side: of the driven line, `WORD` or `BIT`.
        driven: its number.
        sensed: number of the sensed line, which is one of the other side, or `OWN`.
        voltage: of the driven line's source, all others at 0 V [V].
        current: out of a sensed line, into the driven one [A].
        floating: the undriven lines of the driven side are cut off; otherwise they are held at 0 V through their ends.
        ignored: how many readings of the file were not used.
    """

    name: str
    rows: int
    cols: int
    side: Numbers
    driven: Numbers
    sensed: Numbers
    voltage: Array
    current: Array
    floating: bool = False
    ignored: int = 0

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, cols)."""
        return self.rows, self.cols

    def only(self, which: NDArray[np.bool_]) -> Readings:
        """Some of them.

        Args:
            which: shape (reading,).
        """
        return replace(
            self, side=self.side[which], driven=self.driven[which], sensed=self.sensed[which],
            voltage=self.voltage[which], current=self.current[which],
        )  # fmt: skip

    def joined(self, *others: Readings) -> Readings:
        """With those of the same array that were taken at other times."""
        every = (self, *others)
        side, driven, sensed = (
            np.concatenate([getattr(r, name) for r in every]) for name in ("side", "driven", "sensed")
        )
        voltage, current = (np.concatenate([getattr(r, name) for r in every]) for name in ("voltage", "current"))
        return replace(self, side=side, driven=driven, sensed=sensed, voltage=voltage, current=current)

    def place(self, reading: int) -> str:
        """A reading in words."""
        side, driven, sensed = self.side[reading], self.driven[reading], self.sensed[reading]
        where = "its own current" if sensed == OWN else f"{SIDES[1 - side]} {sensed}"
        return f"{SIDES[side]} {driven} driven, {where}"


@dataclass(frozen=True, eq=False)
class Combined:
    """Readings of the same thing together, each as a conductance, I/V; NaN and infinite sigma: not measured.

    Between a word and a bit line it is the same thing which of them is driven: resistors are reciprocal. Where undriven
    lines float, a driven line's own current is the sum of the others and is left out.

    Attributes:
        through: between word and bit line, shape (rows, cols) [S].
        own_words, own_bits: of a driven line by itself, shapes (rows,) and (cols,) [S].
        through_sigma, own_words_sigma, own_bits_sigma: standard deviations [S].
        chi_square, freedom: of what was measured more than once, against its mean.
    """

    through: Array
    through_sigma: Array
    own_words: Array
    own_words_sigma: Array
    own_bits: Array
    own_bits_sigma: Array
    chi_square: float
    freedom: int

    @property
    def measured(self) -> NDArray[np.bool_]:
        """Where there is a reading between word and bit line, shape (rows, cols)."""
        return np.isfinite(self.through)


def combine(readings: Readings, noise: Noise) -> Combined:
    """Weighted means of what is the same, by the noise of each reading."""
    value = readings.current / readings.voltage
    weight = np.square(readings.voltage / noise.sigma(readings.current))
    own, by_word, held = readings.sensed == OWN, readings.side == WORD, not readings.floating
    row = np.where(by_word, readings.driven, readings.sensed)
    col = np.where(by_word, readings.sensed, readings.driven)
    parts: list[Array] = []
    chi_square, freedom = 0.0, 0
    for count, number, which in (
        (readings.rows * readings.cols, row * readings.cols + col, ~own),
        (readings.rows, readings.driven, own & by_word & held),
        (readings.cols, readings.driven, own & ~by_word),
    ):
        number, v, w = number[which], value[which], weight[which]
        total = np.bincount(number, w, count)
        with np.errstate(divide="ignore", invalid="ignore"):
            mean = np.bincount(number, w * v, count) / total
            parts += [np.where(total > 0, mean, np.nan), np.where(total > 0, 1 / np.sqrt(total), np.inf)]
        chi_square += float(np.sum(w * np.square(v - mean[number])))
        freedom += len(v) - int(np.count_nonzero(total))
    through, sigma, words, words_sigma, bits, bits_sigma = parts
    return Combined(
        through.reshape(readings.shape), sigma.reshape(readings.shape), words, words_sigma, bits, bits_sigma,
        chi_square, freedom,
    )  # fmt: skip


@dataclass(frozen=True)
class Lines:
    """What is known of an array's lines; resistances [ohm], None for a segment that is to be recovered.

    Raises:
        RequestError: a resistance out of its range.
    """

    word_end: float
    bit_end: float
    word_segment: float | None = None
    bit_segment: float | None = None

    def __post_init__(self) -> None:
        """Check the ranges."""
        for name in ("word_end", "bit_end"):
            if not MIN_END <= getattr(self, name) <= MAX_END:
                raise RequestError.for_value(
                    name, getattr(self, name), unit="ohm", allowed=f"{MIN_END:g} to {MAX_END:g}",
                    advice="It is all that lies between the instrument and the line's first segment: output or input "
                    "resistance, switches, leads, contact.",
                )  # fmt: skip
        for name in ("word_segment", "bit_segment"):
            value = getattr(self, name)
            if value is not None and not (value == 0 or MIN_SEGMENT <= value <= MAX_SEGMENT):
                raise RequestError.for_value(
                    name, value, unit="ohm", allowed=f"0, or {MIN_SEGMENT:g} to {MAX_SEGMENT:g}"
                )

    @property
    def unknown(self) -> tuple[str, ...]:
        """Names of the segments that are to be recovered."""
        return tuple(name for name in ("word_segment", "bit_segment") if getattr(self, name) is None)

    def at(self, **segments: float) -> LineValues:
        """With values for the segments that are unknown [ohm]."""
        known = {name: value for name in ("word_segment", "bit_segment") if (value := getattr(self, name)) is not None}
        return LineValues(word_end=self.word_end, bit_end=self.bit_end, **(known | segments))


MIN_END, MAX_END = 1e-3, 1e9
MIN_SEGMENT, MAX_SEGMENT = 1e-3, 1e6

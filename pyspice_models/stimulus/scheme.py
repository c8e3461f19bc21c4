"""Bias schemes: which voltage every line gets while cells are written or read, which lines float, which gates open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pyspice_models.errors import RequestError
from pyspice_models.numeric import as_wholes, real_array

READ_SCHEMES = ("grounded", "floating", "float-words", "float-bits")
_HALF_FLOATING = ("V/2-float-words", "V/2-float-bits")
WRITE_SCHEMES = ("V/2", "V/3", *READ_SCHEMES, *_HALF_FLOATING)
COINCIDENCE_SCHEMES = ("V/2", "V/3")

_SHARES = {"V/2": (1 / 2, 1 / 2), "V/3": (1 / 3, 2 / 3)} | dict.fromkeys(_HALF_FLOATING, (1 / 2, 1 / 2))
"""What unselected word lines and bit lines get of the voltage of a write; 0 in all other schemes."""


@dataclass(frozen=True)
class Bias:
    """Voltages of all lines during a pulse.

    Attributes:
        word, bit: source voltages, shapes (rows,) and (cols,) [V].
        word_driven, bit_driven: False where the driver is off and the line floats, same shapes.
        gates: True where the transistors of a bit line conduct, shape (cols,); without transistors it is not used.

    Raises:
        RequestError: a voltage that is not finite, or arrays of one side that differ in length.
    """

    word: NDArray[np.float64]
    bit: NDArray[np.float64]
    word_driven: NDArray[np.bool_]
    bit_driven: NDArray[np.bool_]
    gates: NDArray[np.bool_]

    def __post_init__(self) -> None:
        """Take plain numbers; refuse what no source can give."""
        for side in ("word", "bit"):
            object.__setattr__(self, side, real_array(getattr(self, side), "V", name=f"bias.{side}"))
        for name in ("word_driven", "bit_driven", "gates"):
            flags = getattr(self, name)
            if np.ma.is_masked(flags) or (np.size(flags) and np.asarray(flags).dtype != bool):
                raise RequestError.for_value(f"bias.{name}", flags, allowed="yes or no for each line")
            object.__setattr__(self, name, np.asarray(flags, dtype=bool))
        for side in ("word", "bit"):
            volts, driven = getattr(self, side), getattr(self, f"{side}_driven")
            if not np.isfinite(volts).all():
                first = int(np.flatnonzero(~np.isfinite(volts))[0])
                raise RequestError.for_value(
                    f"bias.{side}[{first}]", float(volts[first]), unit="V", allowed="a finite number"
                )
            if np.ndim(volts) != 1 or np.shape(volts) != np.shape(driven):
                raise RequestError.for_value(
                    f"shape of bias.{side}_driven", np.shape(driven), allowed=f"{np.shape(volts)}, as of bias.{side}"
                )

    def check(self, shape: tuple[int, int]) -> None:
        """Raise RequestError unless there is one voltage for each line of an array of this shape."""
        for side, lines in (("word", shape[0]), ("bit", shape[1])):
            if (given := len(getattr(self, side))) != lines:
                raise RequestError.for_value(
                    f"length of bias.{side}", given, allowed=f"{lines}, one voltage for each {side} line"
                )


def write_bias(
    scheme: str, shape: tuple[int, int], rows: Sequence[int], cols: Sequence[int], voltage: float
) -> Bias:  # fmt: skip
    """Bias that puts `voltage` across every cell where one of `rows` crosses one of `cols`.

    V/2: unselected lines at half the voltage; cells that share a line with a selected one see half, the others
    nothing. V/3: unselected word lines at a third, bit lines at two thirds; every other cell sees a third. grounded:
    unselected lines at 0; cells of a selected word line see all of it. floating: unselected lines are cut off.
    float-words, float-bits: only the unselected word lines, or only the bit lines, are cut off, the others are at 0.
    V/2-float-words, V/2-float-bits: the same with the others at half. In all of them the transistors of the selected
    bit lines conduct, and no others.
    """
    if scheme not in WRITE_SCHEMES:
        raise RequestError.for_value("scheme", scheme, allowed=f"one of {', '.join(WRITE_SCHEMES)} for a write")
    word_share, bit_share = _SHARES.get(scheme, (0, 0))
    word, bit = np.full(shape[0], word_share * voltage), np.full(shape[1], bit_share * voltage)
    word[list(rows)], bit[list(cols)] = voltage, 0.0
    return _bias(scheme, word, bit, rows, cols)


def read_bias(scheme: str, shape: tuple[int, int], row: int, cols: Sequence[int], voltage: float) -> Bias:
    """Bias that reads the cells where word line `row` crosses `cols`.

    The read bit lines are held at ground by their sense circuits. grounded: every other line is at ground too.
    floating: every other line is cut off. float-words, float-bits: only the other word lines, or the other bit lines,
    are. The transistors of the read bit lines conduct, and no others.
    """
    if scheme not in READ_SCHEMES:
        raise RequestError.for_value("scheme", scheme, allowed=f"one of {', '.join(READ_SCHEMES)} for a read")
    word = np.zeros(shape[0])
    word[row] = voltage
    return _bias(scheme, word, np.zeros(shape[1]), [row], cols)


def coincidence_bias(
    scheme: str, shape: tuple[int, int], rows: Sequence[int], cols: Sequence[int], voltage: float
) -> Bias:  # fmt: skip
    """Bias of pulses on lines that rest at 0: half of `voltage` on `rows`, minus half on `cols`; all where both meet.

    V/2: the other lines stay at 0; a cell on one pulsing line sees half, the others nothing. V/3: the other word lines
    get minus a sixth and the other bit lines a sixth; a cell on one pulsing line sees a third, the others minus one.
    That is `write_bias` less half of the voltage on every line. The transistors of the pulsing bit lines conduct.
    """
    if scheme not in COINCIDENCE_SCHEMES:
        raise RequestError.for_value("scheme", scheme, allowed=f"one of {', '.join(COINCIDENCE_SCHEMES)}")
    rest = voltage / 6 if scheme == "V/3" else 0.0
    word, bit = np.full(shape[0], -rest if rest else 0.0), np.full(shape[1], rest)
    word[list(rows)], bit[list(cols)] = voltage / 2, -voltage / 2
    return vector_bias(word, bit, gates=cols)


def vector_bias(
    word: ArrayLike, bit: ArrayLike, *,
    float_words: Sequence[int] = (), float_bits: Sequence[int] = (), gates: Sequence[int] | None = None,
) -> Bias:  # fmt: skip
    """Bias of given voltages on all lines [V].

    The lines named by `float_words` and `float_bits` are cut off. The transistors of the bit lines named by `gates`
    conduct, by default all.
    """
    word, bit = (real_array(volts, "V", name=name) for name, volts in (("word", word), ("bit", bit)))
    for name, volts in (("word", word), ("bit", bit)):
        if volts.ndim != 1:
            raise RequestError.for_value(name, volts, allowed="a voltage for each line")
    for name, lines, count in (
        ("float_words", float_words, len(word)), ("float_bits", float_bits, len(bit)), ("gates", gates, len(bit)),
    ):  # fmt: skip
        found = () if lines is None else as_wholes(lines)
        if found is None or not all(0 <= line < count for line in found):
            raise RequestError.for_value(name, lines, allowed=f"numbers of lines from 0 to {count - 1}")
    word_driven, bit_driven = np.ones(len(word), dtype=bool), np.ones(len(bit), dtype=bool)
    word_driven[list(float_words)] = False
    bit_driven[list(float_bits)] = False
    conducting = np.full(len(bit), gates is None)
    conducting[list(gates or ())] = True
    return Bias(word, bit, word_driven, bit_driven, conducting)


def _bias(
    scheme: str, word: NDArray[np.float64], bit: NDArray[np.float64], rows: Sequence[int], cols: Sequence[int]
) -> Bias:  # fmt: skip
    driven = {
        side: np.full(size, not (scheme == "floating" or scheme.endswith(f"float-{side}s")))
        for side, size in (("word", len(word)), ("bit", len(bit)))
    }
    driven["word"][list(rows)] = True
    driven["bit"][list(cols)] = True
    gates = np.zeros(len(bit), dtype=bool)
    gates[list(cols)] = True
    return Bias(word, bit, driven["word"], driven["bit"], gates)

"""Bias schemes: which voltage every line gets while one cell is written or read, and which lines float."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pyspice_models.errors import RequestError

WRITE_SCHEMES = ("V/2", "V/3")
READ_SCHEMES = ("grounded", "floating")


@dataclass(frozen=True)
class Bias:
    """Voltages of all lines during a pulse.

    Attributes:
        word, bit: source voltages, shapes (rows,) and (cols,) [V].
        word_driven, bit_driven: False where the driver is off and the line floats, same shapes.
    """

    word: NDArray[np.float64]
    bit: NDArray[np.float64]
    word_driven: NDArray[np.bool_]
    bit_driven: NDArray[np.bool_]


def write_bias(scheme: str, shape: tuple[int, int], row: int, col: int, voltage: float) -> Bias:
    """Bias that puts `voltage` across cell (row, col).

    V/2: unselected lines at half the voltage; cells of the selected row and column see half, the others nothing.
    V/3: unselected word lines at a third, bit lines at two thirds; every other cell sees a third.
    """
    if scheme not in WRITE_SCHEMES:
        raise RequestError.for_value("scheme", scheme, allowed=f"one of {', '.join(WRITE_SCHEMES)} for a write")
    word_share, bit_share = (1 / 2, 1 / 2) if scheme == "V/2" else (1 / 3, 2 / 3)
    word = np.full(shape[0], word_share * voltage)
    bit = np.full(shape[1], bit_share * voltage)
    word[row], bit[col] = voltage, 0.0
    return Bias(word, bit, np.ones(shape[0], dtype=bool), np.ones(shape[1], dtype=bool))


def read_bias(scheme: str, shape: tuple[int, int], row: int, col: int | None, voltage: float) -> Bias:
    """Bias that reads cell (row, col), or with `col` None all cells of the row at once.

    The read bit lines are held at ground by their sense resistors. grounded: every other line is at ground too.
    floating: every other line's driver is off.
    """
    if scheme not in READ_SCHEMES:
        raise RequestError.for_value("scheme", scheme, allowed=f"one of {', '.join(READ_SCHEMES)} for a read")
    word, bit = np.zeros(shape[0]), np.zeros(shape[1])
    word[row] = voltage
    word_driven, bit_driven = np.ones(shape[0], dtype=bool), np.ones(shape[1], dtype=bool)
    if scheme == "floating":
        word_driven[:] = False
        word_driven[row] = True
        if col is not None:
            bit_driven[:] = False
            bit_driven[col] = True
    return Bias(word, bit, word_driven, bit_driven)

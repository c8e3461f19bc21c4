"""Which output current is meant: the sense current of a bit line, or what a driver gives into its word line."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pyspice_models.errors import RequestError
from pyspice_models.numeric import whole

SIDES = ("word", "bit")

_TEXT = re.compile(r"(word|bit)[ :]?([0-9]{1,6})")


@dataclass(frozen=True)
class Output:
    """One current at the end of a line.

    Attributes:
        side: "bit": the current from a bit line into its sense circuit; "word": that from a driver into its word line.
            Both ends of a line together where it has two.
        line: number of the line, from 0.

    Raises:
        RequestError: another side, or a number that is not whole or below 0.
    """

    side: str
    line: int

    def __post_init__(self) -> None:
        """Check."""
        if self.side not in SIDES:
            raise RequestError.for_value("output.side", self.side, allowed=f"one of {', '.join(SIDES)}")
        object.__setattr__(self, "line", whole(self.line, 0, 10**6, name="output.line"))

    @classmethod
    def parse(cls, text: object, name: str = "output") -> Output:
        """From "bit 3" or "word 0"; an `Output` stays what it is.

        Raises:
            RequestError: anything else.
        """
        if isinstance(text, Output):
            return text
        found = _TEXT.fullmatch(text.strip()) if isinstance(text, str) else None
        if found is None:
            raise RequestError.for_value(name, text, allowed="a line and its number, such as 'bit 3' or 'word 0'")
        return cls(found[1], int(found[2]))

    def check(self, shape: tuple[int, int]) -> None:
        """Raise RequestError unless an array of this shape has the line."""
        count = shape[SIDES.index(self.side)]
        if self.line >= count:
            raise RequestError.for_value(
                "output", str(self), allowed=f"{self.side} 0 to {self.side} {count - 1} of {shape[0]} x {shape[1]}"
            )

    def weights(self, shape: tuple[int, int]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """1 for the line, 0 for all others, shapes (rows,) and (cols,)."""
        self.check(shape)
        found = np.zeros(shape[0]), np.zeros(shape[1])
        found[SIDES.index(self.side)][self.line] = 1.0
        return found

    def __str__(self) -> str:
        """As it is parsed."""
        return f"{self.side} {self.line}"

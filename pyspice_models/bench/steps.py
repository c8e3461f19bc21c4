"""The steps a program is made of: frozen descriptions, checked on their own; how they fit an array is checked later."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pyspice_models.errors import RequestError
from pyspice_models.params import ParameterSet, quantity

ALL = "all"
MAX_PULSES = 100_000

Which = int | tuple[int, ...] | str
"""One line, several, or "all"."""


def _freeze(step: object, *names: str) -> None:
    """Lists and NumPy arrays or numbers in these fields become tuples and plain numbers."""
    for name in names:
        object.__setattr__(step, name, _frozen(getattr(step, name)))


def _frozen(value: object) -> object:
    if isinstance(value, (np.ndarray, np.generic)):
        value = value.tolist()
    return tuple(_frozen(entry) for entry in value) if isinstance(value, (list, tuple)) else value


def _check_which(name: str, value: object) -> None:
    several = isinstance(value, tuple) and value and all(_is_whole(entry) for entry in value)
    if not (_is_whole(value) or several or value == ALL):
        raise RequestError.for_value(name, value, allowed="a whole number, a list of them, or 'all'")


def _check_text(name: str, value: object) -> None:
    if not isinstance(value, str):
        raise RequestError.for_value(name, value, allowed="a scheme's name")


def _check_pulses(value: object) -> None:
    if not _is_whole(value) or not 1 <= value <= MAX_PULSES:  # type: ignore[operator]  # a whole number by then
        raise RequestError.for_value("pulses", value, allowed=f"a whole number, 1 to {MAX_PULSES}")


def _check_vector(name: str, value: object, allowed: str, low: float, high: float, *, whole: bool = False) -> None:
    right = isinstance(value, tuple) and all(
        isinstance(v, int if whole else (int, float)) and not isinstance(v, bool) and low <= v <= high for v in value
    )
    if not right:
        raise RequestError.for_value(name, value, allowed=allowed)


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


@dataclass(frozen=True)
class Write(ParameterSet):
    """Pulses across one cell, or across all cells where the rows cross the columns; positive sets, negative resets.

    Attributes:
        row, col: a line, several, or "all"; with several of both, all their crossings are written at once.
        pulses: how many.
        scheme: see `write_bias`.
    """

    row: Which = 0
    col: Which = 0
    pulses: int = 1
    scheme: str = "V/2"
    voltage: float = quantity(
        0.3, "V", low=-5, high=5, tag="measured", source="Table S1", about="word line to bit line during the pulse",
    )  # fmt: skip
    width: float = quantity(
        1e-6, "s", above=0, high=10, tag="measured", source="Table S1", about="pulse width at half height",
    )  # fmt: skip
    gap: float = quantity(
        0.0, "s", low=0, high=1e6, tag="assumed", source="none: the read that follows shows the recovery",
        about="rest at 0 V after each pulse",
    )  # fmt: skip

    def __post_init__(self) -> None:
        """Check the plain fields too."""
        super().__post_init__()
        _freeze(self, "row", "col", "pulses")
        _check_which("row", self.row)
        _check_which("col", self.col)
        _check_pulses(self.pulses)
        _check_text("scheme", self.scheme)


@dataclass(frozen=True)
class WritePattern(ParameterSet):
    """Set the ones of a pattern and reset its zeros, row by row: two pulses for each row.

    Attributes:
        target: rows of 0 and 1 or of False and True, shape (rows, cols).
        pulses: how many for each phase.
        scheme: see `write_bias`.
    """

    target: tuple[tuple[int, ...], ...] = ()
    pulses: int = 1
    scheme: str = "V/3"
    voltage: float = quantity(
        0.3, "V", above=0, high=5, tag="measured", source="Table S1", about="of the set pulses; resets are negative",
    )  # fmt: skip
    width: float = quantity(
        1e-6, "s", above=0, high=10, tag="measured", source="Table S1", about="pulse width at half height",
    )  # fmt: skip
    gap: float = quantity(0.0, "s", low=0, high=1e6, tag="assumed", source="none", about="rest after each pulse")

    def __post_init__(self) -> None:
        """Check the plain fields too."""
        super().__post_init__()
        _freeze(self, "target", "pulses")
        rows = self.target if isinstance(self.target, tuple) else (self.target,)
        for number, row in enumerate(rows):
            same = isinstance(row, tuple) and len(row) == len(rows[0])
            if not (same and all(isinstance(entry, (int, float)) and entry in (0, 1) for entry in row)):
                raise RequestError.for_value(f"target[{number}]", row, allowed="a row of 0 and 1, all rows as long")
        object.__setattr__(self, "target", tuple(tuple(int(entry) for entry in row) for row in rows))
        _check_pulses(self.pulses)
        _check_text("scheme", self.scheme)


@dataclass(frozen=True)
class RankOne(ParameterSet):
    """Parallel update by coincidence: half the voltage on word lines, minus half on bit lines; both together switch.

    The cell at (r, c) is set where word[r] bit[c] = 1 and reset where it is -1, with a pulse for each pair of signs.

    Attributes:
        word, bit: -1, 0 or 1 for each line.
    """

    word: tuple[int, ...] = ()
    bit: tuple[int, ...] = ()
    voltage: float = quantity(
        0.3, "V", above=0, high=5, tag="measured", source="Table S1", about="across a cell where both pulses meet",
    )  # fmt: skip
    width: float = quantity(
        1e-6, "s", above=0, high=10, tag="measured", source="Table S1", about="pulse width at half height",
    )  # fmt: skip
    gap: float = quantity(0.0, "s", low=0, high=1e6, tag="assumed", source="none", about="rest after each pulse")

    def __post_init__(self) -> None:
        """Check the plain fields too."""
        super().__post_init__()
        _freeze(self, "word", "bit")
        for name in ("word", "bit"):
            _check_vector(name, getattr(self, name), "-1, 0 or 1 for each line", -1, 1, whole=True)


@dataclass(frozen=True)
class Read(ParameterSet):
    """Read one cell, or with `col` None a whole row at once.

    Attributes:
        row, col: what to read.
        scheme: see `read_bias`.
    """

    row: int = 0
    col: int | None = None
    scheme: str = "grounded"
    voltage: float = quantity(
        5e-3, "V", low=-1, high=1, tag="measured", source="S14a", about="read voltage on the word line",
    )  # fmt: skip
    duration: float = quantity(
        10e-6, "s", above=0, high=1e5, tag="assumed", source="twice the 5 us of the recovery (Note S1)",
        about="length of the read at half height",
    )  # fmt: skip

    def __post_init__(self) -> None:
        """Check the plain fields too."""
        super().__post_init__()
        _freeze(self, "row", "col")
        for name in ("row", "col"):
            value = getattr(self, name)
            if not (_is_whole(value) or (name == "col" and value is None)):
                raise RequestError.for_value(name, value, allowed="a whole number")
        _check_text("scheme", self.scheme)


@dataclass(frozen=True)
class ReadAll(ParameterSet):
    """Read every row, one after the other.

    Attributes:
        scheme: see `read_bias`.
    """

    scheme: str = "grounded"
    voltage: float = quantity(5e-3, "V", low=-1, high=1, tag="measured", source="S14a", about="read voltage")
    duration: float = quantity(
        10e-6, "s", above=0, high=1e5, tag="assumed", source="as Read", about="length of the read of one row",
    )  # fmt: skip

    def __post_init__(self) -> None:
        """Check the plain fields too."""
        super().__post_init__()
        _check_text("scheme", self.scheme)


@dataclass(frozen=True)
class Vmm(ParameterSet):
    """Vector-matrix multiplication: all word lines driven by an input vector, all bit lines sensed at ground.

    Attributes:
        inputs: -1 to 1 for each word line; empty for all 1.
    """

    inputs: tuple[float, ...] = ()
    voltage: float = quantity(
        5e-3, "V", above=0, high=1, tag="assumed", source="the read voltage of S14a", about="of an input of 1",
    )  # fmt: skip
    duration: float = quantity(
        10e-6, "s", above=0, high=1e5, tag="assumed", source="as Read", about="length of the pulses at half height",
    )  # fmt: skip

    def __post_init__(self) -> None:
        """Check the plain fields too."""
        super().__post_init__()
        _freeze(self, "inputs")
        _check_vector("inputs", self.inputs, "numbers from -1 to 1", -1, 1)


@dataclass(frozen=True)
class Apply(ParameterSet):
    """A pulse with voltages of one's own on every line.

    Attributes:
        word, bit: voltage of each line [V], -5 to 5.
        float_words, float_bits: lines that are cut off instead.
        gates: bit lines whose transistors conduct: a line, several, or "all"; only for 1T1R.
    """

    word: tuple[float, ...] = ()
    bit: tuple[float, ...] = ()
    float_words: tuple[int, ...] = ()
    float_bits: tuple[int, ...] = ()
    gates: Which = ALL
    width: float = quantity(
        1e-6, "s", above=0, high=10, tag="assumed", source="choice of the user", about="pulse width at half height",
    )  # fmt: skip
    gap: float = quantity(0.0, "s", low=0, high=1e6, tag="assumed", source="none", about="rest after the pulse")

    def __post_init__(self) -> None:
        """Check the plain fields too."""
        super().__post_init__()
        _freeze(self, "word", "bit", "float_words", "float_bits", "gates")
        _check_which("gates", self.gates)
        for name in ("word", "bit"):
            _check_vector(name, getattr(self, name), "voltages from -5 to 5 V, one for each line", -5, 5)
        for name in ("float_words", "float_bits"):
            _check_vector(name, getattr(self, name), "numbers of lines", 0, 1e9, whole=True)


@dataclass(frozen=True)
class Wait(ParameterSet):
    """All lines at 0 V."""

    duration: float = quantity(
        1e-6, "s", above=0, high=1e6, tag="assumed", source="choice of the user", about="how long",
    )  # fmt: skip


Step = Write | WritePattern | RankOne | Read | ReadAll | Vmm | Apply | Wait

"""The steps a program is made of: frozen descriptions, checked on their own; how they fit an array is checked later."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pyspice_models.declare.quantity import ParameterSet, quantity, whole_quantity
from pyspice_models.errors import RequestError
from pyspice_models.numeric import as_whole, as_wholes, is_several, real_array
from pyspice_models.units import apart

ALL = "all"
MAX_PULSES = 100_000

Which = int | tuple[int, ...] | str
"""One line, several, or "all"."""


def _take(step: object, **plain: object) -> None:
    """Put checked values, plain numbers and tuples of them, into a step."""
    for name, value in plain.items():
        object.__setattr__(step, name, value)


def _which(name: str, value: object) -> Which:
    if isinstance(value, str) and value == ALL:
        return ALL
    found = as_wholes(value) if is_several(value) or isinstance(value, range) else as_whole(value)
    if found is None or found == ():
        raise RequestError.for_value(name, value, allowed="a whole number, a list of them, or 'all'")
    return found


def _line(name: str, value: object) -> int:
    found = as_whole(value)
    if found is None:
        raise RequestError.for_value(name, value, allowed="a whole number")
    return found


def _wholes(name: str, value: object, allowed: str, low: int, high: int) -> tuple[int, ...]:
    found = as_wholes(value)
    if found is None or not all(low <= entry <= high for entry in found):
        raise RequestError.for_value(name, value, allowed=allowed)
    return found


def _numbers(name: str, value: object, unit: str, top: float, what: str) -> tuple[float, ...]:
    """Numbers in a row, from -top to top."""
    found = real_array(value, unit, name=name)
    good = np.abs(found) <= top
    if found.ndim != 1 or not good.all():
        where, shown = (name, value) if found.ndim != 1 else (f"{name}[{int(good.argmin())}]", found[good.argmin()])
        raise RequestError.for_value(where, shown, unit=unit, allowed=f"{what} from {-top:g} to {top:g}")
    return tuple(found.tolist())


def _scheme(value: object) -> str:
    if not isinstance(value, str):
        raise RequestError.for_value("scheme", value, allowed="a scheme's name")
    return str(value)


def _target(value: object) -> tuple[tuple[int, ...], ...]:
    """Rows of 0 and 1, or of no and yes, which are numbers nowhere else."""
    bare, _ = apart(value)
    if isinstance(bare, (list, tuple)):
        bare = [[int(e) if isinstance(e, (bool, np.bool_)) else e for e in r] if _is_list(r) else r for r in bare]
    elif not isinstance(bare, np.ma.MaskedArray) and np.asarray(bare).dtype == bool:
        bare = np.asarray(bare).astype(float)
    found = real_array(bare, name="target")
    if found.size == 0:
        return ()
    if found.ndim != 2:
        raise RequestError.for_value("target", value, allowed="rows of 0 and 1, all as long")
    if len(wrong := np.argwhere(~np.isin(found, (0, 1)))):
        row, col = map(int, wrong[0])
        raise RequestError.for_value(f"target[{row}, {col}]", float(found[row, col]), allowed="0 or 1")
    return tuple(tuple(int(entry) for entry in row) for row in found.tolist())


def _is_list(value: object) -> bool:
    return isinstance(value, (list, tuple))


@dataclass(frozen=True)
class Write(ParameterSet):
    """Pulses across one cell, or across all cells where the rows cross the columns; positive sets, negative resets.

    Attributes:
        row, col: a line, several, or "all"; with several of both, all their crossings are written at once.
        scheme: see `write_bias`.
    """

    row: Which = 0
    col: Which = 0
    pulses: int = whole_quantity(1, low=1, high=MAX_PULSES, about="how many, one after the other")
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
    g_target: float = quantity(
        0.0, "S", low=0, high=10, tag="assumed", source="choice of the user",
        about="conductance that the written cells are meant to have afterwards; 0: none is stated",
    )  # fmt: skip

    def __post_init__(self) -> None:
        """Check the plain fields too."""
        super().__post_init__()
        _take(self, row=_which("row", self.row), col=_which("col", self.col), scheme=_scheme(self.scheme))


@dataclass(frozen=True)
class WritePattern(ParameterSet):
    """Set the ones of a pattern and reset its zeros, row by row: two pulses for each row.

    Attributes:
        target: rows of 0 and 1 or of False and True, shape (rows, cols).
        scheme: see `write_bias`.
    """

    target: tuple[tuple[int, ...], ...] = ()
    pulses: int = whole_quantity(1, low=1, high=MAX_PULSES, about="how many for each phase")
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
        _take(self, target=_target(self.target), scheme=_scheme(self.scheme))


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
        allowed = "-1, 0 or 1 for each line"
        _take(self, word=_wholes("word", self.word, allowed, -1, 1), bit=_wholes("bit", self.bit, allowed, -1, 1))


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
        _take(self, row=_line("row", self.row), scheme=_scheme(self.scheme))
        _take(self, col=None if self.col is None else _line("col", self.col))


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
        _take(self, scheme=_scheme(self.scheme))


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
        _take(self, inputs=_numbers("inputs", self.inputs, "", 1, "numbers"))


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
        for name in ("word", "bit"):
            volts = _numbers(name, getattr(self, name), "V", 5, "voltages")
            _take(self, **{name: volts})
        for name in ("float_words", "float_bits"):
            _take(self, **{name: _wholes(name, getattr(self, name), "numbers of lines", 0, 10**9)})
        _take(self, gates=_which("gates", self.gates))


@dataclass(frozen=True)
class Wait(ParameterSet):
    """All lines at 0 V."""

    duration: float = quantity(
        1e-6, "s", above=0, high=1e6, tag="assumed", source="choice of the user", about="how long",
    )  # fmt: skip


Step = Write | WritePattern | RankOne | Read | ReadAll | Vmm | Apply | Wait

"""What training sees of a crossbar: products are read from it, pulses are written into it, and energy is spent.

A tile knows nothing of weights or networks. `TableTile` is one by maps of the cell's response, `CircuitTile` one by
transients and operating points of the solver.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pyspice_models.errors import RequestError
from pyspice_models.numeric import real_array
from pyspice_models.units import number

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

SCHEMES = ("V/2", "V/3")
MAX_VOLTAGE, MAX_WIDTH = 5.0, 10.0


@dataclass(frozen=True)
class Pulses:
    """Slots of time, one after another; the lines that pulse in a slot are shared by all their cells.

    Where a pulsing word line crosses a pulsing bit line the cell gets the whole pulse. "V/2": half of it stands on
    each line, so that cells of one pulsing line see a half, the others nothing. "V/3": lines at rest stand at a third
    and two thirds; cells of one pulsing line see a third, and all others a third with the opposite sign.

    Attributes:
        word: which word lines pulse, shape (slots, rows).
        bit: which bit lines pulse, shape (slots, cols).
        sign: 1 sets and -1 resets where both meet, shape (slots,).
        voltage: across a cell where both pulses meet, its size [V].
        width: of a pulse at half height [s].
        scheme: "V/2" or "V/3".

    Raises:
        RequestError: flags that are no yes or no or of another shape, a sign that is none, a value out of range.
    """

    word: Flags
    bit: Flags
    sign: NDArray[np.int8]
    voltage: float = 0.3
    width: float = 1e-6
    scheme: str = "V/2"

    def __post_init__(self) -> None:
        """Check."""
        for name in ("word", "bit"):
            flags = np.asarray(getattr(self, name))
            if np.ma.is_masked(getattr(self, name)) or flags.dtype != bool or flags.ndim != 2:
                raise RequestError.for_value(f"pulses.{name}", flags, allowed="yes or no for each slot and line")
            object.__setattr__(self, name, flags)
        sign = np.asarray(self.sign)
        if sign.ndim != 1 or sign.dtype.kind not in "iu" or not (np.abs(sign) == 1).all():
            raise RequestError.for_value("pulses.sign", self.sign, allowed="1 or -1 for each slot")
        object.__setattr__(self, "sign", sign.astype(np.int8))
        if not len(self.word) == len(self.bit) == len(sign):
            slots = (len(self.word), len(self.bit), len(sign))
            raise RequestError.for_value("slots of pulses.word, .bit and .sign", slots, allowed="as many of each")
        for name, unit, top in (("voltage", "V", MAX_VOLTAGE), ("width", "s", MAX_WIDTH)):
            allowed = f"> 0, up to {top:g}"
            found = number(getattr(self, name), unit, name=f"pulses.{name}", allowed=allowed)
            if not 0 < found <= top:
                raise RequestError.for_value(f"pulses.{name}", found, unit=unit, allowed=allowed)
            object.__setattr__(self, name, found)
        if self.scheme not in SCHEMES:
            raise RequestError.for_value("pulses.scheme", self.scheme, allowed=f"one of {', '.join(SCHEMES)}")

    @classmethod
    def sound(
        cls, word: Flags, bit: Flags, sign: NDArray[np.int8], voltage: float, width: float, scheme: str
    ) -> Pulses:  # fmt: skip
        """Of a maker that keeps to all of the above: not checked once more, which takes longer than a small update."""
        found = object.__new__(cls)
        found.__dict__.update(word=word, bit=bit, sign=sign, voltage=voltage, width=width, scheme=scheme)
        return found

    @property
    def slots(self) -> int:
        """How many."""
        return len(self.sign)

    @property
    def lines(self) -> tuple[Array, Array]:
        """Voltages of the sources of all word lines and of all bit lines, shapes (slots, rows), (slots, cols) [V].

        Slots in which no line pulses are at rest.
        """
        from pyspice_models.engine.nodal.tabulated.pulsed import sources

        word, bit = sources(self.word, self.bit, self.sign, self.voltage, self.scheme == "V/3")
        return word, bit

    def check(self, shape: tuple[int, int]) -> None:
        """Raise RequestError unless there is a yes or no for each line of an array of this shape."""
        for name, lines in (("word", shape[0]), ("bit", shape[1])):
            if (given := getattr(self, name).shape[1]) != lines:
                raise RequestError.for_value(f"lines of pulses.{name}", given, allowed=f"{lines}, one for each line")


class Product(NamedTuple):
    """What products came to.

    Attributes:
        currents: into the sense circuits, shape (vectors, cols) forward and (vectors, rows) backward [A].
        energy: spent in cells, lines, drivers and sense circuits by all vectors together [J].
        time: of all vectors, one after another [s].
    """

    currents: Array
    energy: float
    time: float


class Spent(NamedTuple):
    """What pulses cost.

    Attributes:
        cells: lost in cells in slots in which they got a whole pulse [J].
        half_selected: lost in all others [J].
        lines: lost in the lines [J].
        drivers: lost in drivers and sense circuits [J].
        time: of the slots, and of the rest after them [s].
        pulses: whole pulses that each cell got, shape (rows, cols).
    """

    cells: float
    half_selected: float
    lines: float
    drivers: float
    time: float
    pulses: NDArray[np.int_]

    @property
    def energy(self) -> float:
        """Of everything [J]."""
        return self.cells + self.half_selected + self.lines + self.drivers


class Crossed(NamedTuple):
    """A cell whose state went beyond a bound that was given: a filament that bridges, for one.

    Attributes:
        row, col: the cell.
        state: name of the state.
        value: of the state when it was noticed, at the end of an update.
        pulses: whole pulses that the cell had had by then.
    """

    row: int
    col: int
    state: str
    value: float
    pulses: int

    def __str__(self) -> str:
        """In words."""
        return f"cell ({self.row}, {self.col}): {self.state} = {self.value:.3g} after {self.pulses} pulses"


class Tile(Protocol):
    """A crossbar that products are read from and pulses are written into."""

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, cols)."""
        ...

    @property
    def states(self) -> dict[str, Array]:
        """Of all cells by name, each of shape (rows, cols), 0 to 1; copies."""
        ...

    @property
    def pulses(self) -> NDArray[np.int_]:
        """Whole pulses that every cell has had, shape (rows, cols)."""
        ...

    @property
    def crossed(self) -> Sequence[Crossed]:
        """Cells whose state went beyond a bound, in the order in which it was noticed, each once for a state."""
        ...

    def forward(self, voltages: ArrayLike) -> Product:
        """Products of vectors on the word lines, shape (vectors, rows) [V], sensed at the bit lines."""
        ...

    def backward(self, voltages: ArrayLike) -> Product:
        """Products of vectors on the bit lines, shape (vectors, cols) [V], sensed at the word lines.

        Every line keeps its end, as in the step `vmm` with `transposed`: what holds a bit line at 0 V forward holds it
        at its voltage, and the currents that the word lines' drivers take at 0 V are told. The matrix is that of
        `forward`, transposed.
        """
        ...

    def update(self, pulses: Pulses) -> Spent:
        """Give these pulses."""
        ...

    def scatter(self, state: str, shares: Array) -> None:
        """Let what the last update did to a state be more by a share of it, as far as the state goes.

        Args:
            state: name.
            shares: of the cells that got whole pulses in it, row by row, shape (cells,).
        """
        ...

    def program(self, states: Mapping[str, ArrayLike]) -> None:
        """Put cells into states, by name, numbers or of shape (rows, cols); states that are not named stay."""
        ...


def checked_states(states: Mapping[str, ArrayLike], known: Mapping[str, Array]) -> dict[str, Array]:
    """All states of an array with some of them replaced.

    Raises:
        RequestError: an unknown state, a wrong shape, or a value outside 0 to 1.
    """
    found = {name: np.array(values, dtype=float) for name, values in known.items()}
    for name, given in states.items():
        if name not in found:
            raise RequestError.for_value("state", name, allowed=f"one of {', '.join(found)}")
        values, shape = real_array(given, name=f"states.{name}"), found[name].shape
        if values.ndim and values.shape != shape:
            raise RequestError.for_value(f"states.{name}.shape", values.shape, allowed=f"{shape} or a single number")
        if not ((values >= 0) & (values <= 1)).all():  # NaN is refused too
            raise RequestError.for_value(f"states.{name}", given, allowed="0 to 1")
        found[name] = np.broadcast_to(values, shape).astype(float).copy()
    return found


def checked_vectors(voltages: ArrayLike, lines: int, name: str) -> Array:
    """Vectors of voltages, shape (vectors, lines) [V]; one vector may be given plainly.

    Raises:
        RequestError: another shape, or a number that is not finite.
    """
    from pyspice_models.engine.nodal.tabulated.pulsed import largest

    found: Any = np.atleast_2d(voltages if type(voltages) is np.ndarray and voltages.dtype == float else real_array(
        voltages, "V", name=name
    ))  # fmt: skip
    if found.ndim != 2 or found.shape[1] != lines or not math.isfinite(largest(found.ravel())):
        raise RequestError.for_value(f"{name}' shape", found.shape, allowed=f"(vectors, {lines}), finite numbers")
    return np.asarray(found)


class Bounds:
    """Bounds of states that a caller gave, and the cells that went beyond them.

    Attributes:
        found: in the order in which it was noticed.
    """

    def __init__(self, limits: Mapping[str, float], known: Mapping[str, Array]) -> None:
        """Raise RequestError for an unknown state or a bound outside 0 to 1."""
        for name, limit in limits.items():
            if name not in known:
                raise RequestError.for_value("bounds' state", name, allowed=f"one of {', '.join(known)}")
            if not 0 < number(limit, "", name=f"bounds.{name}", allowed="0 to 1") <= 1:
                raise RequestError.for_value(f"bounds.{name}", limit, allowed="> 0, up to 1")
        self.limits = {name: float(limit) for name, limit in limits.items()}
        self.found: list[Crossed] = []
        self._known = {name: np.zeros(np.shape(known[name]), dtype=bool) for name in self.limits}

    def look(self, states: Mapping[str, Array], pulses: NDArray[np.int_]) -> None:
        """Note cells that are newly beyond a bound."""
        for name, limit in self.limits.items():
            new = (states[name] > limit) & ~self._known[name]
            if new.any():
                self._known[name] |= new
                for row, col in np.argwhere(new):
                    value, had = float(states[name][row, col]), int(pulses[row, col])
                    self.found.append(Crossed(int(row), int(col), name, value, had))

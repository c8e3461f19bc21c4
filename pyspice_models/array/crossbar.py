"""The description of a crossbar: sizes, parameters, initial states. It knows nothing of stimuli or simulators."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pyspice_models.array import derived, geometry, nodes
from pyspice_models.array.driver import DriverParams
from pyspice_models.array.faults import Faults
from pyspice_models.array.patterns import MAX_LINES
from pyspice_models.array.wire import WireParams
from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.cells.model import CellEquations, CellModel
from pyspice_models.cells.registry import model_of
from pyspice_models.cells.selectors.kinds import Selector, Transistor
from pyspice_models.declare.quantity import ParameterSet, refuse_unknown
from pyspice_models.errors import RequestError
from pyspice_models.numeric import real_array, whole
from pyspice_models.units import number

TEMPERATURE_RANGE = (200.0, 500.0)

Array = NDArray[np.float64]

_PARTS: dict[str, Any] = {
    "cell": ParameterSet, "wire": WireParams, "driver": DriverParams, "selector": Selector | None, "faults": Faults,
    "per_cell": Mapping,
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Crossbar:
    """A crossbar of `rows` word lines and `cols` bit lines with one cell at every crossing.

    Attributes:
        rows, cols: number of word lines and bit lines, 1 to 4096.
        cell: parameters common to all cells.
        per_cell: parameters that differ from cell to cell, by name: a number, or an array of shape (rows, cols).
            The initial states are `w0` and `x0`.
        wire, driver: lines, and what stands at their ends.
        selector: in series with every cell: None (1R), a transistor (1T1R) or a threshold selector (1S1R).
        faults: what is broken.
        temperature: of the whole array [K].

    Raises:
        RequestError: a size that is not a whole number in range, a parameter that may not differ per cell, an array
            of the wrong shape, or a value out of its range.
    """

    rows: int
    cols: int
    cell: ParameterSet = field(default_factory=CellParams)
    per_cell: Mapping[str, ArrayLike] = field(default_factory=dict)
    wire: WireParams = field(default_factory=WireParams)
    driver: DriverParams = field(default_factory=DriverParams)
    selector: Selector | None = None
    faults: Faults = field(default_factory=Faults)
    temperature: float = 300.0

    def __post_init__(self) -> None:
        """Check, and freeze the arrays."""
        for name in ("rows", "cols"):
            object.__setattr__(self, name, whole(getattr(self, name), 1, MAX_LINES, name=f"array.{name}"))
        for name, kind in _PARTS.items():
            if not isinstance(getattr(self, name), kind):
                raise RequestError.for_value(f"array.{name}", getattr(self, name), allowed=f"parameters of a {name}")
        low, high = TEMPERATURE_RANGE
        kelvin = number(self.temperature, "K", name="temperature", allowed=f"{low:g} to {high:g}")
        if not low <= kelvin <= high:
            raise RequestError.for_value("temperature", kelvin, unit="K", allowed=f"{low:g} to {high:g}")
        object.__setattr__(self, "temperature", kelvin)
        object.__setattr__(self, "per_cell", MappingProxyType(self._checked(self.per_cell)))
        derived.check_lines(self.wire, kelvin)
        derived.check_ends(self.driver, self.faults)
        derived.check_selector(self.selector, self.wire, self.model)
        if (check := self.model.check) is not None:
            own: dict[str, Any] = {k: values for k, values in self.per_cell.items() if k not in self.model.initial}
            check(replace(self.cell, **own), kelvin)
        self.faults.check(self.shape)
        for side, places, resistance in (
            ("words", self.faults.open_words, self.r_word), ("bits", self.faults.open_bits, self.r_bit),
        ):  # fmt: skip
            if places and resistance == 0:
                raise RequestError(f"faults.open_{side} contradicts lines without resistance, which have no segments")

    def __eq__(self, other: object) -> bool:
        """Whether both are of the same content; parameters per cell count by name with every number."""
        if not isinstance(other, Crossbar):
            return NotImplemented
        mine, its = self.per_cell, other.per_cell
        return (
            self._common() == other._common()
            and mine.keys() == its.keys()
            and all(np.array_equal(mine[name], its[name]) for name in mine)
        )

    def __hash__(self) -> int:
        """The same for equal crossbars."""
        return hash((self._common(), frozenset(self.per_cell)))

    def _common(self) -> tuple[Any, ...]:
        return tuple(getattr(self, f.name) for f in fields(self) if f.name != "per_cell")

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickled as its arguments: a worker process builds and checks it anew."""
        values = {f.name: getattr(self, f.name) for f in fields(self)} | {"per_cell": dict(self.per_cell)}
        return type(self), tuple(values.values())

    def _checked(self, given: Mapping[str, ArrayLike]) -> dict[str, Array]:
        quantities = self.cell.quantities()
        may_differ = {name for name, q in quantities.items() if q.per_cell}
        arrays = {}
        for name, values in given.items():
            refuse_unknown(name, may_differ, "per_cell")
            array = real_array(values, quantities[name].unit, name=f"per_cell.{name}")
            if array.ndim and array.shape != self.shape:
                raise RequestError.for_value(
                    f"per_cell.{name}.shape", array.shape, allowed=f"{self.shape}, rows x columns, or a single number"
                )
            quantities[name].check(f"per_cell.{name}", array)
            array = np.broadcast_to(array, self.shape).copy()
            array.flags.writeable = False
            arrays[name] = array
        return arrays

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, cols)."""
        return self.rows, self.cols

    @property
    def kind(self) -> str:
        """ "1R", "1T1R" or "1S1R"."""
        if self.selector is None:
            return "1R"
        return "1T1R" if isinstance(self.selector, Transistor) else "1S1R"

    @property
    def model(self) -> CellModel:
        """What kind of cell it is made of."""
        return model_of(self.cell)

    @property
    def initial_states(self) -> tuple[Array, ...]:
        """In the order of the model's states, each of shape (rows, cols)."""
        return tuple(self.values(name) for name in self.model.initial)

    def values(self, name: str) -> Array:
        """A cell parameter for every cell, shape (rows, cols)."""
        return np.asarray(self.per_cell.get(name, np.full(self.shape, getattr(self.cell, name))), dtype=float)

    @property
    def equations(self) -> CellEquations:
        """Those of all cells at once, as if none were broken; a parameter that differs is an array (rows, cols).

        Raises:
            RequestError: a cell without equations in Python.
        """
        own: dict[str, Any] = {name: np.asarray(values) for name, values in self.per_cell.items()}
        return self.model.solved(replace(self.cell, **own), self.temperature, asked="what was asked")

    @property
    def c_plates(self) -> Array:
        """Capacitance of each cell's two electrodes, shape (rows, cols) [F]; 0 where no equations tell it."""
        own = 0.0 if self.model.equations is None else self.equations.c_geo
        return np.broadcast_to(np.asarray(own, dtype=float), self.shape).copy()

    @property
    def broken(self) -> Array:
        """Conductance of every broken cell, NaN at the sound ones, shape (rows, cols) [S]."""
        return self.faults.conductances(self.shape)

    def conductance(self, v: ArrayLike, *states: ArrayLike) -> Array:
        """I/V of all cells at a voltage [V], broken ones as the resistors they are; shape (..., rows, cols) [S].

        Raises:
            RequestError: a cell without equations in Python.
        """
        found, broken = np.asarray(self.equations.conductance(v, *states)), self.broken
        return np.where(np.isnan(broken), found, broken)

    def current(self, v: ArrayLike, *states: ArrayLike) -> Array:
        """Conduction currents of all cells likewise [A]."""
        return self.current_at(*states)(v)

    def current_at(self, *states: ArrayLike) -> Callable[[ArrayLike], Array]:
        """`current` at fixed states, as a function of the voltage [V]: for those who ask many times."""
        current, broken = self.equations.current, self.broken
        sound = np.isnan(broken)
        return lambda v: np.where(sound, np.asarray(current(v, *states)), broken * np.asarray(v))

    def r_word_before(self, row: nodes.Index, col: nodes.Index) -> float:
        """Resistance of the word line's segment before a crossing, open or not [ohm]."""
        return 1 / self.faults.g_open if (row, col) in self.faults.open_words else self.r_word

    def r_bit_after(self, row: nodes.Index, col: nodes.Index) -> float:
        """Resistance of the bit line's segment after a crossing, open or not [ohm]."""
        return 1 / self.faults.g_open if (row, col) in self.faults.open_bits else self.r_bit

    def cell_at(self, row: int, col: int) -> ParameterSet:
        """The complete parameters of one cell."""
        self.check_index(row, col)
        return self.cell.replace(**{name: float(np.asarray(array)[row, col]) for name, array in self.per_cell.items()})

    def replace(self, **changes: Any) -> Crossbar:
        """A copy with some attributes changed."""
        return replace(self, **changes)

    def with_states(self, **states: ArrayLike) -> Crossbar:
        """A copy whose initial states are these, by name of the state: numbers or arrays of shape (rows, cols).

        Raises:
            RequestError: a state that the cell does not have.
        """
        initial = {state.name: state.initial for state in self.model.states}
        for name in states:
            refuse_unknown(name, set(initial), "state")
        return replace(self, per_cell={**self.per_cell, **{initial[name]: given for name, given in states.items()}})

    def at_level(self, level: ArrayLike) -> Crossbar:
        """A copy whose cells hold these levels from 0 to 1 at the start, a number or an array of shape (rows, cols)."""
        names = (state.name for state in self.model.states)
        return self.with_states(**dict(zip(names, self.model.at_level(level), strict=True)))

    def check_index(self, row: int, col: int) -> None:
        """Raise RequestError unless (row, col) is a cell of the array; counting starts at 0."""
        for name, index, size in (("row", row, self.rows), ("col", col, self.cols)):
            whole(index, 0, size - 1, name=name)

    # ---- electrical values, asked for at every step of a transient; the size effect in thin lines takes its time

    @cached_property
    def r_word(self) -> float:
        """Resistance of a word-line segment [ohm]."""
        return geometry.word_segment_resistance(self.wire, self.temperature)

    @cached_property
    def r_bit(self) -> float:
        """Resistance of a bit-line segment [ohm]."""
        return geometry.bit_segment_resistance(self.wire, self.temperature)

    @cached_property
    def c_word(self) -> float:
        """Capacitance of a word-line segment to the substrate [F]."""
        return geometry.word_segment_capacitance(self.wire)

    @cached_property
    def c_bit(self) -> float:
        """Capacitance of a bit-line segment to the substrate [F]."""
        return geometry.bit_segment_capacitance(self.wire)

    @cached_property
    def c_word_coupling(self) -> float:
        """Capacitance between segments of neighbouring word lines [F]."""
        return geometry.word_coupling(self.wire)

    @cached_property
    def c_bit_coupling(self) -> float:
        """Capacitance between segments of neighbouring bit lines [F]."""
        return geometry.bit_coupling(self.wire)

    # ---- nodes: a line without resistance is one node, its terminal

    def word_node(self, row: nodes.Index, col: nodes.Index) -> str:
        """Node of word line `row` at column `col`."""
        return nodes.word_node(row, col) if self.r_word > 0 else nodes.word_terminal(row)

    def bit_node(self, row: nodes.Index, col: nodes.Index) -> str:
        """Node of bit line `col` at row `row`."""
        return nodes.bit_node(row, col) if self.r_bit > 0 else nodes.bit_terminal(col)

    def crossings(self) -> Iterator[tuple[int, int]]:
        """All (row, col), row by row."""
        return ((r, c) for r in range(self.rows) for c in range(self.cols))

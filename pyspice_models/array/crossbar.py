"""The description of a crossbar: sizes, parameters, initial states. It knows nothing of stimuli or simulators."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pyspice_models.array import derived
from pyspice_models.array.driver import DriverParams
from pyspice_models.array.faults import Faults
from pyspice_models.array.instances import checked_instances
from pyspice_models.array.instances.equal import ByContent
from pyspice_models.array.instances.selectors import check_selectors
from pyspice_models.array.kinds import (
    COMMON,
    LEVEL,
    Kind,
    MixedEquations,
    Population,
    check_together,
    checked_cells,
    one_kind,
    populations_of,
)
from pyspice_models.array.kinds.in_words import InWords
from pyspice_models.array.line_values import Lines
from pyspice_models.array.patterns import MAX_LINES
from pyspice_models.array.wire import WireParams
from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.cells.equations import CellEquations
from pyspice_models.cells.model import CellModel
from pyspice_models.cells.selectors.kinds import Selector, Transistor
from pyspice_models.declare.quantity import ParameterSet, refuse_unknown
from pyspice_models.errors import RequestError
from pyspice_models.numeric import whole
from pyspice_models.units import number

TEMPERATURE_RANGE = (200.0, 500.0)

Array = NDArray[np.float64]

_PARTS: dict[str, Any] = {
    "cell": ParameterSet, "wire": WireParams, "driver": DriverParams, "selector": Selector | None, "faults": Faults,
    "per_cell": Mapping, "instances": Mapping,
}  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False)
class Crossbar(Lines, ByContent, InWords):
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
        kinds: cells that are of other kinds than `cell`, and where they stand, by name.
        instances: values that lines, their ends and selectors have each for itself, by the names of `INSTANCES`: a
            number, or an array of shape (rows,), (cols,) or (rows, cols).

    Raises:
        RequestError: a size that is not a whole number in range, a parameter that may not differ per cell, an array
            of the wrong shape, a value out of its range, or kinds that cannot stand together.
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
    kinds: Mapping[str, Kind] = field(default_factory=dict)
    instances: Mapping[str, ArrayLike] = field(default_factory=dict)

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
        per_cell, kinds = checked_cells(self.cell, self.per_cell, self.kinds, self.shape)
        object.__setattr__(self, "per_cell", MappingProxyType(per_cell))
        object.__setattr__(self, "kinds", MappingProxyType(kinds))
        if kinds:
            check_together(self.populations)
        derived.check_lines(self.wire, kelvin)
        derived.check_ends(self.driver, self.faults)
        for one in self.populations:
            derived.check_selector(self.selector, self.wire, one.model)
            if (check := one.model.check) is not None:
                check(one.parameters(without=one.model.initial), kelvin)
        object.__setattr__(self, "instances", checked_instances(self.instances, self))
        check_selectors(self)
        self.faults.check(self.shape)
        for side, places, resistance in (
            ("words", self.faults.open_words, self.r_word), ("bits", self.faults.open_bits, self.r_bit),
        ):  # fmt: skip
            if places and resistance == 0:
                raise RequestError(f"faults.open_{side} contradicts lines without resistance, which have no segments")

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

    @cached_property
    def populations(self) -> tuple[Population, ...]:
        """Its cells kind by kind, those of `cell` first."""
        per_cell: Mapping[str, Any] = self.per_cell
        return populations_of(self.cell, per_cell, self.kinds, self.shape)

    def population_at(self, row: int, col: int) -> Population:
        """The kind of one cell."""
        return next(one for one in self.populations if one.where[row, col])

    @property
    def model(self) -> CellModel:
        """What kind of cell it is made of.

        Raises:
            RequestError: of several; see `populations`.
        """
        self.check_one_kind("what was asked")
        return self.populations[0].model

    def check_one_kind(self, asked: str) -> None:
        """Raise RequestError for several kinds of cells: what is `asked`, in words, knows one alone."""
        one_kind(self.populations, asked)

    @cached_property
    def states(self) -> tuple[str, ...]:
        """Names of the states of its cells, of all kinds."""
        return tuple(dict.fromkeys(name for one in self.populations for name in one.states))

    @property
    def level(self) -> str:
        """Name of the state that writes set; "level" where kinds call theirs differently, empty without any."""
        names = {one.model.level: None for one in self.populations if one.states}
        return LEVEL if len(names) > 1 else next(iter(names), "")

    @property
    def solvable(self) -> bool:
        """Whether the equations of all its cells are known."""
        return all(one.model.equations is not None for one in self.populations)

    def warning(self, temperatures: Iterable[float]) -> str:
        """Why results at some of these temperatures [K] mean nothing, or "" if there are none such."""
        every = list(temperatures)
        return " ".join(dict.fromkeys(filter(None, (one.model.warning(every) for one in self.populations))))

    @property
    def initial_states(self) -> tuple[Array, ...]:
        """In the order of `states`, each of shape (rows, cols); NaN at cells that have no such state."""
        found = {name: np.full(self.shape, np.nan) for name in self.states}
        for one in self.populations:
            for state in one.model.states:
                found[state.name][one.where] = one.values(state.initial).ravel()
        return tuple(found.values())

    def values(self, name: str) -> Array:
        """A cell parameter for every cell, shape (rows, cols); NaN at cells of kinds that have none of the name."""
        refuse_unknown(name, {key for one in self.populations for key in one.cell.quantities()}, "parameter of a cell")
        found = np.full(self.shape, np.nan)
        for one in self.populations:
            if name in one.cell.quantities():
                found[one.where] = one.values(name).ravel()
        return found

    @property
    def equations(self) -> CellEquations:
        """Those of all cells at once, as if none were broken; a parameter that differs is an array (rows, cols).

        Raises:
            RequestError: a cell without equations in Python.
        """
        if self.kinds:
            return MixedEquations(self.populations, self.states, self.temperature, asked="what was asked")
        return self.populations[0].solved(self.temperature, asked="what was asked")

    @property
    def c_plates(self) -> Array:
        """Capacitance of each cell's two electrodes, shape (rows, cols) [F]; 0 where no equations tell it."""
        found = np.zeros(self.shape)
        for one in self.populations:
            if one.model.equations is not None:
                plates = one.solved(self.temperature, asked="what was asked").c_geo
                found[one.where] = np.broadcast_to(plates, one.where.shape)[one.where] if one.whole else plates
        return found

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

    def cell_at(self, row: int, col: int) -> ParameterSet:
        """The complete parameters of one cell."""
        self.check_index(row, col)
        one = self.population_at(row, col)
        return one.cell.replace(**{name: float(array[row, col]) for name, array in one.per_cell.items()})

    def replace(self, **changes: Any) -> Crossbar:
        """A copy with some attributes changed."""
        return replace(self, **changes)

    def with_parameters(self, given: Mapping[str, Mapping[str, ArrayLike]], **changes: Any) -> Crossbar:
        """A copy in which parameters, by name of the kind ("cell") and of their own, and attributes are as given."""
        kinds = {
            name: replace(kind, per_cell={**kind.per_cell, **given.get(name, {})}) for name, kind in self.kinds.items()
        }
        return replace(self, per_cell={**self.per_cell, **given.get(COMMON, {})}, kinds=kinds, **changes)

    def with_states(self, **states: ArrayLike) -> Crossbar:
        """A copy whose initial states are these, by name of the state: numbers or arrays of shape (rows, cols).

        Raises:
            RequestError: a state that no cell has.
        """
        for name in states:
            refuse_unknown(name, set(self.states), "state")
        return self.with_parameters({
            one.name: {state.initial: states[state.name] for state in one.model.states if state.name in states}
            for one in self.populations
        })  # fmt: skip

    def at_level(self, level: ArrayLike) -> Crossbar:
        """A copy whose cells hold these levels from 0 to 1 at the start, a number or an array of shape (rows, cols)."""
        return self.with_parameters({
            one.name: dict(zip(one.model.initial, one.model.at_level(level), strict=True)) for one in self.populations
        })  # fmt: skip

    def check_index(self, row: int, col: int) -> None:
        """Raise RequestError unless (row, col) is a cell of the array; counting starts at 0."""
        for name, index, size in (("row", row, self.rows), ("col", col, self.cols)):
            whole(index, 0, size - 1, name=name)

    def crossings(self) -> Iterator[tuple[int, int]]:
        """All (row, col), row by row."""
        return ((r, c) for r in range(self.rows) for c in range(self.cols))

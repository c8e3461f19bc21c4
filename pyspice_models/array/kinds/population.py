"""The cells of an array that are of one kind: their parameters, their model, and where they stand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pyspice_models.array.kinds.kind import COMMON, Kind, checked_kinds
from pyspice_models.cells.equations import CellEquations
from pyspice_models.cells.model import CellModel
from pyspice_models.cells.registry import model_of
from pyspice_models.declare.quantity import ParameterSet, refuse_unknown
from pyspice_models.errors import RequestError
from pyspice_models.numeric import real_array

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Population:
    """The cells of one kind.

    Attributes:
        name: of the kind; "cell" for the common one.
        cell: common parameters.
        model: of the cell; in an array of several kinds its card in netlists is called after the kind.
        per_cell: parameters that differ, each of the array's shape.
        where: True where these cells stand, of the array's shape.
        whole: all cells of the array are of this kind.
    """

    name: str
    cell: ParameterSet
    model: CellModel
    per_cell: Mapping[str, Array]
    where: NDArray[np.bool_]
    whole: bool

    @cached_property
    def _solved(self) -> dict[float, CellEquations]:
        """Equations that were asked for, by temperature [K]."""
        return {}

    @property
    def count(self) -> int:
        """How many cells."""
        return int(self.where.sum())

    @property
    def states(self) -> tuple[str, ...]:
        """Names of their states."""
        return tuple(state.name for state in self.model.states)

    def key(self, quantity: str) -> str:
        """What a quantity of these cells is called among the raw waves of a run."""
        return quantity if self.whole else f"{self.name}: {quantity}"

    def picked(self, values: Any) -> Array:
        """Those of these cells: of shape (..., rows, cols) if all cells are of the kind, else (..., cells)."""
        found = np.asarray(values, dtype=float)
        return found if self.whole else np.asarray(found[..., self.where])

    def values(self, name: str) -> Array:
        """A parameter of these cells, see `picked`."""
        if name in self.per_cell:
            return self.picked(self.per_cell[name])
        return np.full(self.where.shape if self.whole else self.count, float(getattr(self.cell, name)))

    def parameters(self, without: tuple[str, ...] = ()) -> Any:
        """The parameters with what differs as arrays, see `picked`; those of `without` stay as they are in common."""
        own: dict[str, Any] = {
            name: self.picked(array) for name, array in self.per_cell.items() if name not in without
        }  # fmt: skip
        return replace(self.cell, **own)

    def solved(self, temperature: float, *, asked: str) -> CellEquations:
        """Their equations; see `CellModel.solved`."""
        if temperature not in self._solved:  # one run asks a handful of times
            self._solved[temperature] = self.model.solved(self.parameters(), temperature, asked=asked)
        return self._solved[temperature]


def populations_of(
    cell: ParameterSet, per_cell: Mapping[str, Array], kinds: Mapping[str, Kind], shape: tuple[int, int]
) -> tuple[Population, ...]:
    """The cells of an array kind by kind, the common ones first.

    Raises:
        RequestError: places outside of the array, two kinds at one place, or no place that is left for the common cell.
    """
    left = np.ones(shape, dtype=bool)
    found: list[Population] = []
    for name, kind in kinds.items():
        where = kind.where(shape, name)
        if (twice := where & ~left).any():
            place = tuple(map(int, np.argwhere(twice)[0]))
            other = next(one.name for one in found if one.where[place])
            raise RequestError(f"array.kinds.{name} and array.kinds.{other} both name the cell {place}")
        left &= ~where
        model = replace(model_of(kind.cell), kind=name)
        own: dict[str, Any] = dict(kind.per_cell)
        found.append(Population(name, kind.cell, model, own, where, whole=False))
    if not left.any():
        raise RequestError(
            "no cell of the array is left for [cell]: the kinds of [array.kinds] take them all. Make one of them the "
            "[cell]."
        )
    model = replace(model_of(cell), kind=COMMON) if kinds else model_of(cell)
    common = Population(COMMON, cell, model, per_cell, left, whole=not kinds)
    return (common, *found)


def checked_cells(
    cell: ParameterSet, per_cell: Mapping[str, ArrayLike], kinds: object, shape: tuple[int, int]
) -> tuple[dict[str, Array], dict[str, Kind]]:
    """What differs among the common cells of an array of this shape, and its kinds with the same of theirs.

    Raises:
        RequestError: as `checked_kinds`, `populations_of` and `checked_per_cell`.
    """
    known = checked_kinds(kinds)
    common, *others = populations_of(cell, {}, known, shape)
    arrays = checked_per_cell(cell, per_cell, common.where, "per_cell")
    found = {}
    for one in others:
        kind = known[one.name]
        own = checked_per_cell(kind.cell, kind.per_cell, one.where, f"kinds.{one.name}.per_cell")
        found[one.name] = replace(kind, per_cell=own)
    return arrays, found


def checked_per_cell(
    cell: ParameterSet, given: Mapping[str, ArrayLike], where: NDArray[np.bool_], name: str
) -> dict[str, Array]:
    """Parameters that differ from cell to cell as arrays that cannot be written; the common value elsewhere.

    Args:
        cell: common parameters.
        given: a number, or an array of the shape of `where`.
        where: the cells that count.
        name: what an error calls them.

    Raises:
        RequestError: a parameter that may not differ per cell, an array of the wrong shape, or a value out of range.
    """
    quantities = cell.quantities()
    may_differ = {one for one, q in quantities.items() if q.per_cell}
    arrays = {}
    for one, values in given.items():
        refuse_unknown(one, may_differ, name)
        array = real_array(values, quantities[one].unit, name=f"{name}.{one}")
        if array.ndim and array.shape != where.shape:
            raise RequestError.for_value(
                f"{name}.{one}.shape", array.shape, allowed=f"{where.shape}, rows x columns, or a single number"
            )
        if not where.all():
            array = np.where(where, array, float(getattr(cell, one)))
        quantities[one].check(f"{name}.{one}", array)
        array = np.broadcast_to(array, where.shape).copy()
        array.flags.writeable = False
        arrays[one] = array
    return arrays

"""What arrays of compiled objects have in common, one object at a place or several."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from pyspice_models.array import Crossbar
from pyspice_models.array.kinds import Population
from pyspice_models.engine.nodal.osdi.evaluable import check_calls
from pyspice_models.engine.osdi.cells import CellsInMemory
from pyspice_models.errors import RequestError

Records = NDArray[np.void]

ADVICE = "`ag2s cell check` looks into a model"
_QUIET = 1e-13  # [A] at 0 V: less is a simulator's own leak


class Stacked(Protocol):
    """What stands at the places of one kind, as far as is needed here; see `stacks.py`."""

    @property
    def population(self) -> Population:
        """Of the array, whose cells they are."""
        ...

    @property
    def here(self) -> NDArray[np.bool_]:
        """Which of them, in their order."""
        ...

    @property
    def parts(self) -> tuple[CellsInMemory, ...]:
        """Instances of all that stands there."""
        ...


S = TypeVar("S", bound=Stacked)


class PlacesOfObjects(Generic[S]):
    """Cells of one or several kinds and what is behind them, numbered row by row.

    Attributes:
        losses: whose energies are counted.
        where: places that hold something, shape (row, col).
    """

    def __init__(
        self,
        crossbar: Crossbar,
        populations: Sequence[Population],
        stacks_of: Callable[[Crossbar, Population], list[S]],
    ) -> None:  # fmt: skip
        """Open the objects and set them up.

        Raises:
            RequestError: an object that cannot be read or called, or parameters out of range.
        """
        check_calls()
        self.crossbar, self.populations = crossbar, populations
        self.losses: tuple[str, ...] = ("cells",) if crossbar.selector is None else ("cells", "selectors")
        self.where = np.any([one.where for one in populations], axis=0)
        self._number = np.full(crossbar.shape, -1, dtype=np.int64)
        self._number[self.where] = np.arange(self.where.sum())
        self._stacks = [stack for one in populations for stack in stacks_of(crossbar, one)]

    def _records(
        self, kind: np.dtype[np.void], place: np.dtype[np.void], describe: Callable[[S, Any], None]
    ) -> tuple[Records, Records]:
        """Kinds of places, and places: a broken cell is a resistor."""
        kinds, cells = np.zeros(len(self._stacks), kind), np.zeros(int(self.where.sum()), place)
        cells["kind"], cells["parallel"] = -1, self.crossbar.wire.c_crossing
        broken = self.crossbar.broken
        if (gone := ~np.isnan(broken) & self.where).any():
            cells["resistor"][self._number[gone]] = broken[gone]
            cells["plates"][self._number[gone]] = self.crossbar.c_plates[gone]
        for m, stack in enumerate(self._stacks):
            describe(stack, kinds[m])
            here = self._places(stack)
            cells["kind"][here] = m
            for p, part in enumerate(stack.parts):
                cells["inst"][here, p], cells["model"][here, p] = part.inst, part.model
        alone = cells["kind"] < 0
        cells["parallel"][alone] += cells["plates"][alone]
        return kinds, cells

    def _places(self, stack: S) -> NDArray[np.int64]:
        return self._number[stack.population.where][stack.here]

    def _place(self, n: int) -> tuple[int, int]:
        row, col = np.argwhere(self.where)[n]
        return int(row), int(col)

    def _check_quiet(self, flowing: NDArray[np.float64], places: NDArray[np.int64]) -> None:
        """Raise RequestError if any of these places drives a current through lines at rest [A]."""
        if len(flowing) and not flowing.max() <= _QUIET:
            raise RequestError(
                f"engine nodal begins with lines at rest, and the cell {self._place(int(places[flowing.argmax()]))} "
                f"drives {flowing.max():.3g} A through them at 0 V."
            )


def entries_of(parts: Sequence[CellsInMemory], kind: Any) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Entries of both Jacobians of all parts; into a record of KIND how to call each, and where its entries begin."""
    resistive: list[tuple[int, int]] = []
    reactive: list[tuple[int, int]] = []
    for p, part in enumerate(parts):
        kind["calls"][p] = part.library.calls
        kind["before"][p] = len(resistive), len(reactive)
        rows, cols, (first, _) = part.entries()
        both = list(zip(rows.tolist(), cols.tolist(), strict=True))
        resistive += both[:first]
        reactive += both[first:]
    return resistive, reactive

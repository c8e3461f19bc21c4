"""Cells of another kind than the common one of an array, and where they stand."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pyspice_models.cells.registry import model_of
from pyspice_models.declare.quantity import ParameterSet
from pyspice_models.errors import RequestError
from pyspice_models.numeric import as_whole, as_wholes

COMMON = "cell"
"""What the cells are called that are of no other kind: those of the table [cell]."""

_NAME = re.compile(r"[a-z][a-z0-9_]{0,30}")
_RESERVED = (COMMON, "file", "array", "all")


@dataclass(frozen=True, eq=False)
class Kind:
    """Cells of another kind, and where they stand: at places, or where lines cross.

        corner = Kind(VteamParams(), rows=[0, 1], cols=[0, 1])
        Crossbar(8, 8, kinds={"corner": corner, "reference": Kind(dummy, cols=[7])})

    Attributes:
        cell: their common parameters.
        places: of each, (row, col).
        rows, cols: whole word lines, whole bit lines; with both, the cells where these cross.
        per_cell: parameters that differ from cell to cell, by name: a number, or an array of the array's shape, of
            which the values at their places count.

    Raises:
        RequestError: parameters of no cell, no places and no lines, both, or places that are no whole numbers.
    """

    cell: ParameterSet
    places: tuple[tuple[int, int], ...] = ()
    rows: tuple[int, ...] = ()
    cols: tuple[int, ...] = ()
    per_cell: Mapping[str, ArrayLike] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check what can be checked without an array."""
        model_of(self.cell)
        object.__setattr__(self, "places", _places(self.places))
        for name in ("rows", "cols"):
            object.__setattr__(self, name, _lines(name, getattr(self, name)))
        if self.places and (self.rows or self.cols):
            raise RequestError("a kind of cell stands at places, or on rows and cols: give one or the other.")
        if not isinstance(self.per_cell, Mapping):
            raise RequestError.for_value("per_cell of a kind", self.per_cell, allowed="parameters by name")
        object.__setattr__(self, "per_cell", MappingProxyType(dict(self.per_cell)))

    def where(self, shape: tuple[int, int], name: str) -> NDArray[np.bool_]:
        """True where they stand in an array of this shape.

        Raises:
            RequestError: outside of it, twice at one place, or nowhere.
        """
        found, place = np.zeros(shape, dtype=bool), f"array.kinds.{name}"
        for side, lines, size in (("rows", self.rows, shape[0]), ("cols", self.cols, shape[1])):
            for line in lines:
                if not 0 <= line < size:
                    raise RequestError.for_value(f"{place}.{side}", line, allowed=f"0 to {size - 1}")
        if self.rows or self.cols:
            found[np.ix_(self.rows or range(shape[0]), self.cols or range(shape[1]))] = True
        for row, col in self.places:
            if not (0 <= row < shape[0] and 0 <= col < shape[1]):
                allowed = f"row 0 to {shape[0] - 1}, col 0 to {shape[1] - 1}"
                raise RequestError.for_value(place, (row, col), allowed=allowed)
            if found[row, col]:
                raise RequestError(f"{place} names {(row, col)} twice")
            found[row, col] = True
        if not found.any():
            raise RequestError(
                f"cells of the kind {name!r} stand nowhere: say where in [array.kinds] (in Python by `places`, `rows` "
                "or `cols`), or leave the kind out."
            )
        return found

    def __eq__(self, other: object) -> bool:
        """Whether both are of the same content."""
        if not isinstance(other, Kind):
            return NotImplemented
        return (
            self._common() == other._common()
            and self.per_cell.keys() == other.per_cell.keys()
            and all(np.array_equal(self.per_cell[name], other.per_cell[name]) for name in self.per_cell)
        )

    def __hash__(self) -> int:
        """The same for equal ones."""
        return hash((self._common(), frozenset(self.per_cell)))

    def _common(self) -> tuple[Any, ...]:
        return self.cell, self.places, self.rows, self.cols

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickled as its arguments."""
        values = {f.name: getattr(self, f.name) for f in fields(self)} | {"per_cell": dict(self.per_cell)}
        return type(self), tuple(values.values())


def checked_kinds(given: object) -> Mapping[str, Kind]:
    """Kinds by name, in their order.

    Raises:
        RequestError: no mapping, a name that is none or means something else, or no `Kind`.
    """
    if not isinstance(given, Mapping):
        raise RequestError.for_value("array.kinds", given, allowed="kinds of cells by name: a mapping")
    for name, kind in given.items():
        check_kind_name(name)
        if not isinstance(kind, Kind):
            raise RequestError.for_value(f"array.kinds.{name}", kind, allowed="a Kind: Kind(cell, cols=[3])")
    return MappingProxyType(dict(given))


def check_kind_name(name: object) -> None:
    """Raise RequestError for what cannot be the name of a kind, or means something else where it would stand."""
    if not isinstance(name, str) or not _NAME.fullmatch(name) or name in _RESERVED:
        raise RequestError.for_value(
            "name of a kind of cells", name,
            allowed=f"small letters, digits and _, a letter first, at most 31, and none of {', '.join(_RESERVED)}",
        )  # fmt: skip


def _places(given: Any) -> tuple[tuple[int, int], ...]:
    """Places as pairs of Python's own whole numbers, in their order."""
    try:
        pairs = [as_wholes(place) for place in given]
    except TypeError:  # nothing that has places in it
        pairs = [None]
    found = tuple((pair[0], pair[1]) for pair in pairs if pair is not None and len(pair) == 2)
    if len(found) < len(pairs):
        raise RequestError.for_value("places of a kind of cells", given, allowed="a list of [row, col]")
    return found


def _lines(name: str, given: Any) -> tuple[int, ...]:
    one = as_whole(given)
    found = (one,) if one is not None else as_wholes(given)
    if found is None or len(set(found)) < len(found):
        raise RequestError.for_value(f"{name} of a kind of cells", given, allowed="numbers of lines, none twice")
    return found

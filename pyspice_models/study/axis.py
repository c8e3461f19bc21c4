"""The axes of a sweep: which keys of a study vary, and through which values."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from pyspice_models.errors import RequestError
from pyspice_models.study.declared import quantity_at
from pyspice_models.units import parse

MAX_POINTS = 10_000


@dataclass(frozen=True)
class Axis:
    """One axis of a sweep.

    Attributes:
        keys: what `--set` takes; several keys of a linked axis get the same value.
        values: as they stand on the command line or in the file.
    """

    keys: tuple[str, ...]
    values: tuple[str, ...]

    def __post_init__(self) -> None:
        """Refuse an axis without keys or values, and one that has a key or a value twice."""
        if not self.keys or not all(self.keys) or len(set(self.keys)) < len(self.keys):
            raise RequestError.for_value("--over", "+".join(self.keys), allowed="KEY, or different keys as KEY+KEY")
        if not self.values or not all(self.values):
            raise RequestError.for_value(f"--over {self.name}", list(self.values), allowed="at least one value")
        if len(set(self.values)) < len(self.values):
            raise RequestError.for_value(f"--over {self.name}", list(self.values), allowed="each value once")

    @property
    def name(self) -> str:
        """Name of the dimension."""
        return "+".join(self.keys)

    def coordinate(self, tables: Mapping[str, Any]) -> xr.Variable:
        """What stands along the dimension: SI numbers with their unit where the keys are quantities, else text.

        Raises:
            RequestError: a value in a wrong unit, or the same quantity twice ("1 us" and "1e-6").
        """
        declared = [quantity_at(tables, key) for key in self.keys]
        about = {"long_name": f"{' = '.join(self.keys)}"}
        if all(declared) and len({d.unit for d in declared if d}) == 1:
            unit = next(d.unit for d in declared if d)
            numbers: list[Any] = [parse(value, unit, name=self.keys[0]) for value in self.values]
            about["units"] = unit or "1"
        else:
            numbers = _plain(self.values)
        if len(set(numbers)) < len(numbers):
            raise RequestError.for_value(f"--over {self.name}", list(self.values), allowed="each value once")
        return xr.Variable((self.name,), np.array(numbers), about)


def _plain(values: Sequence[str]) -> list[Any]:
    """Whole numbers, else numbers, else text."""
    for kind in (int, float):
        try:
            numbers = [kind(value) for value in values]
        except ValueError:
            continue
        if all(map(math.isfinite, numbers)):
            return numbers
    return list(values)


def parse_axis(text: str) -> Axis:
    """An axis from `KEY=V1,V2,...`, `KEY+KEY=V1,...`, `KEY=START:STOP:STEP` or `KEY=log:START:STOP:COUNT`.

    A comma inside brackets belongs to its value: `faults.stuck_on=[],[[0, 1]]`.

    Raises:
        RequestError: not of that form, no value, or the same value twice.
    """
    key, equals, values = text.partition("=")
    if not equals:
        raise RequestError.for_value("--over", text, allowed="KEY=V1,V2,... or KEY=START:STOP:STEP")
    found = _range(values, text) if ":" in values and "[" not in values else _split(values)
    return Axis(tuple(part.strip() for part in key.split("+")), tuple(found))


def axes_of(over: Mapping[str, Iterable[object]]) -> list[Axis]:
    """Axes from `{"array.rows+array.cols": [4, 8], "program.0.scheme": ["V/2", "V/3"]}`."""
    return [
        Axis(tuple(part.strip() for part in key.split("+")), tuple(_text(value) for value in values))
        for key, values in over.items()
    ]


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, (bool, np.bool_)) else str(value)


def _split(values: str) -> Iterator[str]:
    depth, start = 0, 0
    for place, letter in enumerate(values):
        depth += (letter in "[{") - (letter in "]}")
        if letter == "," and depth == 0:
            yield values[start:place].strip()
            start = place + 1
    yield values[start:].strip()


def _range(values: str, text: str) -> list[str]:
    parts = values.split(":")
    try:
        if parts[0].strip() == "log" and len(parts) == 4:
            count = int(parts[3])
            if not 1 <= count <= MAX_POINTS:
                raise ValueError
            return [f"{value:.6g}" for value in np.geomspace(float(parts[1]), float(parts[2]), count)]
        start, stop, step = map(float, parts)
        count = math.floor((stop - start) / step + 1e-9) + 1
        if not 1 <= count <= MAX_POINTS:
            raise ValueError
        return [f"{start + n * step:.12g}" for n in range(count)]
    except (ValueError, ZeroDivisionError, OverflowError):
        allowed = f"START:STOP:STEP or log:START:STOP:COUNT, up to {MAX_POINTS} plain numbers"
        raise RequestError.for_value("--over", text, allowed=allowed) from None


def check_axes(axes: Sequence[Axis]) -> None:
    """Raise RequestError if there is no axis, a key in two of them, or too many points."""
    if not axes:
        raise RequestError("no axis to sweep: give --over KEY=V1,V2,..., or the study a [sweep] table with `over`")
    keys = [key for axis in axes for key in axis.keys]
    for key in keys:
        if keys.count(key) > 1:
            raise RequestError.for_value("--over", key, allowed="each key in one axis only")
    if (points := math.prod(len(axis.values) for axis in axes)) > MAX_POINTS:
        raise RequestError.for_value("points of the sweep", points, allowed=f"<= {MAX_POINTS}")

"""The axes of a sweep: which keys of a study vary, and through which values."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import xarray as xr

from pyspice_models.errors import RequestError, cut
from pyspice_models.study.draws.corners import CORNER_KEY, axis_text, needs_spreads
from pyspice_models.study.tables.declared import quantity_at
from pyspice_models.study.tables.source import Source
from pyspice_models.study.variation import told_corner
from pyspice_models.units import parse, show

MAX_POINTS = 10_000
SIZE = "array.size"
"""Rows and columns together."""
LINKED: Mapping[str, tuple[str, ...]] = MappingProxyType({SIZE: ("array.rows", "array.cols")})
"""Keys that stand for several."""


@dataclass(frozen=True)
class Axis:
    """One axis of a sweep.

    Attributes:
        keys: what `--set` takes; several keys of a linked axis get the same value. Of variants, the axis's own name.
        values: as they stand on the command line or in the file; of variants, what they are called.
        variants: what each value sets, as `KEY=VALUE`, one or more; empty where the values are those of the keys.
    """

    keys: tuple[str, ...]
    values: tuple[str, ...]
    variants: tuple[tuple[str, ...], ...] = ()

    def __post_init__(self) -> None:
        """Refuse an axis without keys or values, and one that has a key or a value twice."""
        if not self.keys or not all(self.keys) or len(set(self.keys)) < len(self.keys):
            raise RequestError.for_value("--over", "+".join(self.keys), allowed="KEY, or different keys as KEY+KEY")
        if not self.values or not all(self.values):
            raise RequestError.for_value(f"--over {self.name}", list(self.values), allowed="at least one value")
        if len(set(self.values)) < len(self.values):
            raise RequestError.for_value(f"--over {self.name}", list(self.values), allowed="each value once")
        for value, changes in zip(self.values, self.variants, strict=bool(self.variants)):
            if not changes or not all("=" in change for change in changes):
                raise RequestError.for_value(
                    f"sweep.over {self.name}.{value}", list(changes), allowed='a list of "KEY=VALUE", one at least'
                )

    def changes(self, number: int) -> list[str]:
        """What the value with this number sets, as `--set` takes it."""
        return list(self.variants[number]) if self.variants else [f"{key}={self.values[number]}" for key in self.keys]

    @property
    def changed(self) -> set[str]:
        """Keys that its values set."""
        return {change.partition("=")[0].strip() for n in range(len(self.values)) for change in self.changes(n)}

    @property
    def entry(self) -> dict[str, Any]:
        """As it stands in a `[sweep]` table."""
        if self.variants:
            of = {value: list(changes) for value, changes in zip(self.values, self.variants, strict=True)}
            return {"name": self.name, "variants": of}
        return {"keys": list(self.keys), "values": list(self.values)}

    @property
    def name(self) -> str:
        """Name of the dimension."""
        return "+".join(self.keys)

    @property
    def shown(self) -> str:
        """For people."""
        return SIZE if self.keys == LINKED[SIZE] else self.name

    def described(self, coordinate: xr.Variable) -> str:
        """For people, before anything runs: how many values, from where to where, in which unit."""
        values, unit = coordinate.values, str(coordinate.attrs.get("units", ""))
        if values.dtype.kind in "if":
            ends = " to ".join(show(float(end), unit) for end in (values[0], values[-1]))
        else:
            ends = " to ".join(cut(str(end), 40) for end in (values[0], values[-1]))
        return f"{self.name}: {values.size} values, {ends}"

    def coordinate(self, tables: Mapping[str, Any]) -> xr.Variable:
        """What stands along the dimension: SI numbers with their unit where the keys are quantities, counts, else text.

        Raises:
            RequestError: a value in a wrong unit, or the same quantity twice ("1 us" and "1e-6").
        """
        if self.variants:
            return xr.Variable((self.name,), np.array(self.values), {"long_name": self.name})
        declared = [quantity_at(tables, key) for key in self.keys]
        about = {"long_name": f"{' = '.join(self.keys)}"}
        units = {None if one is None or one.whole else one.unit for one in declared}
        if len(units) == 1 and None not in units:
            unit = str(units.pop())
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
        if all(abs(number) < 2**63 if kind is int else math.isfinite(number) for number in numbers):
            return numbers
    return list(values)


def parse_axis(text: str) -> Axis:
    """An axis from `KEY=V1,V2,...`, `KEY+KEY=V1,...`, `KEY=START:STOP:STEP` or `KEY=log:START:STOP:COUNT`.

    The numbers of a range are SI numbers, or all have the same unit; it may stand after the last alone. A comma inside
    brackets belongs to its value: `faults.stuck_on=[],[[0, 1]]`.

    Raises:
        RequestError: not of that form, no value, or the same value twice.
    """
    key, equals, values = text.partition("=")
    if not equals:
        raise RequestError.for_value("--over", text, allowed="KEY=V1,V2,... or KEY=START:STOP:STEP")
    found = _range(values, text) if ":" in values and "[" not in values else _split(values)
    return Axis(keys_of(key), tuple(found))


def keys_of(text: str) -> tuple[str, ...]:
    """The keys of `KEY` or `KEY+KEY`; array.size is rows and columns."""
    return tuple(key for part in text.split("+") for key in LINKED.get(part.strip(), (part.strip(),)))


def axis_from(entry: object) -> Axis:
    """An axis of a `[sweep]` table.

    It is text as `parse_axis` takes it, a table with lists of texts, `keys` and `values`, or one with the `name` of the
    axis and its `variants`: a table of lists of `KEY=VALUE`, by what each is called.

    Raises:
        RequestError: neither.
    """
    if isinstance(entry, str):
        return parse_axis(entry)
    if isinstance(entry, dict) and set(entry) == {"name", "variants"}:
        return _of_variants(entry["name"], entry["variants"])
    lists = [entry.get(key) for key in ("keys", "values")] if isinstance(entry, dict) and len(entry) == 2 else [None]
    if not all(isinstance(texts, list) and all(isinstance(text, str) for text in texts) for texts in lists):
        raise RequestError.for_value(
            "sweep.over", entry,
            allowed='a list of texts, or of tables { keys = ["KEY"], values = ["V1", "V2"] } or '
            '{ name = "NAME", variants = { A = ["KEY=V1"], B = ["KEY=V2"] } }',
        )  # fmt: skip
    keys, values = lists
    return Axis(tuple(keys or ()), tuple(values or ()))


def _of_variants(name: object, variants: object) -> Axis:
    """An axis of named variants."""
    if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z]\w*", name, re.ASCII):
        raise RequestError.for_value("sweep.over.name", name, allowed="a word of letters, digits and underscores")
    if not isinstance(variants, dict) or not all(
        isinstance(changes, list) and all(isinstance(change, str) for change in changes)
        for changes in variants.values()
    ):
        raise RequestError.for_value(
            f"sweep.over {name}.variants", variants, allowed='a table of lists of "KEY=VALUE" by name'
        )
    return Axis((name,), tuple(variants), tuple(tuple(changes) for changes in variants.values()))


def axes_of(over: Mapping[str, Iterable[object]]) -> list[Axis]:
    """Axes from `{"array.rows+array.cols": [4, 8], "program.0.scheme": ["V/2", "V/3"]}`."""
    return [Axis(keys_of(key), tuple(_text(value) for value in values)) for key, values in over.items()]


def corner_axis(corners: str, tables: Mapping[str, Any]) -> Axis:
    """The axis that `--corners` says, of a study with these tables.

    Raises:
        RequestError: a word that is no corner, or corners of what does not spread.
    """
    axis = parse_axis(axis_text(corners))
    if "variability" not in tables and (lost := [word for word in axis.values if needs_spreads(word)]):
        raise RequestError.for_value(
            "--corners", ", ".join(lost), allowed="typical, hot and cold where nothing spreads",
            advice="A corner is so many standard deviations of every spread, and the study has no [variability] table. "
            "Add one: an empty one takes the default spreads.",
        )  # fmt: skip
    return axis


def corners_told(source: Source, axes: Sequence[Axis]) -> Iterator[str]:
    """For people, of every corner of an axis: what it moves by how much, of the study without other axes.

    Raises:
        RequestError: as `vary`.
    """
    for axis in axes:
        for corner in axis.values if axis.keys == (CORNER_KEY,) else ():
            one = source.changed([f"{CORNER_KEY}={corner}"])
            nominal = one.nominal()
            if (variation := one.variation(nominal)) is not None:
                yield told_corner(nominal, variation)


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


_ALLOWED_RANGE = (
    f"START:STOP:STEP or log:START:STOP:COUNT with up to {MAX_POINTS} values: SI numbers, or numbers with one and the "
    "same unit, as in 0.5us:2us:0.5us or 0.5:2:0.5 us"
)


def _range(values: str, text: str) -> list[str]:
    """The values of a range as text, each with the unit that the ends have."""
    parts = [part.strip() for part in values.split(":")]
    logarithmic = parts[0] == "log" and len(parts) == 4
    # log:0.1:10:5 us has the unit at its end, too
    counted, _, trailing = parts.pop().partition(" ") if logarithmic else ("", "", "")
    if trailing:
        parts[-1] = f"{parts[-1]} {trailing}"
    numbers, unit = _with_unit(parts[1:], 2, text) if logarithmic else _with_unit(parts, 3, text)
    if logarithmic:
        start, stop = numbers
        count = int(counted) if counted.isascii() and counted.isdecimal() and len(counted) < 10 else 0
        if not 1 <= count <= MAX_POINTS or start == 0 or stop == 0 or (start < 0) != (stop < 0):
            raise _refused(text)
        found = [f"{value:.6g}" for value in np.geomspace(start, stop, count)]
    else:
        start, stop, step = numbers
        # the rounding of a step must not cost the last value
        steps = (stop - start) / step + 1e-9 if step else -1.0
        if not 0 <= steps < MAX_POINTS:
            raise _refused(text)
        found = [f"{start + n * step:.12g}" for n in range(math.floor(steps) + 1)]
    return [f"{number} {unit}".rstrip() for number in found]


def _with_unit(parts: Sequence[str], count: int, text: str) -> tuple[list[float], str]:
    """So many numbers of a range, and their unit as it is written: after all of them, or after the last alone."""
    matches = [_NUMBER.fullmatch(part) for part in parts if len(part) <= _LONGEST]
    numbers = [float(match[1]) for match in matches if match]
    units = [match[2] or "" for match in matches if match]
    same = len(set(units)) == 1 or (len(set(units[:-1])) == 1 and units[0] == "")
    if not len(numbers) == len(parts) == count or not same or not all(map(math.isfinite, numbers)):
        raise _refused(text)
    return numbers, units[-1]


_NUMBER = re.compile(r"([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*([^\d\s].*)?", re.ASCII)
_LONGEST = 100


def _refused(text: str) -> RequestError:
    return RequestError.for_value("--over", text, allowed=_ALLOWED_RANGE)


def check_axes(axes: Sequence[Axis]) -> None:
    """Raise RequestError if there is no axis, a key in two of them, or too many points."""
    if not axes:
        raise RequestError("no axis to sweep: give --over KEY=V1,V2,..., or the study a [sweep] table with `over`")
    keys = [key for axis in axes for key in axis.changed]
    for key in keys:
        if keys.count(key) > 1:
            raise RequestError.for_value("--over", key, allowed="each key in one axis only")
    if (points := math.prod(len(axis.values) for axis in axes)) > MAX_POINTS:
        raise RequestError.for_value("points of the sweep", points, allowed=f"<= {MAX_POINTS}")

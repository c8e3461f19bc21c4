"""Columns over time from comma-separated text: the times, and one column for each of several quantities."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pyspice_models.errors import RequestError, cut, quoted
from pyspice_models.inputs.separated import records
from pyspice_models.inputs.text import read_text, shown
from pyspice_models.units import scaled

Array = NDArray[np.float64]

MOST_BYTES = 200_000_000
"""Of a file of waves: a million times of ten columns."""

MOST_NUMBERS = 20_000_000
"""In one, times included: 160 MB in memory, and a few times that while it is read."""

_HEADER = re.compile(r"\s*(.*?)\s*(?:\[\s*([^\[\]]*?)\s*\])?\s*")
_TIMES = {"time", "t"}
_EXAMPLE = "time [us],wl0 [V],bl1 [V]"


@dataclass(frozen=True)
class Columns:
    """What a file holds.

    Attributes:
        path: of the file.
        time: shape (line,) [s].
        values: by name as in the header, each of shape (line,) in SI units.
        lines: numbers of the lines of the file that the numbers stand on, for messages.
    """

    path: Path
    time: Array
    values: Mapping[str, Array]
    lines: NDArray[np.int64]
    what: str

    @contextmanager
    def errors(self) -> Iterator[None]:
        """What is refused inside is told with the name of the file."""
        try:
            yield
        except RequestError as error:
            raise RequestError(f"the {self.what} {shown(self.path)} cannot be used: {error}") from None

    def check(self, name: str, values: Array, good: NDArray[np.bool_], allowed: str) -> None:
        """Raise RequestError, with line and column, for the first number that is not good."""
        if not good.all():
            first = int(good.argmin())
            raise RequestError.for_value(
                f"line {self.lines[first]}, column {cut(name)}", float(values[first]), allowed=allowed
            )


def wave_columns(
    path: Path, what: str, unit_of: Callable[[str, str], str], *, bare: Callable[[str], str] | None = None
) -> Columns:  # fmt: skip
    """Read a file whose first line names the columns, each with its unit, and whose first column is the time.

    Args:
        path: the file.
        what: it is, for messages.
        unit_of: unit of the quantity of a column, from its name and the unit that the file states for it, "" for none.
        bare: the same for headers without a unit, which are refused without it; where it is given, columns may be
            separated by tabs.

    Raises:
        RequestError: no readable file, an empty one, no column of times or no other, a missing or wrong unit, a name
            twice, lines of another length, a field that is no finite number, times that fall; with line and column.
    """
    text = read_text(path, what, MOST_BYTES)
    try:
        return _columns(path, what, text, unit_of, bare)
    except RequestError as error:
        raise RequestError(f"the {what} {shown(path)} cannot be read: {error}") from None


def _columns(
    path: Path, what: str, text: str, unit_of: Callable[[str, str], str], bare: Callable[[str], str] | None
) -> Columns:  # fmt: skip
    if bare is not None and "\t" in text.split("\n", 1)[0] and "," not in text.split("\n", 1)[0]:
        text = text.replace("\t", ",")
    every = records(text)
    number, headers = next(every, (0, []))
    if not headers:
        raise RequestError(f"it is empty; it needs a header such as {_EXAMPLE}, and a line of numbers for each time")
    names, units = _names(number, headers, unit_of, bare)
    rows, lines = list[list[float]](), list[int]()
    for number, fields in every:
        if len(fields) != len(headers):
            raise RequestError(f"line {number} has {len(fields)} fields, the header has {len(headers)}")
        rows.append(_numbers(number, fields, names))
        lines.append(number)
        if len(rows) * len(names) > MOST_NUMBERS:
            raise RequestError(f"it has more than {MOST_NUMBERS} numbers, the most that are read")
    if not rows:
        raise RequestError("it has a header and no numbers; it needs a line of them for each time")
    table = np.array(rows)
    for column, (name, (own, unit)) in enumerate(zip(names, units, strict=True)):
        table[:, column] = scaled(table[:, column], own, unit, name=f"column {cut(name)}", shown=f"values in {own}")
    time, found = table[:, 0], Columns(path, table[:, 0], dict(zip(names[1:], table.T[1:], strict=True)),
                                       np.array(lines), what)  # fmt: skip
    found.check(names[0], time, time >= 0, ">= 0 s")
    found.check(names[0], time, np.diff(time, prepend=0.0) >= 0, "times that do not fall: sort the lines")
    return found


def _names(
    number: int, headers: list[str], unit_of: Callable[[str, str], str], bare: Callable[[str], str] | None
) -> tuple[list[str], list[tuple[str, str]]]:
    """Names of the columns, and of each the unit in the file and the one wanted."""
    names, units = list[str](), list[tuple[str, str]]()
    for column, header in enumerate(headers):
        name, own = _parts(header)
        if column == 0 and name.lower() not in _TIMES:
            raise RequestError(
                f"line {number}: the first column is {quoted(header)}, and it has to be the time, with its unit; "
                f"for example {_EXAMPLE}"
            )
        if not name:
            raise RequestError(f"line {number}: column {column + 1} has no name; for example {_EXAMPLE}")
        if name in names:
            raise RequestError(f"line {number}: {quoted(name)} stands twice")
        own = "" if own in ("1", "-") else own
        unit = "s" if column == 0 else unit_of(name, own or "")
        if own is None and bare is None:
            raise RequestError(
                f"line {number}: the column {quoted(name)} has no unit. Write it behind the name: {cut(name)} [{unit}]."
            )
        if own is None:
            own = unit = "s" if column == 0 else bare(name)  # type: ignore[misc]  # it is none, or was refused
        names.append(name)
        units.append((own, unit))
    if len(names) < 2:
        raise RequestError(f"line {number}: there is no column beside the time; for example {_EXAMPLE}")
    return names, units


def _parts(header: str) -> tuple[str, str | None]:
    match = _HEADER.fullmatch(header[:400])
    return (match[1], match[2]) if match else (header, None)


def _numbers(number: int, fields: list[str], names: list[str]) -> list[float]:
    try:
        found = [float(field) for field in fields]
    except ValueError:
        found = []
    if not found or not np.isfinite(found).all():
        for name, field in zip(names, fields, strict=True):
            if not _is_finite(field):
                raise RequestError.for_value(f"line {number}, column {cut(name)}", field, allowed="a finite number")
    return found


def _is_finite(field: str) -> bool:
    try:
        return bool(np.isfinite(float(field)))
    except ValueError:
        return False

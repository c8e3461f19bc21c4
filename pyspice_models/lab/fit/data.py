"""Measured data from a CSV file. Every column with a dimension carries its unit in the header, or is refused."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pyspice_models.errors import RequestError, quoted
from pyspice_models.inputs.separated import records
from pyspice_models.inputs.text import read_text, shown
from pyspice_models.units import parse

Array = NDArray[np.float64]

MAX_BYTES = 50_000_000
MIN_POINTS = {"pulses": 8, "loop": 20}
MAX_POINTS = {"pulses": 200_000, "loop": 5_000}

# name of the column: unit, other spellings
_COLUMNS = {
    "pulse": ("", ("pulse number", "pulse no", "number", "n")),
    "voltage": ("V", ("pulse voltage", "bias", "v")),
    "width": ("s", ("pulse width",)),
    "conductance": ("S", ("g",)),
    "time": ("s", ("t",)),
    "current": ("A", ("i",)),
}
_KINDS = {"pulses": ("pulse", "voltage", "width", "conductance"), "loop": ("time", "voltage", "current")}
_HEADER = re.compile(r"\s*([^\[(]*?)\s*(?:[\[(]\s*([^\])]*?)\s*[\])])?\s*")
_LONGEST_HEADER = 200
_EXAMPLE = "pulse,voltage [V],width [us],conductance [uS] or time [s],voltage [V],current [A]"


@dataclass(frozen=True)
class PulseTrain:
    """Conductances after rectangular pulses; arrays of shape (row,).

    Attributes:
        name: of the file.
        pulse: number of pulses so far; between two rows as many equal pulses were given as the number grew.
        voltage: of the pulses before the row's reading, te to be [V].
        width: of one pulse [s].
        conductance: read after them [S].
        ignored: headers that were not used.
    """

    name: str
    pulse: Array
    voltage: Array
    width: Array
    conductance: Array
    ignored: tuple[str, ...] = ()

    kind = "pulses"

    @property
    def stress(self) -> Array:
        """Time under the row's voltage since the row before [s]."""
        stress: Array = np.diff(self.pulse, prepend=0.0) * self.width
        return stress


@dataclass(frozen=True)
class IvLoop:
    """Current during a voltage waveform that is straight between the samples; arrays of shape (row,).

    Attributes:
        name: of the file.
        time: [s].
        voltage: of the source, te to be [V].
        current: into te [A].
        ignored: headers that were not used.
    """

    name: str
    time: Array
    voltage: Array
    current: Array
    ignored: tuple[str, ...] = ()

    kind = "loop"


def read_data(path: str | Path, *, flip: bool = False) -> PulseTrain | IvLoop:
    """Read a pulse train or an I-V loop, told apart by their columns; lines that start with # are comments.

    Args:
        path: comma-separated file.
        flip: the file's bias is on the bottom electrode (a negative voltage sets, as in the paper): change signs.

    Raises:
        RequestError: no readable file, missing or doubled columns, an unclear unit, a field that is no finite number,
            too few points, or values that make no sense; the message names file, line and column.
    """
    file = Path(path)
    text = read_text(file, "data file", MAX_BYTES)
    try:
        return _parsed(text, file.name, -1.0 if flip else 1.0)
    except RequestError as error:
        raise RequestError(f"{shown(file)}: {error}") from None


def _parsed(text: str, name: str, sign: float) -> PulseTrain | IvLoop:
    (_, headers), *rows = list(records(text)) or [(0, [])]
    if not headers:
        raise RequestError(f"the file is empty; it needs a header such as {_EXAMPLE}")
    kind, columns, ignored = _columns(headers)
    table = {column: np.empty(len(rows)) for column in columns}
    for index, (number, fields) in enumerate(rows):
        if len(fields) != len(headers):
            raise RequestError(f"line {number} has {len(fields)} fields, the header has {len(headers)}")
        for column, (position, scale) in columns.items():
            table[column][index] = scale * parse(fields[position], "", name=f"line {number}, column {column}")
    count = len(rows)
    if not MIN_POINTS[kind] <= count <= MAX_POINTS[kind]:
        raise RequestError.for_value("number of points", count, allowed=f"{MIN_POINTS[kind]} to {MAX_POINTS[kind]}")
    table["voltage"] *= sign
    if np.abs(table["voltage"]).max() > 5:
        raise RequestError.for_value("voltage", float(np.abs(table["voltage"]).max()), unit="V", allowed="-5 to 5")
    if kind == "pulses":
        return _checked_train(PulseTrain(name, **table, ignored=ignored))
    table["current"] *= sign
    return _checked_loop(IvLoop(name, **table, ignored=ignored))


def _columns(headers: list[str]) -> tuple[str, dict[str, tuple[int, float]], tuple[str, ...]]:
    """Kind of the data; position and scale to SI of each of its columns; headers that are not used."""
    spelled = {spelling: column for column, (_, others) in _COLUMNS.items() for spelling in (column, *others)}
    found: dict[str, tuple[int, str | None]] = {}
    unknown = []
    for position, header in enumerate(headers):
        match = _HEADER.fullmatch(header) if len(header) <= _LONGEST_HEADER else None
        column = spelled.get(re.sub(r"[\s_]+", " ", match[1]).lower()) if match else None
        if match is None or column is None:
            unknown.append(header)
        elif column in found:
            raise RequestError(
                f"there are two columns {column}: {quoted(headers[found[column][0]])} and {quoted(header)}. Keep one."
            )
        else:
            found[column] = (position, match[2])
    complete = [kind for kind, needed in _KINDS.items() if set(needed) <= set(found)]
    if len(complete) == 2:
        raise RequestError("the columns fit both a pulse train and an I-V loop. Leave out those of one of them.")
    if not complete:
        kind = "pulses" if {"pulse", "width", "conductance"} & set(found) else "loop"
        missing = [column for column in _KINDS[kind] if column not in found]
        raise RequestError(f"missing column {', '.join(missing)}; the header is {quoted(headers)}. It needs {_EXAMPLE}")
    kind = complete[0]
    columns = {column: (found[column][0], _to_si(column, found[column][1])) for column in _KINDS[kind]}
    used = {position for position, _ in columns.values()}
    return kind, columns, tuple(header for position, header in enumerate(headers) if position not in used)


def _to_si(column: str, unit: str | None) -> float:
    declared = _COLUMNS[column][0]
    if not declared:
        if unit:
            raise RequestError.for_value(f"unit of column {column}", unit, allowed="no unit")
        return 1.0
    # a prefix alone, as in [u], leaves the unit to be guessed
    if not unit or not unit.replace("Ω", "ohm").endswith(declared):
        raise RequestError.for_value(
            f"unit of column {column}", unit, allowed=f"{declared} with or without an SI prefix",
            advice=f"Write the unit into the header, for example {column} [u{declared}].",
        )  # fmt: skip
    return parse(f"1 {unit}", declared, name=f"unit of column {column}")


def _checked_train(train: PulseTrain) -> PulseTrain:
    if (train.pulse != np.round(train.pulse)).any() or train.pulse[0] < 0 or (np.diff(train.pulse) <= 0).any():
        raise RequestError("column pulse must hold whole numbers that grow from row to row, from 0 or 1")
    if (train.width < 0).any():
        raise RequestError.for_value("width", float(train.width.min()), unit="s", allowed=">= 0")
    if (train.conductance <= 0).any():
        raise RequestError.for_value("conductance", float(train.conductance.min()), unit="S", allowed="> 0")
    if not (train.stress * np.abs(train.voltage)).any():
        raise RequestError("no row has a pulse: every voltage or width is 0")
    return train


def _checked_loop(loop: IvLoop) -> IvLoop:
    if (np.diff(loop.time) <= 0).any():
        line = int(np.argmax(np.diff(loop.time) <= 0)) + 2
        raise RequestError(f"column time must grow from row to row; data row {line} does not")
    if not loop.voltage.any() or not loop.current.any():
        raise RequestError("voltage or current is 0 throughout: there is nothing to fit")
    return loop

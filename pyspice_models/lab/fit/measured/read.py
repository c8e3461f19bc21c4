"""Measured data from a CSV file. Every column with a dimension carries its unit in the header, or is refused."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np

from pyspice_models.errors import RequestError, quoted
from pyspice_models.inputs.separated import records
from pyspice_models.inputs.text import read_text, shown
from pyspice_models.lab.fit.measured.check import check_loop, check_train
from pyspice_models.lab.fit.measured.train import Array, Data, IvLoop, PulseTrain
from pyspice_models.units import parse

MAX_BYTES = 50_000_000
MIN_POINTS = {"pulses": 8, "loop": 20}
MAX_POINTS = {"pulses": 200_000, "loop": 5_000}
MAX_DEVICES = 1000

# name of the column: unit, other spellings
_COLUMNS = {
    "pulse": ("", ("pulse number", "pulse no", "number", "n")),
    "voltage": ("V", ("pulse voltage", "bias", "v")),
    "width": ("s", ("pulse width",)),
    "conductance": ("S", ("g",)),
    "time": ("s", ("t",)),
    "current": ("A", ("i",)),
    "temperature": ("K", ()),
    "device": ("", ("cell", "device number", "device no")),
}
_KINDS = {"pulses": ("pulse", "voltage", "width", "conductance"), "loop": ("time", "voltage", "current")}
_MORE = {"pulses": ("temperature", "device"), "loop": ("device",)}
_CHECKED = {"pulses": ("time", "current"), "loop": ()}
"""Columns that are not fitted, and held against the others."""

_HEADER = re.compile(r"\s*([^\[(]*?)\s*(?:[\[(]\s*([^\])]*?)\s*[\])])?\s*")
_LONGEST_HEADER, _LONGEST_DEVICE = 200, 60
_EXAMPLE = "pulse,voltage [V],width [us],conductance [uS] or time [s],voltage [V],current [A]"


def read_all(path: str | Path, *, flip: bool = False) -> tuple[Data, ...]:
    """Read pulse trains or I-V loops, told apart by their columns, one for each device that a column `device` names.

    Lines that start with # are comments.

    Args:
        path: comma-separated file.
        flip: the file's bias is on the bottom electrode (a negative voltage sets, as in the paper): change signs.

    Raises:
        RequestError: no readable file, missing or doubled columns, an unclear unit, a field that is no finite number,
            too few points, or values that contradict each other; the message names file, line and column.
    """
    file = Path(path)
    text = read_text(file, "data file", MAX_BYTES)
    try:
        return _parsed(text, file.name, -1.0 if flip else 1.0)
    except RequestError as error:
        raise RequestError(f"{shown(file)}: {error}") from None


def read_data(path: str | Path, *, flip: bool = False) -> Data:
    """Read the pulse train or I-V loop of one device; arguments and errors as of `read_all`.

    Raises:
        RequestError: also where the file holds several devices.
    """
    found = read_all(path, flip=flip)
    if len(found) > 1:
        raise RequestError(f"{shown(Path(path))}: there are {len(found)} devices in it. Read them with read_all.")
    return found[0]


def _parsed(text: str, name: str, sign: float) -> tuple[Data, ...]:
    (_, headers), *rows = list(records(text)) or [(0, [])]
    if not headers:
        raise RequestError(f"the file is empty; it needs a header such as {_EXAMPLE}")
    kind, columns, ignored = _columns(headers)
    table = {column: np.empty(len(rows)) for column in columns if column != "device"}
    lines = np.array([number for number, _ in rows], dtype=int)
    devices: list[str] = []
    for index, (number, fields) in enumerate(rows):
        if len(fields) != len(headers):
            raise RequestError(f"line {number} has {len(fields)} fields, the header has {len(headers)}")
        for column, (position, scale) in columns.items():
            if column == "device":
                devices.append(_device(fields[position], number))
            else:
                table[column][index] = scale * parse(fields[position], "", name=f"line {number}, column {column}")
    if len(table["voltage"]) and np.abs(table["voltage"]).max() > 5:
        raise RequestError.for_value("voltage", float(np.abs(table["voltage"]).max()), unit="V", allowed="-5 to 5")
    names = list(dict.fromkeys(devices)) or [""]
    if len(names) > MAX_DEVICES:
        raise RequestError.for_value("number of devices", len(names), allowed=f"<= {MAX_DEVICES}")
    found: list[Data] = []
    for device in names:
        own = np.array([one == device for one in devices]) if devices else np.ones(len(rows), dtype=bool)
        of_device = f" of device {device}" if len(names) > 1 else ""
        if not MIN_POINTS[kind] <= own.sum() <= MAX_POINTS[kind]:
            allowed = f"{MIN_POINTS[kind]} to {MAX_POINTS[kind]}"
            raise RequestError.for_value(f"number of points{of_device}", int(own.sum()), allowed=allowed)
        try:
            part = {column: values[own] for column, values in table.items()}
            found.append(_one(kind, name, part, lines[own], sign, ignored, device))
        except RequestError as error:
            raise RequestError(f"{error}" if not of_device else f"device {device}: {error}") from None
    return tuple(found)


def _one(
    kind: str, name: str, table: dict[str, Array], lines: np.ndarray[tuple[int], np.dtype[np.int_]], sign: float,
    ignored: tuple[str, ...], device: str,
) -> Data:  # fmt: skip
    """One device's data, its values checked; the sign is changed after that."""
    beside = {column: table.pop(column) for column in _CHECKED[kind] if column in table}
    if kind == "pulses":
        train = replace(PulseTrain(name, **table, ignored=ignored, device=device), voltage=sign * table["voltage"])
        return check_train(train, lines, flipped=sign < 0, **beside)
    loop = IvLoop(name, **table, ignored=ignored, device=device)
    return check_loop(replace(loop, voltage=sign * loop.voltage, current=sign * loop.current), lines)


def _device(text: str, number: int) -> str:
    if not text or not text.isprintable() or len(text) > _LONGEST_DEVICE:
        allowed = f"one line of printable text, 1 to {_LONGEST_DEVICE} characters"
        raise RequestError.for_value(f"line {number}, column device", text, allowed=allowed)
    return text


def _columns(headers: list[str]) -> tuple[str, dict[str, tuple[int, float]], tuple[str, ...]]:
    """Kind of the data; position and scale to SI of each of its columns; headers that are not used."""
    spelled = {spelling: column for column, (_, others) in _COLUMNS.items() for spelling in (column, *others)}
    found: dict[str, tuple[int, str | None]] = {}
    for position, header in enumerate(headers):
        match = _HEADER.fullmatch(header) if len(header) <= _LONGEST_HEADER else None
        column = spelled.get(re.sub(r"[\s_]+", " ", match[1]).lower()) if match else None
        if match is None or column is None:
            continue
        if column in found:
            raise RequestError(
                f"there are two columns {column}: {quoted(headers[found[column][0]])} and {quoted(header)}. Keep one."
            )
        found[column] = (position, match[2])
    complete = [kind for kind, needed in _KINDS.items() if set(needed) <= set(found)]
    if len(complete) == 2:
        raise RequestError("the columns fit both a pulse train and an I-V loop. Leave out those of one of them.")
    if not complete:
        kind = "pulses" if {"pulse", "width", "conductance"} & set(found) else "loop"
        missing = [column for column in _KINDS[kind] if column not in found]
        raise RequestError(f"missing column {', '.join(missing)}; the header is {quoted(headers)}. It needs {_EXAMPLE}")
    kind = complete[0]
    fitted = [column for column in (*_KINDS[kind], *_MORE[kind]) if column in found]
    beside = [column for column in _CHECKED[kind] if column in found]
    columns = {column: (found[column][0], _to_si(column, found[column][1])) for column in (*fitted, *beside)}
    used = {columns[column][0] for column in fitted}
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

"""Currents at an array's terminals as a CSV: read with suspicion, and written in the same form.

    driven,voltage [mV],drive [uA],bit 0 [uA],bit 1 [uA]
    word 0,100,61.2,40.1,20.9
    word 1,100,44.0,11.7,32.1
    bit 0,100,51.9,,
    bit 1,100,52.6,,

A row for each line that was driven, all others at 0 V or cut off. `drive` is the current that the driven line takes,
the other columns what comes out of a sensed line; a field that is empty was not measured.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pyspice_models.errors import RequestError, cut, quoted
from pyspice_models.inputs.separated import records
from pyspice_models.inputs.text import MOST_MAP, read_text, shown
from pyspice_models.lab.deembed.readings import BIT, MAX_LINES, OWN, SIDES, WORD, Readings
from pyspice_models.units import parse

_HEADER = re.compile(r"\s*([^\[(]*?)\s*(?:[\[(]\s*([^\])]*?)\s*[\])])?\s*")
_LINE = re.compile(r"(word|wl|bit|bl)\s*_?\s*(\d{1,6})", re.ASCII)
_SIDE = {"word": WORD, "wl": WORD, "bit": BIT, "bl": BIT}
_LONGEST_HEADER = 200
_OVERFLOW = 9e36  # [A] what instruments send for a reading beyond their range
_BEYOND = re.compile(r"[-+]?\s*(over|ovl|ovld|overflow|overload|ol|o\.l|inf|infinity|sat|saturated)\.?", re.IGNORECASE)
_EXAMPLE = "driven,voltage [mV],drive [uA],bit 0 [uA],bit 1 [uA], and rows such as word 0,100,61.2,40.1,20.9"
_REPEATS = 64


@dataclass(frozen=True)
class _Column:
    position: int
    scale: float
    side: int
    line: int


def read_readings(
    path: str | Path, *, shape: tuple[int, int] | None = None, floating: bool = False
) -> Readings:  # fmt: skip
    """Read a file of currents.

    Args:
        path: comma-separated, see the module's text; lines that start with # are comments.
        shape: (rows, cols) that the array must have; by default as the file names its lines, of which none may lack.
        floating: the undriven lines of the driven side were cut off.

    Raises:
        RequestError: no readable file, no header, a column without a unit or with another one, a field that is no
            finite number, a row of another length, lines that lack, a shape that is another, a saturated reading, 0 V;
            the message names file, line and column.
    """
    file = Path(path)
    text = read_text(file, "file of currents", MOST_MAP)
    try:
        return _parsed(text, file.name, shape, floating=floating)
    except RequestError as error:
        raise RequestError(f"{shown(file)}: {error}") from None


def _parsed(text: str, name: str, shape: tuple[int, int] | None, *, floating: bool) -> Readings:
    (_, headers), *rows = list(records(text)) or [(0, [])]
    if not headers:
        raise RequestError(f"the file is empty; it needs a header such as {_EXAMPLE}")
    driven_at, volts, drive, sensed = _columns(headers)
    if not rows:
        raise RequestError(f"there is no row below the header; it needs rows such as {_EXAMPLE}")
    drives = [_line(fields[driven_at] if driven_at < len(fields) else "", f"line {number}") for number, fields in rows]
    found = _shape(drives, sensed, shape)
    held: list[tuple[int, int, int, float, float]] = []
    ignored = 0
    for (number, fields), (side, line) in zip(rows, drives, strict=True):
        if len(fields) != len(headers):
            raise RequestError(
                f"line {number} has {len(fields)} fields, the header has {len(headers)}: a row of currents has one for "
                "each column, empty where nothing was measured"
            )
        voltage = _number(fields[volts.position], number, headers[volts.position]) * volts.scale
        if voltage == 0 or abs(voltage) > _HIGHEST:
            raise RequestError.for_value(
                f"line {number}, voltage", voltage, unit="V", allowed=f"-{_HIGHEST:g} to {_HIGHEST:g}, and not 0"
            )
        for column in (*drive, *sensed):
            if not fields[column.position].strip():
                continue
            if column.line != OWN and column.side == side:
                ignored += 1  # of a line that is held, beside the driven one
                continue
            current = _number(fields[column.position], number, headers[column.position]) * column.scale
            held.append((side, line, column.line, voltage, current))
    if not held:
        raise RequestError("no field holds a current")
    side, driven, at = np.array([entry[:3] for entry in held], dtype=np.intp).T
    voltage_, current_ = np.array([entry[3:] for entry in held]).T
    made = Readings(name, *found, side, driven, at, voltage_, current_, floating, ignored)
    if floating and (made.side == BIT).any():
        raise RequestError(
            "rows with a bit line driven are not taken where undriven lines float: leave them out, or hold the lines"
        )
    return made


_HIGHEST = 100.0  # [V]


def _columns(headers: list[str]) -> tuple[int, _Column, list[_Column], list[_Column]]:
    """Position of the driven line's name; the voltage; the driven line's current; those of sensed lines."""
    driven: list[int] = []
    volts: list[_Column] = []
    drive: list[_Column] = []
    sensed: dict[tuple[int, int], _Column] = {}
    for position, header in enumerate(headers):
        match = _HEADER.fullmatch(header) if len(header) <= _LONGEST_HEADER else None
        word = re.sub(r"[\s_]+", " ", match[1]).lower() if match else ""
        unit = match[2] if match else None
        line = _LINE.fullmatch(word)
        if line:
            key = _SIDE[line[1]], int(line[2])
            if key in sensed:
                raise RequestError(f"there are two columns {SIDES[key[0]]} {key[1]}. Keep one.")
            sensed[key] = _Column(position, _to_si(header, unit, "A"), *key)
        elif word in {"driven", "line", "driven line"}:
            driven.append(position)
        elif word in {"voltage", "v"}:
            volts.append(_Column(position, _to_si(header, unit, "V"), WORD, OWN))
        elif word in {"drive", "own", "drive current"}:
            drive.append(_Column(position, _to_si(header, unit, "A"), WORD, OWN))
        else:
            raise RequestError(f"the column {quoted(header)} is not known. The header is such as {_EXAMPLE}")
    for what, columns in (("driven", driven), ("voltage", volts)):
        if len(columns) != 1:
            count = "no column" if not columns else "two columns"
            raise RequestError(f"there is {count} {what}; the header is such as {_EXAMPLE}")
    if len(drive) > 1:
        raise RequestError("there are two columns drive. Keep one.")
    return driven[0], volts[0], drive, list(sensed.values())


def _to_si(header: str, unit: str | None, declared: str) -> float:
    # a prefix alone, as in [u], leaves the unit to be guessed
    if not unit or not unit.endswith(declared):
        raise RequestError.for_value(
            f"unit of column {quoted(header)}", unit, allowed=f"{declared} with or without an SI prefix",
            advice=f"Write the unit into the header, for example [u{declared}].",
        )  # fmt: skip
    return parse(f"1 {unit}", declared, name=f"unit of column {quoted(header)}")


def _line(text: str, where: str) -> tuple[int, int]:
    match = _LINE.fullmatch(text.strip().lower()) if len(text) <= _LONGEST_HEADER else None
    if match is None:
        raise RequestError.for_value(f"{where}, driven", text, allowed="a line, such as word 3 or bit 0")
    return _SIDE[match[1]], int(match[2])


def _number(field: str, line: int, header: str) -> float:
    where = f"line {line}, column {cut(header)}"
    saturated = _BEYOND.fullmatch(field.strip()) is not None
    value = 0.0 if saturated else parse(field, "", name=where)
    if saturated or abs(value) >= _OVERFLOW:
        raise RequestError(
            f"{where} holds {quoted(field)}: a saturated reading. Leave the field empty, as not measured, or measure "
            "in a larger range."
        )
    return value


def _shape(drives: list[tuple[int, int]], sensed: list[_Column], shape: tuple[int, int] | None) -> tuple[int, int]:
    """Rows and columns; every line of either side has a row or a column, up to the last one."""
    named = []
    for side in (WORD, BIT):
        # a line that is driven alone, with no line of the other side sensed, is no part of the matrix
        counts = any(one.side != side for one in sensed)
        named.append(
            {line for mine, line in drives if mine == side and counts} | {c.line for c in sensed if c.side == side}
        )
    found = [max(have, default=-1) + 1 for have in named]
    for side, (have, count) in enumerate(zip(named, found, strict=True)):
        asked = count if shape is None else shape[side]
        if count > asked:
            raise RequestError(
                f"the currents are of an array of {found[0]} x {found[1]} lines, and {shape[0]} x {shape[1]} are asked "
                "for: word lines x bit lines"
                if shape is not None
                else ""
            )
        if not 1 <= asked <= MAX_LINES:
            raise RequestError.for_value(f"number of {SIDES[side]} lines", asked, allowed=f"1 to {MAX_LINES}")
        lacking = sorted(set(range(asked)) - have)
        if lacking:
            form = "row" if side == WORD else "column"
            raise RequestError(
                f"{SIDES[side]} {lacking[0]} of {asked} is nowhere: the matrix of currents has another shape than the "
                f"array. Give it its {form}, with empty fields if it was not measured."
            )
        found[side] = asked
    most = _REPEATS * (found[0] + found[1])
    if len(drives) > most:
        raise RequestError.for_value("number of rows", len(drives), allowed=f"up to {most} for this array")
    return found[0], found[1]


def readings_text(readings: Readings, about: tuple[str, ...] = (), *, digits: int = 12) -> Iterator[str]:
    """Lines of a file that `read_readings` reads, voltages in mV and currents in uA.

    Args:
        readings: a row for every driven line and voltage; what was measured twice gives two rows.
        about: comments at its head.
        digits: of a current.
    """
    for line in about:
        yield f"# {line}"
    columns = [(BIT, line) for line in range(readings.cols)]
    if ((readings.side == BIT) & (readings.sensed != OWN)).any():
        columns += [(WORD, line) for line in range(readings.rows)]
    names = [f"{SIDES[side]} {line} [uA]" for side, line in columns]
    yield ",".join(["driven", "voltage [mV]", "drive [uA]", *names])
    rows: dict[tuple[int, int, int, float], dict[tuple[int, int], float]] = {}
    turns: dict[tuple[int, int, int, int], int] = {}
    for side, driven, sensed, voltage, current in zip(
        readings.side.tolist(), readings.driven.tolist(), readings.sensed.tolist(), readings.voltage.tolist(),
        readings.current.tolist(), strict=True,
    ):  # fmt: skip
        turn = turns[side, driven, sensed, 0] = turns.get((side, driven, sensed, 0), -1) + 1
        rows.setdefault((side, driven, turn, voltage), {})[(1 - side, sensed)] = current
    for (side, driven, _, voltage), currents in sorted(rows.items()):
        fields = [currents.get((1 - side, OWN))]
        fields += [currents.get(column) if column[0] != side else None for column in columns]
        numbers = ["" if value is None else f"{1e6 * value:.{digits}g}" for value in fields]
        yield ",".join([f"{SIDES[side]} {driven}", f"{1e3 * voltage:.12g}", *numbers])

"""Files of waves from outside: raw files of ngspice and VACASK, binary or text, and CSV files with a header."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pyspice_models.engine.rawfile import header_of, miscount, read_header, read_raw
from pyspice_models.errors import RequestError, SimulationError
from pyspice_models.inputs.text import check_regular, read_bytes, shown
from pyspice_models.inputs.waves import MOST_BYTES, wave_columns

Array = NDArray[np.float64]

WHAT = "file of waves"
_RAW_TEXT, _RAW_BINARY = b"\nValues:", b"\nBinary:"
_HEAD = 1 << 20  # bytes in which the word that tells what a raw file is has to stand
_CURRENTS = ("i(", "ix(", "i_", "@")


@dataclass(frozen=True)
class OutsideWaves:
    """What a file holds.

    Attributes:
        path: of the file.
        time: strictly rising, from the file [s].
        columns: every wave by the name that the file has for it, in small letters; in the file's units, which are SI
            where it states none.
    """

    path: Path
    time: Array
    columns: Mapping[str, Array]


def outside_waves(path: Path) -> OutsideWaves:
    """Read a raw file (.raw, or whatever begins as one) or a CSV.

    Raises:
        RequestError: a file that cannot be read, or is damaged or cut off; the message says where.
    """
    check_regular(path, WHAT, MOST_BYTES)
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if _RAW_BINARY in head:
        time, columns = _binary(path)
    elif _RAW_TEXT in head:
        time, columns = _text(path)
    elif b"T\0i\0t\0l\0e\0" in head[:64]:
        raise _refused(
            path, "it is LTspice's own raw file. Export the waves as text there (File > Export), and give that"
        )
    elif head[:6].lower() == b"title:":
        raise _refused(path, "it is a raw file that ends inside its header: it was cut off")
    else:
        found = wave_columns(path, WHAT, unit_of=_unit_of, bare=_unit)
        time, columns = found.time, {name.lower(): values for name, values in found.values.items()}
    if not len(time):
        raise _refused(path, "it holds no time point")
    if (back := np.diff(time) < 0).any() or not np.isfinite(time).all():
        at = int(back.argmax()) + 1
        raise _refused(path, f"its times fall at point {at}: {time[at]:g} s after {time[at - 1]:g} s")
    last = np.append(np.diff(time) > 0, True)  # of samples at one time the last one counts
    return OutsideWaves(path, time[last], {name: values[last] for name, values in columns.items()})


def _refused(path: Path, why: str) -> RequestError:
    return RequestError(f"the {WHAT} {shown(path)} cannot be read: {why}.")


_UNITS = ("ohm", "V", "A", "S", "J", "W", "F", "C", "s")


def _unit_of(name: str, own: str) -> str:
    """A file may hold what it likes: what no study has is left aside later."""
    return next((unit for unit in _UNITS if own.endswith(unit)), "")


def _unit(name: str) -> str:
    return "A" if name.lower().startswith(_CURRENTS) else "V"


def _binary(path: Path) -> tuple[Array, dict[str, Array]]:
    try:
        header = read_header(path)
        if header is None:
            raise _refused(path, "its header is cut off")
        if wrong := miscount(path, header):
            raise _refused(path, f"it {wrong}: it was cut off, or its tool is still writing it")
        columns, numbers = read_raw(path, header)
    except SimulationError as error:
        raise _refused(path, str(error.reason).rstrip(".")) from None
    every = {name.lower(): numbers[:, column] for name, column in columns.items()}
    return _checked(path, every.pop("time"), every)


def _text(path: Path) -> tuple[Array, dict[str, Array]]:
    data = read_bytes(path, WHAT, MOST_BYTES).decode("utf-8", errors="replace").replace("\r\n", "\n")
    head, _, values = data.partition("\nValues:")
    try:
        header = header_of(head, len(head))
    except ValueError as error:
        raise _refused(path, str(error)) from None
    try:
        numbers = np.array(values.split(), dtype=float)
    except ValueError as error:
        raise _refused(path, f"its values hold what is no number: {error}") from None
    wide, points = len(header.names) + 1, header.points or 0
    if numbers.size != wide * points:
        raise _refused(
            path, f"it announces {points} time points of {wide - 1} numbers and holds {numbers.size / wide:.10g}: it "
            "was cut off, or its tool is still writing it",
        )  # fmt: skip
    table = numbers.reshape(points, wide)[:, 1:]
    every = {name.lower(): table[:, column] for column, name in enumerate(header.names)}
    return _checked(path, every.pop("time"), every)


def _checked(path: Path, time: Array, columns: dict[str, Array]) -> tuple[Array, dict[str, Array]]:
    for name, values in columns.items():
        if not np.isfinite(values).all():
            first = int((~np.isfinite(values)).argmax())
            raise _refused(path, f"{name} is {values[first]} at {time[first]:g} s")
    return time, columns

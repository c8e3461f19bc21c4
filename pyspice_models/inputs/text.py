"""The one way in for files that a user names: regular files up to a stated size, as bytes, text or tables.

A device never ends and a FIFO never begins, so neither is opened. What a foreign reader makes of a damaged file is
unforeseeable; whatever it raises becomes a refusal that names the file.
"""

from __future__ import annotations

import codecs
import json
import os
import re
import stat
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from pyspice_models.errors import MOST_OF_A_NAME, Ag2sError, RequestError, cut

MOST_TEXT = 16_000_000
"""Bytes of a study file: a TOML reader takes some seconds for as many."""

MOST_MAP = 600_000_000
"""Bytes of a file of numbers: 4096 x 4096 of them as text."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"),
)  # fmt: skip
"""Byte-order marks, as editors and spreadsheets of other systems begin their files with; the longer ones first."""

_DEEPEST = 40
_DIGITS = 4000  # JSON, of which the record of a run is made, holds no longer whole numbers
_LONG_NUMBER = re.compile(rf"[0-9_]{{{_DIGITS}}}")
_LONG_KEY = re.compile(r"""(?<![\w"'. \t-])[ \t]*+(?:[\w"'-]++[ \t]*+\.[ \t]*+){200}""")


class Unusable(ValueError):
    """What is wrong with a file, in words that say all: no full stop at the end, no name of the file."""


def shown(path: Path | str) -> str:
    """A path for a message: on one line, whatever its characters are."""
    return cut(str(path), MOST_OF_A_NAME)


def check_regular(path: Path, what: str, most: int | None = None) -> None:
    """Raise RequestError unless `path` is a regular file, or a link to one, of at most `most` bytes.

    Args:
        path: the file.
        what: it is, for an error, such as "study".
        most: bytes.
    """
    with _named(path, what):
        _check(path.stat(), most)


def is_file(path: Path) -> bool:
    """Whether there is something of this name that is no folder; False for a name that no file can have."""
    try:
        return path.exists() and not path.is_dir()
    except (OSError, ValueError):
        return False


@contextmanager
def opened(path: Path, what: str, most: int) -> Iterator[BinaryIO]:
    """A regular file, to be read by a library that checks what it takes from it.

    Raises:
        RequestError: as `read_bytes`, or what is raised in the block; see `refused_if_damaged`.
    """
    with _named(path, what):
        # looked at before it is opened: some devices do something when they are; and after it, for it may have changed
        _check(path.stat(), most)
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(handle, "rb") as file:
        with _named(path, what):
            _check(os.fstat(handle), most)
        with refused_if_damaged(path, what):
            yield file


def read_bytes(path: Path, what: str, most: int) -> bytes:
    """All of a regular file.

    Raises:
        RequestError: no such file, no regular file, one of more than `most` bytes, or one that cannot be read.
    """
    with opened(path, what, most) as file, _named(path, what):
        data = file.read(most + 1)  # the size that a pseudo file of the system states is 0
        if len(data) > most:
            raise OSError(f"it has more than {most} bytes, the most that are read")
        return data


def read_text(path: Path, what: str, most: int) -> str:
    """All of a text file with line breaks as `\\n`: UTF-8, or what its byte-order mark says, as of spreadsheets.

    Raises:
        RequestError: as `read_bytes`, or another encoding.
    """
    data = read_bytes(path, what, most)
    mark, encoding = next(((mark, name) for mark, name in _MARKS if data.startswith(mark)), (b"", "utf-8"))
    try:
        text = data[len(mark) :].decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise RequestError(
            f"the {what} {shown(path)} cannot be read: line {line} is not text in {encoding.upper()}. Save it as UTF-8."
        ) from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def read_toml(path: Path, what: str, most: int = MOST_TEXT) -> dict[str, Any]:
    """The tables of a TOML file.

    Raises:
        RequestError: as `read_text` and `parse_toml`.
    """
    return parse_toml(read_text(path, what, most), shown(path))


def parse_toml(text: str, where: str) -> dict[str, Any]:
    """Tables from TOML text; `where` names it in errors.

    Raises:
        RequestError: no TOML, or what can be written in TOML and makes no sense: numbers of thousands of digits,
            nesting without end.
    """
    if _LONG_KEY.search(text):
        raise RequestError(f"{where} holds a key of more than 200 parts. Correct it.")
    if match := _LONG_NUMBER.search(text):
        line = text.count("\n", 0, match.start()) + 1
        raise RequestError(f"{where}: line {line} holds a number of thousands of digits. Write it as 1e30, or shorter.")
    try:
        tables = tomllib.loads(text)
    except RecursionError:
        raise RequestError(
            f"{where} is nested too deeply; {_DEEPEST} tables or lists in each other are allowed."
        ) from None
    except ValueError as error:  # tomllib's own, and those of dates and numbers that it lets through
        raise RequestError(f"{where} is not a TOML file: {cut(str(error), 200)}. Correct it.") from None
    _check_depth(tables, where)
    return tables


def read_json(path: Path, what: str, most: int = MOST_MAP) -> Any:
    """What a JSON file says.

    Raises:
        RequestError: as `read_bytes`, no JSON, or what nobody could use: nesting without end, endless numbers.
    """
    data = read_bytes(path, what, most)
    try:
        found = parse_json(data)
    except ValueError as error:
        raise RequestError(
            f"the {what} {shown(path)} is not a JSON file: {cut(str(error), 200)}. Correct it."
        ) from None
    _check_depth(found, shown(path))
    return found


def parse_json(text: str | bytes) -> Any:
    """What JSON text says; of a file whose text nobody has vouched for.

    Raises:
        ValueError: no JSON, or nested more deeply than anybody reads.
    """
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _check_depth(tables: object, where: str) -> None:
    """Refuse what later steps could not copy or record: they go as deep as the tables do."""
    level: list[tuple[str, Any]] = [("", tables)]
    for _ in range(_DEEPEST):
        deeper: list[tuple[str, Any]] = []
        for name, value in level:
            if isinstance(value, dict):
                deeper += [(f"{name}.{key}" if name else key, entry) for key, entry in value.items()]
            elif isinstance(value, list):
                deeper += [(name, entry) for entry in value]
            elif isinstance(value, int) and value.bit_length() > _DIGITS:  # written in hexadecimal
                raise RequestError.for_value(name, value, allowed="a number that can be written in decimals")
        level = deeper
        if not level:
            return
    raise RequestError(f"{where} is nested too deeply; {_DEEPEST} tables or lists in each other are allowed.")


def check_shape(path: Path, found: tuple[int, ...], wanted: tuple[int, ...]) -> None:
    """Raise RequestError unless what a file holds, or claims to hold, has the shape that is asked for."""
    if found != wanted:
        raise RequestError.for_value(f"shape of {shown(path)}", found, allowed=f"{wanted}, rows x columns")


@contextmanager
def refused_if_damaged(path: Path, what: str) -> Iterator[None]:
    """Whatever a foreign reader raises over a file is a refusal of that file.

    Libraries for images, MATLAB files, archives and HDF5 raise what they happen to stumble over in a damaged one:
    zlib.error, NotImplementedError, KeyError, AttributeError, MemoryError and so on.
    """
    try:
        yield
    except Ag2sError:
        raise
    except Unusable as error:
        raise RequestError(f"the {what} {shown(path)} cannot be read: {error}.") from None
    except Exception as error:
        reason = cut(str(error) or type(error).__name__, 200)
        raise RequestError(
            f"the {what} {shown(path)} cannot be read: {reason}. It is damaged, or is not what its ending says."
        ) from error


@contextmanager
def _named(path: Path, what: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
    except ValueError as error:  # a name that no file can have
        reason = str(error)
    else:
        return
    raise RequestError(f"the {what} {shown(path)} cannot be read: {cut(reason, 200)}. Check the path.") from None


def _check(found: os.stat_result, most: int | None) -> None:
    kinds = {stat.S_IFDIR: "a folder", stat.S_IFIFO: "a FIFO", stat.S_IFSOCK: "a socket"}
    if not stat.S_ISREG(found.st_mode):
        raise OSError(f"it is {kinds.get(stat.S_IFMT(found.st_mode), 'a device')}, not a regular file")
    if most is not None and found.st_size > most:
        raise OSError(f"it has {found.st_size} bytes, and at most {most} are read")


def text_of(value: object, name: str) -> str:
    """The text that a key must hold, such as a file's name.

    Raises:
        RequestError: it is something else, or empty, or has characters that no name has.
    """
    if not isinstance(value, str) or not value.strip() or "\0" in value:
        raise RequestError.for_value(name, value, allowed="text")
    return value

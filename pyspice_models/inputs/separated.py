"""Comma-separated text: what Excel and others write instead is named, with what to do."""

from __future__ import annotations

import csv
from collections.abc import Iterator

from pyspice_models.errors import RequestError, quoted

_LONGEST = 4_000_000  # characters of a line: 4096 numbers and much to spare


def records(text: str) -> Iterator[tuple[int, list[str]]]:
    """Line number and fields of every line that is neither empty nor, with a # in front, a comment.

    Raises:
        RequestError: semicolons or tabs instead of commas, a line that is not to be taken apart.
    """
    first = True
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip(" ,\t;") or line.lstrip().startswith("#"):
            continue
        if len(line) > _LONGEST:
            raise RequestError(f"line {number} has {len(line)} characters, and at most {_LONGEST} are read")
        try:
            fields = next(csv.reader([line]))
        except csv.Error as error:
            raise RequestError(f"line {number} cannot be taken apart: {error}") from None
        # a semicolon inside a quoted name separates nothing
        fields = [field.strip() for field in fields]
        if first and any(mark in field and f'"{field}"' not in line for mark in ";\t" for field in fields):
            raise RequestError(
                "the columns are not separated by commas. Save the file as comma-separated values, with a point in "
                "decimal numbers."
            )
        first = False
        yield number, fields


def refuse_header(number: int, fields: list[str]) -> None:
    """Raise RequestError if a line has names in it where numbers are asked for."""
    words = [field for field in fields if field[:1].isalpha() and field.lower() not in {"nan", "inf", "infinity"}]
    if words:
        raise RequestError(f"line {number} is a header ({quoted(words[0])}): a map has none. Delete that line.")

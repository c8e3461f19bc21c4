"""Rows of a crossbar's text, made from one template: a megabit array is written in seconds.

A row is written once with marks in place of its number; its copies are made by replacing the marks. The marks are
characters that no netlist holds.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import overload

from pyspice_models.array.nodes import Index

ROW, NEXT, BEFORE = "\x01", "\x02", "\x03"
"""Stand for the number of a row, of the one after it and of the one before it."""


def stamped(template: str, row: int) -> str:
    """A template with a row's numbers in place of the marks."""
    return template.replace(ROW, str(row)).replace(NEXT, str(row + 1)).replace(BEFORE, str(row - 1))


def rows_of(
    rows: int, dialect: Callable[[Index, Index], Iterable[str]], alone: Collection[int] = ()
) -> Iterator[str]:  # fmt: skip
    """The lines of all rows, one text for each row that has any.

    Args:
        rows: how many.
        write: gives the lines of a row from its number and that of the next row; the numbers may be marks.
        alone: rows that are not like the others: they are written by themselves.
    """
    template: str | None = None
    for row in range(rows):
        if row in alone:
            text = "\n".join(dialect(row, row + 1))
        else:
            if template is None:
                template = "\n".join(dialect(ROW, NEXT))
            text = stamped(template, row)
        if text:
            yield text


class PerCell(Sequence[str]):
    """One name for every crossing, row by row; made when it is asked for, because a large array has millions.

    It is empty at crossings where there is nothing to name.
    """

    def __init__(
        self, shape: tuple[int, int], name: Callable[[Index, int], str], without: Collection[tuple[int, int]] = ()
    ) -> None:
        """Of an array of `shape`, `without` some crossings; `name` formats one, and its row may be a mark."""
        self._shape, self._name, self._without = shape, name, without

    def __len__(self) -> int:
        return self._shape[0] * self._shape[1]

    @overload
    def __getitem__(self, place: int) -> str: ...

    @overload
    def __getitem__(self, place: slice) -> list[str]: ...

    def __getitem__(self, place: int | slice) -> str | list[str]:
        if isinstance(place, slice):
            return [self[index] for index in range(*place.indices(len(self)))]
        row, col = divmod(range(len(self))[place], self._shape[1])
        return "" if (row, col) in self._without else self._name(row, col)

    def __iter__(self) -> Iterator[str]:
        template = "\n".join(self._name(ROW, col) for col in range(self._shape[1]))
        alone = {row for row, _ in self._without}
        for row in range(self._shape[0]):
            if row in alone:
                yield from (self[row * self._shape[1] + col] for col in range(self._shape[1]))
            else:
                yield from stamped(template, row).split("\n")

"""From what each cell is to get to pulses one after another: in which order, and which cells at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pyspice_models.program.algorithms.base import Array, Pulses
from pyspice_models.stimulus import Write

ORDERS = ("rows", "long-first", "short-first", "sets-first", "resets-first")
FORECAST = "forecast"
"""That one of the `ORDERS` which is forecast to draw least."""


@dataclass(frozen=True)
class Group:
    """One pulse: cells of a row.

    Attributes:
        row, cols: where.
        voltage: with its sign [V].
        width: [s].
    """

    row: int
    cols: tuple[int, ...]
    voltage: float
    width: float

    def step(self, scheme: str) -> Write:
        """As a step of a program."""
        col = self.cols[0] if len(self.cols) == 1 else self.cols
        return Write(self.row, col, width=self.width, scheme=scheme, voltage=self.voltage)


@dataclass(frozen=True)
class Layout:
    """How pulses are laid out.

    Attributes:
        rows: cells of a row that need the same sign and voltage are pulsed at once, each as long as it needs.
        order: of the pulses, one of `ORDERS`.
        grain: widths of a row that differ by less than this share count as one, their middle.
        shortest: pulse, and piece of one [s].
    """

    rows: bool = False
    order: str = "rows"
    grain: float = 0.2
    shortest: float = 100e-9


def laid_out(asked: Pulses, how: Layout) -> list[Group]:
    """All pulses of a round in their order.

    Of a row that is pulsed at once the shortest width is given to all, what is left of the others to these, and so on:
    a cell gets pieces that add up to its width.
    """
    given = np.argwhere(asked.width > 0)
    if not how.rows:
        groups = [
            Group(int(r), (int(c),), _signed(asked, r, c), float(asked.width[r, c])) for r, c in given
        ]  # fmt: skip
        return _ordered(groups, how.order)
    blocks: list[list[Group]] = []
    for row in range(asked.width.shape[0]):
        for up in (True, False):
            mine = (asked.width[row] > 0) & (asked.up[row] == up)
            for volts in np.unique(asked.voltage[row][mine]):
                cols = np.flatnonzero(mine & (asked.voltage[row] == volts))
                signed = float(volts) if up else -float(volts)
                blocks.append(list(_nested(row, cols, asked.width[row, cols], signed, how)))
    blocks.sort(key=lambda block: _rank(block, how.order))
    return [one for block in blocks for one in block]


def row_times(groups: list[Group], voltage: float, rows: int) -> Array:
    """For how long each row is pulsed at one magnitude, by sets and by resets, shape (2, rows) [s]."""
    found = np.zeros((2, rows))
    for one in groups:
        if abs(one.voltage) == voltage:
            found[0 if one.voltage > 0 else 1, one.row] += one.width
    return found


def received(groups: list[Group], shape: tuple[int, int]) -> tuple[Array, NDArray[np.int_]]:
    """Of each cell the time under its own pulses [s], and their number; shape (rows, cols)."""
    time, count = np.zeros(shape), np.zeros(shape, dtype=int)
    for one in groups:
        time[one.row, list(one.cols)] += one.width
        count[one.row, list(one.cols)] += 1
    return time, count


def _nested(row: int, cols: NDArray[np.int_], widths: Array, volts: float, how: Layout) -> Iterator[Group]:
    order = np.argsort(widths, kind="stable")
    cols, widths, done, n = cols[order], widths[order], 0.0, 0
    while n < len(cols):
        # those that are no further apart than a grain, or than the shortest piece, end together
        last = max(float(widths[n]) * (1 + how.grain), float(widths[n]) + how.shortest)
        alike = widths[n:][widths[n:] < last] if last > widths[n] else widths[n : n + 1]
        ends = max(float(alike[0] + alike[-1]) / 2, done + how.shortest)
        yield Group(row, tuple(sorted(int(c) for c in cols[n:])), volts, ends - done)
        done, n = ends, n + len(alike)


def _ordered(groups: list[Group], order: str) -> list[Group]:
    return groups if order == "rows" else sorted(groups, key=lambda one: _rank([one], order))


def _rank(block: list[Group], order: str) -> float:
    """By which blocks are sorted; equal ones stay as they are."""
    lasts = sum(one.width for one in block)
    return {"rows": 0.0, "long-first": -lasts, "short-first": lasts, "sets-first": -block[0].voltage,
            "resets-first": block[0].voltage}[order]  # fmt: skip


def _signed(asked: Pulses, row: int, col: int) -> float:
    volts = float(asked.voltage[row, col])
    return volts if asked.up[row, col] else -volts

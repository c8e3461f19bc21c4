"""What a report consists of, whatever shows it: the page, the PDF, pictures and CSV files are made from these alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pyspice_models.units import shown

Array = NDArray[np.float64]
Scale = Literal["linear", "log", "words"]


@dataclass(frozen=True)
class Number:
    """A number of a table: what is read, and what a CSV holds.

    Attributes:
        value: SI.
        unit: of it, "" or "1" for none.
        digits: that are shown.
    """

    value: float
    unit: str = ""
    digits: int = 4

    def __str__(self) -> str:
        """For people, with an SI prefix."""
        return shown(self.value, self.unit, self.digits)


Cell = str | Number


@dataclass(frozen=True)
class Paragraph:
    """Text; of kind "warning" it is what must not be overlooked, of kind "note" what explains a figure."""

    text: str
    kind: Literal["plain", "note", "warning"] = "plain"


@dataclass(frozen=True)
class Code:
    """Lines to type, or to read as they are; a long one is folded behind its title."""

    text: str
    title: str = ""


@dataclass(frozen=True)
class Table:
    """A table.

    Attributes:
        name: of its CSV file.
        title: above it.
        head: names of the columns.
        rows: cells; the first one names the row.
        folded: shown when its title is clicked.
        last_explains: the last column is a sentence that stands below the others where the page is narrow.
    """

    name: str
    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    folded: bool = False
    last_explains: bool = False


@dataclass(frozen=True)
class Axis:
    """An axis of a figure.

    Attributes:
        label, unit: of it.
        scale: of it; with "words" its values are 0, 1, 2 ...
        places: names of these.
        ticks: where to put them; empty: where they fit.
    """

    label: str
    unit: str = ""
    scale: Scale = "linear"
    places: Sequence[str] = ()
    ticks: Sequence[float] = ()


@dataclass(frozen=True)
class Curve:
    """A line of a figure, or points; `y` may hold NaN."""

    name: str
    x: Array
    y: Array
    style: Literal["line", "dashed", "points", "both", "steps"] = "both"
    colour: int = 0


@dataclass(frozen=True)
class Curves:
    """A figure of lines."""

    name: str
    title: str
    x: Axis
    y: Axis
    curves: Sequence[Curve]
    about: str = ""
    marks: Sequence[tuple[str, float]] = ()
    """Vertical lines with their names, such as limits."""


@dataclass(frozen=True)
class Map:
    """A figure with a square for each value.

    Attributes:
        name, title, about: as of curves.
        values: shape (rows, cols), SI; NaN stays empty.
        unit: of them.
        rows, cols: what lies beside and below.
        colours: name of the colour map, as Matplotlib calls it.
        scale: of the colours; "symlog" is logarithmic on both sides of 0, down to `small`.
        low, high: ends of the colours; None: those of the values.
        small: see `scale`.
        aim: the square that is framed.
        of_cells: its squares are the cells of an array whose waves the page has.
        coarse: lines that one square stands for; its value is the one furthest from 0, unless `about` says another.
    """

    name: str
    title: str
    values: Array
    unit: str = ""
    about: str = ""
    rows: Axis = field(default_factory=lambda: Axis("word line"))
    cols: Axis = field(default_factory=lambda: Axis("bit line"))
    colours: str = "viridis"
    scale: Literal["linear", "log", "symlog"] = "linear"
    low: float | None = None
    high: float | None = None
    small: float = 0.0
    aim: tuple[int, int] | None = None
    of_cells: bool = False
    coarse: int = 1

    @property
    def ends(self) -> tuple[float, float]:
        """Lowest and highest colour."""
        known = self.values[np.isfinite(self.values)]
        low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
        return low if self.low is None else self.low, high if self.high is None else self.high


@dataclass(frozen=True)
class Channel:
    """Waves of one kind.

    Attributes:
        over: what each is of: "cell", "row" or "col".
        unit, about: of them.
        values: shape (waves, time); of cells row by row.
        lines: which cells, rows or columns are there; all if None.
        floor: share of the largest value below which nothing is kept.
    """

    over: Literal["cell", "row", "col"]
    unit: str
    about: str
    values: Array
    lines: NDArray[np.int64] | None = None
    floor: float = 1e-7


@dataclass(frozen=True)
class Panel:
    """Waves over one another: names of channels with labels, in which {row} and {col} stand for the cell's lines."""

    title: str
    unit: str
    waves: Sequence[tuple[str, str]]
    scale: Scale = "linear"


@dataclass(frozen=True)
class Span:
    """A part of the program."""

    name: str
    kind: str
    start: float
    stop: float


@dataclass(frozen=True)
class Waves:
    """Waves of an array, of which a cell is chosen.

    Attributes:
        name, title: as of other figures.
        shape: rows and columns of the array.
        cell: that is shown first.
        time: of all samples [s].
        channels: by name.
        panels: from top to bottom.
        spans: of the program.
        notes: what was left out.
        places: for each channel, which samples were kept of each wave, shape (waves, kept); all if it is not there.
    """

    name: str
    title: str
    shape: tuple[int, int]
    cell: tuple[int, int]
    time: Array
    channels: Mapping[str, Channel]
    panels: Sequence[Panel]
    spans: Sequence[Span] = ()
    notes: Sequence[str] = ()
    places: Mapping[str, NDArray[np.int64]] = field(default_factory=dict)


@dataclass(frozen=True)
class Picture:
    """A picture that a command drew, as its PNG file."""

    name: str
    title: str
    png: bytes


Figure = Curves | Map | Waves
Block = Paragraph | Code | Table | Curves | Map | Waves | Picture


@dataclass(frozen=True)
class Section:
    """A chapter; sections of the same key stand side by side where several results are reported."""

    key: str
    title: str
    blocks: Sequence[Block]


@dataclass(frozen=True)
class Report:
    """All that a result tells.

    Attributes:
        label: of the result among several: the name of its folder.
        kind: of the result in words.
        title: the question in one line.
        facts: size, engine and the like, one line each.
        measures: by name: number and meaning, for the comparison of several results.
        settings: what was asked, by key, for the same.
        sections: in the order of the page.
    """

    label: str
    kind: str
    title: str
    facts: Sequence[str]
    sections: Sequence[Section]
    measures: Mapping[str, tuple[Number, str]] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)

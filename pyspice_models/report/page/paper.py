"""A report on paper: A4 pages as PDF, by Matplotlib, the same bytes for the same report."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

from pyspice_models.report.blank import blank, matplotlib
from pyspice_models.report.page.blocks import Block, Code, Curves, Map, Paragraph, Picture, Report, Table, Waves
from pyspice_models.report.page.document import compared
from pyspice_models.report.page.drawn import draw_block_map, draw_curves
from pyspice_models.report.page.traces import first_traces
from pyspice_models.report.style import house_style, words
from pyspice_models.version import __version__

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_WIDTH, _HEIGHT = 8.27, 11.69  # [in]
_EDGE = 0.75
_TEXT = _WIDTH - 2 * _EDGE
_EM = 0.58  # mean width of a letter, of its size
_MOST_ROWS, _MOST_CODE = 400, 160


def paper(reports: Sequence[Report]) -> bytes:
    """The PDF of one result, or of several after each other behind their comparison."""
    from matplotlib.backends.backend_pdf import PdfPages

    matplotlib()
    held = io.BytesIO()
    about = {"CreationDate": None, "ModDate": None, "Title": reports[0].title, "Creator": f"ag2s {__version__}"}
    with house_style(), PdfPages(held, metadata=about) as pages:
        sheet = _Sheets(pages)
        if len(reports) > 1:
            sheet.text(" and ".join(report.label for report in reports), 16, bold=True)
            for table in compared(reports):
                sheet.table(table)
            sheet.turn()
        for number, report in enumerate(reports):
            if number:
                sheet.turn()
            _report(sheet, report)
        sheet.turn()
    return held.getvalue()


def _report(sheet: _Sheets, report: Report) -> None:
    sheet.text(f"{report.kind}: {report.label}", 8)
    sheet.text(report.title, 16, bold=True)
    sheet.text(" · ".join(report.facts), 9, after=0.1)
    for section in report.sections:
        sheet.text(section.title, 12, bold=True, before=0.18, after=0.06, keep=1.2)
        for kind, some in groupby(section.blocks, key=lambda block: type(block)):
            _blocks(sheet, kind, list(some))


def _blocks(sheet: _Sheets, kind: type[Block], some: list[Any]) -> None:
    if kind is Curves:
        sheet.figures(some, 2, 2.3, draw_curves)
    elif kind is Map:
        named = [block for block in some if block.rows.places]
        sheet.figures([block for block in some if not block.rows.places], 3, 2.15, draw_block_map)
        for block in named:
            sheet.figures([block], 1, min(1.6 + 0.17 * len(block.values), 8.0), draw_block_map, left=1.9, foot=1.2)
    elif kind is Picture:
        sheet.figures(some, 2, 2.4, _draw_picture)
    else:
        for block in some:
            if isinstance(block, Paragraph):
                told = ("Warning: " if block.kind == "warning" else "") + block.text
                # what stands before figures is their heading
                sheet.text(told, 9, bold=block.kind == "warning", keep=2.4 if block.kind == "plain" else 0.0)
            elif isinstance(block, Code):
                sheet.code(block)
            elif isinstance(block, Table):
                sheet.table(block)
            elif isinstance(block, Waves):
                sheet.text(f"{block.title} {block.cell}", 9, bold=True, keep=1.5)
                sheet.figures(first_traces(block), 1, 1.55, draw_curves)
                for note in block.notes:
                    sheet.text(note, 8)


def _draw_picture(ax: Any, block: Picture) -> None:
    from matplotlib.image import imread

    ax.imshow(imread(io.BytesIO(block.png)))
    ax.set_axis_off()
    ax.set_title(words(block.title))


class _Sheets:
    """Pages that are filled from the top."""

    def __init__(self, pages: Any) -> None:
        self._pages = pages
        self._sheet: Figure | None = None
        self._y = 0.0
        self._number = 0

    def _room(self, height: float) -> Figure:
        if self._sheet is None or self._y - height < _EDGE:
            self.turn()
            self._sheet = blank((_WIDTH, _HEIGHT), layout=None)
            self._number += 1
            self._y = _HEIGHT - _EDGE
            self._sheet.text(0.5, 0.4 / _HEIGHT, str(self._number), ha="center", size=8, color="0.35")
        return self._sheet

    def turn(self) -> None:
        """End the page, if it has begun."""
        if self._sheet is not None:
            self._pages.savefig(self._sheet)
            self._sheet = None

    def text(
        self, text: str, size: float, *, bold: bool = False, mono: bool = False, before: float = 0.0,
        after: float = 0.04, keep: float = 0.0,
    ) -> None:  # fmt: skip
        """A paragraph; `keep` inches below it stay on its page."""
        self._y -= before
        width = int(_TEXT * 72 / (size * (0.61 if mono else _EM)))
        lines = [part for line in text.splitlines() for part in textwrap.wrap(line, width) or [""]]
        for n, line in enumerate(lines):
            self._line([(0.0, line)], size, bold=bold, mono=mono, keep=keep if n == 0 else 0.0)
        self._y -= after

    def _line(
        self, parts: Sequence[tuple[float, str]], size: float, *, bold: bool = False, mono: bool = False,
        keep: float = 0.0,
    ) -> None:  # fmt: skip
        high = size * 1.32 / 72
        sheet = self._room(high + keep)
        for x, text in parts:
            sheet.text(
                (_EDGE + x) / _WIDTH, (self._y - high) / _HEIGHT, words(text), size=size, va="baseline",
                weight="bold" if bold else "normal", family="monospace" if mono else "sans-serif",
            )  # fmt: skip
        self._y -= high

    def code(self, block: Code) -> None:
        """Lines as they are, the first of a long text."""
        if block.title:
            self.text(block.title, 9, bold=True, keep=0.5)
        lines = block.text.splitlines()
        self.text("\n".join(lines[:_MOST_CODE]), 7, mono=True)
        if len(lines) > _MOST_CODE:
            self.text(f"... {len(lines) - _MOST_CODE} lines more are in the folder", 8)

    def table(self, block: Table) -> None:
        """A table, its head again on every page that it reaches."""
        if block.title:
            self.text(block.title, 10, bold=True, before=0.08, keep=0.8)
        head = list(block.head)
        rows = [[str(cell) for cell in row] for row in block.rows[:_MOST_ROWS]]
        size = 7.5 if len(head) <= 6 else max(3.5, 7.5 * 6 / len(head))
        shares = _columns(head, rows, size)
        letters = [max(3, int(share * 72 / (size * _EM)) - 1) for share in shares]
        starts = [sum(shares[:n]) for n in range(len(shares))]
        named_on = -1
        for row in rows:
            cells = [textwrap.wrap(cell, width) or [""] for cell, width in zip(row, letters, strict=True)]
            high = max(map(len, cells))
            self._room(high * size * 1.32 / 72)
            if named_on != self._number:
                heads = [textwrap.wrap(name, width) or [""] for name, width in zip(head, letters, strict=True)]
                self._row(starts, heads, size, bold=True)
                named_on = self._number
            self._row(starts, cells, size)
        if len(block.rows) > _MOST_ROWS:
            self.text(f"... {len(block.rows) - _MOST_ROWS} rows more: ag2s report --csv writes all", 8)
        self._y -= 0.06

    def _row(self, starts: Sequence[float], cells: Sequence[Sequence[str]], size: float, *, bold: bool = False) -> None:
        for n in range(max(map(len, cells))):
            parts = [(x, cell[n]) for x, cell in zip(starts, cells, strict=True) if n < len(cell)]
            self._line(parts, size, bold=bold)

    def figures(
        self, every: Sequence[Any], beside: int, high: float, draw: Callable[[Any, Any], None], left: float = 0.62,
        foot: float = 0.5,
    ) -> None:  # fmt: skip
        """Figures, some beside each other, with so much room for labels [in]."""
        for some in _batches(every, beside):
            sheet = self._room(high)
            wide = _TEXT / beside
            for n, block in enumerate(some):
                across, up = wide - left - 0.25 - 0.35 * (beside == 3), high - foot - 0.25
                x, y = _EDGE + n * wide + left, self._y - high + foot
                draw(sheet.add_axes((x / _WIDTH, y / _HEIGHT, across / _WIDTH, up / _HEIGHT)), block)
            self._y -= high


def _batches(every: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    for start in range(0, len(every), size):
        yield every[start : start + size]


def _columns(head: Sequence[str], rows: Sequence[Sequence[str]], size: float) -> list[float]:
    """Widths of columns [in]: what they need, and what is left for those that need more than their share."""
    letter = size * _EM / 72
    needs = [
        (max([len(name), *(len(row[n]) for row in rows)]) + 2) * letter for n, name in enumerate(head)
    ]  # fmt: skip
    fair = [max(_TEXT / len(needs), 1.6 * (n == 0)) for n in range(len(needs))]  # names stay on one line
    free = _TEXT - sum(need for need, most in zip(needs, fair, strict=True) if need <= most)
    greedy = sum(need for need, most in zip(needs, fair, strict=True) if need > most)
    if not greedy:
        return needs
    shares = [
        need if need <= most else max(0.6 * most, free * need / greedy) for need, most in zip(needs, fair, strict=True)
    ]
    scale = min(1.0, _TEXT / sum(shares))
    return [share * scale for share in shares]

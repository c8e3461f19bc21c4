"""What an object shows of itself, and its page for notebooks: no script, nothing loaded, below 20 kB."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from html import escape
from itertools import groupby
from pathlib import Path

import numpy as np

from pyspice_models.errors import cut
from pyspice_models.report.page import svg
from pyspice_models.report.page.blocks import Block, Code, Curves, Map, Number, Paragraph, Table
from pyspice_models.report.page.svg_map import map_drawing

MOST = 20_000
"""Characters of a page: many of them may stand in a notebook, and their text with it in version control."""

_ROWS = (60, 50, 40, 32, 24, 16, 8, 4)  # of a table, the fewer the more there is on the page
_POINTS, _LETTERS, _SQUARES = 150, 220, 32


@dataclass(frozen=True)
class Card:
    """What an object shows.

    Attributes:
        line: what it is, as its `repr` says.
        blocks: tables, maps and curves, in their order.
        all_rows: how to get the rows of tables that do not fit, in Python; "" where there is no way.
    """

    line: str
    blocks: Sequence[Block] = ()
    all_rows: str = ""


def html(card: Card) -> str:
    """The page."""
    for rows in _ROWS:
        text = _page(card, rows)
        if len(text.encode()) < MOST:
            return text
    return _page(replace(card, blocks=[block for block in card.blocks if isinstance(block, Paragraph)]), 0)


def _page(card: Card, rows: int) -> str:
    parts = [f'<p class="head">{escape(cut(card.line, 2 * _LETTERS))}</p>']
    for beside, some in groupby(card.blocks, key=lambda block: isinstance(block, Map | Curves)):
        inner = "".join(_one(block, rows, card.all_rows) for block in some)
        parts.append(f'<div class="side">{inner}</div>' if beside else inner)
    return f'<div class="ag2s"><style>{_style()}</style>{"".join(parts)}</div>'


def _one(block: Block, rows: int, all_rows: str) -> str:
    if isinstance(block, Paragraph):
        return f'<p class="{block.kind}">{escape(cut(block.text, 4 * _LETTERS))}</p>'
    if isinstance(block, Table):
        return "".join(_table(block, rows, all_rows))
    if isinstance(block, Map):
        return _figure(block, map_drawing(block))
    if isinstance(block, Curves):
        thin = replace(block, curves=[_thinned(curve) for curve in block.curves])
        return _figure(block, svg.drawing(thin, 460, 220) + svg.legend(thin))
    assert isinstance(block, Code), "waves and pictures are for reports"
    return f"<pre>{escape(cut(block.text, 4 * _LETTERS))}</pre>"


def _table(block: Table, rows: int, all_rows: str) -> Iterator[str]:
    """Without the page's attributes for narrow screens: letters are few here."""
    first = block.rows[: max(rows, 1)]
    numeric = [bool(first) and all(isinstance(row[n], Number) for row in first) for n in range(len(block.head))]
    head = "".join(
        f'<th scope="col"{_right(n)}>{escape(name)}</th>' for name, n in zip(block.head, numeric, strict=True)
    )
    lines = []
    for row in first:
        cells = "".join(f"<td{_right(n)}>{_cell(cell)}</td>" for cell, n in zip(row[1:], numeric[1:], strict=True))
        lines.append(f"<tr><th{_right(numeric[0])}>{_cell(row[0])}</th>{cells}</tr>")
    whole = f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(lines)}</tbody></table>"
    if more := len(block.rows) - len(first):
        how = f"; {all_rows} has all" if all_rows else ""
        whole += f'<p class="note">{more} more are not shown{escape(how)}.</p>'
    if block.folded:
        yield f"<details><summary>{escape(block.title)}</summary>{whole}</details>"
    else:
        yield (f"<h4>{escape(block.title)}</h4>" if block.title else "") + whole


def _right(right: bool) -> str:
    return ' class="n"' if right else ""


def _cell(cell: str | Number) -> str:
    if isinstance(cell, str):
        return escape(cut(cell, _LETTERS))
    return f'<data value="{cell.value!r}">{escape(str(cell))}</data>'


def _figure(block: Map | Curves, picture: str) -> str:
    about = f'<p class="note">{escape(cut(block.about, _LETTERS))}</p>' if block.about else ""
    kind = ' class="curves"' if isinstance(block, Curves) else ""
    return f"<figure{kind}><figcaption>{escape(cut(block.title, _LETTERS))}</figcaption>{picture}{about}</figure>"


def _thinned(curve: svg.Curve) -> svg.Curve:
    """Fewer points of a long line, its ends among them."""
    if len(curve.x) <= _POINTS:
        return curve
    kept = np.unique(np.linspace(0, len(curve.x) - 1, _POINTS).round().astype(int))
    return replace(curve, x=curve.x[kept], y=curve.y[kept])


def squares(name: str, title: str, values: np.ndarray, unit: str = "", **look: object) -> Map:
    """A map of an array; of more than 32 lines in blocks, each with the mean of its cells."""
    values = np.asarray(values, dtype=float)
    coarse = max(1, -(-max(values.shape) // _SQUARES))
    if coarse > 1:
        values = means(values, coarse)
        told = f"a square is the mean of {coarse} x {coarse} cells"
        look["about"] = f"{look['about']}; {told}" if look.get("about") else told
        if (aim := look.get("aim")) is not None:
            look["aim"] = (aim[0] // coarse, aim[1] // coarse)  # type: ignore[index]
    return Map(name, title, values, unit, coarse=coarse, **look)  # type: ignore[arg-type]


def means(values: np.ndarray, size: int) -> np.ndarray:
    """The mean of each block of so many rows and columns; at the edges of what there is, NaN left out."""
    rows, cols = (-(-length // size) for length in values.shape)
    padded = np.full((rows * size, cols * size), np.nan)
    padded[: values.shape[0], : values.shape[1]] = values
    blocks = padded.reshape(rows, size, cols, size).swapaxes(1, 2).reshape(rows, cols, -1)
    known = np.isfinite(blocks)
    count = known.sum(axis=2)
    total = np.where(known, blocks, 0.0).sum(axis=2)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


@cache
def _style() -> str:
    folder = Path(__file__).resolve().parents[1] / "page" / "assets"
    return (folder / "notebook.css").read_text(encoding="utf-8").replace("\n", "")

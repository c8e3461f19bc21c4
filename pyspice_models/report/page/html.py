"""Blocks as HTML; what its script needs of them is gathered beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from itertools import groupby
from typing import Any

import numpy as np

from pyspice_models.report.page import svg
from pyspice_models.report.page.blocks import (
    Array,
    Block,
    Code,
    Curve,
    Curves,
    Map,
    Number,
    Paragraph,
    Picture,
    Table,
    Waves,
)
from pyspice_models.report.page.colours import address, hex_table, png
from pyspice_models.report.page.packing import packed, packed_places
from pyspice_models.report.page.traces import first_traces
from pyspice_models.units import shown

_LONG = 12  # lines of code that are not folded
_FEW = 4  # columns whose meaning is plain where their heads are left out
_SHORT = 14  # letters of a cell that stay on one line


@dataclass
class Gathered:
    """What the script is given, in the order in which it stands on the page."""

    waves: list[dict[str, Any]] = field(default_factory=list)
    maps: list[dict[str, Any]] = field(default_factory=list)
    curves: list[dict[str, Any]] = field(default_factory=list)
    colours: dict[str, str] = field(default_factory=dict)
    regions: dict[str, int] = field(default_factory=dict)

    def region(self, name: str) -> str:
        """A name for a region that no other one of the page has."""
        self.regions[name] = count = self.regions.get(name, 0) + 1
        return name if count == 1 else f"{name}, {count}"

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {"waves": self.waves, "maps": self.maps, "curves": self.curves, "colours": self.colours}


def blocks(every: Sequence[Block], gathered: Gathered, level: int = 3) -> str:
    """Blocks one after the other; maps and small figures that follow each other stand in a grid."""
    parts = []
    for kind, some in groupby(every, key=lambda block: type(block)):
        found = [_one(block, gathered, level) for block in some]
        parts.append(f'<div class="{_GRIDS[kind]}">{"".join(found)}</div>' if kind in _GRIDS else "".join(found))
    return "".join(parts)


_GRIDS: dict[type, str] = {Map: "maps", Curves: "figures", Picture: "figures"}


def _one(block: Block, gathered: Gathered, level: int) -> str:
    if isinstance(block, Paragraph):
        role = ' role="note"' if block.kind == "warning" else ""
        return f'<p class="{block.kind}"{role}>{escape(block.text)}</p>'
    if isinstance(block, Code):
        return _code(block)
    if isinstance(block, Table):
        return table(block, gathered, level)
    if isinstance(block, Map):
        return _map(block, gathered)
    if isinstance(block, Curves):
        return _curves(block, gathered)
    if isinstance(block, Waves):
        return _waves(block, gathered)
    return (
        f'<figure class="picture"><figcaption>{escape(block.title)}</figcaption>'
        f'<img src="{address(block.png)}" alt="{escape(block.title)}"></figure>'
    )


def _code(block: Code) -> str:
    text = f'<pre tabindex="0" aria-label="{escape(block.title or "commands")}">{escape(block.text)}</pre>'
    if block.title and block.text.count("\n") > _LONG:
        return f"<details><summary>{escape(block.title)}</summary>{text}</details>"
    return (f'<p class="note">{escape(block.title)}</p>' if block.title else "") + text


def table(block: Table, gathered: Gathered, level: int = 3) -> str:
    """A table; numbers to the right, exact values as `data`, what explains a row below it where the page is narrow."""
    numeric = [
        bool(block.rows) and all(isinstance(row[n], Number) or row[n] == "" for row in block.rows)
        for n in range(len(block.head))
    ]
    head = "".join(
        f'<th scope="col"{_right(right)}>{escape(name)}</th>' for name, right in zip(block.head, numeric, strict=True)
    )
    many = block.last_explains and len(block.head) > _FEW
    labels = [f' data-label="{escape(name)}"' if many else "" for name in block.head[1:-1]] + [""]
    rows = []
    for row in block.rows:
        first = f'<th scope="row"{_kind(row[0], numeric[0])}>{_cell(row[0])}</th>'
        rest = "".join(
            f"<td{_kind(cell, right)}{label}>{_cell(cell)}</td>"
            for cell, right, label in zip(row[1:], numeric[1:], labels, strict=True)
        )
        rows.append(f"<tr>{first}{rest}</tr>")
    kind = "" if not block.last_explains else ' class="cards"' if many else ' class="cards few"'
    region = gathered.region(block.title or block.name)
    inner = (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(region)}">'
        f"<table{kind}><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )
    title = escape(block.title)
    if block.folded:
        return f"<details><summary>{title}</summary>{inner}</details>"
    return (f"<h{level}>{title}</h{level}>" if title else "") + inner


def _right(right: bool) -> str:
    return ' class="n"' if right else ""


def _kind(cell: str | Number, right: bool) -> str:
    return _right(right) if right else ' class="s"' if isinstance(cell, str) and 0 < len(cell) <= _SHORT else ""


def _cell(cell: str | Number) -> str:
    if isinstance(cell, str):
        return escape(cell)
    return f'<data value="{cell.value!r}">{escape(str(cell)).replace(" ", "&nbsp;")}</data>'


def _map(block: Map, gathered: Gathered) -> str:
    number, (low, high) = len(gathered.maps), block.ends
    rows, cols = block.values.shape
    gathered.colours.setdefault(block.colours, hex_table(block.colours))
    gathered.maps.append({
        "rows": rows, "cols": cols, "z": packed(block.values.reshape(1, -1)), "unit": block.unit, "low": low,
        "high": high, "small": block.small, "scale": block.scale, "colours": block.colours,
        "aim": list(block.aim) if block.aim else None, "cells": block.of_cells, "coarse": block.coarse,
        "waves": len(gathered.waves) - 1 if block.of_cells else -1,
        "row": block.rows.label, "col": block.cols.label, "places": [list(block.rows.places), list(block.cols.places)],
    })  # fmt: skip
    wide = f"--ratio:{max(0.4, min(rows / cols, 2.5)):.3g}"
    words = f"{block.title}, {rows} by {cols}, from {shown(low, block.unit)} to {shown(high, block.unit)}"
    about = f'<p class="note">{escape(block.about)}</p>' if block.about else ""
    picture, names, kind = f'<img style="{wide}" src="{png(block)}" alt="{escape(words)}">', "", "map"
    if block.rows.places or block.cols.places:
        picture, names, kind = _labelled(block, picture), _named_places(block, gathered), "map words"
    return (
        f'<figure class="{kind}" data-map="{number}"><figcaption>{escape(block.title)}</figcaption>{about}{picture}'
        f'<div class="read" aria-live="polite"></div><div class="bar"></div>'
        f'<div class="ends"><span>{escape(shown(low, block.unit))}</span><span>{escape(shown(high, block.unit))}</span>'
        f'</div><div class="scale">{escape(_scale_word(block))}</div>{names}</figure>'
    )


def _labelled(block: Map, picture: str) -> str:
    """The picture with the names of its rows on the left and those of its columns below."""
    rows, cols = (
        "".join(f"<span>{escape(name)}</span>" for name in axis.places) for axis in (block.rows, block.cols)
    )  # fmt: skip
    return (
        f'<div class="labelled"><div class="rows" aria-hidden="true">{rows}</div><div>{picture}</div>'
        f'<div class="cols" aria-hidden="true">{cols}</div></div>'
    )


def _named_places(block: Map, gathered: Gathered) -> str:
    """Numbers behind a map whose rows and columns have names: readable without a pointer."""
    rows = [
        [name, *(shown(float(v), block.unit, 3) if np.isfinite(v) else "" for v in values)]
        for name, values in zip(block.rows.places, block.values, strict=True)
    ]
    title = f"{block.title}: all numbers"
    return table(Table(block.name, title, [block.rows.label, *block.cols.places], rows, folded=True), gathered)


def _scale_word(block: Map) -> str:
    down = f"logarithmic down to {shown(block.small, block.unit, 3)}"
    return {"linear": "linear", "log": "logarithmic", "symlog": down}[block.scale]


def _curves(block: Curves, gathered: Gathered) -> str:
    number = len(gathered.curves)
    gathered.curves.append({
        "title": block.title, "x": _axis(block.x), "y": _axis(block.y),
        "curves": [_curve(curve) for curve in block.curves], "marks": [[name, at] for name, at in block.marks],
    })  # fmt: skip
    about = f'<p class="note">{escape(block.about)}</p>' if block.about else ""
    return (
        f'<figure class="curves" data-curves="{number}"><figcaption>{escape(block.title)}</figcaption>{about}'
        f'<div class="plot">{svg.drawing(block)}{svg.legend(block)}</div></figure>'
    )


def _axis(axis: Any) -> dict[str, Any]:
    return {
        "label": axis.label,
        "unit": axis.unit,
        "scale": axis.scale,
        "places": list(axis.places),
        "ticks": list(axis.ticks),
    }


def _curve(curve: Curve) -> dict[str, Any]:
    return {
        "name": curve.name, "style": curve.style, "colour": curve.colour % 8, "x": listed(curve.x, 9),
        "y": listed(curve.y, 7),
    }  # fmt: skip


def listed(values: Array, digits: int) -> list[float | None]:
    """Numbers for JSON, as short as so many digits allow; null for what is none."""
    return [float(f"{v:.{digits}g}") if np.isfinite(v) else None for v in np.asarray(values, dtype=float)]


def _waves(block: Waves, gathered: Gathered) -> str:
    number = len(gathered.waves)
    rows, cols = block.shape
    gathered.waves.append({
        "rows": rows, "cols": cols, "cell": list(block.cell), "time": listed(block.time, 10),
        "spans": [{"name": s.name, "kind": s.kind, "start": s.start, "stop": s.stop} for s in block.spans],
        "channels": {name: _channel(block, name) for name in block.channels},
        "panels": [
            {"title": p.title, "unit": p.unit, "scale": p.scale, "waves": [list(w) for w in p.waves]}
            for p in block.panels
        ],
    })  # fmt: skip
    row, col = block.cell
    plots = "".join(f"{svg.drawing(one, 1040, 190)}{svg.legend(one)}" for one in first_traces(block))
    spans = "".join(f'<option value="{n}">{escape(span.name)}</option>' for n, span in enumerate(block.spans))
    notes = "".join(f'<p class="note">{escape(note)}</p>' for note in block.notes)
    return (
        f'<div class="waves" data-waves="{number}"><h3>{escape(block.title)}</h3>'
        f'<div class="controls"><label>word line <input class="row" type="number" min="0" max="{rows - 1}" '
        f'value="{row}"></label><label>bit line <input class="col" type="number" min="0" max="{cols - 1}" '
        f'value="{col}"></label><label>show <select class="span"><option value="">the whole program</option>{spans}'
        '</select></label><button type="button" class="reset">Whole time</button></div>'
        f'<p class="which" aria-live="polite">Cell ({row}, {col})</p><div class="plots">{plots}</div>{notes}</div>'
    )


def _channel(block: Waves, name: str) -> dict[str, Any]:
    channel, values = block.channels[name], block.channels[name].values
    found: dict[str, Any] = {"over": channel.over, "unit": channel.unit, "n": len(values)}
    if (places := block.places.get(name)) is not None:
        values = np.take_along_axis(values, places, axis=1)
        found["at"] = packed_places(places)
    if channel.lines is not None:
        found["lines"] = channel.lines.tolist()
    return found | {"z": packed(values, channel.floor)}

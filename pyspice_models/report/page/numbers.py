"""The numbers behind figures and tables, as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from pyspice_models.files import write_text
from pyspice_models.report.page.blocks import Curves, Map, Number, Report, Table, Waves
from pyspice_models.report.page.traces import wave


def save_numbers(report: Report, folder: Path) -> list[Path]:
    """Write a CSV file for every figure and table; columns carry their units.

    Raises:
        OSError: one cannot be written.
    """
    paths = []
    for block in (block for section in report.sections for block in section.blocks):
        rows: Iterable[Sequence[object]]
        if isinstance(block, Curves):
            rows = _of_curves(block)
        elif isinstance(block, Map):
            rows = _of_map(block)
        elif isinstance(block, Waves):
            rows = _of_waves(block)
        elif isinstance(block, Table):
            rows = _of_table(block)
        else:
            continue
        text = io.StringIO(newline="")
        csv.writer(text, lineterminator="\n").writerows(rows)
        paths.append(folder / f"{file_name(block.name)}.csv")
        write_text(paths[-1], text.getvalue())
    return paths


def file_name(name: str) -> str:
    """A name for files: letters, digits, dots, dashes and lines below."""
    return "".join(letter if letter.isalnum() or letter in "._-" else "_" for letter in name)


def _headed(label: str, unit: str) -> str:
    return f"{label} [{unit or '1'}]"


def _of_curves(block: Curves) -> Iterator[Sequence[object]]:
    """A row for each point; the first column names its line, where there are several."""
    words = block.x.scale == "words"
    x_head = block.x.label if words else _headed(block.x.label, block.x.unit)
    yield ["line", x_head, _headed(block.y.label, block.y.unit)]
    for curve in block.curves:
        for x, y in zip(curve.x.tolist(), curve.y.tolist(), strict=True):
            place = block.x.places[round(x)] if words else repr(x)
            yield [curve.name or block.y.label, place, "" if np.isnan(y) else repr(y)]


def _of_map(block: Map) -> Iterator[Sequence[object]]:
    yield [block.rows.label, block.cols.label, _headed(block.title, block.unit)]
    for (row, col), value in np.ndenumerate(block.values):
        sides = [
            axis.places[n] if axis.places else n * block.coarse for axis, n in ((block.rows, row), (block.cols, col))
        ]
        yield [*sides, "" if np.isnan(value) else repr(float(value))]


def _of_waves(block: Waves) -> Iterator[Sequence[object]]:
    """All samples of the cell that is shown first: nothing is thinned here."""
    row, col = block.cell
    heads, columns = [_headed("time", "s")], [block.time]
    for panel in block.panels:
        for name, label in panel.waves:
            if (values := wave(block, name)) is not None:
                heads.append(_headed(label.format(row=row, col=col), panel.unit))
                columns.append(values)
    yield heads
    yield from ([repr(value) for value in line] for line in np.stack(columns, axis=1).tolist())


def _of_table(block: Table) -> Iterator[Sequence[object]]:
    """Numbers in full, each with its unit in a column of its own."""
    mixed = [any(isinstance(row[n], Number) for row in block.rows) for n in range(len(block.head))]
    yield [name for n, head in enumerate(block.head) for name in ([head, f"{head} unit"] if mixed[n] else [head])]
    for row in block.rows:
        line: list[object] = []
        for cell, has_unit in zip(row, mixed, strict=True):
            if isinstance(cell, Number):
                line += [repr(cell.value), cell.unit or "1"]
            else:
                line += [cell, ""] if has_unit else [cell]
        yield line

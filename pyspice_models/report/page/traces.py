"""The waves of one cell as lines: for paper, for pictures, and where no script runs."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from pyspice_models.report.page.blocks import Array, Axis, Curve, Curves, Waves
from pyspice_models.report.page.thin import extremes

_DRAWN = 260  # pairs of samples that a still picture of this width can show


def traces(block: Waves, *, most: int = 0) -> Iterator[Curves]:
    """A figure for each panel, of the cell that the page shows first.

    Args:
        block: the waves.
        most: pairs of samples that stay of each wave, the smallest and largest of neighbours; 0 for all.
    """
    row, col = block.cell
    for number, panel in enumerate(block.panels):
        curves = []
        for colour, (name, label) in enumerate(panel.waves):
            if (values := wave(block, name)) is None:
                continue
            time = block.time
            if most and len(time) > 2 * most:
                kept = extremes(values[None], most)[0]
                time, values = time[kept], values[kept]
            if panel.scale == "log":
                values = np.where(values != 0, np.abs(values), np.nan)
            curves.append(Curve(label.format(row=row, col=col), time, values, "line", colour))
        title = f"{panel.title}, cell ({row}, {col})"
        yield Curves(
            f"{block.name}_{number}", title, Axis("time", "s"), Axis(panel.title, panel.unit, panel.scale), curves
        )


def first_traces(block: Waves) -> list[Curves]:
    """The same with as many samples as can be seen."""
    return list(traces(block, most=_DRAWN))


def wave(block: Waves, name: str) -> Array | None:
    """All samples of a channel at the first cell; None if they were left out."""
    channel = block.channels[name]
    row, col = block.cell
    wanted = {"cell": row * block.shape[1] + col, "row": row, "col": col}[channel.over]
    if channel.lines is None:
        return np.asarray(channel.values[wanted])
    found = np.flatnonzero(channel.lines == wanted)
    return np.asarray(channel.values[found[0]]) if found.size else None

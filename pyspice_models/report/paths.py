"""The way of the current through an array: cells by colour, lines by width."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from pyspice_models.report import style
from pyspice_models.report.maps import draw_map

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_ARROWS_UP_TO = 16  # lines; beyond, arrows would cover the cells
_WIDEST = 3.5  # [pt]
_SHOWN = 1e-3  # share of the largest current that a line still shows


def draw_paths(ax: Axes, paths: xr.Dataset) -> None:
    """Currents of `measure.current_paths`: red cells carry from word to bit line, blue ones backwards.

    Word lines are drawn above their cells and bit lines to the right of theirs, as wide as the square root of what
    they carry; arrows tell which way.
    """
    from matplotlib.collections import LineCollection
    from matplotlib.colors import SymLogNorm

    cells = paths["cells"] * 1e12
    top = float(np.abs(cells).max()) or 1.0
    norm = SymLogNorm(top * 1e-2, vmin=-top, vmax=top)
    draw_map(ax, cells, label="current, word to bit line (pA)", norm=norm, cmap="RdBu_r")
    if "word" not in paths:
        return
    rows, cols = cells.shape
    row, col = np.indices((rows, cols))
    largest = max(float(np.abs(paths[side]).max()) for side in ("word", "bit")) or 1.0
    for side, color in (("word", style.BLACK), ("bit", style.GREEN)):
        along = paths[side].values
        if side == "word":
            start, stop = np.stack([col - 1.0, row - 0.28], axis=-1), np.stack([col + 0.0, row - 0.28], axis=-1)
        else:
            start, stop = np.stack([col + 0.28, row + 0.0], axis=-1), np.stack([col + 0.28, row + 1.0], axis=-1)
        share = np.abs(along) / largest
        seen = share > _SHOWN
        segments = np.stack([start[seen], stop[seen]], axis=1)
        ax.add_collection(
            LineCollection(list(segments), linewidths=_WIDEST * np.sqrt(share[seen]), colors=color, clip_on=False)
        )
        if max(rows, cols) > _ARROWS_UP_TO:
            continue
        middle = (start + stop) / 2
        forward, backward = (">", "<") if side == "word" else ("v", "^")
        for marker, which in ((forward, seen & (along > 0)), (backward, seen & (along < 0))):
            size = 4 + 30 * np.sqrt(share[which])
            ax.scatter(
                middle[which][:, 0],
                middle[which][:, 1],
                s=size,
                marker=marker,
                c=color,
                linewidths=0,
                clip_on=False,
                zorder=3,
            )
    ax.set_xlim(-1.1, cols - 0.5)
    ax.set_ylim(rows + 0.1, -0.7)

"""Time against size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pyspice_models.report import style
from pyspice_models.report.blank import blank
from pyspice_models.report.save import save_figures

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Series = Mapping[str, Sequence[Sequence[float]]]
_MARKS = {"ngspice": (style.RED, "s"), "nodal": (style.BLUE, "o"), "structured": (style.BLUE, "o"),
          "all nodes factored": (style.GREEN, "v"), "badcrossbar": (style.RED, "s")}  # fmt: skip


def save_benchmark_picture(series: Series, path: Path) -> None:
    """Draw all series, transients on the left, static solutions on the right."""
    save_figures(path.parent, {path.name: lambda: _figure(series)})


def _figure(series: Series) -> Figure:
    figure = blank(figsize=(6.8, 2.9), layout="constrained")
    for ax, kind in zip(figure.subplots(1, 2), ("transient", "static"), strict=True):
        draw_times(ax, {name: points for name, points in series.items() if name.startswith(kind)})
        ax.set_title({"transient": "write and read, 10 µs", "static": "one static solution"}[kind])
    return figure


def draw_times(ax: Axes, series: Series) -> None:
    """Seconds against the number of lines of a square array, both logarithmic."""
    for name, points in series.items():
        if points:
            label = name.partition(", ")[2]
            color, marker = _MARKS.get(label, (style.BLACK, "x"))
            ax.loglog(*zip(*points, strict=True), color=color, marker=marker, ms=4, label=label)
    sizes = sorted({point[0] for points in series.values() for point in points})
    ax.set_xticks(sizes, [f"{size:g}" for size in sizes])
    ax.minorticks_off()
    ax.set_xlabel("word lines = bit lines")
    ax.set_ylabel("time (s)")
    ax.legend()

"""Figures of a report as pictures for a paper: by Matplotlib, in the style of all pictures of the package."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from pyspice_models.report import style
from pyspice_models.report.blank import blank
from pyspice_models.report.page.blocks import Axis, Curves, Map, Report, Waves
from pyspice_models.report.page.colours import CURVES
from pyspice_models.report.page.numbers import file_name
from pyspice_models.report.page.traces import traces
from pyspice_models.report.save import save_figures
from pyspice_models.units import printed

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_WIDE = 3.5  # [in] of a column of a journal


def save_drawn(report: Report, folder: Path, forms: Sequence[str]) -> list[Path]:
    """Write every figure in these forms, such as svg and pdf; the same report gives the same bytes.

    Raises:
        PictureError: one or more failed; the others are there.
    """
    figures: dict[str, Callable[[], Figure]] = {}
    for name, draw in drawings(report):
        figures |= {f"{file_name(name)}.{form}": draw for form in forms}
    return save_figures(folder, figures, dated=False)


def drawings(report: Report) -> Iterator[tuple[str, Callable[[], Figure]]]:
    """Name and drawing of every figure, in the order of the report."""
    for block in (block for section in report.sections for block in section.blocks):
        if isinstance(block, Curves):
            yield block.name, partial(curves_figure, block)
        elif isinstance(block, Map):
            yield block.name, partial(map_figure, block)
        elif isinstance(block, Waves):
            yield block.name, partial(waves_figure, block)


def curves_figure(block: Curves) -> Figure:
    """Lines in a frame that is as wide as a journal's column."""
    figure = blank((_WIDE, 2.6), layout="constrained")
    draw_curves(figure.subplots(), block)
    return figure


def map_figure(block: Map) -> Figure:
    """A map with its colour bar."""
    rows, cols = block.values.shape
    size = (_WIDE, max(1.6, min(5.0, 2.6 * rows / cols + 0.5)))
    if block.rows.places:
        size = (3.2 + 0.32 * cols, 1.9 + 0.19 * rows)
    figure = blank(size, layout="constrained")
    draw_block_map(figure.subplots(), block)
    return figure


def waves_figure(block: Waves) -> Figure:
    """The waves of the cell that is shown first, over one axis of time."""
    panels = list(traces(block))
    figure = blank((2 * _WIDE, 1.5 * len(panels) + 0.4), layout="constrained")
    axes = figure.subplots(len(panels), 1, sharex=True, squeeze=False)[:, 0]
    for ax, panel in zip(axes, panels, strict=True):
        draw_curves(ax, panel, titled=False)
        ax.set_xlabel("")
    axes[-1].set_xlabel("time")
    row, col = block.cell
    figure.suptitle(f"cell ({row}, {col})", fontsize=8)
    return figure


def draw_curves(ax: Axes, block: Curves, *, titled: bool = True) -> None:
    """The lines of a figure on axes."""
    named = [curve for curve in block.curves if curve.name]
    for curve in block.curves:
        colour = CURVES[curve.colour % len(CURVES)]
        dash = "--" if curve.style == "dashed" else "" if curve.style == "points" else "-"
        label = style.words(curve.name) if len(named) > 1 else None
        look: dict[str, Any] = {"color": colour, "label": label, "linestyle": dash, "lw": 1.0}
        if curve.style in {"points", "both"}:
            look |= {"marker": "o", "ms": 2.5}
        if curve.style == "steps":
            look["drawstyle"] = "steps-post"
        ax.plot(curve.x, curve.y, **look)
    for name, at in block.marks:
        ax.axvline(at, color=style.RED, ls="--", lw=0.8)
        ax.annotate(style.words(name), (at, 1.0), xycoords=("data", "axes fraction"), fontsize=6, ha="right", va="top",
                    rotation=90)  # fmt: skip
    _dress(ax, block.x, "x")
    _dress(ax, block.y, "y")
    if titled:
        ax.set_title(style.words(block.title))
    if len(named) > 1:
        ax.legend(fontsize=6, ncols=1 + (len(named) > 4))


def _dress(ax: Axes, axis: Axis, side: str) -> None:
    from matplotlib.ticker import EngFormatter, MaxNLocator, NullFormatter, NullLocator

    line = ax.xaxis if side == "x" else ax.yaxis
    getattr(ax, f"set_{side}label")(style.words(axis.label))
    if axis.scale == "words":
        line.set_ticks(range(len(axis.places)), [style.words(word) for word in axis.places])
        if side == "x" and sum(map(len, axis.places)) > 30:
            ax.tick_params(axis="x", labelrotation=28)
        return
    if axis.scale == "log":
        getattr(ax, f"set_{side}scale")("log")
    elif side == "x":
        line.set_major_locator(MaxNLocator(5))
    if axis.unit not in {"", "1"}:
        line.set_major_formatter(EngFormatter(printed(axis.unit)))
        if axis.scale == "log":
            line.set_minor_formatter(NullFormatter())
    if axis.ticks:
        line.set_ticks(axis.ticks, None if axis.unit not in {"", "1"} else [f"{tick:g}" for tick in axis.ticks])
        line.set_minor_locator(NullLocator())


def draw_block_map(ax: Axes, block: Map) -> None:
    """A map on axes, with its colour bar."""
    from matplotlib.colors import LogNorm, Normalize, SymLogNorm
    from matplotlib.patches import Rectangle
    from matplotlib.ticker import EngFormatter, MaxNLocator

    low, high = block.ends
    values = block.values
    norm: Normalize = Normalize(low, high)
    if block.scale == "log":
        values, norm = np.where(values < low, low, values), LogNorm(low, high)
    elif block.scale == "symlog":
        norm = SymLogNorm(block.small, vmin=low, vmax=high)
    rows, cols = values.shape
    aspect: Literal["equal", "auto"] = "equal" if not block.rows.places or 0.3 < rows / cols < 3 else "auto"
    image = ax.imshow(values, norm=norm, cmap=block.colours, interpolation="nearest", aspect=aspect)
    ax.grid(False)
    for line, axis in ((ax.xaxis, block.cols), (ax.yaxis, block.rows)):
        line.set_label_text(style.words(axis.label))
        if axis.places:
            line.set_ticks(range(len(axis.places)), [style.words(word) for word in axis.places])
        else:
            line.set_major_locator(MaxNLocator(5, integer=True, min_n_ticks=1))
    if sum(map(len, block.cols.places)) > 40:
        ax.tick_params(axis="x", labelrotation=60)
    if block.aim is not None:
        ax.add_patch(Rectangle((block.aim[1] - 0.5, block.aim[0] - 0.5), 1, 1, fill=False, ec=style.RED, lw=1.2))
    figure = ax.get_figure()
    assert figure is not None
    unit = printed(block.unit)
    bar = figure.colorbar(image, ax=ax, fraction=0.046, pad=0.03, format=EngFormatter(unit) if unit else None)
    if block.scale == "symlog":
        bar.set_ticks([low, 0.0, high] if low < 0 else [0.0, block.small, high])
        bar.minorticks_off()
    ax.set_title(style.words(block.title))

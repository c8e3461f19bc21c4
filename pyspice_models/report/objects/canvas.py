"""Axes to draw on: those of a user, in the user's style; or new ones, in the style of the house."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pyspice_models.errors import RequestError
from pyspice_models.report.blank import matplotlib
from pyspice_models.report.style import house_style, words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    Panel = Callable[[Axes], None]


@dataclass(frozen=True)
class Drawing:
    """How an object is drawn.

    Attributes:
        panels: what goes on each of the axes.
        cols: of the grid of new axes.
        size: of a panel in a new figure [in].
        title: above all of a new figure.
        least: so many axes are enough: the panels behind them may be left out. 0: all are needed.
    """

    panels: Sequence[Panel]
    cols: int = 1
    size: tuple[float, float] = (3.6, 2.7)
    title: str = ""
    least: int = 0


def draw_on(drawing: Drawing, axes: Any) -> Any:
    """Draw all panels.

    Args:
        drawing: what.
        axes: an Axes, several of them in any nesting; None for new ones: pyplot makes them, so that notebooks and
            windows show the figure, in whatever backend it has.

    Returns:
        The axes; an array of them where there are several panels.

    Raises:
        RequestError: fewer axes than are needed, or no axes.
    """
    if axes is None:
        return _new(drawing)
    every = [ax for ax in np.ravel(np.array(axes, dtype=object)) if ax is not None]
    if not all(hasattr(ax, "plot") and hasattr(ax, "get_figure") for ax in every):
        raise RequestError.for_value("axes", axes, allowed="Matplotlib's axes, as plt.subplots() gives them")
    needed = drawing.least or len(drawing.panels)
    if len(every) < needed:
        raise RequestError.for_value("axes", len(every), allowed=f"{len(drawing.panels)} axes, one for each panel")
    for ax, panel in zip(every, drawing.panels, strict=False):
        panel(ax)
    return axes if hasattr(axes, "plot") else np.array(every, dtype=object)


def _new(drawing: Drawing) -> Any:
    matplotlib()
    from matplotlib import pyplot

    count = len(drawing.panels)
    rows = -(-count // drawing.cols)
    wide, high = drawing.size
    with house_style():
        figure, grid = pyplot.subplots(
            rows, drawing.cols, squeeze=False, layout="constrained", figsize=(wide * drawing.cols, high * rows)
        )
        every = np.ravel(grid)
        try:
            for ax in every[count:]:
                ax.set_visible(False)
            for ax, panel in zip(every, drawing.panels, strict=False):
                panel(ax)
        except BaseException:
            pyplot.close(figure)
            raise
        if drawing.title:
            figure.suptitle(words(drawing.title), fontsize=9)
    return every[0] if count == 1 else every[:count]

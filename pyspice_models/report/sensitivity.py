"""Maps of what an output current answers to: cells, word segments, bit segments."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from pyspice_models.report import style
from pyspice_models.report.blank import blank
from pyspice_models.report.maps import draw_map, sided
from pyspice_models.report.save import save_figures

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_PANELS = (
    ("by_cell", "g_cell", "cells conduct 1 % more"),
    ("by_word_segment", "r_word_segment", "word segments resist 1 % more"),
    ("by_bit_segment", "r_bit_segment", "bit segments resist 1 % more"),
)
_DECADES = 3  # that a map shows on both sides of 0


def sensitivity_figure(dataset: xr.Dataset, output: str) -> Figure:
    """What 1 % of every cell and of every segment changes an output current by [A], one map each.

    Args:
        dataset: of `study.sensitivity`.
        output: one of its outputs, such as "bit 3".
    """
    one = dataset.sel(output=output)
    panels = effects(one)
    figure = blank((2.4 * len(panels), 2.4), layout="constrained")
    title = f"{dataset.attrs['study']}, step {dataset.attrs['step']}: current of {output}, "
    figure.suptitle(style.words(title + style.told(float(one["current"]), "A")), fontsize=9)
    for place, (words, values) in enumerate(panels, start=1):
        draw_effects(figure.add_subplot(1, len(panels), place), values, words)
    return figure


def effects(one: xr.Dataset) -> list[tuple[str, xr.DataArray]]:
    """For each kind of element what 1 % more of every one changes an output's current by [A], and that in words."""
    return [(words, 0.01 * one[by] * one[of]) for by, of, words in _PANELS if by in one]


def draw_effects(ax: Axes, values: xr.DataArray, title: str) -> None:
    """A map of changes of a current [A], logarithmic on both sides of 0."""
    from matplotlib.colors import SymLogNorm

    top = float(np.abs(values).max()) or 1e-18
    low, high, cmap = sided(values, top, "RdBu_r")
    norm = SymLogNorm(top * 10.0**-_DECADES, vmin=low, vmax=high)
    draw_map(ax, values, label="change of the current (A)", norm=norm, cmap=cmap)
    ax.set_title(title)


def save_sensitivity_pictures(dataset: xr.Dataset, folder: Path) -> list[Path]:
    """One picture for each output, `sensitivity_bit_3.png`.

    Raises:
        PictureError: one could not be drawn.
    """
    outputs = [str(output) for output in dataset["output"].values]
    names = [f"sensitivity_{output.replace(' ', '_')}.png" for output in outputs]
    figures = [partial(sensitivity_figure, dataset, output) for output in outputs]
    return save_figures(folder, dict(zip(names, figures, strict=True)))

"""Pictures of inference: accuracy under every condition, and what is mistaken for what."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from pyspice_models.report import style
from pyspice_models.report.blank import blank
from pyspice_models.report.save import save_figures

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_FEW = 12
"""Classes whose counts can be read as numbers."""


def save_inference_pictures(found: xr.Dataset, folder: Path) -> None:
    """Draw what each cause costs, and confusions.

    Raises:
        PictureError: one or more failed; the others are there.
    """
    save_figures(folder, {"causes.png": lambda: causes_figure(found), "confusion.png": lambda: confusion_figure(found)})


def causes_figure(found: xr.Dataset) -> Figure:
    """Images known with all causes, without each, with each alone; every array is a point, their mean a bar."""
    figure = blank(figsize=(7.2, 0.9 + 0.3 * (found["cause"].size + 1)), layout="constrained")
    axes = figure.subplots(1, 2, sharey=True)
    for ax, alone in zip(axes, (False, True), strict=True):
        draw_causes(ax, found, alone)
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside upper right")
    return figure


def draw_causes(ax: Axes, found: xr.Dataset, alone: bool) -> None:
    """Images known with all causes and without each, or without any and with each `alone`."""
    causes = [str(cause) for cause in found["cause"].values]
    if alone:
        _bars(ax, found, ["none", *(f"{cause} alone" for cause in causes)], style.BLUE)
    else:
        _bars(ax, found, ["all", *(f"without {cause}" for cause in causes)], style.RED)
    ax.set_yticks(range(len(causes) + 1), ["all or none", *causes])
    ax.set_title("this cause alone" if alone else "all causes but this one")
    ax.axvline(100 * float(found["accuracy_float"]), color=style.BLACK, lw=0.8, ls="--", label="floating point")
    ax.set_xlim(0, 101)
    ax.set_ylim(len(causes) + 0.5, -0.5)
    ax.set_xlabel("test images known (%)")


def _bars(ax: Axes, found: xr.Dataset, names: list[str], colour: str) -> None:
    for place, name in enumerate(names):
        values = 100 * found["accuracy"].sel(condition=name).values
        ax.barh(place, values.mean(), color=colour, alpha=0.4)
        ax.plot(values, np.full(len(values), place), ".", color=colour, ms=3)


def confusion_figure(found: xr.Dataset) -> Figure:
    """Test images of each class and what they were taken for: floating point, and on the arrays, all causes on."""
    figure = blank(figsize=(5.4, 2.8), layout="constrained")
    parts = {
        "floating point": found["confusion_float"].values,
        "on the array, all arrays": found["confusion"].sel(condition="all").sum("array").values,
    }
    axes = figure.subplots(1, len(parts), squeeze=False)[0]
    for ax, (title, counts) in zip(axes, parts.items(), strict=True):
        ax.imshow(np.sqrt(counts), cmap="Blues")
        if len(counts) <= _FEW:
            for row, col in np.argwhere(counts > 0):
                dark = counts[row, col] > counts.max() / 3
                ax.text(col, row, f"{counts[row, col]:.0f}", ha="center", va="center", size=5,
                        color="white" if dark else style.BLACK)  # fmt: skip
            ax.set_xticks(range(len(counts)))
            ax.set_yticks(range(len(counts)))
        ax.set_title(title)
        ax.set_xlabel("taken for")
        ax.grid(visible=False)
    axes[0].set_ylabel("class")
    return figure

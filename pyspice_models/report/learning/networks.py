"""Accuracy by epoch for all methods, what is mistaken for what, weights as images."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from pyspice_models.report import style
from pyspice_models.report.blank import blank
from pyspice_models.report.learning.names import colour_of, name_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def accuracy_figure(found: xr.Dataset) -> Figure:
    """Images known and loss by epoch; the band reaches from the worst to the best seed."""
    figure = blank(figsize=(7.2, 3.0), layout="constrained")
    left, right = figure.subplots(1, 2)
    draw_bands(left, found, "test", 100.0)
    left.set_ylabel("test images known (%)")
    left.set_ylim(0, 101)
    draw_bands(right, found, "loss", 1.0)
    right.set_ylabel("mean loss (cross-entropy)")
    right.set_yscale("log")
    for ax in (left, right):
        ax.set_xlabel("epoch")
    left.legend(loc="lower right")
    return figure


def draw_bands(ax: Axes, found: xr.Dataset, name: str, scale: float) -> None:
    """A quantity by epoch, times `scale`: for each method the mean of its seeds, and from the worst to the best."""
    epochs = found["epoch"].values
    for method in found["algorithm"].values:
        values = scale * found[name].sel(algorithm=method).values
        colour = colour_of(method)
        known = np.isfinite(values).all(axis=0)
        shown = values[:, known]
        ax.plot(epochs[known], shown.mean(axis=0), color=colour, label=name_of(method))
        ax.fill_between(epochs[known], shown.min(axis=0), shown.max(axis=0), color=colour, alpha=0.2, lw=0)


def confusion_figure(found: xr.Dataset) -> Figure:
    """Test images of each class and what they were taken for, all seeds together."""
    methods = found["algorithm"].values
    figure = blank(figsize=(2.4 * len(methods) + 0.6, 2.7), layout="constrained")
    axes = figure.subplots(1, len(methods), squeeze=False)[0]
    for ax, method in zip(axes, methods, strict=True):
        counts = found["confusion"].sel(algorithm=method).sum("seed").values
        ax.imshow(np.sqrt(counts), cmap="Blues")
        if len(counts) <= _FEW:
            for row, col in np.argwhere(counts > 0):
                dark = counts[row, col] > counts.max() / 3
                ax.text(col, row, f"{counts[row, col]:.0f}", ha="center", va="center", size=5,
                        color="white" if dark else style.BLACK)  # fmt: skip
        ax.set_title(name_of(method))
        if len(counts) <= _FEW:
            ax.set_xticks(range(len(counts)))
            ax.set_yticks(range(len(counts)))
        ax.set_xlabel("taken for")
        ax.grid(visible=False)
    axes[0].set_ylabel("class")
    return figure


_FEW = 12
"""Classes whose counts can be read as numbers."""


def weights_figure(found: xr.Dataset) -> Figure:
    """Weights of the first layer as images, the first seed's; one colour scale for each method."""
    rows, cols = int(found.attrs["image_rows"]), int(found.attrs["image_cols"])
    methods, outputs = found["algorithm"].values, min(found.sizes["output_0"], _SHOWN)
    figure = blank(figsize=(0.55 * outputs + 1.2, 0.68 * len(methods) + 0.2), layout="constrained")
    axes = figure.subplots(len(methods), outputs, squeeze=False)
    for line, method in zip(axes, methods, strict=True):
        weights = found["weights_0"].sel(algorithm=method).isel(seed=0).values[:-1]
        top = float(np.nanmax(np.abs(weights))) or 1.0
        for number, ax in enumerate(line):
            shown = ax.imshow(weights[:, number].reshape(rows, cols), cmap="RdBu_r", vmin=-top, vmax=top)
            ax.set_xticks([])
            ax.set_yticks([])
        line[0].set_ylabel(name_of(method))
        figure.colorbar(shown, ax=list(line), label="weight", fraction=0.02, pad=0.01)
    return figure


_SHOWN = 12

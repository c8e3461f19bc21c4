"""Pictures of training: accuracy by epoch for all methods, what is mistaken for what, weights, arrays, costs."""

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

NAMES = {"fp": "floating point", "sgd": "SGD", "ttv1": "TTv1", "ttv2": "TTv2", "c-ttv2": "c-TTv2", "agad": "AGAD"}
_COLOURS = {
    "fp": style.BLACK, "sgd": style.RED, "ttv1": style.ORANGE, "ttv2": style.BLUE, "c-ttv2": style.GREEN,
    "agad": style.PURPLE,
}  # fmt: skip


def save_learning_pictures(found: xr.Dataset, folder: Path) -> None:
    """Draw accuracy and loss by epoch, and the rest that the dataset of a training has.

    Raises:
        PictureError: one or more failed; the others are there.
    """
    save_figures(folder, {"accuracy.png": lambda: accuracy_figure(found)})


def accuracy_figure(found: xr.Dataset) -> Figure:
    """Images known and loss by epoch; the band reaches from the worst to the best seed."""
    figure = blank(figsize=(7.2, 3.0), layout="constrained")
    left, right = figure.subplots(1, 2)
    _bands(left, found, "test", 100.0)
    left.set_ylabel("test images known (%)")
    left.set_ylim(0, 101)
    _bands(right, found, "loss", 1.0)
    right.set_ylabel("mean loss (cross-entropy)")
    right.set_yscale("log")
    for ax in (left, right):
        ax.set_xlabel("epoch")
    left.legend(loc="lower right")
    return figure


def _bands(ax: Axes, found: xr.Dataset, name: str, scale: float) -> None:
    epochs = found["epoch"].values
    for method in found["algorithm"].values:
        values = scale * found[name].sel(algorithm=method).values
        colour = _COLOURS.get(str(method), style.SKY)
        known = np.isfinite(values).all(axis=0)
        shown = values[:, known]
        ax.plot(epochs[known], shown.mean(axis=0), color=colour, label=NAMES.get(str(method), str(method)))
        ax.fill_between(epochs[known], shown.min(axis=0), shown.max(axis=0), color=colour, alpha=0.2, lw=0)

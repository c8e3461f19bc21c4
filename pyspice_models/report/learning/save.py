"""All pictures of a training, as files."""

from __future__ import annotations

from pathlib import Path

import xarray as xr

from pyspice_models.report.learning.cells import arrays_figure, costs_figure, response_figure
from pyspice_models.report.learning.networks import accuracy_figure, confusion_figure, weights_figure
from pyspice_models.report.save import save_figures


def save_learning_pictures(found: xr.Dataset, folder: Path) -> None:
    """Draw accuracy and loss by epoch, and the rest that the dataset of a training has.

    Raises:
        PictureError: one or more failed; the others are there.
    """
    figures = {
        "accuracy.png": lambda: accuracy_figure(found),
        "confusion.png": lambda: confusion_figure(found),
        "weights.png": lambda: weights_figure(found),
    }
    if "slow_w_0" in found:
        figures |= {"arrays.png": lambda: arrays_figure(found), "costs.png": lambda: costs_figure(found)}
    if "response_set" in found:
        figures["response.png"] = lambda: response_figure(found)
    save_figures(folder, figures)

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
        colour = _colour(method)
        known = np.isfinite(values).all(axis=0)
        shown = values[:, known]
        ax.plot(epochs[known], shown.mean(axis=0), color=colour, label=_name(method))
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
        ax.set_title(_name(method))
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
        line[0].set_ylabel(_name(method))
        figure.colorbar(shown, ax=list(line), label="weight", fraction=0.02, pad=0.01)
    return figure


_SHOWN = 12


def response_figure(found: xr.Dataset) -> Figure:
    """What a whole pulse does at every level, and where the symmetric points of A's cells lie."""
    figure = blank(figsize=(7.2, 3.0), layout="constrained")
    steps, points = figure.subplots(1, 2)
    level, nominal = found["level"].values, float(found["symmetric_point"])
    steps.plot(level, found["response_set"], color=style.RED, label="set")
    steps.plot(level, -found["response_reset"], color=style.BLUE, label="reset, sign turned")
    steps.axvline(
        nominal, color=style.BLACK, lw=0.8, ls="--", label=f"symmetric point of a nominal cell, {nominal:.3f}"
    )
    steps.set_xlabel("level")
    steps.set_ylabel("change of the level by a whole pulse")
    steps.legend()
    for method in found["algorithm"].values:
        values = _every(found.sel(algorithm=method), "fast_reference")
        if len(values):
            points.hist(values, bins=60, range=(0, 1), histtype="step", color=_colour(method), label=_name(method))
    points.axvline(nominal, color=style.BLACK, lw=0.8, ls="--")
    points.set_xlabel("symmetric point, or what counts as it, of a cell of A (level)")
    points.set_ylabel("cells")
    if points.get_legend_handles_labels()[0]:
        points.legend()
    return figure


def arrays_figure(found: xr.Dataset) -> Figure:
    """Histograms of all cells of all layers: A and C against their references, H, filaments, whole pulses."""
    figure = blank(figsize=(9.6, 4.8), layout="constrained")
    axes = figure.subplots(2, 3).ravel()
    shown = (
        ("fast_w", "fast_reference", "A less its reference (level)"),
        ("slow_w", "slow_reference", "C less its reference (level)"),
        ("hidden", "", "H (pulses of C)"),
        ("fast_x", "", "filament of A"),
        ("slow_x", "", "filament of C"),
        ("fast_counts", "", "whole pulses of a cell of A"),
    )
    for ax, (name, reference, label) in zip(axes, shown, strict=True):
        for method in found["algorithm"].values:
            values = _every(found.sel(algorithm=method), name)
            if reference and len(values):
                values = values - _every(found.sel(algorithm=method), reference)
            if len(values):
                ax.hist(values, bins=60, histtype="step", color=_colour(method), label=_name(method))
        ax.set_xlabel(label)
        ax.set_ylabel("cells")
        ax.set_yscale("log")
    axes[1].legend()
    return figure


def _every(found: xr.Dataset, name: str) -> np.ndarray:
    """Values of all layers and seeds that are there."""
    layers = [found[key].values.ravel() for key in found if str(key).rpartition("_")[0] == name]
    every = np.concatenate(layers) if layers else np.zeros(0)
    return np.asarray(every[np.isfinite(every)])


def costs_figure(found: xr.Dataset) -> Figure:
    """Energy of a sample by purpose and part, and time by purpose, means of all seeds."""
    methods = [method for method in found["algorithm"].values if found["energy"].sel(algorithm=method).sum() > 0]
    figure = blank(figsize=(7.2, 3.0), layout="constrained")
    energy_axis, time_axis = figure.subplots(1, 2)
    parts = [str(part) for part in found["part"].values]
    colours = dict(zip(parts, (style.RED, style.ORANGE, style.GREEN, style.SKY, style.PURPLE), strict=True))
    purposes = [str(purpose) for purpose in found["purpose"].values][:3]
    labels = [f"{_name(method)}, {purpose}" for method in methods for purpose in purposes]
    bottom = np.zeros(len(labels))
    for part in parts:
        values = np.array(
            [
                float(
                    (found["energy"] / found["samples"]).sel(algorithm=method, purpose=purpose, part=part).mean("seed")
                )
                for method in methods
                for purpose in purposes
            ]
        )
        energy_axis.barh(labels, values * 1e12, left=bottom, color=colours[part], label=part)
        bottom += values * 1e12
    energy_axis.set_xlabel("energy of a sample (pJ)")
    energy_axis.invert_yaxis()
    energy_axis.legend()
    time = found["time"] / found["samples"]
    left = np.zeros(len(methods))
    for purpose, colour in zip(purposes, (style.RED, style.ORANGE, style.BLUE), strict=True):
        values = np.array([float(time.sel(algorithm=one, purpose=purpose).mean("seed")) for one in methods]) * 1e6
        time_axis.barh([_name(one) for one in methods], values, left=left, color=colour, label=purpose)
        left += values
    time_axis.set_xlabel("time of a sample, one after another (us)")
    time_axis.invert_yaxis()
    time_axis.legend()
    return figure


def _name(method: object) -> str:
    return NAMES.get(str(method), str(method))


def _colour(method: object) -> str:
    return _COLOURS.get(str(method), style.SKY)

"""The pulse response with its symmetric points, where cells of all arrays stand, what a sample costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from pyspice_models.report import style
from pyspice_models.report.blank import blank
from pyspice_models.report.learning.names import colour_of, name_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure


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
            points.hist(values, bins=60, range=(0, 1), histtype="step", color=colour_of(method), label=name_of(method))
    points.axvline(nominal, color=style.BLACK, lw=0.8, ls="--")
    points.set_xlabel("what counts as A's symmetric point (level)")
    points.set_ylabel("cells")
    if points.get_legend_handles_labels()[0]:
        points.legend()
    return figure


def arrays_figure(found: xr.Dataset) -> Figure:
    """Histograms of all cells of all layers: A and C against their references, H, filaments, whole pulses."""
    figure = blank(figsize=(7.2, 4.2), layout="constrained")
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
                ax.hist(values, bins=60, histtype="step", color=colour_of(method), label=name_of(method))
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
    labels = [f"{name_of(method)}, {purpose}" for method in methods for purpose in purposes]
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
        energy_axis.barh(labels, values * 1e12, left=bottom, color=colours[part], label=part if values.any() else None)
        bottom += values * 1e12
    energy_axis.set_xlabel("energy of a sample (pJ)")
    energy_axis.invert_yaxis()
    energy_axis.legend()
    time = found["time"] / found["samples"]
    left = np.zeros(len(methods))
    for purpose, colour in zip(purposes, (style.RED, style.ORANGE, style.BLUE), strict=True):
        values = np.array([float(time.sel(algorithm=one, purpose=purpose).mean("seed")) for one in methods]) * 1e6
        time_axis.barh([name_of(one) for one in methods], values, left=left, color=colour, label=purpose)
        left += values
    time_axis.set_xlabel("time of a sample, one after another (µs)")
    time_axis.invert_yaxis()
    time_axis.legend()
    return figure

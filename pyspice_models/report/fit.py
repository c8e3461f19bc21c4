"""Measured data and the fitted cell, one over the other."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pyspice_models.lab.fit import FitResult, Part, PulseTrain
from pyspice_models.report import style
from pyspice_models.report.blank import blank
from pyspice_models.report.save import save_figures

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MOST = 4  # files in a picture


def fit_figure(result: FitResult) -> Figure:
    """Data and fit above, what is left of them below; beside each other for each file, four at most."""
    files = panels(result)
    with style.house_style():
        figure = blank(figsize=(4.5 if len(files) == 1 else min(3.6 * len(files), 7.2), 4.0), layout="constrained")
        axes = figure.subplots(2, len(files), height_ratios=[3, 1], squeeze=False)
        for (above, below), parts in zip(axes.T, files, strict=True):
            draw_parts(above, parts)
            draw_left(below, parts)
            above.set_title(style.words(parts[0].data.name) if len(files) > 1 else _title(result), loc="left")
    return figure


def panels(result: FitResult) -> list[list[Part]]:
    """What is drawn together: sets of one file and one kind, of four files at most."""
    files: dict[tuple[str, str], list[Part]] = {}
    for part in result.parts:
        files.setdefault((part.data.name, part.data.kind), []).append(part)
    return list(files.values())[:_MOST]


def _title(result: FitResult) -> str:
    return f"{style.words(result.data.name)}: {len(result.parameters)} parameters fitted"


def save_fit_figure(result: FitResult, path: Path) -> None:
    """Write the figure as PNG or PDF, as the path's suffix says."""
    save_figures(path.parent, {path.name: lambda: fit_figure(result)})


def draw_fit(ax: Axes, result: FitResult) -> None:
    """The first file's data and fit."""
    draw_parts(ax, panels(result)[0])


def draw_residuals(ax: Axes, result: FitResult) -> None:
    """What is left of the first file's."""
    draw_left(ax, panels(result)[0])


def draw_parts(ax: Axes, parts: Sequence[Part]) -> None:
    """Conductance [uS] against pulse number, or |current| [A] against voltage; several devices each in a colour."""
    data = parts[0].data
    for n, part in enumerate(parts):
        one, told = part.data, n == 0
        colour = style.BLACK if len(parts) == 1 else style.LINES[n % len(style.LINES)]
        line = style.RED if len(parts) == 1 else colour
        if isinstance(one, PulseTrain):
            x, scale = one.pulse, 1e6
        else:
            x, scale = one.voltage, 1.0
        y, fitted = (np.abs(values) * scale for values in (one.measured, part.prediction))
        ax.plot(x, y, ".", ms=3 if len(parts) == 1 else 1.5, color=colour, label="data" * told or None)
        ax.plot(x, fitted, color=line, lw=1.2 if len(parts) == 1 else 0.8, label="fit" * told or None)
        if part.outliers.any():
            far = part.outliers
            label = "outlier" if told or not any(one.outliers.any() for one in parts[:n]) else None
            ax.plot(x[far], y[far], "o", ms=5, mfc="none", mew=0.8, color=style.BLUE, label=label)
    if isinstance(data, PulseTrain):
        ax.set_ylabel("conductance (µS)")
    else:
        ax.set_yscale("log")
        # below the floor a current counts for little in the fit
        ax.set_ylim(bottom=parts[0].floor / 10)
        ax.set_xlabel("voltage (V)")
        ax.set_ylabel("|current| (A)")
    ax.legend(loc="best")


def draw_left(ax: Axes, parts: Sequence[Part]) -> None:
    """Data minus fit: conductance [nS] against pulse number, or difference of asinh(I/floor) against time."""
    for n, part in enumerate(parts):
        colour = style.BLUE if len(parts) == 1 else style.LINES[n % len(style.LINES)]
        if isinstance(part.data, PulseTrain):
            ax.plot(part.data.pulse, part.residuals * 1e9, ".", ms=3 if len(parts) == 1 else 1.5, color=colour)
            ax.set_xlabel("pulse number")
            ax.set_ylabel("data - fit (nS)")
        else:
            ax.plot(part.data.time, part.residuals, color=colour)
            ax.set_xlabel("time (s)")
            ax.set_ylabel("ln(data/fit)")
    ax.axhline(0, color=style.BLACK, lw=0.6)
    limits = [6 * part.noise * (1e9 if isinstance(part.data, PulseTrain) else 1.0) for part in parts if part.noise]
    if limits and any(part.outliers.any() for part in parts):
        # outliers lie beyond
        ax.set_ylim(-max(limits), max(limits))

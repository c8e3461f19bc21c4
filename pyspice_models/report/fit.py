"""Measured data and the fitted cell, one over the other."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pyspice_models.lab.fit import FitResult, PulseTrain
from pyspice_models.report import style
from pyspice_models.report.blank import blank
from pyspice_models.report.save import save_figures

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def fit_figure(result: FitResult) -> Figure:
    """Data and fit above, what is left of them below."""
    with style.house_style():
        figure = blank(figsize=(4.5, 4.0), layout="constrained")
        above, below = figure.subplots(2, 1, height_ratios=[3, 1])
        draw_fit(above, result)
        draw_residuals(below, result)
        above.set_title(f"{style.words(result.data.name)}: {len(result.parameters)} parameters fitted", loc="left")
    return figure


def save_fit_figure(result: FitResult, path: Path) -> None:
    """Write the figure as PNG or PDF, as the path's suffix says."""
    save_figures(path.parent, {path.name: lambda: fit_figure(result)})


def draw_fit(ax: Axes, result: FitResult) -> None:
    """Conductance [uS] against pulse number, or |current| [A] against voltage."""
    data = result.data
    if isinstance(data, PulseTrain):
        ax.plot(data.pulse, data.conductance * 1e6, ".", ms=3, color=style.BLACK, label="data")
        ax.plot(data.pulse, result.prediction * 1e6, color=style.RED, label="fit")
        ax.set_ylabel("conductance (µS)")
    else:
        ax.semilogy(data.voltage, np.abs(data.current), ".", ms=3, color=style.BLACK, label="data")
        ax.semilogy(data.voltage, np.abs(result.prediction), color=style.RED, label="fit")
        # below the floor a current counts for little in the fit
        ax.set_ylim(bottom=result.floor / 10)
        ax.set_xlabel("voltage (V)")
        ax.set_ylabel("|current| (A)")
    ax.legend(loc="best")


def draw_residuals(ax: Axes, result: FitResult) -> None:
    """Data minus fit: conductance [nS] against pulse number, or difference of asinh(I/floor) against time."""
    data = result.data
    if isinstance(data, PulseTrain):
        ax.plot(data.pulse, result.residuals * 1e9, ".", ms=3, color=style.BLUE)
        ax.set_xlabel("pulse number")
        ax.set_ylabel("data - fit (nS)")
    else:
        ax.plot(data.time, result.residuals, color=style.BLUE)
        ax.set_xlabel("time (s)")
        ax.set_ylabel("ln(data/fit)")
    ax.axhline(0, color=style.BLACK, lw=0.6)

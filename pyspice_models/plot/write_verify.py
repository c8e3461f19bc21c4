"""The picture of a closed-loop programming: how it converged, what it came to, what is left."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from pyspice_models.plot import maps, style
from pyspice_models.plot.save import save_figures
from pyspice_models.study.programmed import Report


def save_write_verify_picture(report: Report, path: Path) -> None:
    """Draw the report: errors and cells left by round, distribution of errors; maps of what is held, errors, pulses."""
    save_figures(path.parent, {path.name: lambda: _figure(report)})


def _figure(report: Report) -> Figure:
    tolerance = report.tolerance
    figure = Figure(figsize=(9.6, 5.6), layout="constrained")
    curve, left, spread, states, errors, pulses = figure.subplots(2, 3).ravel()
    _draw_errors(curve, report, tolerance)
    _draw_left(left, report)
    _draw_spread(spread, report, tolerance)
    held = _field(report.scale.conductances(report.held) * 1e9)
    ends = (report.scale.low * 1e9, report.scale.high * 1e9)
    maps.draw_map(states, held, label="conductance held (nS)", norm=Normalize(*ends))
    # a stuck cell is far off the scale; the others are what the map is for
    top = 1.5 * tolerance
    error = _field(report.held_error)
    maps.draw_map(errors, error, label="level held - target", norm=Normalize(-top, top), cmap="RdBu_r")
    for row, col in {*report.missed, *report.wrong}:
        errors.add_patch(Rectangle((col - 0.5, row - 0.5), 1, 1, fill=False, edgecolor=style.BLACK))
    maps.draw_map(pulses, _field(report.pulses), label="pulses", cmap="magma")
    return figure


def _draw_errors(ax: Axes, report: Report, tolerance: float) -> None:
    ax.semilogy(range(len(report.errors)), report.errors, "o-", color=style.BLUE, label="largest")
    ax.semilogy(range(len(report.typical)), report.typical, "s-", color=style.SKY, label="nine cells of ten are within")
    ax.axhline(tolerance, color=style.RED, ls="--", lw=0.8, label="tolerance")
    ax.set_ylabel("read error (share of the nominal window)")
    ax.legend()
    _rounds(ax)


def _draw_left(ax: Axes, report: Report) -> None:
    ax.plot(range(len(report.off)), report.off, "o-", color=style.ORANGE)
    ax.set_ylabel("cells beyond the tolerance")
    ax.set_ylim(bottom=0)
    _rounds(ax)


def _rounds(ax: Axes) -> None:
    ax.set_xlabel("round")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))


def _draw_spread(ax: Axes, report: Report, tolerance: float) -> None:
    """What the loop sees, and what only a simulation knows; the outermost bins take all that lies further out."""
    edge = 2.5 * tolerance
    bins = np.linspace(-edge, edge, 26).tolist()
    for values, colour, label in (
        (report.read, style.BLUE, "level read"), (report.held, style.GREEN, "level held"),
    ):  # fmt: skip
        errors = np.clip(values - report.target, -edge, edge).ravel()
        ax.hist(errors, bins=bins, histtype="step", color=colour, label=label)
    for side in (-tolerance, tolerance):
        ax.axvline(side, color=style.RED, ls="--", lw=0.8)
    ax.set_xlabel("error (share of the nominal window)")
    ax.set_ylabel("cells")
    ax.xaxis.set_major_locator(MaxNLocator(5))
    ax.legend()


def _field(values: np.ndarray) -> xr.DataArray:
    return xr.DataArray(values, dims=("row", "col"))

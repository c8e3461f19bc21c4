"""The picture of a closed-loop programming: how it converged, what it came to, what is left."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from pyspice_models.program.programmed import Programmed
from pyspice_models.report import maps, style
from pyspice_models.report.blank import blank
from pyspice_models.report.save import save_figures

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def save_write_verify_picture(report: Programmed, path: Path) -> None:
    """Draw errors and cells left by round, how both spread, maps of cells, and how far the levels lie apart."""
    save_figures(path.parent, {path.name: lambda: _figure(report)})


def _figure(report: Programmed) -> Figure:
    from matplotlib.colors import Normalize

    tolerance = report.tolerance
    figure = blank(figsize=(7.2, 6.4), layout="constrained")
    curve, left, spread, states, errors, pulses, overshoot, disturb, levels = figure.subplots(3, 3).ravel()
    draw_errors(curve, report, tolerance)
    _draw_left(left, report)
    _draw_spread(spread, report, tolerance)
    held = _field(report.scale.conductances(report.held) * 1e9)
    ends = (report.scale.low * 1e9, report.scale.high * 1e9)
    maps.draw_map(states, held, label="conductance held (nS)", norm=Normalize(*ends))
    draw_held_error(errors, report)
    maps.draw_counts(pulses, _field(report.pulses), label="pulses")
    for ax, shares, label in (
        (overshoot, report.overshoot, "overshoot (nS)"), (disturb, report.disturb, "disturb without a pulse (nS)"),
    ):  # fmt: skip
        maps.draw_map(ax, _field(report.scale.difference(shares) * 1e9), label=label, cmap="magma")
    _draw_levels(levels, report)
    return figure


def draw_held_error(ax: Axes, report: Programmed) -> None:
    """What each cell holds less what it should; those that miss their level, or hold another, are framed."""
    from matplotlib.colors import Normalize
    from matplotlib.patches import Rectangle

    # a stuck cell is far off the scale; the others are what the map is for
    top = 1.5 * report.tolerance
    maps.draw_map(ax, _field(report.held_error), label="level held - target", norm=Normalize(-top, top), cmap="RdBu_r")
    for row, col in {*report.missed, *report.wrong}:
        ax.add_patch(Rectangle((col - 0.5, row - 0.5), 1, 1, fill=False, edgecolor=style.BLACK))


def _draw_levels(ax: Axes, report: Programmed) -> None:
    """From the lowest to the highest conductance held, for each level: where they overlap, no threshold tells them."""
    for one in report.by_level():
        ax.plot([one.conductance * 1e9] * 2, [one.lowest * 1e9, one.highest * 1e9], "_-", color=style.GREEN)
    ends = [report.scale.low * 1e9, report.scale.high * 1e9]
    ax.plot(ends, ends, color=style.BLACK, lw=0.5)
    ax.set_xlabel("level (nS)")
    ax.set_ylabel("held, lowest to highest (nS)")


def draw_errors(ax: Axes, report: Programmed, tolerance: float) -> None:
    """Largest read error after each round, and what nine cells of ten are within."""
    ax.semilogy(range(len(report.errors)), report.errors, "o-", color=style.BLUE, label="largest")
    ax.semilogy(range(len(report.typical)), report.typical, "s-", color=style.SKY, label="90 % of cells")
    ax.axhline(tolerance, color=style.RED, ls="--", lw=0.8, label="tolerance")
    ax.set_ylabel("read error (share of window)")
    ax.legend(loc="upper right", handlelength=1.2)
    _rounds(ax)


def _draw_left(ax: Axes, report: Programmed) -> None:
    ax.plot(range(len(report.off)), report.off, "o-", color=style.ORANGE)
    ax.set_ylabel("cells beyond the tolerance")
    ax.set_ylim(bottom=0)
    _rounds(ax)


def _rounds(ax: Axes) -> None:
    from matplotlib.ticker import MaxNLocator

    ax.set_xlabel("round")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))


def _draw_spread(ax: Axes, report: Programmed, tolerance: float) -> None:
    """What the loop sees, and what only a simulation knows; the outermost bins take all that lies further out."""
    from matplotlib.ticker import MaxNLocator

    edge = 250 * tolerance
    bins = np.linspace(-edge, edge, 26).tolist()
    for values, colour, label in (
        (report.read, style.BLUE, "read"), (report.held, style.GREEN, "held"),
    ):  # fmt: skip
        errors = np.clip(100 * (values - report.target), -edge, edge).ravel()
        ax.hist(errors, bins=bins, histtype="step", color=colour, label=label)
    for side in (-100 * tolerance, 100 * tolerance):
        ax.axvline(side, color=style.RED, ls="--", lw=0.8)
    ax.set_xlabel("error (% of window)")
    ax.set_ylabel("cells")
    ax.xaxis.set_major_locator(MaxNLocator(4))
    ax.set_ylim(top=1.25 * ax.get_ylim()[1])  # room for the legend
    ax.legend(loc="upper center", ncols=2, handlelength=1.0, columnspacing=1.0)


def _field(values: np.ndarray) -> xr.DataArray:
    return xr.DataArray(values, dims=("row", "col"))

"""Change and energy of one pulse over its amplitude and width, a tile for each pulse."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from pyspice_models.lab.characterize.maps.pulse import FLOOR
from pyspice_models.report.blank import blank
from pyspice_models.report.style import RED, told

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Normalize
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage


def pulse_figure(data: xr.Dataset) -> Figure:
    """Four panels: change of w and energy, of a set and of a reset pulse."""
    from matplotlib.colors import LogNorm, Normalize

    figure = blank(figsize=(7.0, 5.6), layout="constrained")
    grid = figure.subplots(2, 2)
    energies = data["energy"].values
    norms = (Normalize(-0.5, 0.5), LogNorm(energies.min(), energies.max()))
    for column, polarity in enumerate(data["polarity"].values):
        here = data.sel(polarity=polarity)
        change = _tiles(grid[0, column], here["state_change"], norms[0], "RdBu_r")
        _numbers(grid[0, column], here["state_change"], lambda value: f"{value:+.3f}")
        energy = _tiles(grid[1, column], here["energy"], norms[1], "viridis")
        _numbers(grid[1, column], here["energy"], _short)
        for ax in grid[:, column]:
            _mark(ax, here["status"].values)
        grid[0, column].set_title(f"{polarity}: change of w from 0.5")
        grid[1, column].set_title(f"{polarity}: energy (J)")
        grid[1, column].set_xlabel("amplitude (V)")
    for row in grid:
        row[0].set_ylabel("pulse width")
    figure.colorbar(change, ax=list(grid[0]), label="change of w", shrink=0.9)
    figure.colorbar(energy, ax=list(grid[1]), label="energy (J)", shrink=0.9)
    figure.supxlabel(
        f"hatched: w moves less than {FLOOR:g}; framed: a filament bridges the film (above one conductance quantum)",
        fontsize=7,
    )
    return figure


def _short(energy: float) -> str:
    """Two digits and the SI prefix."""
    return told(float(f"{energy:.2g}"), "J").removesuffix("J")


def _tiles(ax: Axes, values: xr.DataArray, norm: Normalize, colours: str) -> AxesImage:
    shown = ax.imshow(values.values, origin="lower", aspect="auto", norm=norm, cmap=colours)
    ax.set_xticks(range(values.sizes["amplitude"]), [f"{volt:g}" for volt in values["amplitude"].values])
    ax.set_yticks(range(values.sizes["width"]), [told(float(width), "s") for width in values["width"].values])
    ax.grid(False)
    return shown


def _numbers(ax: Axes, values: xr.DataArray, text: Callable[[float], str]) -> None:
    image = ax.images[0]
    for (row, column), value in np.ndenumerate(values.values):
        if np.isfinite(value):
            red, green, blue, _ = image.cmap(image.norm(value))
            colour = "black" if 0.3 * red + 0.6 * green + 0.1 * blue > 0.5 else "white"
            ax.text(column, row, text(value), fontsize=4.5, ha="center", va="center", color=colour)


def _mark(ax: Axes, status: np.ndarray) -> None:
    from matplotlib.patches import Rectangle

    for (row, column), word in np.ndenumerate(status):
        corner = (column - 0.5, row - 0.5)
        if str(word).startswith("below"):
            ax.add_patch(Rectangle(corner, 1, 1, facecolor="none", edgecolor="0.6", hatch="////", lw=0))
        elif word == "filament":
            ax.add_patch(Rectangle((column - 0.46, row - 0.46), 0.92, 0.92, fill=False, edgecolor=RED, lw=1.0))

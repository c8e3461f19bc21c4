"""Maps over the array: one square per cell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from pyspice_models.report import style
from pyspice_models.stimulus import Window

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Normalize


def draw_map(
    ax: Axes, values: xr.DataArray, *, label: str, norm: Normalize | None = None, cmap: str = "viridis"
) -> None:  # fmt: skip
    """Values of shape (row, col) as an image with a colour bar."""
    from matplotlib.colors import SymLogNorm
    from matplotlib.ticker import SymmetricalLogLocator

    image = ax.imshow(values.values, origin="upper", interpolation="nearest", norm=norm, cmap=cmap, aspect="equal")
    _name_lines(ax)
    figure = ax.get_figure()
    assert figure is not None
    bar = figure.colorbar(image, ax=ax, label=label, fraction=0.046, pad=0.03)
    if isinstance(norm, SymLogNorm):
        top, smallest = float(norm.vmax or 0), norm.linthresh
        ticks = SymmetricalLogLocator(base=10, linthresh=smallest).tick_values(-top, top)
        # those of the linear part would be printed over the zero
        bar.set_ticks([tick for tick in ticks if tick == 0 or smallest <= abs(tick) <= top])
        bar.minorticks_off()


def _name_lines(ax: Axes) -> None:
    """Numbers of bit lines below, of word lines beside."""
    from matplotlib.ticker import MaxNLocator

    ax.set_xlabel("bit line")
    ax.set_ylabel("word line")
    ax.grid(False)
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(MaxNLocator(5, integer=True, min_n_ticks=1))


def mark(ax: Axes, window: Window) -> None:
    """Frame the cell that a write or read is aimed at; several are plain without."""
    from matplotlib.patches import Rectangle

    if len(window.rows) == len(window.cols) == 1:
        corner = (window.cols[0] - 0.5, window.rows[0] - 0.5)
        ax.add_patch(Rectangle(corner, 1, 1, fill=False, edgecolor=style.RED, linewidth=1.5, clip_on=False))


def draw_state_map(ax: Axes, states: xr.DataArray) -> None:
    """States on a scale from 0 to 1, under their own name."""
    from matplotlib.colors import Normalize

    draw_map(ax, states, label=f"state {states.name}", norm=Normalize(0, 1))


def draw_voltage_map(ax: Axes, voltages: xr.DataArray) -> None:
    """Voltage across every cell, on a scale that is symmetric about 0 [mV]."""
    from matplotlib.colors import Normalize

    top = float(np.abs(voltages).max()) * 1e3 or 1.0
    draw_map(ax, voltages * 1e3, label="voltage across the cell (mV)", norm=Normalize(-top, top), cmap="RdBu_r")


def draw_drop_map(ax: Axes, drops: xr.DataArray) -> None:
    """What drivers and lines take from the applied voltage [mV or uV]."""
    factor, unit = (1e3, "mV") if float(np.abs(drops).max()) >= 1e-3 else (1e6, "µV")
    draw_map(ax, drops * factor, label=f"IR drop ({unit})", cmap="magma")


def draw_change_map(ax: Axes, change: xr.DataArray) -> None:
    """Change of a state, under its own name, logarithmic on both sides of 0, so that disturb shows beside the write."""
    from matplotlib.colors import SymLogNorm

    top = max(float(np.abs(change).max()), 1e-6)  # less is rounding
    norm = SymLogNorm(top * 1e-3, vmin=-top, vmax=top)
    draw_map(ax, change, label=f"change of state {change.name}", norm=norm, cmap="PuOr")


def draw_energy_map(ax: Axes, energies: xr.DataArray) -> None:
    """Energy dissipated in every cell, logarithmic [fJ]."""
    from matplotlib.colors import LogNorm

    femto = energies * 1e15
    top = max(float(femto.max()), 1e-6)
    draw_map(
        ax, femto.clip(min=top * 1e-6), label="dissipated energy (fJ)", norm=LogNorm(top * 1e-6, top), cmap="inferno"
    )


def draw_kind_map(ax: Axes, kinds: Mapping[str, np.ndarray]) -> None:
    """Cells of each kind in a colour of its own, named in a legend."""
    from matplotlib.colors import ListedColormap
    from matplotlib.patches import Patch

    colours = ["0.85", *(f"C{n % 10}" for n in range(len(kinds) - 1))]
    numbers = np.sum([number * where for number, where in enumerate(kinds.values())], axis=0)
    ax.imshow(numbers, cmap=ListedColormap(colours), vmin=-0.5, vmax=len(kinds) - 0.5, interpolation="nearest")
    _name_lines(ax)
    shown = [Patch(color=colour, label=name) for colour, name in zip(colours, kinds, strict=True)]
    ax.legend(handles=shown, loc="center left", bbox_to_anchor=(1.02, 0.5))

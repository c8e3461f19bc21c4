"""Maps over the array: one square per cell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from pyspice_models.report import style
from pyspice_models.stimulus import Window

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colorbar import Colorbar
    from matplotlib.colors import Normalize


def draw_map(
    ax: Axes, values: xr.DataArray, *, label: str, norm: Normalize | None = None, cmap: Any = "viridis"
) -> Colorbar:  # fmt: skip
    """Values of shape (row, col) as an image with a colour bar, which is given back."""
    from matplotlib.colors import SymLogNorm
    from matplotlib.ticker import SymmetricalLogLocator

    image = ax.imshow(values.values, origin="upper", interpolation="nearest", norm=norm, cmap=cmap, aspect="equal")
    _name_lines(ax, values.shape)
    figure = ax.get_figure()
    assert figure is not None
    bar = figure.colorbar(image, ax=ax, label=label, fraction=0.046, pad=0.03)
    if isinstance(norm, SymLogNorm):
        low, high, smallest = float(norm.vmin or 0), float(norm.vmax or 0), norm.linthresh
        ticks = SymmetricalLogLocator(base=10, linthresh=smallest).tick_values(low, high)
        # those of the linear part would be printed over the zero
        bar.set_ticks([tick for tick in ticks if tick == 0 or (smallest <= abs(tick) and low <= tick <= high)])
        bar.minorticks_off()
    return bar


def _name_lines(ax: Axes, shape: tuple[int, ...]) -> None:
    """Numbers of bit lines below, of word lines beside; of no line that is not there, whatever else is drawn."""
    from matplotlib.ticker import MaxNLocator

    ax.set_xlabel("bit line")
    ax.set_ylabel("word line")
    ax.grid(False)
    for axis, lines in ((ax.yaxis, shape[0]), (ax.xaxis, shape[1])):
        ticks = MaxNLocator(5, integer=True, min_n_ticks=1, steps=[1, 2, 4, 5, 8, 10]).tick_values(0, max(lines - 1, 1))
        axis.set_ticks([tick for tick in ticks if 0 <= tick < lines])


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


ROUNDING = 1e-6
"""Of a state; less is no change."""

_DECADES = 6  # that a map of energies shows at most


def sided(values: xr.DataArray, top: float, cmap: str) -> tuple[float, float, Any]:
    """Ends of a scale about 0, and its colours: both sides, or where all values lie on one of them that one alone."""
    from matplotlib.colors import LinearSegmentedColormap

    low, high = float(values.min()), float(values.max())
    both = style.colours(cmap)
    small = 1e-3 * top
    if low < -small and high > small:
        return -top, top, both
    positive = high > small
    half = both(np.linspace(0.5, 1.0, 256) if positive else np.linspace(0.0, 0.5, 256))
    return (0.0 if positive else -top), (top if positive else 0.0), LinearSegmentedColormap.from_list(cmap, half)


def draw_voltage_map(ax: Axes, voltages: xr.DataArray) -> None:
    """Voltage across every cell [mV], about 0 where it is of both signs."""
    from matplotlib.colors import Normalize

    milli = voltages * 1e3
    low, high, cmap = sided(milli, float(np.abs(milli).max()) or 1.0, "RdBu_r")
    # all nearly alike: what differs is what the map is for
    least, most = float(milli.min()), float(milli.max())
    if 0 < most - least < abs(most + least) / 4 and low * high == 0:
        low, high = least, most
    draw_map(ax, milli, label="voltage (mV)", norm=Normalize(low, high), cmap=cmap)


def draw_drop_map(ax: Axes, drops: xr.DataArray) -> None:
    """What drivers and lines take from the applied voltage [mV or µV]."""
    factor, unit = (1e3, "mV") if float(np.abs(drops).max()) >= 1e-3 else (1e6, "µV")
    draw_map(ax, drops * factor, label=f"IR drop ({unit})", cmap="magma")


def draw_change_map(ax: Axes, change: xr.DataArray) -> None:
    """Change of a state, under its own name, logarithmic on both sides of 0, so that disturb shows beside the write."""
    from matplotlib.colors import SymLogNorm

    top = max(float(np.abs(change).max()), ROUNDING)
    low, high, cmap = sided(change, top, "PuOr")
    norm = SymLogNorm(top * 1e-3, vmin=low, vmax=high)
    draw_map(ax, change, label=f"change of state {change.name}", norm=norm, cmap=cmap)


def draw_energy_map(ax: Axes, energies: xr.DataArray) -> None:
    """Energy dissipated in every cell [fJ], logarithmic over the decades that there are, six at most."""
    from matplotlib.colors import LogNorm

    femto = energies * 1e15
    top = max(float(femto.max()), 1e-6)
    low = top * 10.0**-_DECADES
    there = femto.values[femto.values > low]
    if there.size == femto.size:
        low = min(float(there.min()), top / 2)
    draw_map(ax, femto.clip(min=low), label="energy (fJ)", norm=LogNorm(low, top), cmap="inferno")


def draw_counts(ax: Axes, counts: xr.DataArray, *, label: str) -> None:
    """Whole numbers, from zero on, with ticks at whole numbers."""
    from matplotlib.colors import Normalize
    from matplotlib.ticker import MaxNLocator

    top = max(float(counts.max()), 1.0)
    bar = draw_map(ax, counts, label=label, norm=Normalize(0, top), cmap="magma")
    bar.locator = MaxNLocator(5, integer=True)
    bar.update_ticks()


def draw_kind_map(ax: Axes, kinds: Mapping[str, np.ndarray]) -> None:
    """Cells of each kind in a colour of its own, named in a legend."""
    from matplotlib.colors import ListedColormap
    from matplotlib.patches import Patch

    colours = ["0.85", *(style.LINES[n % len(style.LINES)] for n in range(len(kinds) - 1))]
    numbers = np.sum([number * where for number, where in enumerate(kinds.values())], axis=0)
    ax.imshow(numbers, cmap=ListedColormap(colours), vmin=-0.5, vmax=len(kinds) - 0.5, interpolation="nearest")
    _name_lines(ax, numbers.shape)
    shown = [Patch(color=colour, label=name) for colour, name in zip(colours, kinds, strict=True)]
    ax.legend(handles=shown, loc="center left", bbox_to_anchor=(1.02, 0.5))

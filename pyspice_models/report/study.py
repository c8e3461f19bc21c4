"""The pictures of a crossbar study, on disk."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from pyspice_models.measure import (
    cell_kinds,
    current_paths,
    effective_voltage,
    energy_split,
    ir_drop,
    level_name,
    sneak_share,
)
from pyspice_models.report import maps, style, waves
from pyspice_models.report.blank import blank
from pyspice_models.report.paths import draw_paths
from pyspice_models.report.save import save_figures
from pyspice_models.result import windows
from pyspice_models.stimulus import Window

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    Panel = Callable[[Axes], None]


def save_pictures(dataset: xr.Dataset, folder: Path) -> list[Path]:
    """Draw what the program gives rise to.

    waves.png: the first write; maps.png: the array before and after, and in the first write or else the first read;
    maps_vmm.png: the same in the first product, if there is a write too; paths.png: the first reads of single cells;
    kinds.png: which cell is of which kind, where there are several.

    Returns the paths written.

    Raises:
        PictureError: one or more failed; it names them, and the others are there.
    """
    figures: dict[str, Callable[[], Figure]] = {}
    writes = windows(dataset, "write")
    if writes:
        figures["waves.png"] = partial(write_read_figure, dataset, writes[0])
    figures["maps.png"] = partial(maps_figure, dataset, first_of_interest(dataset))
    if writes and (products := windows(dataset, "vmm")):
        figures["maps_vmm.png"] = partial(maps_figure, dataset, products[0])
    if kinds := cell_kinds(dataset):
        figures["kinds.png"] = partial(kinds_figure, dataset, kinds)
    if reads := [window for window in windows(dataset, "read") if len(window.cols) == 1]:
        figures["paths.png"] = partial(paths_figure, dataset, reads[:3])
    return save_figures(folder, figures)


def first_of_interest(dataset: xr.Dataset) -> Window | None:
    """The first write; without one the first read, product or step with voltages of its own; None without these."""
    others = [window for window in windows(dataset) if window.kind in {"read", "vmm", "apply"}]
    return next(iter([*windows(dataset, "write"), *others]), None)


def write_read_figure(dataset: xr.Dataset, write: Window) -> Figure:
    """A write and, where it follows, the read of the same cell: voltages, states, sense current."""
    panels = wave_panels(dataset, write)
    row, col = write.rows[0], write.cols[0]
    figure = blank(figsize=(6.5, 1.8 * len(panels) + 0.2), layout="constrained")
    for ax, draw in zip(figure.subplots(len(panels), 1, squeeze=False, sharex=True)[:, 0], panels, strict=True):
        draw(ax)
    figure.suptitle(
        f"{_title(dataset)}: {style.told(write.voltage, 'V')}, {style.told(write.width, 's')} at cell "
        f"({row}, {col}), {write.scheme}",
        fontsize=9,
    )
    return figure


def wave_panels(dataset: xr.Dataset, write: Window) -> list[Panel]:
    """What is drawn of a write and of the read of the same cell that may follow, from top to bottom."""
    after = next((w for w in windows(dataset) if w.start == write.stop), None)
    row, col = write.rows[0], write.cols[0]
    read = after if after is not None and after.kind == "read" and after.rows[0] == row and col in after.cols else None
    until = read.stop if read else write.stop
    span = dataset.sel(time=slice(write.start, until))
    states = waves.draw_states if level_name(dataset) else waves.draw_power
    panels: list[Panel] = [
        lambda ax: waves.draw_voltages(ax, span, row, col), lambda ax: states(ax, span, row, col),
    ]  # fmt: skip
    if read:
        panels.append(lambda ax: waves.draw_sense_current(ax, dataset, write, read, col))
    last = panels[-1]

    def with_time(ax: Axes) -> None:
        last(ax)
        ax.set_xlabel("time (µs)")

    return [*panels[:-1], with_time]


def maps_figure(dataset: xr.Dataset, window: Window | None) -> Figure:
    """States before and after the run; with a window also voltage, IR drop, dissipation and change of state in it.

    Cells without a declared state have no maps of it.
    """
    panels = map_panels(dataset, window)
    rows, cols = _GRIDS[len(panels)]
    figure = blank(figsize=(min(3.0 * cols, 7.2), (2.6 if cols < 3 else 2.2) * rows + 0.25), layout="compressed")
    grid = figure.subplots(rows, cols, squeeze=False)
    for ax, draw in zip(grid.flat, panels, strict=False):
        draw(ax)
    for ax in grid.flat[len(panels) :]:
        ax.remove()
    if window is not None:
        figure.suptitle(_title(dataset), fontsize=9)
    return figure


def map_panels(dataset: xr.Dataset, window: Window | None) -> list[Panel]:
    """The maps of `maps_figure`, one after the other."""
    panels: list[Panel] = []
    level = level_name(dataset)

    def add(draw: Callable[[Axes, xr.DataArray], None], values: xr.DataArray, title: str, of: Window | None) -> None:
        def panel(ax: Axes) -> None:
            draw(ax, values)
            ax.set_title(title)
            if of is not None:
                maps.mark(ax, of)

        panels.append(panel)

    if level:
        states = dataset[level]
        moved = float(np.abs(states.isel(time=-1) - states.isel(time=0)).max()) > maps.ROUNDING
        add(maps.draw_state_map, states.isel(time=0), "state before" if moved else "state\nnothing changes it", None)
        if moved:
            add(maps.draw_state_map, states.isel(time=-1), "state after\nthe whole program", None)
    if window is not None:
        aim = f"{window.kind} of {window.aim}" + (f", {window.scheme}" if window.scheme else "")
        add(maps.draw_voltage_map, effective_voltage(dataset, window), f"voltage\n{aim}", window)
        dissipated = energy_split(dataset, window.start, window.stop).cells
        add(maps.draw_energy_map, dissipated, f"dissipated\n{aim}", window)
        add(maps.draw_drop_map, ir_drop(dataset, window), f"IR drop\n{aim}", window)
    if window is not None and level:
        change = states.interp(time=window.stop) - states.interp(time=window.start)
        if float(np.abs(change).max()) > maps.ROUNDING:
            add(maps.draw_change_map, change, f"change of state\n{aim}", window)
    return panels


_GRIDS = {0: (1, 1), 1: (1, 1), 2: (1, 2), 3: (1, 3), 4: (2, 2), 5: (2, 3), 6: (2, 3)}
"""Rows and columns for so many panels, within the width of a page."""


def kinds_figure(dataset: xr.Dataset, kinds: Mapping[str, NDArray[np.bool_]]) -> Figure:
    """Which cell is of which kind."""
    figure = blank(figsize=(4.2, 3.2), layout="compressed")
    maps.draw_kind_map(figure.subplots(), kinds)
    figure.suptitle(_title(dataset), fontsize=9)
    return figure


def paths_figure(dataset: xr.Dataset, reads: list[Window]) -> Figure:
    """The way of the current in the settled state of each of these reads."""
    figure = blank(figsize=(2.4 * len(reads) if len(reads) > 1 else 3.4, 2.6), layout="compressed")
    for ax, window in zip(figure.subplots(1, len(reads), squeeze=False)[0], reads, strict=True):
        draw_paths(ax, current_paths(dataset, window))
        maps.mark(ax, window)
        share = float(sneak_share(dataset, window).values[0])
        ax.set_title(f"read of {window.aim}, {window.scheme}\nsneak share {share:.2g}")
    figure.suptitle(_title(dataset), fontsize=9)
    return figure


def _title(dataset: xr.Dataset) -> str:
    return f"{style.words(str(dataset.attrs['title']))}, {dataset.sizes['row']} x {dataset.sizes['col']}"

"""The pictures of a crossbar study, on disk."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
import xarray as xr
from matplotlib.figure import Figure

from pyspice_models.bench import Window
from pyspice_models.measure import effective_voltage, energy_split, ir_drop
from pyspice_models.plot import maps, waves
from pyspice_models.plot.style import house_style
from pyspice_models.result import windows
from pyspice_models.units import show


def save_pictures(dataset: xr.Dataset, folder: Path) -> list[Path]:
    """Draw what the program gives rise to: waves.png of the first write, maps.png of the array before and after.

    Returns the paths written.
    """
    mpl.use("Agg")
    figures: dict[str, Figure] = {}
    with house_style():
        writes = windows(dataset, "write")
        if writes:
            figures["waves"] = write_read_figure(dataset, writes[0])
        figures["maps"] = maps_figure(dataset)
        paths = []
        for name, figure in figures.items():
            path = folder / f"{name}.png"
            figure.savefig(path)
            paths.append(path)
    return paths


def write_read_figure(dataset: xr.Dataset, write: Window) -> Figure:
    """A write and, where it follows, the read of the same cell: voltages, states, sense current."""
    every = windows(dataset)
    after = next((w for w in every if w.start == write.stop), None)
    row, col = write.rows[0], write.cols[0]
    read = after if after is not None and after.kind == "read" and after.rows[0] == row and col in after.cols else None
    figure = Figure(figsize=(6.5, 5.6 if read else 3.8), layout="constrained")
    axes = figure.subplots(3 if read else 2, 1, squeeze=False)[:, 0]
    until = read.start + (read.stop - read.start) * 0.15 if read else write.stop
    span = dataset.sel(time=slice(write.start, until))
    waves.draw_voltages(axes[0], span, row, col)
    waves.draw_states(axes[1], span, row, col)
    if read:
        waves.draw_sense_current(axes[2], dataset, write, read, col)
    axes[-1].set_xlabel("time (µs)")
    figure.suptitle(
        f"{_title(dataset)}: {show(write.voltage, 'V')}, {show(write.width, 's')} at cell "
        f"({row}, {col}), {write.scheme}",
        fontsize=9,
    )
    return figure


def maps_figure(dataset: xr.Dataset) -> Figure:
    """State before and after the run; voltage, loss and energy of the first write, or voltage of the first read."""
    writes, reads = windows(dataset, "write"), [w for w in windows(dataset) if w.kind in {"read", "vmm", "apply"}]
    window = next(iter(writes + reads), None)
    count = 2 if window is None else 6 if writes else 4
    size = (9.6, 5.6) if count == 6 else (6.6, 2.9 * count / 2)
    figure = Figure(figsize=size, layout="compressed")
    axes = list(figure.subplots(2, 3).flat) if count == 6 else list(figure.subplots(count // 2, 2, squeeze=False).flat)
    w = dataset["w"]
    maps.draw_state_map(axes[0], w.isel(time=0))
    axes[0].set_title("state before")
    maps.draw_state_map(axes[1], w.isel(time=-1))
    axes[1].set_title("state after the whole program")
    if window is None:
        return figure
    voltages = effective_voltage(dataset, window)
    aim = f"{window.kind} of {window.aim}" + (f", {window.scheme}" if window.scheme else "")
    energy = energy_split(dataset, window.start, window.stop).cells
    maps.draw_voltage_map(axes[2], voltages)
    axes[2].set_title(f"voltage, {aim}")
    maps.draw_energy_map(axes[3], energy)
    axes[3].set_title(f"energy, {aim}")
    if writes:
        maps.draw_drop_map(axes[4], ir_drop(dataset, window))
        axes[4].set_title(f"IR drop, {aim}")
        maps.draw_change_map(axes[5], w.interp(time=window.stop) - w.interp(time=window.start))
        axes[5].set_title(f"change of state, {aim}")
    for ax in axes[2:]:
        maps.mark(ax, window)
    figure.suptitle(_title(dataset), fontsize=9)
    return figure


def _title(dataset: xr.Dataset) -> str:
    return f"{dataset.attrs['title']}, {dataset.sizes['row']} x {dataset.sizes['col']}"

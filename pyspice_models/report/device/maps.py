"""Maps of the cell; where there is no number, the picture says so instead of leaving a hole."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from pyspice_models.lab.characterize.maps import DeviceMap
from pyspice_models.lab.characterize.maps.disturb import BEYOND, CENTURY, READ_TIME
from pyspice_models.report.blank import blank
from pyspice_models.report.device.map_pulse import pulse_figure
from pyspice_models.report.save import save_figures
from pyspice_models.report.style import BLACK, BLUE, GREEN, ORANGE, PURPLE, RED, SKY

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_COLOURS = (BLUE, SKY, RED, ORANGE)


def save_device_maps(maps: Mapping[str, DeviceMap], folder: Path) -> list[Path]:
    """Write each map's picture as PNG into `folder`."""
    return save_figures(folder, {f"{name}.png": partial(FIGURES[name], one.dataset) for name, one in maps.items()})


def switching_time_figure(data: xr.Dataset) -> Figure:
    """Time against voltage, and the voltage that a decade of time takes."""
    from matplotlib.ticker import ScalarFormatter

    figure = blank(figsize=(7.0, 3.0), layout="constrained")
    left, right = figure.subplots(1, 2)
    volts = data["voltage"].values
    missing = False
    for change, colour, width in zip(data["change"].values, _COLOURS, (6.0, 4.0, 2.5, 1.0), strict=True):
        here = data.sel(change=change)
        left.loglog(volts, here["switching_time"], "o-", ms=3, color=colour, label=str(change))
        without = np.isnan(here["switching_time"].values)
        missing |= bool(without.any())
        left.plot(volts[without], here["searched"].values[without], "^", ms=6, mfc="none", color=colour)
        # the four share their kinetics: thin lines on broad ones
        right.plot(volts, 1e3 * here["slope"], "-", lw=width, color=colour, label=str(change))
    if missing:
        left.plot([], [], "^", ms=6, mfc="none", color=BLACK, label="longer than this")
    left.set(xlabel="voltage (V)", ylabel="time (s)", title="switching time, 300 K")
    left.legend(loc="lower left")
    right.set(
        xscale="log",
        yscale="log",
        xlabel="voltage (V)",
        ylabel="mV per decade",
        title="voltage per decade of time (derived)",
    )
    right.legend(loc="upper left")
    for ax in (left, right):
        _plain_volts(ax)
    right.yaxis.set_major_formatter(ScalarFormatter())
    return figure


def temperature_figure(data: xr.Dataset) -> Figure:
    """Times of both paths' set as in an Arrhenius plot, what activates them, and the read conductance."""
    figure = blank(figsize=(7.0, 3.0), layout="constrained")
    left, middle, right = figure.subplots(1, 3)
    kelvin = data["temperature"].values
    for voltage, colour in zip(data["voltage"].values, (BLUE, GREEN, RED), strict=False):
        for change, line in (("interface set", "o-"), ("filament set", "s--")):
            here = data.sel(change=change, voltage=voltage)
            name = f"{voltage:g} V, {change.split()[0]}"
            left.semilogy(1e3 / kelvin, here["switching_time"], line, ms=3, color=colour, label=name)
            without = np.isnan(here["switching_time"].values)
            left.plot(1e3 / kelvin[without], here["searched"].values[without], "^", ms=6, mfc="none", color=colour)
            middle.plot(kelvin, here["activation_energy"], line, ms=3, color=colour)
    bottom, top = left.get_ylim()
    left.set(xlabel="1000 / temperature (1/K)", ylabel="time (s)", title="set", ylim=(bottom, top * 1e4))
    left.legend(loc="upper left", fontsize=6)
    middle.set(
        xlabel="temperature (K)",
        ylabel="activation energy (eV)",
        ylim=(0, None),
        title="of the time (derived)",
    )
    for state, colour in zip(data["state"].values, (SKY, BLUE, PURPLE, ORANGE), strict=True):
        right.semilogy(
            kelvin, data["read_conductance"].sel(state=state), "o-", ms=3, color=colour, label=str(state)
        )  # fmt: skip
    right.set(xlabel="temperature (K)", ylabel="conductance (S)", title="read at 5 mV")
    right.legend(loc="center right")
    return figure


def read_disturb_figure(data: xr.Dataset) -> Figure:
    """Reads until the loss: filled where simulated, open where derived, an arrow where beyond a century."""
    figure = blank(figsize=(7.0, 3.2), layout="constrained")
    top = CENTURY / READ_TIME
    volts = data["voltage"].values
    for ax, losses, colours in zip(
        figure.subplots(1, 2, sharey=True),
        (("low state rises", "high state falls"), ("filament appears", "filament fades")),
        ((BLUE, SKY), (RED, ORANGE)),
        strict=True,
    ):
        for loss, colour in zip(losses, colours, strict=True):
            _disturb(ax, data.sel(loss=loss), colour, loss, top)
        for volt, name in ((0.1, "V/3"), (0.15, "V/2")):
            ax.axvline(volt, color=BLACK, lw=0.6, ls=":")
            ax.text(volt, 3e-2, name, rotation=90, fontsize=6, ha="right")
        ax.axhline(top, color=BLACK, lw=0.6, ls="--")
        ax.text(volts.max(), top / 6, "100 years of reading", fontsize=6, ha="right")
        ax.set(xscale="log", yscale="log", xlabel="voltage (V)", ylim=(1e-2, 1e22))
        ax.legend(loc="upper right", ncols=2)
        _plain_volts(ax)
    first, second = figure.axes
    first.set(ylabel=f"reads of {READ_TIME * 1e6:g} µs", title="interface; band: what is published leaves open")
    second.set(title="filament; how open this is, is not known")
    for marker, face, word in (("o", BLACK, "simulated"), ("o", "none", "derived"), ("^", "none", BEYOND)):
        second.plot([], [], marker, color=BLACK, ms=4, mfc=face, label=word)
    second.legend(loc="upper right", ncols=2)
    return figure


def _disturb(ax: Axes, here: xr.Dataset, colour: str, name: str, top: float) -> None:
    volts, status = here["voltage"].values, here["status"].values
    ax.plot(volts, here["reads"], "-", color=colour, lw=1.0, label=name)
    for word, face in (("simulated", colour), ("derived", "none")):
        chosen = status == word
        ax.plot(volts[chosen], here["reads"].values[chosen], "o", ms=4, color=colour, mfc=face)
    beyond = status == BEYOND
    ax.plot(volts[beyond], np.full(beyond.sum(), top), "^", ms=6, color=colour, mfc="none")
    fewest, most = here["fewest_reads"].values, here["most_reads"].values
    if not np.isnan(fewest).all():
        ax.fill_between(
            volts,
            np.where(np.isnan(fewest), top, fewest),
            np.where(np.isnan(most), top, most),
            color=colour,
            alpha=0.15,
            lw=0,
        )


def _plain_volts(ax: Axes) -> None:
    left, right = ax.get_xlim()
    shown = [volt for volt in (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0) if left <= volt <= right]
    ax.set_xticks(shown, [f"{volt:g}" for volt in shown])
    ax.minorticks_off()


FIGURES: dict[str, Callable[[xr.Dataset], Figure]] = {
    "switching_time": switching_time_figure,
    "pulse": pulse_figure,
    "temperature": temperature_figure,
    "read_disturb": read_disturb_figure,
}
"""Map's name and the function that draws it."""

"""The picture of a cell of one's own alone: loop, pulses, switching time against voltage."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from pyspice_models.report import style
from pyspice_models.report.blank import blank
from pyspice_models.report.save import save_figures
from pyspice_models.units import show

if TYPE_CHECKING:
    from matplotlib.figure import Figure


_LEAST = 0.01


def save_cell_picture(sheet: xr.Dataset, folder: Path) -> list[Path]:
    """Write cell.png.

    Raises:
        PictureError: it cannot be drawn or written.
    """
    return save_figures(folder, {"cell.png": lambda: cell_figure(sheet)})


def cell_figure(sheet: xr.Dataset) -> Figure:
    """Three panels: the magnitude of the current around a loop, conductance after pulses, switching times."""
    figure = blank(figsize=(9.6, 2.9), layout="constrained")
    loop, pulses, times = figure.subplots(1, 3)
    volts, current = sheet["loop_voltage"].values, np.abs(sheet["loop_current"].values)
    # a logarithm has no place for the current at 0 V
    there = np.abs(volts) > _LEAST * np.abs(volts).max()
    loop.semilogy(volts, np.where(there, current, np.nan), color=style.GREEN)
    loop.set_xlabel("voltage (V)")
    loop.set_ylabel("current (A)")
    pulses.plot(sheet["pulse"], sheet["pulse_conductance"] * 1e6, "o-", ms=3, color=style.BLUE)
    pulses.set_xlabel("pulses: sets, then resets")
    pulses.set_ylabel(f"conductance at {show(float(sheet.attrs['read_voltage']), 'V')} (µS)")
    for name, color in (("set", style.GREEN), ("reset", style.BLUE)):
        times.semilogy(
            sheet["switching_voltage"], sheet["switching_time"].sel(polarity=name), "o-", ms=3, color=color, label=name
        )
    times.set_xlabel("voltage (V)")
    times.set_ylabel("switching time (s)")
    times.legend(loc="best")
    figure.suptitle(f"{style.words(str(sheet.attrs['cell']))} alone", fontsize=9)
    return figure

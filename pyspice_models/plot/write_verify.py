"""The picture of a closed-loop programming: error against round, target, what is left, pulses."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
import numpy as np
import xarray as xr
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from pyspice_models.plot import maps, style
from pyspice_models.plot.style import house_style
from pyspice_models.study.write_verify import Report


def save_write_verify_picture(report: Report, tolerance: float, path: Path) -> None:
    """Draw the report."""
    mpl.use("Agg")

    def field(values: np.ndarray) -> xr.DataArray:
        return xr.DataArray(values, dims=("row", "col"))

    with house_style():
        figure = Figure(figsize=(6.8, 5.6), layout="constrained")
        curve, target, left, pulses = figure.subplots(2, 2).ravel()
        curve.semilogy(range(len(report.errors)), report.errors, "o-", color=style.BLUE, label="largest read error")
        curve.axhline(tolerance, color=style.RED, ls="--", lw=0.8, label="tolerance")
        curve.set_xlabel("round")
        curve.set_ylabel("error (share of the window)")
        curve.legend()
        maps.draw_map(target, field(report.target), label="target state", norm=Normalize(0, 1))
        top = max(float(np.abs(report.states - report.target).max()), tolerance)
        maps.draw_map(
            left, field(report.states - report.target), label="state - target", norm=Normalize(-top, top), cmap="RdBu_r"
        )
        maps.draw_map(pulses, field(report.pulses), label="pulses", cmap="magma")
        figure.savefig(path)

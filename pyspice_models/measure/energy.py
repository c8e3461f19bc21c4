"""Where the energy of a run goes, and whether the books balance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

from pyspice_models.bench import Window
from pyspice_models.measure.integral import integral


@dataclass(frozen=True)
class EnergySplit:
    """Energy of one span of time [J].

    Attributes:
        cells: dissipated in each cell, shape (row, col).
        lines: dissipated in word and bit lines.
        drivers: dissipated in drivers and sense resistors.
        source: delivered by all sources.
        stored: change of the energy in all capacitances.
    """

    cells: xr.DataArray
    lines: float
    drivers: float
    source: float
    stored: float

    @property
    def dissipated(self) -> float:
        """In cells, lines and drivers together."""
        return float(self.cells.sum()) + self.lines + self.drivers

    @property
    def imbalance(self) -> float:
        """Share of the source energy that the split does not account for; the sign is that of the missing part."""
        return (self.source - self.dissipated - self.stored) / self.source


def energy_split(dataset: xr.Dataset, start: float, stop: float) -> EnergySplit:
    """Split the energy between two moments of the run [s]."""

    def over_time(power: xr.DataArray) -> xr.DataArray:
        return integral(dataset, power, start, stop)

    source = drivers = 0.0
    for side in ("word", "bit"):
        v, i = dataset[f"v_{side}_source"], dataset[f"i_{side}_source"]
        source += float(over_time(v * i).sum())
        drivers += float(over_time((v - dataset[f"v_{side}_terminal"]) * i).sum())
    return EnergySplit(
        cells=over_time(dataset["p"]),
        lines=float(over_time(line_power(dataset))),
        drivers=drivers,
        source=source,
        stored=stored_energy(dataset, stop) - stored_energy(dataset, start),
    )


def line_power(dataset: xr.Dataset) -> xr.DataArray:
    """Power dissipated in all line segments, shape (time,) [W]."""
    total = xr.zeros_like(dataset["time"], dtype=float)
    # along a word line from its driver, along a bit line to its sense circuit
    word = np.diff(dataset["v_word"].values, axis=2, prepend=dataset["v_word_terminal"].values[:, :, None])
    bit = np.diff(dataset["v_bit"].values, axis=1, append=dataset["v_bit_terminal"].values[:, None, :])
    for drops, resistance in ((word, dataset.attrs["r_word"]), (bit, dataset.attrs["r_bit"])):
        if resistance > 0:
            total = total + np.square(drops).sum(axis=(1, 2)) / resistance
    return total


def stored_energy(dataset: xr.Dataset, moment: float) -> float:
    """Energy in all capacitances of cells and lines at a moment [J]."""
    then = dataset[["es", "v_word", "v_bit"]].sel(time=moment, method="nearest")
    lines = (
        dataset.attrs["c_word"] * np.square(then["v_word"]).sum()
        + dataset.attrs["c_bit"] * np.square(then["v_bit"]).sum()
    )
    return float(then["es"].sum() + 0.5 * lines)


def by_selection(cells: xr.DataArray, window: Window) -> tuple[float, float, float]:
    """Sum over the selected cell, the half-selected cells (same row or column), and the unselected cells."""
    total = float(cells.sum())
    selected = float(cells.sel(row=window.row, col=window.col))
    half = float(cells.sel(row=window.row).sum() + cells.sel(col=window.col).sum()) - 2 * selected
    return selected, half, total - selected - half

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
        selectors: dissipated in transistors or threshold selectors.
        lines: dissipated in word, bit and gate lines.
        drivers: dissipated in drivers and sense resistors.
        source: delivered by all sources.
        stored: change of the energy in all capacitances.
    """

    cells: xr.DataArray
    selectors: float
    lines: float
    drivers: float
    source: float
    stored: float

    @property
    def dissipated(self) -> float:
        """In cells, selectors, lines and drivers together."""
        return float(self.cells.sum()) + self.selectors + self.lines + self.drivers

    @property
    def imbalance(self) -> float:
        """Share of the source energy that the split does not account for; the sign is that of the missing part."""
        return (self.source - self.dissipated - self.stored) / self.source


def energy_split(dataset: xr.Dataset, start: float, stop: float) -> EnergySplit:
    """Split the energy between two moments of the run [s]."""

    def over_time(power: xr.DataArray) -> xr.DataArray:
        return integral(dataset, power, start, stop)

    return EnergySplit(
        cells=over_time(dataset["p"]),
        selectors=float(over_time(dataset["p_selector"]).sum()) if "p_selector" in dataset else 0.0,
        lines=float(over_time(line_power(dataset))),
        drivers=float(over_time(driver_power(dataset))),
        source=float(over_time(source_power(dataset))),
        stored=stored_energy(dataset, stop) - stored_energy(dataset, start),
    )


def source_power(dataset: xr.Dataset) -> xr.DataArray:
    """Power that all sources and amplifiers deliver, shape (time,) [W]."""
    word = (dataset["v_word_source"] * dataset["i_word_source"]).sum("row")
    if "v_gate" in dataset:
        word = word + (dataset["v_gate_source"] * dataset["i_gate_source"]).sum("col")
    if dataset.attrs["sense"] == "tia":
        # an amplifier takes its energy from its supply; its reference draws no current
        return word + (dataset["v_bit_output"] * dataset["i_bit_output"]).sum("col")
    return word + (dataset["v_bit_source"] * dataset["i_bit_source"]).sum("col")


def driver_power(dataset: xr.Dataset) -> xr.DataArray:
    """Power dissipated in drivers, sense circuits and their contacts, shape (time,) [W]."""
    behind = dataset["v_bit_input"] if dataset.attrs["sense"] == "tia" else dataset["v_bit_source"]
    word, bit = dataset["v_word_source"], behind
    if dataset.attrs["compliance"] == "none":
        power = (dataset["g_word_driver"] * (word - dataset["v_word_terminal"]) ** 2).sum("row")
    else:  # a limiter is no conductance; there is one end, so that its current is the source's
        power = ((word - dataset["v_word_terminal"]) * dataset["i_word_source"]).sum("row")
    power = power + (dataset["g_bit_driver"] * (bit - dataset["v_bit_terminal"]) ** 2).sum("col")
    if dataset.attrs["both_ends"]:
        power = power + (dataset["g_word_driver"] * (word - dataset["v_word"].isel(col=-1, drop=True)) ** 2).sum("row")
        power = power + (dataset["g_bit_driver"] * (bit - dataset["v_bit"].isel(row=0, drop=True)) ** 2).sum("col")
    if "v_gate" in dataset:
        drop = dataset["v_gate_source"] - dataset["v_gate_terminal"]
        power = power + (drop * dataset["i_gate_source"]).sum("col")
    if dataset.attrs["sense"] == "tia":
        across = dataset["v_bit_output"] - dataset["v_bit_input"]
        power = power + (across**2).sum("col") / dataset.attrs["r_feedback"]
    return power


def line_power(dataset: xr.Dataset) -> xr.DataArray:
    """Power dissipated in all line segments, shape (time,) [W]."""
    total = xr.zeros_like(dataset["time"], dtype=float)
    # along a word line from its driver, along a bit line to its sense circuit
    word = np.diff(dataset["v_word"].values, axis=2, prepend=dataset["v_word_terminal"].values[:, :, None])
    bit = np.diff(dataset["v_bit"].values, axis=1, append=dataset["v_bit_terminal"].values[:, None, :])
    sides = [(word, _ohms(dataset, "r_word")), (bit, _ohms(dataset, "r_bit"))]
    if "v_gate" in dataset:
        gate = np.diff(dataset["v_gate"].values, axis=1, append=dataset["v_gate_terminal"].values[:, None, :])
        sides.append((gate, _ohms(dataset, "r_gate_line")))
    for drops, resistance in sides:
        if np.all(resistance > 0):
            total = total + (np.square(drops) / resistance).sum(axis=(1, 2))
    for side, axis, dim in (("word", 1, "row"), ("bit", 2, "col")):
        if f"g_{side}_short" in dataset:
            short = dataset[f"g_{side}_short"].isel({dim: slice(None, -1)}).values
            total = total + (np.square(np.diff(dataset[f"v_{side}"].values, axis=axis)) * short).sum(axis=(1, 2))
    return total


def _ohms(dataset: xr.Dataset, resistance: str) -> np.ndarray:
    """Resistance of the segments: one number, or where a line is broken one for each, shape (row, col)."""
    segments = f"{resistance}_segment"
    return np.asarray(dataset[segments].values if segments in dataset else dataset.attrs[resistance])


def stored_energy(dataset: xr.Dataset, moment: float) -> float:
    """Energy in all capacitances of cells, lines and amplifiers' feedback at a moment [J]."""
    then = dataset.sel(time=moment, method="nearest")
    word, bit, know = then["v_word"].values, then["v_bit"].values, dataset.attrs
    twice = know["c_word"] * np.square(word).sum() + know["c_bit"] * np.square(bit).sum()
    twice += know["c_crossing"] * np.square(word - bit).sum()
    twice += know["c_word_coupling"] * np.square(np.diff(word, axis=0)).sum()
    twice += know["c_bit_coupling"] * np.square(np.diff(bit, axis=1)).sum()
    if know["sense"] == "tia":
        twice += know["c_feedback"] * float(np.square(then["v_bit_output"] - then["v_bit_input"]).sum())
    if "v_gate" in dataset:
        gate, mid = then["v_gate"].values, then["v_mid"].values
        twice += know["c_gate"] * (np.square(gate - mid).sum() + np.square(gate - bit).sum())
        twice += know["c_gate_line"] * np.square(gate).sum()
    selectors = float(then["es_selector"].sum()) if "es_selector" in dataset else 0.0
    return float(then["es"].sum()) + selectors + 0.5 * float(twice)


def by_selection(cells: xr.DataArray, window: Window) -> tuple[float, float, float]:
    """Sum over the selected cells, the half-selected cells (a row or column of a selected one), and all others."""
    rows, cols = list(window.rows), list(window.cols)
    total, selected = float(cells.sum()), float(cells.sel(row=rows, col=cols).sum())
    half = float(cells.sel(row=rows).sum() + cells.sel(col=cols).sum()) - 2 * selected
    return selected, half, total - selected - half

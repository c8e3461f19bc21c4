"""Where the energy of a run goes, and whether the books balance."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import xarray as xr

from pyspice_models.bench import Window
from pyspice_models.measure.integral import integral, work

Branch = tuple[xr.DataArray, xr.DataArray]
"""Voltage and current of branches of one kind: time, then as many dimensions as it takes."""


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

    def total(branches: Iterable[Branch]) -> float:
        return sum((float(work(dataset, *branch, start, stop).sum()) for branch in branches), 0.0)

    return EnergySplit(
        # what a cell dissipates follows its slow states: there the samples of its power are the better measure
        cells=integral(dataset, dataset["p"], start, stop),
        selectors=total(_selectors(dataset)),
        lines=total(_lines(dataset)),
        drivers=total(_drivers(dataset)),
        source=total(_sources(dataset)),
        stored=stored_energy(dataset, stop) - stored_energy(dataset, start),
    )


def _selectors(dataset: xr.Dataset) -> Iterator[Branch]:
    """Transistors or threshold selectors; their current is what gives their power."""
    if "p_selector" in dataset:
        across = dataset["v_mid"] - dataset["v_bit"]
        yield across, (dataset["p_selector"] / across.where(across != 0)).fillna(0.0)


def _sources(dataset: xr.Dataset) -> Iterator[Branch]:
    """All sources and amplifiers, with the current that they deliver."""
    yield dataset["v_word_source"], dataset["i_word_source"]
    if "v_gate" in dataset:
        yield dataset["v_gate_source"], dataset["i_gate_source"]
    if dataset.attrs["sense"] == "tia":
        # an amplifier takes its energy from its supply; its reference draws no current
        yield dataset["v_bit_output"], dataset["i_bit_output"]
    else:
        yield dataset["v_bit_source"], dataset["i_bit_source"]


def _drivers(dataset: xr.Dataset) -> Iterator[Branch]:
    """Drivers, sense circuits and their contacts."""
    word = dataset["v_word_source"]
    bit = dataset["v_bit_input"] if dataset.attrs["sense"] == "tia" else dataset["v_bit_source"]
    near = word - dataset["v_word_terminal"]
    if dataset.attrs["compliance"] == "none":
        yield near, dataset["g_word_driver"] * near
    else:  # a limiter is no conductance; there is one end, so that its current is the source's
        yield near, dataset["i_word_source"]
    drops = [("g_bit_driver", bit - dataset["v_bit_terminal"])]
    if dataset.attrs["both_ends"]:
        drops.append(("g_word_driver", word - dataset["v_word"].isel(col=-1, drop=True)))
        drops.append(("g_bit_driver", bit - dataset["v_bit"].isel(row=0, drop=True)))
    for conductance, drop in drops:
        yield drop, dataset[conductance] * drop
    if "v_gate" in dataset:
        yield dataset["v_gate_source"] - dataset["v_gate_terminal"], dataset["i_gate_source"]
    if dataset.attrs["sense"] == "tia":
        across = dataset["v_bit_output"] - dataset["v_bit_input"]
        yield across, across / dataset.attrs["r_feedback"]


def _lines(dataset: xr.Dataset) -> Iterator[Branch]:
    """All line segments, along a word line from its driver, along a bit or gate line to its end below; and shorts."""
    dims = ("time", "row", "col")
    sides = [
        ("r_word", np.diff(dataset["v_word"].values, axis=2, prepend=dataset["v_word_terminal"].values[:, :, None])),
        ("r_bit", np.diff(dataset["v_bit"].values, axis=1, append=dataset["v_bit_terminal"].values[:, None, :])),
    ]
    if "v_gate" in dataset:
        gate = np.diff(dataset["v_gate"].values, axis=1, append=dataset["v_gate_terminal"].values[:, None, :])
        sides.append(("r_gate_line", gate))
    for resistance, drops in sides:
        # a broken line has segments of its own
        segments = f"{resistance}_segment"
        ohms = np.asarray(dataset[segments].values if segments in dataset else dataset.attrs[resistance])
        if np.all(ohms > 0):
            yield xr.DataArray(drops, dims=dims), xr.DataArray(drops / ohms, dims=dims)
    for side, axis, dim in (("word", 1, "row"), ("bit", 2, "col")):
        if f"g_{side}_short" in dataset:
            drops = np.diff(dataset[f"v_{side}"].values, axis=axis)
            short = dataset[f"g_{side}_short"].isel({dim: slice(None, -1)}).values
            yield xr.DataArray(drops, dims=dims), xr.DataArray(drops * short, dims=dims)


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

"""I-V loops and cumulative probabilities of the thresholds, as in figures S7, S9, S10, S11, S12 and S13."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from pyspice_models.lab.characterize import CellWaves, Sheet
from pyspice_models.lab.characterize.loops import BATCH, BATCHES, FILMS
from pyspice_models.report.blank import blank
from pyspice_models.report.style import BLACK, BLUE, GREEN, ORANGE, PURPLE, RED, SKY

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_NEAR_ZERO = 2e-3  # [V] where a logarithm dives to nowhere, nothing is drawn


def cycles_figure(sheet: Sheet) -> Figure:
    """S7: consecutive cycles of a 50 nm device, and where they set and reset."""
    return _spread_figure(sheet, "thresholds_over_cycles", "vth_c2c", "100 cycles, 50 nm")


def devices_figure(sheet: Sheet) -> Figure:
    """S13: thirty devices of 200 nm, and where they set and reset."""
    return _spread_figure(sheet, "thresholds_over_devices", "vth_d2d", "30 devices, 200 nm")


def batches_figure(sheet: Sheet) -> Figure:
    """S9: ten devices of each of six batches."""
    figure = blank(figsize=(7.0, 4.2), layout="constrained")
    grid = figure.subplots(2, 3).ravel()
    runs = sheet.waves["batches"]
    for k, (ax, name) in enumerate(zip(grid, BATCHES, strict=True)):
        _loops(ax, runs[k * BATCH : (k + 1) * BATCH], BLUE, alpha=0.5)
        ax.set_title(f"{name.replace('nm-', ' nm, ').replace('C', ' °C')}, {BATCH} devices")
    return figure


def unswitched_figure(sheet: Sheet) -> Figure:
    """S10: the 50 nm film that was not annealed."""
    figure = blank(figsize=(3.5, 2.6), layout="constrained")
    ax = figure.subplots()
    _loops(ax, sheet.waves["no_switch"], BLUE)
    ax.set_title("50 nm, un-annealed")
    return figure


def films_figure(sheet: Sheet) -> Figure:
    """S12 and S11: loops of five thicknesses, and their set thresholds."""
    figure = blank(figsize=(7.0, 2.7), layout="constrained")
    left, right = figure.subplots(1, 2)
    for (name, run), colour in zip(
        zip(FILMS, sheet.waves["iv_loops"], strict=True), (PURPLE, RED, ORANGE, GREEN, BLUE), strict=True
    ):
        _loops(left, [run], colour, label=name)
    left.legend(loc="lower right")
    left.set_title("quasi-static I-V, 0.1 V/s, compliance 100 µA")
    values = sheet.row("vth_trend").finding.values.get("set threshold, paper's sign [V]", [])
    thickness = [float(name.split()[0]) for name in FILMS][: len(values)]
    right.plot(thickness, values, "o-", color=BLUE, label="simulated")
    published = [(200.0, sheet.row("vth_200").target.published), (250.0, sheet.row("vth_250").target.published)]
    right.plot(*zip(*published, strict=True), "s", mfc="none", ms=8, color=RED, label="published (S12, S13)")
    right.legend(loc="lower right")
    right.set(xlabel="film thickness (nm)", ylabel="set threshold (V)", title="a thicker film switches at less voltage")
    return figure


def _spread_figure(sheet: Sheet, experiment: str, row: str, title: str) -> Figure:
    figure = blank(figsize=(7.0, 2.7), layout="constrained")
    left, *pair = figure.subplots(1, 3, width_ratios=(2, 1, 1))
    nominal, *sampled = sheet.waves[experiment]
    _loops(left, sampled, SKY, alpha=0.35, width=0.5)
    _loops(left, [nominal], BLACK, label="nominal")
    left.legend(loc="lower right")
    left.set_title(title)
    for ax, name, label, colour in zip(pair, (row, f"{row}_reset"), ("set", "reset"), (BLUE, RED), strict=True):
        values = sheet.row(name).finding.values
        key = f"{label} thresholds, paper's sign [V]"
        if key in values:
            ordered = np.sort(values[key])
            share = 100 * (np.arange(len(ordered)) + 0.5) / len(ordered)
            ax.plot(ordered, share, "o", ms=2.5, color=colour)
            ax.axvline(values["nominal [V]"][0], color=BLACK, lw=0.8, ls="--", label="nominal")
            # one scale for both, so that their spreads can be compared: a tenth of the threshold either way
            middle = values["nominal [V]"][0]
            ax.set_xlim(middle - 0.1 * abs(middle), middle + 0.1 * abs(middle))
            ax.legend(loc="lower right")
        ax.set(xlabel=f"{label} threshold (V)", ylim=(0, 100))
    pair[0].set_ylabel("cumulative probability (%)")
    return figure


def _loops(
    ax: Axes, runs: Sequence[CellWaves], colour: str, *, label: str = "", alpha: float = 1.0, width: float = 1.0
) -> None:
    """Current against the paper's bias, which is on the gold electrode."""
    for k, run in enumerate(runs):
        current = np.where(np.abs(run.v_source) < _NEAR_ZERO, np.nan, np.abs(run.i))
        ax.semilogy(
            -run.v_source, current, color=colour, alpha=alpha, lw=width, label=label if k == 0 else None
        )  # fmt: skip
    ax.set(xlabel="bias, paper's sign (V)", ylabel="|current| (A)", ylim=(1e-11, 1e-3))

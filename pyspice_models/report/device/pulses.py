"""Pulse trains, as in figures S15 and S16, and the recovery of note S1."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pyspice_models.lab.characterize import Sheet
from pyspice_models.lab.characterize.pulses import STARTS, after_pulse
from pyspice_models.lab.conditions import EDGE, GAP, PAIRS, TRAIN, WIDTH
from pyspice_models.report.blank import blank
from pyspice_models.report.style import BLACK, BLUE, GREEN, ORANGE, RED

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def potentiation_figure(sheet: Sheet) -> Figure:
    """S15: 30 pulses up, 30 pulses down."""
    figure = blank(figsize=(3.5, 2.7), layout="constrained")
    ax = figure.subplots()
    (run,) = sheet.waves["potentiation_depression"]
    states = run.at(run.w, after_pulse(2 * TRAIN))
    count = np.arange(2 * TRAIN + 1)
    ax.plot(count[: TRAIN + 1], states[: TRAIN + 1], "o-", ms=3, color=BLUE, label="potentiation")
    ax.plot(count[TRAIN:], states[TRAIN:], "o-", ms=3, color=RED, label="depression")
    asymmetry = sheet.row("asymmetry").finding.simulated
    ax.set(
        xlabel="pulse of 0.3 V, 1 µs",
        ylabel="normalised conductance",
        ylim=(-0.03, 1.15),
        title=f"mid-window asymmetry {asymmetry:.3f}",
    )
    ax.legend(loc="upper right")
    return figure


def symmetric_point_figure(sheet: Sheet) -> Figure:
    """S16: alternating pulses lead to the symmetric point from any start."""
    figure = blank(figsize=(3.5, 2.7), layout="constrained")
    ax = figure.subplots()
    for (name, start), run, colour in zip(
        STARTS.items(), sheet.waves["symmetric_point"], (BLUE, ORANGE, GREEN), strict=True
    ):
        states = run.at(run.w, after_pulse(2 * PAIRS))
        found = sheet.row(name).finding.simulated
        ax.plot(states, "-", lw=0.8, color=colour, label=f"from {start:g} to {found:.3f}")
    ax.axhline(sheet.row("sym_point_mid").target.published or 0.0, color=BLACK, lw=0.8, ls="--", label="published 0.27")
    ax.set(xlabel="pulse, +0.3 V and -0.3 V in turn, 1 µs", ylabel="normalised conductance", ylim=(0, 1))
    ax.legend(loc="upper right")
    return figure


def recovery_figure(sheet: Sheet) -> Figure:
    """Note S1: the read current after a write pulse."""
    figure = blank(figsize=(3.5, 2.7), layout="constrained")
    ax = figure.subplots()
    (run,) = sheet.waves["recovery"]
    end = GAP + WIDTH + EDGE / 2
    after = run.time >= end + EDGE / 2
    ax.plot((run.time[after] - end) * 1e6, run.i[after] / run.i[-1], color=BLUE)
    ax.axhspan(0.95, 1.05, color=GREEN, alpha=0.3, lw=0, label="within 5 %")
    found = sheet.row("recovery").finding.simulated
    ax.axvline(found * 1e6, color=RED, lw=0.8, ls="--", label=f"settled at {found * 1e6:.2f} µs")
    ax.set(xlim=(0, 10), ylim=(-3, 2), xlabel="time after the pulse (µs)", ylabel="read current / settled read current")
    ax.legend(loc="lower right")
    return figure

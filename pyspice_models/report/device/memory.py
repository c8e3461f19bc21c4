"""Compliance, endurance and retention, as in figures S8 and S14."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pyspice_models.lab.characterize import Sheet
from pyspice_models.lab.characterize.compliance import CYCLES, LEVELS
from pyspice_models.lab.characterize.memory import RETENTION
from pyspice_models.report.blank import blank
from pyspice_models.report.style import BLUE, GREEN, ORANGE, RED, SKY

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def compliance_figure(sheet: Sheet) -> Figure:
    """S8: set sweeps under four compliances; conductance with its coefficient of variation."""
    figure = blank(figsize=(7.0, 2.7), layout="constrained")
    left, right = figure.subplots(1, 2)
    runs = sheet.waves["compliance"]
    for k, (level, colour) in enumerate(zip(LEVELS, (SKY, BLUE, ORANGE, RED), strict=True)):
        for n, run in enumerate(runs[k * CYCLES : (k + 1) * CYCLES]):
            shown = np.maximum(np.abs(run.i), 1e-12)
            label = f"{level * 1e6:g} µA" if n == 0 else None
            left.semilogy(-run.v_source, shown, color=colour, lw=0.4, alpha=0.3 if n else 1.0, label=label)
    left.set(xlabel="bias, paper's sign (V)", ylabel="|current| (A)", title=f"{CYCLES} cycles at each compliance")
    left.legend(loc="lower left", title="compliance")
    found = sheet.row("compliance_mean").finding.values
    spread = sheet.row("compliance_cv").finding.values
    if found and spread:
        micro = 1e6 * np.array(LEVELS)
        each = np.reshape(found["conductance [S]"], (len(LEVELS), -1)) * 1e3
        for amount, row in zip(micro, each, strict=True):
            right.plot(np.full(len(row), amount), row, ".", ms=2, color=SKY, alpha=0.5)
        right.loglog(micro, np.array(found["mean conductance [S]"]) * 1e3, "o-", color=BLUE)
        right.set(xlabel="compliance (µA)")
        right.set_xticks(micro, [f"{amount:g}" for amount in micro])
        right.minorticks_off()
        right.set_ylabel("conductance (mS)", color=BLUE)
        other = right.twinx()
        other.plot(micro, 100 * np.array(spread["coefficient of variation"]), "s--", color=RED)
        other.set_ylabel("coefficient of variation (%)", color=RED)
        other.set_ylim(bottom=0)
        other.grid(False)
    return figure


def endurance_figure(sheet: Sheet) -> Figure:
    """S14: a thousand cycles, and ten thousand seconds."""
    figure = blank(figsize=(7.0, 2.7), layout="constrained")
    left, right = figure.subplots(1, 2)
    found = sheet.row("endurance").finding.values
    for key, colour in (("on conductance [S]", BLUE), ("off conductance [S]", RED)):
        if key in found:
            cycles = 1 + np.arange(len(found[key]))
            left.semilogy(cycles, found[key], ".", ms=2, color=colour, label=key.split()[0])
    left.set(xlabel="cycle, ±0.3 V, 10 ms", ylabel="conductance at 5 mV (S)", title="endurance", ylim=(1e-9, 1e-1))
    left.legend(loc="center right")
    for run, colour, label in zip(sheet.waves["retention"], (BLUE, GREEN), ("after set", "after reset"), strict=True):
        start = run.time[-1] - RETENTION
        after = run.time > start + 0.1
        right.loglog(run.time[after] - start, run.i[after] / run.v[after], color=colour, label=label)
    right.set(
        xlabel="time (s)", ylabel="conductance at 5 mV (S)", title="retention under a 5 mV read", ylim=(1e-9, 1e-1)
    )
    right.legend(loc="center right")
    return figure

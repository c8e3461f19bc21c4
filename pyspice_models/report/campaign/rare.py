"""The picture of a rare failure: its odds by two ways, and what the most probable one is made of."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pyspice_models.campaign.intervals import CONFIDENCE
from pyspice_models.campaign.rare.result import RareResult
from pyspice_models.report import style
from pyspice_models.report.blank import blank
from pyspice_models.report.save import save_figures

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MOST_CAUSES = 8
_LEAST = 1e-3
"""Smaller shares are no bars that one could see."""


def save_rare_picture(found: RareResult, path: Path) -> None:
    """Draw what was found; where no failure was met there is nothing to draw."""
    if found.value > 0:
        save_figures(path.parent, {path.name: lambda: rare_figure(found)})


def rare_figure(found: RareResult) -> Figure:
    """Two panels."""
    figure = blank(figsize=(6.6, 2.7), layout="constrained")
    left, right = figure.subplots(1, 2)
    draw_odds(left, found)
    draw_causes(right, found)
    low, high = (style.told(end, digits=3) for end in found.interval)
    brute = (
        f", by brute force about {style.told(float(f'{found.brute_force:.1e}'), digits=3)}"
        if math.isfinite(found.brute_force)
        else ""
    )
    figure.suptitle(
        f"odds of a failure {style.told(found.value, digits=3)}, {100 * CONFIDENCE:g} % confidence {low} to {high}\n"
        f"{found.runs} runs{brute}",
        fontsize=8,
    )
    return figure


def draw_odds(ax: Axes, found: RareResult) -> None:
    """Odds by each way with their intervals; of subset simulation its independent repeats as well."""
    odds = found.odds
    ways = [("subset\nsimulation", odds.subset.odds, odds.subset.interval)]
    if odds.weighted is not None:
        ways.append(("importance\nsampling", odds.weighted.odds, odds.weighted.interval))
    each = odds.subset.each[odds.subset.each > 0]
    ax.plot(np.zeros(len(each)) + 0.15, each, "o", ms=2.5, color="0.6", label="its independent repeats")
    for place, (_, value, (low, high)) in enumerate(ways):
        ends = np.array([[value - low], [high - value]])
        ax.errorbar([place], [value], ends, color=(style.BLUE, style.RED)[place], marker="o", ms=4, capsize=3, ls="")
    ax.set_yscale("log")
    ax.margins(y=0.25)
    ax.set_xticks(range(len(ways)), [name for name, *_ in ways])
    ax.set_xlim(-0.5, len(ways) - 0.5)
    ax.set_ylabel("odds of a failure" + (" without faults" if found.faulty is not None else ""))
    ax.legend()


def draw_causes(ax: Axes, found: RareResult) -> None:
    """Shares of the square of the distance of the most probable failure, by cause."""
    causes = [cause for cause in found.causes()[:_MOST_CAUSES] if cause[1] >= _LEAST]
    if not causes:
        ax.set_axis_off()
        ax.set_title("no failure was found in the direction of the others")
        return
    where = np.arange(len(causes))[::-1]
    ax.barh(where, [100 * share for _, share, _ in causes], color=style.BLUE, height=0.7)
    for place, (_, share, _mean) in zip(where, causes, strict=True):
        ax.annotate(
            f"{100 * share:.2g} %", (100 * share, place), (3, 0), textcoords="offset points", va="center", fontsize=6
        )
    ax.set_yticks(where, [name.replace("_", " ") for name, *_ in causes])
    ax.set_xlim(0, 1.25 * max(100 * share for _, share, _ in causes))
    ax.set_xlabel(
        f"share of the way to the most probable\nfailure, {found.odds.distance:.3g} σ from the median array (%)"
    )
    ax.grid(visible=False, axis="y")

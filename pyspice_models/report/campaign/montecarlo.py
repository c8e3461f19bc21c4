"""Pictures of a Monte Carlo study: cumulative distributions with their limits, and what moves which measure."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr
from scipy import stats

from pyspice_models.campaign.causes.association import Dependence
from pyspice_models.campaign.intervals import CONFIDENCE
from pyspice_models.campaign.limit import Limit
from pyspice_models.campaign.statistics import Share, Summary
from pyspice_models.report.blank import blank
from pyspice_models.report.campaign.sweep import USUAL
from pyspice_models.report.save import save_figures
from pyspice_models.report.style import BLUE, RED, told
from pyspice_models.units import printed

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MARKS = {"curved": "∪", "rare": "*"}
"""Of dependences that are not monotonic: a curved one has no sign, and that of a rare cause is of values, not ranks."""

_MOST_PANELS, _MOST_CAUSES, _MOST_MEASURES = 6, 16, 8


def save_montecarlo_pictures(dataset: xr.Dataset, summary: Summary, limits: Sequence[Limit], folder: Path) -> None:
    """Write distributions.png and sensitivity.png; where every run failed there is nothing to draw, and no picture."""
    shown = _shown(dataset, summary, limits)
    figures: dict[str, Callable[[], Figure]] = {}
    if shown:
        figures["distributions.png"] = lambda: _distributions_figure(dataset, summary, limits, shown[:_MOST_PANELS])
    if shown and np.isfinite(summary.sensitivity).any():
        figures["sensitivity.png"] = lambda: _sensitivity_figure(summary, shown[:_MOST_MEASURES])
    save_figures(folder, figures)


def _distributions_figure(
    dataset: xr.Dataset, summary: Summary, limits: Sequence[Limit], panels: Sequence[str]
) -> Figure:  # fmt: skip
    wide = min(len(panels), 3)
    high = -(-len(panels) // wide)
    figure = blank(figsize=(2.6 * wide + 0.2, 2.3 * high + 0.3), layout="constrained")
    grid = figure.subplots(high, wide, squeeze=False, sharey=True)
    for ax, name in zip(grid.ravel(), panels, strict=False):
        mine = [(limit, share) for limit, share in zip(limits, summary.limits, strict=True) if limit.measure == name]
        draw_distribution(ax, dataset[name], mine)
    for ax in grid.ravel()[len(panels) :]:
        ax.set_visible(False)
    for ax in grid[:, 0]:
        ax.set_ylabel("share of all runs")
    total = summary.total
    figure.suptitle(
        f"{total.runs} runs, {total.good} good ({total.what}): yield {100 * total.share:.3g} %, with "
        f"at least {100 * CONFIDENCE:g} % confidence {100 * total.interval[0]:.3g} to {100 * total.interval[1]:.3g} %",
        fontsize=8,
    )
    return figure


def _sensitivity_figure(summary: Summary, measures: Sequence[str]) -> Figure:
    figure = blank(layout="constrained")
    draw_sensitivity(figure.subplots(), summary, measures)
    return figure


def _shown(dataset: xr.Dataset, summary: Summary, limits: Sequence[Limit]) -> list[str]:
    """Measures with limits, then the usual ones that vary."""
    asked = [limit.measure for limit in limits]
    own = str(dataset.attrs.get("usual", "")).split(", ")
    usual = [name for name in (*own, *USUAL) if name in dataset and summary.distributions[name].varies]
    return [name for name in dict.fromkeys([*asked, *usual]) if name in dataset and len(_finite(dataset[name]))]


def _finite(values: xr.DataArray) -> np.ndarray:
    return np.asarray(values.values[np.isfinite(values.values)])


def draw_distribution(ax: Axes, values: xr.DataArray, limits: Sequence[tuple[Limit, Share]]) -> None:
    """How many of all runs lie below each value, with a band of confidence; runs without a value never do.

    With a limit from below, how many lie above: at the limit the curve is the yield.
    """
    from matplotlib.ticker import EngFormatter, PercentFormatter

    unit = values.attrs["units"]
    above = bool(limits) and all(limit.sign == ">=" for limit, _ in limits)
    finite, runs = _finite(values), values.size
    curve = stats.ecdf(finite)
    step = curve.sf if above else curve.cdf
    there = len(finite) / runs
    ax.step(step.quantiles, there * step.probabilities, where="post", color=BLUE)
    if len(finite) > 1:
        with warnings.catch_warnings(action="ignore"):  # of the ends, where the formula knows no interval
            band = step.confidence_interval(CONFIDENCE, method="log-log")
        low, high = (there * np.asarray(end.probabilities) for end in (band.low, band.high))
        known = np.isfinite(low) & np.isfinite(high)
        ax.fill_between(step.quantiles[known], low[known], high[known], step="post", color=BLUE, alpha=0.2, lw=0)
    for limit, share in limits:
        bound = limit.value(unit)
        ax.axvline(bound, color=RED, lw=1)
        # at a limit that the curve does not count towards, it shows the finite values that miss it
        y, ends = share.share, np.array(share.interval)
        if above != (limit.sign == ">="):
            y, ends = there - y, np.sort(there - ends)
        ax.errorbar(bound, y, yerr=np.abs(ends - y)[:, None], color=RED, marker="o", ms=3, capsize=2)
    ax.set_title(", ".join(f"{_limit(limit, unit)}: {100 * share.share:.3g} %" for limit, share in limits), color=RED)
    if unit != "1":
        ax.xaxis.set_major_formatter(EngFormatter(printed(unit)))
    ax.yaxis.set_major_formatter(PercentFormatter(1.0, symbol=" %"))
    ax.set_ylim(-0.03, 1.03)
    left, right = _window(finite, [limit.value(unit) for limit, _ in limits])
    ax.set_xlim(left - 0.05 * (right - left), right + 0.05 * (right - left))
    ax.locator_params(axis="x", nbins=4)
    outside = int(((finite < left) | (finite > right)).sum())
    ax.set_xlabel(
        str(values.name).replace("_", " ")
        + (", this or more" if above else "")
        + (f"\n({outside} run{'s' * (outside > 1)} far outside)" if outside else "")
    )


def _limit(limit: Limit, unit: str) -> str:
    sign = {">=": "≥", "<=": "≤"}[limit.sign]
    return f"{sign} {told(limit.value(unit), unit)}"


_FAR = 4.0
"""Runs that lie so many interquartile ranges outside the quartiles would squeeze all others into one line."""


def _window(finite: np.ndarray, limits: Sequence[float]) -> tuple[float, float]:
    """What the axis shows: all values and limits, without those far outside."""
    first, last = (float(end) for end in np.quantile(finite, [0.25, 0.75]))
    low, high = first - _FAR * (last - first), last + _FAR * (last - first)
    shown = finite[(finite >= low) & (finite <= high)]
    every = [*shown, *limits]
    if not every or min(every) == max(every):
        return float(finite.min()) - 1e-30, float(finite.max()) + 1e-30
    return float(min(every)), float(max(every))


def draw_sensitivity(ax: Axes, summary: Summary, measures: Sequence[str]) -> None:
    """Rank correlations as a map: causes that move most first; what may be chance stays empty, or is left out."""
    measures = [name for name in measures if summary.significant.sel(measure=name).any()]
    rho = summary.sensitivity.sel(measure=list(measures))
    chosen = [list(summary.sensitivity["measure"].values).index(name) for name in measures]
    every = summary.strengths()[:, chosen]
    strength = np.abs(np.nan_to_num(every)).max(axis=1, initial=0.0)
    order = [int(row) for row in np.argsort(-strength, kind="stable") if strength[row] > 0][:_MOST_CAUSES]
    if not order:
        ax.set_axis_off()
        ax.set_title("no correlation that could not be chance")
        return
    values = every[order]
    shapes = [
        [summary.dependences.get((str(rho["cause"].values[row]), name), Dependence()).shape for name in measures]
        for row in order
    ]
    ax.get_figure(root=True).set_size_inches(2.3 + 0.55 * len(measures), 1.5 + 0.22 * len(order))  # type: ignore[union-attr]
    image = ax.imshow(values, cmap="RdBu_r", vmin=-1, vmax=1, aspect="auto")
    for row, column in np.argwhere(np.isfinite(values)):
        value = values[row, column]
        ax.text(
            column, row, f"{value:.2f}{_MARKS.get(shapes[row][column], '')}", ha="center", va="center", fontsize=6,
            color="white" if abs(value) > 0.6 else "black",
        )  # fmt: skip
    ax.set_xticks(range(len(measures)), [name.replace("_", " ") for name in measures], rotation=35, ha="right")
    ax.set_yticks(range(len(order)), [str(rho["cause"].values[row]).replace("_", " ") for row in order])
    ax.grid(visible=False)
    there = {shape for row in shapes for shape in row}
    marks = [f"{_MARKS[shape]} {shape}" for shape in _MARKS if shape in there]
    ax.figure.colorbar(image, ax=ax, label="rank correlation" + "".join(f"; {mark}" for mark in marks))

"""The picture of a yield against a design key: the yield, or odds of rare failures, and what decides it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from pyspice_models.campaign.limit import Limit
from pyspice_models.campaign.yields.curve import YieldCurve
from pyspice_models.report import style
from pyspice_models.report.blank import blank
from pyspice_models.report.save import save_figures
from pyspice_models.units import printed

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MOST_CAUSES = 5
_SIGNS = {">=": "≥", "<=": "≤"}


def save_yield_picture(curve: YieldCurve, path: Path) -> None:
    """Draw what came of it."""
    save_figures(path.parent, {path.name: lambda: yield_figure(curve)})


def yield_figure(curve: YieldCurve) -> Figure:
    """The yield with its intervals and the target; beside it the first limit's measure, or what rare failures need."""
    figure = blank(figsize=(6.6, 2.9), layout="constrained")
    left, right = figure.subplots(1, 2)
    draw_yield(left, curve)
    if curve.request.rare:
        draw_failures(right, curve)
    else:
        draw_measure(right, curve.dataset, curve.request.axis.name, curve.request.asked[0].limits[0])
    return figure


def _along(dataset: xr.Dataset, name: str, ax: Axes) -> np.ndarray:
    """Where the values stand on the axis: numbers by their size, text one beside the other."""
    values, unit = dataset[name].values, dataset[name].attrs.get("units", "")
    label = name.replace("array.rows+array.cols", "rows and columns").replace("_", " ")
    if values.dtype.kind not in "if":
        ax.set_xticks(range(len(values)), [str(value) for value in values])
        ax.set_xlim(-0.5, len(values) - 0.5)
        ax.set_xlabel(label)
        return np.arange(len(values))
    numbers = np.asarray(values, dtype=float)
    from matplotlib.ticker import EngFormatter, FixedLocator, NullLocator

    if (numbers > 0).all() and numbers.max() > 3 * numbers.min():
        ax.set_xscale("log")
    ax.xaxis.set_major_locator(FixedLocator(list(numbers)))
    ax.xaxis.set_minor_locator(NullLocator())
    whole = unit in ("", "1") and np.array_equal(numbers, numbers.round())
    ax.xaxis.set_major_formatter(
        (lambda value, place: f"{value:g}") if whole or unit in ("", "1") else EngFormatter(printed(unit))
    )
    ax.set_xlabel(label)
    return numbers


def draw_yield(ax: Axes, curve: YieldCurve) -> None:
    """Yields with their intervals, or odds of failures on a logarithmic axis; the target, and where it is met."""
    from matplotlib.ticker import PercentFormatter

    dataset, target, rare = curve.dataset, curve.request.params.target, bool(curve.request.rare)
    where = _along(dataset, curve.request.axis.name, ax)
    names = ("odds", "odds_low", "odds_high") if rare else ("yield", "low", "high")
    value, low, high = (dataset[name].values for name in names)
    numbers = dataset[curve.request.axis.name].values.dtype.kind in "if"
    met = np.array([one.meets(target) for one in curve.points])
    if numbers:
        ax.plot(where, value, color=style.BLUE, lw=1)
    for word, colour, label in (
        ("yes", style.BLUE, "meets the target"), ("perhaps", style.ORANGE, "may meet it"),
        ("no", style.RED, "misses it"),
    ):  # fmt: skip
        if (here := met == word).any():
            ends = np.abs(np.array([value - low, high - value]))[:, here]
            ax.errorbar(where[here], value[here], ends, color=colour, marker="o", ms=4, ls="", capsize=3, label=label)
    bound = 1 - target if rare else target
    ax.axhline(bound, color=style.RED, lw=0.8, ls="--", label=f"target, {100 * target:.6g} %")
    if rare:
        ax.set_yscale("log")
        ax.set_ylabel("odds of a failure")
    else:
        ax.yaxis.set_major_formatter(PercentFormatter(1.0, symbol=" %"))
        ax.set_ylabel("yield")
    ax.legend()


def draw_measure(ax: Axes, dataset: xr.Dataset, name: str, limit: Limit) -> None:
    """Median of a measure, where nine arrays of ten lie, and its limit."""
    from matplotlib.ticker import EngFormatter

    values, unit = dataset[limit.measure].values, str(dataset[limit.measure].attrs["units"])
    where = _along(dataset, name, ax)
    finite = np.where(np.isfinite(values), values, np.nan)
    some = np.isfinite(finite).any(axis=1)
    low, middle, high = np.nanquantile(finite[some], [0.05, 0.5, 0.95], axis=1)
    if dataset[name].values.dtype.kind in "if":
        ax.fill_between(where[some], low, high, color=style.BLUE, alpha=0.2, lw=0, label="90 % of the arrays")
        ax.plot(where[some], middle, color=style.BLUE, marker="o", ms=3, label="median")
    else:
        ax.errorbar(
            where[some], middle, np.array([middle - low, high - middle]), color=style.BLUE, marker="o", ms=4, ls="",
            capsize=3, label="median and 90 % of the arrays",
        )  # fmt: skip
    ax.axhline(
        limit.value(unit),
        color=style.RED,
        lw=0.8,
        ls="--",
        label=f"limit, {_SIGNS[limit.sign]} {style.told(limit.value(unit), unit)}",
    )
    if unit != "1":
        ax.yaxis.set_major_formatter(EngFormatter(printed(unit)))
    ax.set_ylabel(limit.measure.replace("_", " "))
    ax.legend()


def draw_failures(ax: Axes, curve: YieldCurve) -> None:
    """What the most probable failure at each value is made of: shares of the square of its distance, by cause."""
    found = [(n, one.rare) for n, one in enumerate(curve.points) if one.rare is not None and one.rare.causes()]
    shares = {n: {name: share for name, share, _ in one.causes()} for n, one in found}
    names = sorted(
        {name for of in shares.values() for name in of},
        key=lambda name: -max(of.get(name, 0.0) for of in shares.values()),
    )
    shown = names[:_MOST_CAUSES]
    below = np.zeros(len(found))
    for place, name in enumerate([*shown, "others"]):
        own = np.array([
            shares[n].get(name, 0.0) if name != "others" else 1 - sum(shares[n].get(one, 0.0) for one in shown)
            for n, _ in found
        ])  # fmt: skip
        colour = style.LINES[place % len(style.LINES)] if name != "others" else "0.8"
        ax.bar(range(len(found)), own, bottom=below, width=0.7, color=colour, label=name.replace("_", " "))
        below = below + own
    labels = [f"{curve.points[n].value}\n{one.odds.distance:.2g} σ" for n, one in found]
    ax.set_xticks(range(len(found)), labels)
    ax.set_ylabel("share of the most probable failure")
    ax.set_ylim(0, 1)
    ax.legend(fontsize=6)

"""Tornado pictures: how far each assumption moves a measure, largest first."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from pyspice_models.campaign.assumptions import Bar, Tornado
from pyspice_models.report import style
from pyspice_models.report.blank import blank
from pyspice_models.report.save import save_figures
from pyspice_models.units import printed

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MOST_BARS = 12
_TINY = 1e-2
"""Bars below such a share of the largest are left out: they would be lines."""


def save_tornado_pictures(tornados: Sequence[Tornado], folder: Path) -> list[Path]:
    """Draw one picture per measure, `tornado_MEASURE.png`; see `save_figures`."""
    return save_figures(folder, {f"tornado_{one.measure}.png": partial(tornado_figure, one) for one in tornados})


def tornado_figure(one: Tornado, what: str = "assumption", ends: str = "at the parameter's") -> Figure:
    """One measure: a bar per parameter from the measure at its low end to that at its high end."""
    shown = bars_of(one)
    figure = blank(figsize=(6.3, 0.9 + 0.3 * max(len(shown), 1)), layout="constrained")
    draw_tornado(figure.subplots(), one, shown)
    nominal = style.told(one.nominal, one.unit)
    head = f"{one.measure.replace('_', ' ')}: {nominal}, and with one {what} changed at a time"
    stars = "; *: a published number moves" if what == "assumption" else ""
    key = f"blue: {ends} low end; orange: at its high end{stars}"
    figure.suptitle(f"{style.words(head)}\n{key}", fontsize=8)
    return figure


def bars_of(one: Tornado) -> list[Bar]:
    """The bars that are shown, the longest first, and those that failed."""
    largest = max((bar.span for bar in one.bars), default=0.0)
    return [bar for bar in one.bars if bar.failed or (bar.span > 0 and bar.span >= _TINY * largest)][:_MOST_BARS]


def draw_tornado(ax: Axes, one: Tornado, bars: Sequence[Bar]) -> None:
    """Bars on given axes: blue towards the low end of a parameter, orange towards the high one."""
    from matplotlib.ticker import EngFormatter, MaxNLocator

    if one.wide:
        ax.set_xscale("log")
    for place, bar in enumerate(bars):
        for value, colour, end in zip(bar.at, (style.BLUE, style.ORANGE), bar.ends, strict=True):
            if math.isfinite(value) and math.isfinite(one.nominal):
                ax.barh(place, value - one.nominal, left=one.nominal, height=0.6, color=colour)
                _label(ax, one, bar, place, value, style.told(end, bar.unit, 3))
        if bar.failed:
            note = f"{' and '.join(bar.failed)} end failed"
            ax.annotate(note, (one.nominal, place), ha="center", va="center", fontsize=6, color=style.RED)
    if math.isfinite(one.nominal):
        ax.axvline(one.nominal, color=style.BLACK, linewidth=0.8)
    names = [f"{bar.parameter}{' *' if any(bar.moves) else ''}\n{bar.tag}" for bar in bars]
    ax.set_yticks(range(len(bars)), names, fontsize=6.5)
    ax.invert_yaxis()
    ax.margins(x=0.22)
    ax.grid(visible=False, axis="y")
    if not one.wide:
        ax.xaxis.set_major_locator(MaxNLocator(6))
    if one.unit:
        ax.xaxis.set_major_formatter(EngFormatter(printed(one.unit)))
    ax.set_xlabel(one.measure.replace("_", " "))
    if not bars:
        ax.text(0.5, 0.5, "no assumption moves it", transform=ax.transAxes, ha="center", va="center")


def _label(ax: Axes, one: Tornado, bar: Bar, place: int, value: float, text: str) -> None:
    """The parameter's value beside the end of its bar."""
    outward = 1 if value >= one.nominal else -1
    both = [v for v in bar.at if math.isfinite(v)]
    same_side = len(both) == 2 and (both[0] - one.nominal) * (both[1] - one.nominal) > 0
    # of two bars on one side the shorter lies on the longer: its value is told on the other side
    if same_side and abs(value - one.nominal) < max(abs(v - one.nominal) for v in both):
        value, outward = one.nominal, -outward
    ax.annotate(
        text, (value, place), (3 * outward, 0), textcoords="offset points", fontsize=6.5, va="center",
        ha="left" if outward > 0 else "right",
    )  # fmt: skip

"""Read margins, of one array and against its size."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from pyspice_models.campaign.margin.margins import Margins, MarginsBySize
from pyspice_models.errors import RequestError
from pyspice_models.report import style
from pyspice_models.report.campaign.margin import KINDS, draw_margins
from pyspice_models.report.objects.canvas import Drawing
from pyspice_models.report.objects.card import Card
from pyspice_models.report.page.blocks import Axis, Block, Cell, Curve, Curves, Number, Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def card_of_margins(one: Margins) -> Card:
    """Currents of the worst one and zero, margins and swings."""
    rows: list[list[Cell]] = [
        ["least current of a one", Number(one.one.current, "A"), f"pattern: {one.one.pattern}"],
        ["largest current of a zero", Number(one.zero.current, "A"), f"pattern: {one.zero.pattern}"],
        ["current margin", Number(one.current_margin), "one reference for all patterns; below 0 nothing can be read"],
        ["current swing", Number(one.current_swing), f"both bits see the same pattern, the worst: {one.worst_pattern}"],
        ["voltage margin", Number(one.voltage_margin), "on the pull-up, of the supply"],
        ["voltage swing", Number(one.voltage_swing), "the literature asks for 0.1"],
        ["pull-up", Number(one.r_pull, "ohm"), "of both"],
        ["best pull-up", Number(one.best_r_pull, "ohm"), f"gives a swing of {one.best_voltage_swing:.3g}"],
    ]
    return Card(repr(one).strip("<>"), [Table("margins", "", ["what", "value", "which"], rows)])


def drawing_of_margins(one: Margins, what: str) -> Drawing:
    """The worst one beside the worst zero."""
    return Drawing([partial(_currents, one=one)], size=(4.2, 1.9), title=repr(one).strip("<>"))


def _currents(ax: Axes, *, one: Margins) -> None:
    from matplotlib.ticker import EngFormatter

    for place, (extreme, colour) in enumerate(((one.one, style.RED), (one.zero, style.BLUE))):
        ax.barh(place, extreme.current, color=colour, height=0.55)
        ax.annotate(extreme.pattern, (0, place), (4, 0), textcoords="offset points", va="center", fontsize=6)
    ax.set_yticks([0, 1], ["least one", "largest zero"])
    ax.set_xlim(left=min(0.0, one.one.current, one.zero.current))
    ax.xaxis.set_major_formatter(EngFormatter("A"))
    ax.set_xlabel("current into the sense circuit")
    ax.grid(visible=False, axis="y")


def card_of_marginsbysize(every: MarginsBySize) -> Card:
    """A row and a point for each size."""
    rows: list[list[Cell]] = [
        [f"{one.rows} x {one.cols}", Number(one.current_margin), Number(one.current_swing), Number(one.voltage_margin),
         Number(one.voltage_swing), Number(one.best_voltage_swing)]
        for one in every
    ]  # fmt: skip
    head = ["size", "current margin", "current swing", "voltage margin", "voltage swing", "with the best pull-up"]
    blocks: list[Block] = [Table("margins", "", head, rows)]
    if len(every) > 1:
        sizes = np.array([float(one.rows) for one in every])
        swings = [
            Curve(name, sizes, np.array([getattr(one, key) for one in every]), "both", n)
            for n, (key, name) in enumerate((("current_swing", "of the current"), ("voltage_swing", "of the voltage")))
        ]
        ticks = tuple(sizes.tolist())
        along = Axis("word lines = bit lines", "", "log", ticks=ticks)
        blocks.insert(0, Curves("swing", "swing", along, Axis("swing"), swings))
    return Card(repr(every).strip("<>"), blocks)


def drawing_of_marginsbysize(every: MarginsBySize, what: str) -> Drawing:
    """Margins and swings of currents, and of voltages."""
    if not every:
        raise RequestError("there are no margins to draw: the list of sizes is empty")
    data = [one.as_dict() for one in every]
    panels = [partial(_margins, data=data, kind=kind, title=title, parts=parts) for kind, title, parts in KINDS]
    return Drawing(panels, cols=2, size=(3.4, 2.9), least=1)


def _margins(
    ax: Axes, *, data: list[dict[str, object]], kind: str, title: str, parts: tuple[tuple[str, ...], ...]
) -> None:
    draw_margins(ax, data, kind, parts)
    ax.set_title(title)

"""Campaigns: what is asked of a sweep, of Monte Carlo, of a search, and what came of it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from pyspice_models.campaign.assumptions.tornado import Tornado
from pyspice_models.campaign.find.request import Search
from pyspice_models.campaign.find.run import SearchResult
from pyspice_models.campaign.intervals import CONFIDENCE
from pyspice_models.campaign.montecarlo_request import MonteCarlo
from pyspice_models.campaign.statistics import Share, Summary
from pyspice_models.campaign.sweep import Sweep
from pyspice_models.report.campaign.find import draw_search
from pyspice_models.report.campaign.tornado import bars_of, draw_tornado
from pyspice_models.report.objects.canvas import Drawing
from pyspice_models.report.objects.card import Card
from pyspice_models.report.page.blocks import Block, Cell, Number, Paragraph, Table
from pyspice_models.report.page.kinds.campaign.sweep import figures_of
from pyspice_models.units import micro, shown

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def card_of_sweep(sweep: Sweep) -> Card:
    """The axes."""
    rows = [[axis.name, str(len(axis.values)), ", ".join(axis.values)] for axis in sweep.axes]
    return Card(repr(sweep).strip("<>"), [Table("axes", "", ["what varies", "values", "which"], rows)], "sweep.axes")


def card_of_montecarlo(asked: MonteCarlo) -> Card:
    """The study as designed, how arrays differ, limits."""
    spread = asked.variation.spread
    blocks: list[Block] = [Paragraph(repr(asked.nominal).strip("<>"), "note")]
    if asked.limits:
        rows = [[limit.measure, micro(f"{limit.sign} {limit.text}")] for limit in asked.limits]
        blocks.append(Table("limits", "A good run keeps to", ["measure", "limit"], rows))
    rows = [[name, shown(value, spread.quantities()[name].unit)] for name, value in spread.as_dict().items()]
    blocks.append(Table("spread", "How arrays differ", ["spread", "value"], rows, folded=True))
    return Card(repr(asked).strip("<>"), blocks)


def card_of_summary(summary: Summary) -> Card:
    """Yield by limit, distributions, what moves what."""
    limits = [_share(share) for share in [*summary.limits, summary.total]]
    rows: list[list[Cell]] = []
    for name, one in summary.distributions.items():
        unit = "" if one.unit == "1" else one.unit
        low, middle, high = (one.quantiles[p][0] for p in (0.05, 0.5, 0.95))
        rows.append([name, Number(middle, unit), Number(low, unit, 3), Number(high, unit, 3), micro(one.about)])
    head = ["measure", "median", "5 % below", "95 % below", "what it means"]
    confidence = f"yield with {100 * CONFIDENCE:g} % confidence"
    blocks: list[Block] = [
        Table("yield", "", ["limit", "good", confidence], limits),
        *_strongest(summary),
        Table("measures", "Distributions", head, rows),
    ]
    if summary.failed:
        blocks.insert(0, Paragraph(f"{len(summary.failed)} of {summary.total.runs} runs failed.", "warning"))
    return Card(repr(summary).strip("<>"), blocks, "summary.distributions")


def _share(share: Share) -> list[Cell]:
    low, high = share.interval
    return [micro(share.what), f"{share.good} of {share.runs}", f"{100 * low:.3g} to {100 * high:.3g} %"]


def _strongest(summary: Summary, most: int = 8) -> list[Block]:
    """Causes that move a measure by more than chance, strongest first."""
    every = [(cause, name, one) for name in summary.distributions for cause, one in summary.strongest(name)]
    every.sort(key=lambda each: -abs(each[2].strength))
    rows: list[list[Cell]] = [
        [cause.replace("_", " "), measure, one.told] for cause, measure, one in every[:most]
    ]  # fmt: skip
    return [Table("moves", "What moves what", ["cause", "measure", "rank correlation"], rows, folded=True)] * bool(rows)


def card_of_search(search: Search) -> Card:
    """What is sought."""
    what = "whole numbers" if search.declared.whole else f"to {100 * search.within:g} %"
    ends = [micro(search.shown(end)) for end in (search.low, search.high)]
    rows = [["key", search.vary], ["from, to", " to ".join(ends)], ["until", search.condition], ["how finely", what]]
    return Card(repr(search).strip("<>"), [Table("search", "", ["what", "value"], rows)])


def card_of_searchresult(found: SearchResult) -> Card:
    """The answer, and what was tried."""
    search = found.search
    holds = {value: search.until.holds(measure) for value, measure in found.measures.items()}
    rows: list[list[Cell]] = [
        [micro(search.shown(value)), Number(one.value, one.unit), "holds" if holds[value] else "does not hold"]
        for value, one in sorted(found.measures.items())
    ]
    head = [search.vary, search.until.measure, search.condition]
    picture = list(figures_of(found.dataset[search.until.measure]))[:1]
    return Card(micro(found.answer), [*picture, Table("tried", "", head, rows)], "result.measures")


def drawing_of_searchresult(found: SearchResult, what: str) -> Drawing:
    """The measure where it was tried."""
    return Drawing([partial(draw_search, dataset=found.dataset)])


def card_of_tornado(one: Tornado) -> Card:
    """The bars as a table."""
    rows: list[list[Cell]] = []
    for bar in bars_of(one):
        ends = (shown(end, bar.unit, 3) for end in bar.ends)
        rows.append([bar.parameter, *ends, *(Number(at, one.unit) for at in bar.at), bar.tag])
    head = ["parameter", "from", "to", f"{one.measure} there", "and there", "number is"]
    blocks: list[Block] = [Paragraph(micro(one.about)), Table("bars", "", head, rows)]
    if left := len(one.bars) - len(rows):
        blocks.append(Paragraph(f"{left} parameters move it by less than a hundredth of the first.", "note"))
    return Card(repr(one).strip("<>"), blocks, "tornado.bars")


def drawing_of_tornado(one: Tornado, what: str) -> Drawing:
    """A bar for each parameter."""
    bars = bars_of(one)

    def panel(ax: Axes) -> None:
        draw_tornado(ax, one, bars)
        ax.set_xlabel(one.measure.replace("_", " "))

    return Drawing([panel], size=(6.3, 1.0 + 0.3 * max(len(bars), 1)))

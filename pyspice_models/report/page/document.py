"""The page: one HTML file that asks nobody for anything."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from html import escape
from importlib.resources import files
from typing import Any

from pyspice_models.report.page.blocks import Block, Number, Report, Table
from pyspice_models.report.page.html import Gathered, blocks
from pyspice_models.version import __version__

_POLICY = "default-src 'none'; script-src 'unsafe-inline'{}; style-src 'unsafe-inline'; img-src data:"


def page(reports: Sequence[Report]) -> str:
    """The page of one result, or of several beside each other."""
    gathered = Gathered()
    title = reports[0].title if len(reports) == 1 else " | ".join(report.label for report in reports)
    body = _one(reports[0], gathered) if len(reports) == 1 else _several(reports, gathered)
    made = f"Made by ag2s {escape(__version__)} from the files of the result alone. {CHARTS}"
    return framed(
        f"{title} – ag2s report",
        f"{body}<footer><p>{made}</p></footer>",
        gathered.as_dict(),
        asset("page.js"),
        kind="one" if len(reports) == 1 else "several",
    )


CHARTS = "Charts: uPlot 1.6.32, © 2022 Leon Sorokin, MIT licence (in the source of this page)."


def framed(
    title: str,
    body: str,
    data: Mapping[str, Any],
    *scripts: str,
    kind: str = "one",
    style: str = "",
    may_run: str = "",
) -> str:
    """A page around what it shows: its head, the common look, the data for its scripts, and these.

    Args:
        title: of the window.
        body: HTML of what stands in `main`.
        data: for JSON in the element `data`.
        scripts: of the page, after those that all pages have.
        kind: class of `body`.
        style: CSS after the common one.
        may_run: sources of scripts beside those that stand in the page.
    """
    text = json.dumps(data, separators=(",", ":"), allow_nan=False).replace("</", "<\\/")
    charts = f"/*\n{asset('uPlot.LICENSE')}\n*/\n{asset('uPlot.iife.min.js')}"
    own = "".join(f"<script>{script}</script>\n" for script in (charts, asset("common.js"), *scripts))
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY.format(may_run)}">'
        f'<meta name="generator" content="ag2s {__version__}"><title>{escape(title)}</title>'
        f"<style>{asset('uPlot.min.css')}{asset('page.css')}{style}</style></head>\n"
        f'<body class="{kind}"><main>{body}</main>\n'
        f'<script type="application/json" id="data">{text}</script>\n{own}</body></html>\n'
    )


def asset(name: str) -> str:
    """The text of a file of the package that all pages share."""
    return files("pyspice_models.report.page").joinpath("assets", name).read_text(encoding="utf-8").strip()


_NO_SCRIPT = (
    "<noscript><p class=note>Without JavaScript the figures stand still: cells, zoom and values under the pointer need "
    "it. Everything else, measures and sources included, is here.</p></noscript>"
)


def _one(report: Report, gathered: Gathered) -> str:
    parts = [_head(report, 1), _contents(report), _FAIL, _NO_SCRIPT]
    for section in report.sections:
        parts.append(f'<section id="{section.key}"><h2>{escape(section.title)}</h2>')
        parts.append(blocks(section.blocks, gathered) + "</section>")
    return "".join(parts)


_FAIL = '<p id="fail" class="warning" role="alert" hidden></p>'


def _head(report: Report, level: int) -> str:
    facts = "".join(f"<li>{escape(fact)}</li>" for fact in report.facts)
    return (
        f'<header><p class="kind">{escape(report.kind)}</p><h{level}>{escape(report.title)}</h{level}>'
        f'<ul class="facts">{facts}</ul></header>'
    )


def _contents(report: Report) -> str:
    links = "".join(f'<li><a href="#{s.key}">{escape(s.title)}</a></li>' for s in report.sections)
    return f'<nav aria-label="Contents"><ul>{links}</ul></nav>'


def _several(reports: Sequence[Report], gathered: Gathered) -> str:
    heads = "".join(f'<div class="side"><h2>{escape(report.label)}</h2>{_head(report, 3)}</div>' for report in reports)
    labels = " and ".join(report.label for report in reports)
    parts = [f"<header><h1>{escape(labels)}</h1></header>", _FAIL, _NO_SCRIPT, f'<div class="sides">{heads}</div>']
    parts.append('<section id="compared"><h2>Side by side</h2>')
    parts.append(blocks(compared(reports), gathered))
    parts.append("</section>")
    keys = list(dict.fromkeys(section.key for report in reports for section in report.sections))
    for key in keys:
        titles = dict.fromkeys(s.title for report in reports for s in report.sections if s.key == key)
        parts.append(f'<section id="{key}"><h2>{escape(next(iter(titles)))}</h2><div class="sides">')
        for report in reports:
            own = [_beside(b) for s in report.sections if s.key == key for b in s.blocks]
            inner = blocks(own, gathered, 4) if own else '<p class="note">nothing of the kind</p>'
            parts.append(f'<div class="side"><h3>{escape(report.label)}</h3>{inner}</div>')
        parts.append("</div></section>")
    return "".join(parts)


def _beside(block: Block) -> Block:
    """A block of one of several results: what stands in the comparison above is folded."""
    if isinstance(block, Table) and block.last_explains:
        return replace(block, folded=True, title=block.title or _FOLDED)
    return block


_FOLDED = "All of this result"


def compared(reports: Sequence[Report]) -> list[Table]:
    """Measures of all results beside each other, and the settings in which they differ."""
    labels = [report.label for report in reports]
    names = list(dict.fromkeys(name for report in reports for name in report.measures))
    rows = []
    for name in names:
        having = [report.measures[name] for report in reports if name in report.measures]
        values: list[str | Number] = [report.measures[name][0] if name in report.measures else "" for report in reports]
        rows.append([name, *values, having[0][1]])
    found = [Table("measures", "Measures", ["measure", *labels, "meaning"], rows, last_explains=True)] if rows else []
    keys = list(dict.fromkeys(key for report in reports for key in report.settings))
    differing = [
        [key, *(report.settings.get(key, "–") for report in reports)]
        for key in keys
        if len({report.settings.get(key, "–") for report in reports}) > 1
    ]
    return [*found, Table("settings", "Settings that differ", ["setting", *labels], differing)] if differing else found

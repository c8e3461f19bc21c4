"""Many arrays that differ: distributions, yield, what moves what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import xarray as xr

from pyspice_models.campaign.limit import Limit
from pyspice_models.folders.found import Found
from pyspice_models.report.campaign.sweep import USUAL
from pyspice_models.report.page.blocks import (
    Axis,
    Block,
    Curve,
    Curves,
    Map,
    Number,
    Paragraph,
    Report,
    Section,
    Table,
)
from pyspice_models.report.page.kinds.campaign.sweep import in_front, words
from pyspice_models.report.page.kinds.common import again_section, number, read_json, warnings_section
from pyspice_models.report.page.kinds.sources import asked_in, settings_of, sources_section
from pyspice_models.result import load
from pyspice_models.units import micro

_CAUSES, _MEASURES = 20, 14


def montecarlo_report(found: Found) -> Report:
    """The report of `ag2s montecarlo`."""
    told, dataset = read_json(found.folder / "report.json"), load(found.folder / "montecarlo.nc")
    asked, attrs = asked_in(found.folder), dataset.attrs
    measures: Mapping[str, Any] = told.get("measures", {})
    failed = told.get("failed", [])
    failure = (
        f"{len(failed)} of {told.get('runs')} runs failed; the first, run {failed[0]['run']}: {failed[0]['reason']}"
        if failed
        else ""
    )
    facts = [
        f"{told.get('runs', '?')} {'cycles of one array' if told.get('vary') == 'cycles' else 'arrays'}",
        f"seed {told.get('seed', '?')}",
        f"simulated by {attrs.get('engine') or told.get('engine', '?')}",
        f"form of the cell: {told.get('form', '?')}",
    ]
    figures = [
        _distribution(dataset[name], told)
        for name in in_front(USUAL, measures)
        if name in dataset and measures[name]["varies"]
    ]
    sections = [
        Section("question", "What was asked", [Paragraph(_asked(told, found.folder.name))]),
        warnings_section(str(attrs.get("warning", "")), failure),
        Section("yield", "Yield", [_yield(told)]),
        Section("measures", "What came out", list(_tables(measures, failed, float(told.get("confidence", 0.95))))),
        Section("figures", "Distributions", [Paragraph(_HOW, "note"), *figures]),
        _moves(told),
        sources_section(asked),
        again_section(found, str(attrs.get("versions", ""))),
    ]
    medians = {
        name: (value, f"{one.get('about', '')}; median of the runs")
        for name, one in measures.items()
        if isinstance(value := number(one["quantiles"]["0.5"]["value"], one.get("unit", "")), Number)
    }
    return Report(
        found.folder.name, "A Monte Carlo study", str(attrs.get("title", found.folder.name)), facts,
        [one for one in sections if one is not None], medians, settings_of(asked.tables),
    )  # fmt: skip


_ASKED = (
    "{what} on {runs} {vary}, each drawn from the spreads of [variability]; seed {seed} gives the same "
    "numbers again.{alone}"
)
_HOW = (
    "The share of all runs that lie at or below a value, as it rises; a run without a value never does. Dashed: the "
    "limits of the study."
)


def _asked(told: Mapping[str, Any], folder: str) -> str:
    of, program = str(told.get("of", "transient")), told.get("of", "transient") == "transient"
    facts = {name: told.get(name, "?") for name in ("runs", "vary", "seed")}
    alone = f" One run alone: ag2s simulate {folder}/study.toml --run N." if program else ""
    return _ASKED.format(what="The same program" if program else f"The same ({of})", alone=alone, **facts)


def _yield(told: Mapping[str, Any]) -> Table:
    rows = []
    for one in [*told.get("limits", []), told["yield"]]:
        low, high = one["interval"]
        worst = ", ".join(map(str, one["worst"]))
        if not one["missed"]:
            worst = f"none; nearest {worst}" if worst else ""
        rows.append([
            micro(str(one["what"])), f"{one['good']} of {one['runs']}", f"{100 * one['yield']:.4g} %",
            f"{100 * low:.4g} to {100 * high:.4g} %", worst,
        ])  # fmt: skip
    confidence = f"at least {100 * float(told.get('confidence', 0.95)):g} % confidence"
    return Table("yield", "", ["limit", "good", "yield", confidence, "worst runs"], rows)


def _tables(measures: Mapping[str, Any], failed: list[Any], confidence: float) -> Iterator[Block]:
    rows = []
    for name, one in measures.items():
        unit, quantiles = one.get("unit", ""), one["quantiles"]
        low, high = quantiles["0.5"]["interval"]
        ends = " to ".join(str(number(end, unit, 3) or "–") for end in (low, high))
        rows.append([
            name, number(quantiles["0.5"]["value"], unit), ends, number(quantiles["0.05"]["value"], unit, 3),
            number(quantiles["0.95"]["value"], unit, 3), number(one["mean"]["value"], unit),
            number(one["standard_deviation"]["value"], unit, 3), micro(str(one.get("about", ""))),
        ])  # fmt: skip
    head = [
        "measure", "median", f"{100 * confidence:g} % interval of it", "5 % of runs below", "95 % below", "mean",
        "deviation", "what it means",
    ]  # fmt: skip
    yield Table("measures", "", head, rows, last_explains=True)
    if failed:
        reasons = [[str(one["run"]), str(one["reason"])] for one in failed]
        yield Table("failed", "Runs that failed", ["run", "why"], reasons, folded=True)


def _distribution(values: xr.DataArray, told: Mapping[str, Any]) -> Curves:
    unit = str(values.attrs.get("units", ""))
    finite = np.sort(values.values[np.isfinite(values.values)])
    share = np.arange(1, len(finite) + 1) / values.size
    marks = []
    for one in told.get("limits", []):
        if one["measure"] == values.name:
            name, sign, text = str(one["what"]).split(" ", 2)
            marks.append((micro(f"{sign} {text}"), Limit(name, sign, text).value(unit)))
    about = str(values.attrs.get("long_name", "")) + "".join(f"; limit {name}" for name, _ in marks)
    return Curves(
        f"distribution_{values.name}", words(str(values.name)),
        Axis(words(str(values.name)), "" if unit == "1" else unit),
        Axis("share of all runs"), [Curve("", finite, share, "steps", 0)], about, marks,
    )  # fmt: skip


def _moves(told: Mapping[str, Any]) -> Section:
    """Rank correlations that could hardly be chance, strongest causes first."""
    table = told.get("sensitivity", {})
    sure = {
        (measure, cause): float(one["strength"])
        for measure, causes in table.items()
        for cause, one in causes.items()
        if one["significant"] and one["strength"] is not None
    }
    title = "What moves what"
    if not sure:
        return Section("moves", title, [Paragraph("No correlation that could not be chance.")])
    measures = [name for name in in_front(USUAL, table) if any(m == name for m, _ in sure)][:_MEASURES]
    strength = {cause: max(abs(v) for (m, c), v in sure.items() if c == cause) for _, cause in sorted(sure)}
    causes = sorted(strength, key=lambda cause: (-strength[cause], cause))[:_CAUSES]
    values = np.array([[sure.get((measure, cause), np.nan) for measure in measures] for cause in causes])
    curved = [
        f"{words(measure)} by {cause}"
        for measure in measures
        for cause in causes
        if table[measure].get(cause, {}).get("shape") == "curved" and (measure, cause) in sure
    ]
    about = "rank correlation over the runs, of curved and rare causes the root of the share of variance that they "
    about += "explain; what may be chance stays empty" + "".join(f"; curved: {', '.join(curved)}" for _ in curved[:1])
    shown_map = Map(
        "sensitivity", "what moves which measure", values, "", about, Axis("cause", "", "words", causes),
        Axis("measure", "", "words", [words(name) for name in measures]), "RdBu_r", low=-1.0, high=1.0,
    )  # fmt: skip
    return Section("moves", title, [shown_map])

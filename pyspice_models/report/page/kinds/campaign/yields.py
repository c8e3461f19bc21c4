"""A yield against a key of the design: where it is as asked, and what decides it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import xarray as xr

from pyspice_models.campaign.limit import Limit, limits_from, limits_given
from pyspice_models.campaign.yields.curve import failure_folder
from pyspice_models.folders.found import Found
from pyspice_models.report.page.blocks import (
    Axis,
    Block,
    Code,
    Curve,
    Curves,
    Number,
    Paragraph,
    Report,
    Section,
    Table,
)  # fmt: skip
from pyspice_models.report.page.kinds.campaign.sweep import along, axis_of, key, words
from pyspice_models.report.page.kinds.common import again_section, number, read_json, warnings_section
from pyspice_models.report.page.kinds.sources import asked_in, settings_of, sources_section
from pyspice_models.result import load
from pyspice_models.units import micro

_SIGNS = {">=": "≥", "<=": "≤"}


def yield_report(found: Found) -> Report:
    """The report of `ag2s yield`."""
    told, dataset = read_json(found.folder / "yield.json"), load(found.folder / "yield.nc")
    asked, attrs, axis = asked_in(found.folder), dataset.attrs, str(told["against"])
    failed = sum(int(one.get("failed", 0)) for one in told["points"])
    facts = [
        f"against {key(axis)}", f"seed {told['seed']}", f"simulated by {told['engine'] or '?'}",
        f"form of the cell: {told['form']}",
    ]  # fmt: skip
    limits = micro(" and ".join(f"{one.measure} {_SIGNS[one.sign]} {one.text}" for one in _limits(told)))
    question = f"The share of arrays that keep to {limits}; wanted: {_percent(told['target'])}."
    answer = Paragraph(micro(f"{told['answer']}."))
    figures: list[Block] = [_curve(dataset, axis, told), *_measure(dataset, axis, told)]
    sections = [
        Section("question", "What was asked", [Paragraph(question)]),
        warnings_section(str(attrs.get("warning", "")), f"{failed} runs failed, and count as bad." if failed else ""),
        Section("yield", "Yield", [answer, _table(told, axis), *_failures(found, told)]),
        Section("figures", f"Against {key(axis)}", figures),
        sources_section(asked),
        again_section(found, str(attrs.get("versions", ""))),
    ]  # fmt: skip
    measures = {
        _at(axis, one): (Number(float(one["yield"])), "yield: the share of arrays that keep to all limits")
        for one in told["points"]
    }
    return Report(
        found.folder.name, "Yield against a key of the design", str(attrs.get("title", found.folder.name)), facts,
        [one for one in sections if one is not None], measures, settings_of(asked.tables),
    )  # fmt: skip


def _limits(told: Mapping[str, Any]) -> list[Limit]:
    return limits_from(limits_given(told["limits"]) or {})


def _percent(share: float) -> str:
    return f"{100 * share:.6g} %" if share > 0.999 else f"{100 * share:.4g} %"


def _at(axis: str, point: Mapping[str, Any]) -> str:
    return f"{key(axis)} = {point['asked']}"


def _table(told: Mapping[str, Any], axis: str) -> Table:
    """Odds beside yields: of rare failures the yield is 1 but for its last digits."""
    rows = []
    for one in told["points"]:
        low, high = one["interval"]
        worst = ", ".join(map(str, one.get("worst_runs", [])))
        rows.append([
            _at(axis, one), _percent(one["yield"]), f"{_percent(low)} to {_percent(high)}", number(one["odds"]),
            str(one["runs"]), str(one["by"]), str(one["meets"]), worst,
        ])  # fmt: skip
    sure = f"at least {100 * float(told['confidence']):g} % confidence"
    head = ["at", "yield", sure, "odds of a failure", "runs", "known by", "meets what is wanted", "worst runs"]
    return Table("yield", "", head, rows)


def _failures(found: Found, told: Mapping[str, Any]) -> Iterator[Block]:
    """How to look at the failing arrays whose studies lie in the folder."""
    lines = [
        f"ag2s simulate {found.folder.name}/{name}/study.toml    # at {one['asked']}"
        for place, one in enumerate(told["points"])
        if (found.folder / (name := failure_folder(place)) / "study.toml").is_file()
    ]
    if lines:
        yield Code("\n".join(lines), "Failing arrays to look at")


def _curve(dataset: xr.Dataset, axis: str, told: Mapping[str, Any]) -> Curves:
    where = along(dataset[axis])
    rare, target = bool(dataset.attrs["rare"]), float(told["target"])
    names = ("odds", "odds_low", "odds_high") if rare else ("yield", "low", "high")
    value, low, high = (dataset[name].values.astype(float) for name in names)
    if rare:  # nothing of 0 stands on a logarithmic axis
        value, low, high = (np.where(one > 0, one, np.nan) for one in (value, low, high))
    wanted = np.full(len(where), 1 - target if rare else target)
    name = "odds of a failure" if rare else "yield"
    curves = [
        Curve(name, where, value, "both", 0), Curve("low end of the interval", where, low, "points", 2),
        Curve("high end of the interval", where, high, "points", 2), Curve("wanted", where, wanted, "dashed", 1),
    ]  # fmt: skip
    return Curves("yield", words(name), axis_of(dataset[axis]), Axis(name, "", "log" if rare else "linear"), curves)


def _measure(dataset: xr.Dataset, axis: str, told: Mapping[str, Any]) -> Iterator[Curves]:
    """The measure of each limit, where arrays were drawn as they come."""
    where = along(dataset[axis])
    for one in _limits(told):
        if one.measure not in dataset:
            continue
        values, unit = dataset[one.measure].values, str(dataset[one.measure].attrs.get("units", ""))
        known = [row[np.isfinite(row)] for row in values]
        low, middle, high = (
            np.array([np.quantile(row, share) if row.size else np.nan for row in known]) for share in (0.05, 0.5, 0.95)
        )
        limit = np.full(len(where), one.value(unit))
        curves = [
            Curve("median", where, middle, "both", 0), Curve("5 % of the arrays below", where, low, "line", 2),
            Curve("95 % below", where, high, "line", 2),
            Curve(micro(f"limit {_SIGNS[one.sign]} {one.text}"), where, limit, "dashed", 1),
        ]  # fmt: skip
        measure = Axis(words(one.measure), "" if unit == "1" else unit)
        about = micro(str(dataset[one.measure].attrs.get("long_name", "")))
        yield Curves(f"limit_{one.measure}", words(one.measure), axis_of(dataset[axis]), measure, curves, about)

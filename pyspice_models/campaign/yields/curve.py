"""What came of a yield against a design key: its points, where it meets what was asked, and the files of its folder."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from pyspice_models.campaign.intervals import CONFIDENCE, Interval
from pyspice_models.campaign.rare.result import FAILURE, RareResult
from pyspice_models.campaign.rare.result import as_data as rare_data
from pyspice_models.campaign.statistics import Summary
from pyspice_models.campaign.yields.request import YieldRequest
from pyspice_models.files import write_text
from pyspice_models.measure import common_text
from pyspice_models.result import save
from pyspice_models.study.run import versions
from pyspice_models.study.tables.objects import tables_of, variation_tables
from pyspice_models.study.tables.text import tables_as_json
from pyspice_models.study.tables.write import write_tables
from pyspice_models.study.variation import vary


@dataclass(frozen=True)
class YieldPoint:
    """One value of the key.

    Attributes:
        value: as it was asked.
        share: the yield.
        interval: of it, with CONFIDENCE.
        runs: that it is known from.
        how: "exact binomial", or by which way the odds of rare failures are known.
        summary: of the arrays that were drawn as they come; None for rare failures.
        rare: what was found of those.
    """

    value: str
    share: float
    interval: Interval
    runs: int
    how: str
    summary: Summary | None = None
    rare: RareResult | None = None

    @property
    def fails(self) -> bool:
        """Whether there is a failing array to look at."""
        if self.rare is not None:
            return self.rare.odds.likeliest is not None
        return self.summary is not None and self.summary.total.missed > 0

    def meets(self, target: float) -> str:
        """Whether the yield is as asked: "yes" if its whole interval is, "no" if nothing of it is, else "perhaps"."""
        low, high = self.interval
        return "yes" if low >= target else "no" if high < target else "perhaps"


@dataclass(frozen=True, repr=False)
class YieldCurve:
    """A yield against a key.

    Attributes:
        request: what was asked.
        points: one for each value.
        dataset: over the key: yield with its interval, runs; of arrays that were drawn as they come all measures.
    """

    request: YieldRequest
    points: Sequence[YieldPoint]
    dataset: xr.Dataset

    def __repr__(self) -> str:
        """One line for people."""
        shares = ", ".join(f"{100 * one.share:.4g} %" for one in self.points)
        return f"<YieldCurve of {self.request.name!r} against {self.request.axis.shown}: {shares}>"

    @property
    def answer(self) -> str:
        """Where the target is met, in words; of numbers the largest that meets it."""
        target, name = self.request.params.target, self.request.axis.shown
        told = []
        for word, how in (("yes", "is met"), ("perhaps", "may be met"), ("no", "is missed")):
            if values := [one.value for one in self.points if one.meets(target) == word]:
                told.append(f"{how} at {', '.join(values)}")
        largest = self.largest
        last = f"; the largest value that meets it: {largest}" if largest else ""
        sure = f", with {100 * CONFIDENCE:g} % confidence" if any("may" in one for one in told) else ""
        return f"a yield of {100 * target:.6g} % against {name}{sure}: {'; '.join(told)}{last}"

    @property
    def largest(self) -> str:
        """Of the values that are numbers, the largest whose whole interval meets the target; "" if none does."""
        numbers = self.dataset[self.request.axis.name].values
        if numbers.dtype.kind not in "if":
            return ""
        met = [n for n, one in enumerate(self.points) if one.meets(self.request.params.target) == "yes"]
        return self.points[max(met, key=lambda n: numbers[n])].value if met else ""


def point_of(value: str, summary: Summary) -> YieldPoint:
    """From arrays that were drawn as they come."""
    total = summary.total
    return YieldPoint(value, total.share, total.interval, total.runs, "exact binomial", summary)


def rare_point_of(value: str, found: RareResult) -> YieldPoint:
    """From the odds of a failure."""
    low, high = found.interval
    return YieldPoint(value, 1 - found.value, (1 - high, 1 - low), found.runs, found.odds.how, None, found)


def curve_of(request: YieldRequest, points: Sequence[YieldPoint], datasets: Sequence[xr.Dataset] = ()) -> YieldCurve:
    """All points together.

    Args:
        request, points: see `YieldCurve`.
        datasets: what all runs gave at each value, see `run_montecarlo`.
    """
    axis = request.axis
    along = axis.coordinate(request.source.tables)
    data: dict[str, Any] = {
        "yield": (axis.name, [one.share for one in points], _about("1", "share of arrays that keep to all limits")),
        "low": (axis.name, [one.interval[0] for one in points], _about("1", "low end of its interval")),
        "high": (axis.name, [one.interval[1] for one in points], _about("1", "high end of its interval")),
        "runs": (axis.name, [one.runs for one in points], _about("1", "runs that it is known from")),
        # 1 less the yield would lose what is left of small odds
        "odds": (axis.name, [_odds(one) for one in points], _about("1", "odds that an array misses a limit")),
        "odds_low": (axis.name, [_odds(one, 0) for one in points], _about("1", "low end of its interval")),
        "odds_high": (axis.name, [_odds(one, 1) for one in points], _about("1", "high end of its interval")),
    }  # fmt: skip
    names = dict.fromkeys(str(name) for one in datasets for name in one if "units" in one[name].attrs)
    for name in names:
        if name == "drawn":
            continue
        there = [one[name] for one in datasets if name in one]
        values = [one[name].values if name in one else np.full(request.runs, np.nan) for one in datasets]
        text = common_text((one.attrs["long_name"], one.attrs["long_name"]) for one in there)
        data[name] = ((axis.name, "run"), np.array(values), _about(there[0].attrs["units"], text))
    if datasets:
        failures = [one["failure"].values for one in datasets]
        data["failure"] = (
            (axis.name, "run"),
            np.array(failures, dtype=str),
            {"long_name": "why a run has no measures"},
        )
    first = request.asked[0]
    engines = [one.attrs["engine"] for one in datasets] or [one.rare.engine for one in points if one.rare]
    attrs = {
        "study": request.name, "title": first.nominal.title, "form": first.nominal.form,
        "engine": ", ".join(dict.fromkeys(filter(None, engines))), "seed": first.variation.seed, "against": axis.name,
        "target": request.params.target, "of": first.subject.word, "rare": int(bool(request.rare)),
        "limits": json.dumps([f"{one.measure} {one.sign} {one.text}" for one in first.limits]),
        "settings": tables_as_json(request.source.tables), "versions": json.dumps(dict(versions())),
    }  # fmt: skip
    kelvins = [one.nominal.crossbar.temperature for one in request.asked]
    if warning := first.nominal.crossbar.warning(kelvins):
        attrs["warning"] = warning
    coords: dict[str, Any] = {axis.name: along}
    if datasets:
        coords["run"] = np.arange(request.runs)
    return YieldCurve(request, points, xr.Dataset(data, coords, attrs))


def _odds(one: YieldPoint, end: int | None = None) -> float:
    if one.rare is not None:
        return one.rare.value if end is None else one.rare.interval[end]
    return 1 - one.share if end is None else 1 - one.interval[1 - end]


def _about(unit: str, words: str) -> dict[str, str]:
    return {"units": unit, "long_name": words}


def save_yield(curve: YieldCurve, folder: Path) -> None:
    """Write report, table, dataset, and at each value the study of a failing array, in `failure-N`.

    Of rare failures it is the most probable one, of arrays that were drawn as they come the worst.

    Raises:
        OSError: the disk is full.
        RequestError: see `write_tables`.
    """
    write_text(folder / "yield.json", json.dumps(as_data(curve), indent=2) + "\n")
    write_text(folder / "yield.csv", as_csv(curve))
    save(curve.dataset, folder / "yield.nc")
    for place, point in enumerate(curve.points):
        own = folder / failure_folder(place)
        if not point.fails:
            continue
        own.mkdir(exist_ok=True)
        if point.rare is not None:
            point.rare.write_failure(own)
        elif point.summary is not None:
            _write_run(curve.request, place, point.summary.total.worst[0], own)


def failure_folder(place: int) -> str:
    """The folder of the failing array at a value, by its number."""
    return f"{FAILURE}-{place}"


def _write_run(request: YieldRequest, place: int, run: int, folder: Path) -> None:
    asked = request.asked[place]
    variation, title = asked.drawn_as(run), f"{asked.nominal.title}, run {run}"
    if variation.place is None:
        tables = tables_of(replace(asked.nominal, title=title)) | variation_tables(variation)
    else:
        tables = tables_of(replace(vary(asked.nominal, variation)[0], title=title))
    write_tables(tables | asked.subject.tables(), folder)


def as_csv(curve: YieldCurve) -> str:
    """A line for each value: yield, interval, runs, and of each limit the share that keeps to it."""
    axis, limits = curve.request.axis, curve.request.asked[0].limits
    names = [f"{one.measure} {one.sign} {one.text}" for one in limits] if not curve.request.rare else []
    unit = curve.dataset[axis.name].attrs.get("units", "")
    head = [f"{axis.name} [{unit}]" if unit else axis.name, "yield", "low", "high", "odds", "runs", "how", *names]
    lines = [",".join(map(_cell, head))]
    for place, one in enumerate(curve.points):
        value = curve.dataset[axis.name].values[place]
        shares = [share.share for share in one.summary.limits] if one.summary is not None else []
        row = [value, one.share, *one.interval, _odds(one), one.runs, one.how, *shares]
        lines.append(",".join(_cell(cell.item() if isinstance(cell, np.generic) else cell) for cell in row))
    return "\n".join(lines) + "\n"


def _cell(value: object) -> str:
    text = value if isinstance(value, str) else repr(value)
    return f'"{text.replace(chr(34), 2 * chr(34))}"' if any(letter in text for letter in ',"\n') else text


def as_data(curve: YieldCurve) -> dict[str, Any]:
    """The report as JSON holds it."""
    request = curve.request
    first, values = request.asked[0], curve.dataset[request.axis.name].values.tolist()
    points = []
    for place, one in enumerate(curve.points):
        own: dict[str, Any] = {
            "value": values[place], "asked": one.value, "yield": one.share, "interval": list(one.interval),
            "odds": _odds(one), "runs": one.runs, "by": one.how, "meets": one.meets(request.params.target),
        }  # fmt: skip
        if one.summary is not None:
            own["failed"] = len(one.summary.failed)
            own["worst_runs"] = one.summary.total.worst
            own["limits"] = [{"limit": share.what, "yield": share.share} for share in one.summary.limits]
        elif one.rare is not None:
            own["rare"] = rare_data(one.rare)
        points.append(own)
    return {
        "study": request.name, "engine": curve.dataset.attrs["engine"], "form": first.nominal.form,
        "seed": first.variation.seed, "against": request.axis.name, "of": first.subject.word,
        "limits": [f"{one.measure} {one.sign} {one.text}" for one in first.limits],
        "confidence": CONFIDENCE, "target": request.params.target, "answer": curve.answer,
        "largest": curve.largest or None, "points": points,
    }  # fmt: skip

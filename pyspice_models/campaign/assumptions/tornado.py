"""What moves a measure how far, largest first: the bars of a tornado."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import xarray as xr

from pyspice_models.displayed import Drawn
from pyspice_models.units import shown

HEADLINES = (
    "energy_per_switch", "supply_energy_per_switch", "energy_selected_cell", "state_change", "recovery_time",
    "read_current", "read_margin", "current_margin", "sneak_share", "vmm_error", "disturb_half_selected",
    "disturb_unselected",
)  # fmt: skip
"""Measures that conclusions are drawn from: those of them that a study has are shown if none is asked for."""

_WIDE = 20.0
"""A measure that moves by such a factor is compared in its logarithm."""

_NOT_MEASURES = {"value", "failure", "follows", "moves"}


Moves = dict[str, tuple[float, float]]


@dataclass(frozen=True)
class Bar:
    """One parameter's part in a measure.

    Attributes:
        parameter: its key.
        ends: its low and high value, SI; with `unit`.
        at: the measure at both ends, NaN where a run failed.
        span: how far the measure moves: largest less smallest, the study as it is included; in decades if wide.
        tag: of the parameter, with what it is calibrated to.
        moves: for each end, published rows that moved there, before and after.
        failed: at which ends the run failed.
    """

    parameter: str
    unit: str
    ends: tuple[float, float]
    at: tuple[float, float]
    span: float
    tag: str
    moves: tuple[Moves, Moves]
    failed: tuple[str, ...]


@dataclass(frozen=True, repr=False)
class Tornado(Drawn):
    """A measure and what moves it.

    Attributes:
        measure: its name.
        unit, about: its unit, "" for a pure number, and meaning.
        nominal: of the study as it is.
        wide: it moves by orders of magnitude, and `span` is in decades.
        bars: largest first.
    """

    measure: str
    unit: str
    about: str
    nominal: float
    wide: bool
    bars: Sequence[Bar]

    def __repr__(self) -> str:
        """One line for people."""
        nominal, low, high = (shown(value, self.unit) for value in (self.nominal, self.low, self.high))
        return f"<Tornado {self.measure}: {nominal}, and {low} to {high} by one of {len(self.bars)} parameters>"

    @property
    def low(self) -> float:
        """The smallest value that one parameter alone brings about."""
        return min([self.nominal, *self._values()])

    @property
    def high(self) -> float:
        """The largest."""
        return max([self.nominal, *self._values()])

    @property
    def moving(self) -> list[Bar]:
        """The bars that move it, and those that failed."""
        return [bar for bar in self.bars if bar.span > 0 or bar.failed]

    def _values(self) -> list[float]:
        return [value for bar in self.bars for value in bar.at if math.isfinite(value)]


def measures_of(dataset: xr.Dataset) -> list[str]:
    """Names of the measures in a dataset of `run_assumptions`."""
    return [str(name) for name in dataset if name not in _NOT_MEASURES]


def headlines(dataset: xr.Dataset, asked: Sequence[str] = ()) -> list[str]:
    """The measures asked for, or the headlines that there are, or if there are none, all."""
    there = measures_of(dataset)
    return [name for name in asked if name in there] or [name for name in HEADLINES if name in there] or there


def tornado(dataset: xr.Dataset, measure: str) -> Tornado:
    """The bars of one measure of a dataset of `run_assumptions`."""
    values = dataset[measure]
    nominal = float(values.attrs["nominal"])
    finite = [v for v in [nominal, *values.values.ravel().tolist()] if math.isfinite(v)]
    wide = bool(finite) and min(finite) > 0 and max(finite) / min(finite) > _WIDE
    bars = []
    for key in map(str, dataset["parameter"].values):
        one = dataset.sel(parameter=key)
        at = tuple(float(value) for value in one[measure].values)
        low, high = (
            {row: _pair(numbers) for row, numbers in json.loads(str(text)).items()} for text in one["moves"].values
        )
        bars.append(
            Bar(
                key, str(one["unit"].item()), _pair(one["value"].values), _pair(at), _span(nominal, at, wide=wide),
                str(one["tag"].item()), (low, high),
                tuple(str(end) for end in dataset["end"].values if str(one["failure"].sel(end=end).item())),
            )
        )  # fmt: skip
    bars.sort(key=lambda bar: (-bar.span, bar.parameter))
    unit = str(values.attrs["units"])
    return Tornado(measure, "" if unit == "1" else unit, str(values.attrs["long_name"]), nominal, wide, bars)


def _pair(values: Any) -> tuple[float, float]:
    low, high = values
    return float(low), float(high)


def _span(nominal: float, at: Sequence[float], *, wide: bool) -> float:
    finite = [value for value in (nominal, *at) if math.isfinite(value)]
    if not finite:
        return 0.0
    return math.log10(max(finite) / min(finite)) if wide else max(finite) - min(finite)


def as_data(dataset: xr.Dataset, asked: Sequence[str] = ()) -> dict[str, Any]:
    """The answer as JSON holds it: for each measure its range and bars, largest first; what is not finite is null."""
    return {
        "study": dataset.attrs["study"],
        "engine": dataset.attrs["engine"],
        "form": dataset.attrs["form"],
        "published_numbers_kept": dataset.attrs["follow"] == "True",
        "measures": {name: _measure(tornado(dataset, name)) for name in headlines(dataset, asked)},
        "parameters": [_parameter(dataset, str(key)) for key in dataset["parameter"].values],
        "left_alone": json.loads(dataset.attrs["left_alone"]),
    }


def _measure(one: Tornado) -> dict[str, Any]:
    return {
        "nominal": _plain(one.nominal),
        "unit": one.unit,
        "about": one.about,
        "lowest": _plain(one.low),
        "highest": _plain(one.high),
        "span_in": "decades" if one.wide else one.unit or "1",
        "bars": [
            {"parameter": bar.parameter, "low": _plain(bar.at[0]), "high": _plain(bar.at[1]), "span": bar.span}
            for bar in one.bars
        ],
    }


def _parameter(dataset: xr.Dataset, key: str) -> dict[str, Any]:
    one = dataset.sel(parameter=key)
    words = {name: str(one[name].item()) for name in ("unit", "tag", "source", "range_tag", "reason")}
    return {
        "parameter": key,
        "nominal": float(one["nominal"]),
        **words,
        "ends": {
            str(end): {
                "value": float(one["value"].sel(end=end)),
                "failure": str(one["failure"].sel(end=end).item()),
                "follows": json.loads(str(one["follows"].sel(end=end).item())),
                "moves": {
                    row: [_plain(value) for value in pair]
                    for row, pair in json.loads(str(one["moves"].sel(end=end).item())).items()
                },
            }
            for end in dataset["end"].values
        },
    }


def _plain(value: float) -> float | None:
    return value if math.isfinite(value) else None

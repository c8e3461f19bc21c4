"""Intervals that are to be narrow: how they are asked for, and how narrow they are."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import xarray as xr

from pyspice_models.campaign.intervals import Interval
from pyspice_models.campaign.statistics import QUANTILES, Summary
from pyspice_models.declare.quantity import refuse_unknown
from pyspice_models.errors import RequestError
from pyspice_models.units import parse, show

_TEXT = re.compile(r"\s*(yield|mean|median|[\d.]+ ?%)\s+(?:([A-Za-z_]\w*)\s+)?(\S.*?)\s*", re.ASCII)
_FORMS = (
    '"yield WIDTH", "mean MEASURE WIDTH", "median MEASURE WIDTH" or "5 % MEASURE WIDTH" with 1, 5, 50, 95 or 99 %, '
    'such as "yield 4 %" or "median read_margin 0.01"'
)


@dataclass(frozen=True)
class Width:
    """An interval that is to be narrow.

    Attributes:
        of: "yield", "mean" or the probability of a quantile.
        measure: its name; "" for the yield.
        text: full width of the interval, as it was asked.
    """

    of: str | float
    measure: str
    text: str

    @property
    def name(self) -> str:
        """For people."""
        what = f"{100 * self.of:g} % quantile" if isinstance(self.of, float) else self.of
        return f"{what} of {self.measure}" if self.measure else str(what)

    def value(self, unit: str) -> float:
        """The width in a unit.

        Raises:
            RequestError: it is in another one, or not above 0.
        """
        found = parse(self.text, "" if unit == "1" else unit, name=f"--within {self.name}")
        if not found > 0 or (not self.measure and found >= 1):
            allowed = "above 0 and below 100 %" if not self.measure else "a width above 0"
            raise RequestError.for_value(f"--within {self.name}", self.text, allowed=allowed)
        return found

    def interval(self, summary: Summary) -> Interval:
        """As it is now."""
        if not self.measure:
            return summary.total.interval
        one = summary.distributions[self.measure]
        return one.mean_interval if isinstance(self.of, str) else one.quantiles[self.of][1]


@dataclass(frozen=True)
class Told:
    """Whether an interval is as narrow as asked, and the same in words; `wider` is how many times too wide it is."""

    kept: bool
    wider: float
    text: str


def parse_widths(texts: Sequence[str]) -> list[Width]:
    """From text, see `_FORMS`.

    Raises:
        RequestError: not of that form, or the same twice.
    """
    found: list[Width] = []
    for text in texts:
        match = _TEXT.fullmatch(text) if len(text) < 1000 else None
        of: str | float = match[1] if match else ""
        if isinstance(of, str) and of.endswith("%"):
            of = round(_number(of[:-1]) / 100, 12)
        of = 0.5 if of == "median" else of
        if match is None or (match[2] is None) != (of == "yield") or (isinstance(of, float) and of not in QUANTILES):
            raise RequestError.for_value("--within", text, allowed=_FORMS)
        one = Width(of, match[2] or "", match[3])
        if any((one.of, one.measure) == (other.of, other.measure) for other in found):
            raise RequestError.for_value("--within", text, allowed=f"the {one.name} once")
        if not one.measure:
            one.value("")
        found.append(one)
    return found


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def told_widths(widths: Sequence[Width], dataset: xr.Dataset, summary: Summary) -> Iterator[Told]:
    """Each of the intervals as it is now.

    Raises:
        RequestError: no such measure, or a width in another unit.
    """
    for one in widths:
        unit = ""
        if one.measure:
            refuse_unknown(one.measure, dict(summary.distributions), "--within")
            unit = str(dataset[one.measure].attrs["units"])
        asked, (low, high) = one.value(unit), one.interval(summary)
        shown = "" if unit == "1" else unit
        if not math.isfinite(high - low):
            yield Told(False, math.inf, f"the {one.name} has no interval yet, and {show(asked, shown)} is asked")
            continue
        words = f"the {one.name} is known within {show(high - low, shown, 3)}, and {show(asked, shown)} is asked"
        yield Told(high - low <= asked, (high - low) / asked, words)

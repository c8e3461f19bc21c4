"""Limits on measures: what a good array keeps to, and what a search closes in on."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np

from pyspice_models.errors import RequestError
from pyspice_models.units import parse, show

_LIMIT = re.compile(r"\s*(<=|>=)\s*(.+)")
_GIVEN = re.compile(r"\s*(\w+)\s*([<>]=.+)", re.ASCII)

SIGNS: Mapping[str, Callable[[Any, Any], Any]] = MappingProxyType(
    {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
)
"""What a sign asks of a value and a bound."""


@dataclass(frozen=True)
class Limit:
    """What a measure must keep to for a run to count as good.

    Attributes:
        measure: its name.
        sign: "<=" or ">=".
        text: the number, with a unit or without.
    """

    asked_as: ClassVar[str] = "montecarlo.limits."
    """What stands before the measure in an error."""

    measure: str
    sign: str
    text: str

    def value(self, unit: str) -> float:
        """The number in the measure's unit.

        Raises:
            RequestError: it is in another unit.
        """
        return parse(self.text, "" if unit == "1" else unit, name=f"{self.asked_as}{self.measure}")

    def kept_by(self, values: np.ndarray, unit: str) -> np.ndarray:
        """Which of the values keep to it; what is not finite does not."""
        return np.asarray(np.isfinite(values) & SIGNS[self.sign](values, self.value(unit)))

    def room(self, values: np.ndarray, unit: str) -> np.ndarray:
        """How far the values are on the good side of it, in their unit; negative where they miss it."""
        return np.asarray((self.value(unit) - values) * (1 if self.sign == "<=" else -1))

    def shown(self, unit: str) -> str:
        """For people, for example `>= 0.5`."""
        return f"{self.sign} {show(self.value(unit), unit)}"


def limits_given(texts: Sequence[str]) -> dict[str, list[str]] | None:
    """The table of limits that options say, such as "read_margin >= 0.5"; None for none.

    Raises:
        RequestError: text that is no measure with a limit.
    """
    found: dict[str, list[str]] = {}
    for text in texts:
        match = _GIVEN.fullmatch(text) if len(text) < 1000 else None
        if match is None:
            raise RequestError.for_value("--limit", text, allowed='"MEASURE >= VALUE" or "MEASURE <= VALUE"')
        found.setdefault(match[1], []).append(match[2])
    return found or None


def limits_from(table: object) -> list[Limit]:
    """From a table of texts, or lists of them, by measure.

    Raises:
        RequestError: no table, or text that states no limit.
    """
    if not isinstance(table, dict):
        raise RequestError("montecarlo.limits must be a table: write it as [montecarlo.limits]")
    found = []
    for name, texts in table.items():
        for text in texts if isinstance(texts, list) else [texts]:
            match = _LIMIT.fullmatch(text) if isinstance(text, str) else None
            if match is None:
                raise RequestError.for_value(
                    f"montecarlo.limits.{name}", text, allowed='text such as "<= 50 fJ" or ">= 0.5", or a list of them'
                )
            found.append(Limit(name, match[1], match[2]))
    return found


def limits_table(limits: Sequence[Limit]) -> dict[str, list[str]]:
    """The table that gives these limits."""
    found: dict[str, list[str]] = {}
    for limit in limits:
        found.setdefault(limit.measure, []).append(f"{limit.sign} {limit.text}")
    return found


def check_together(limits: Sequence[Limit]) -> None:
    """Raise RequestError where no value keeps to all limits on a measure.

    Units of measures are known after a run, and contradictions before it: whatever unit suits all limits on a measure
    will do.
    """
    for name, texts in limits_table(limits).items():
        mine = [limit for limit in limits if limit.measure == name]
        if len(mine) < 2 or (values := _in_one_unit(mine)) is None:
            continue
        least = max((value for limit, value in zip(mine, values, strict=True) if limit.sign == ">="), default=-math.inf)
        most = min((value for limit, value in zip(mine, values, strict=True) if limit.sign == "<="), default=math.inf)
        if least > most:
            raise RequestError.for_value(
                f"{Limit.asked_as}{name}", texts, allowed="a low end below the high one",
                advice="They contradict each other: every array would fail.",
            )  # fmt: skip


_UNITS = ("", "J", "s", "V", "A", "S", "ohm", "K", "W", "F", "C", "Hz", "m", "m^2", "eV")


def _in_one_unit(limits: Sequence[Limit]) -> list[float] | None:
    for unit in _UNITS:
        try:
            return [limit.value(unit) for limit in limits]
        except RequestError:
            continue
    return None

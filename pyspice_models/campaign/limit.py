"""Limits on measures: what a good array keeps to."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pyspice_models.errors import RequestError
from pyspice_models.units import parse, show

_LIMIT = re.compile(r"\s*(<=|>=)\s*(.+)")


@dataclass(frozen=True)
class Limit:
    """What a measure must keep to for a run to count as good.

    Attributes:
        measure: its name.
        sign: "<=" or ">=".
        text: the number, with a unit or without.
    """

    measure: str
    sign: str
    text: str

    def value(self, unit: str) -> float:
        """The number in the measure's unit.

        Raises:
            RequestError: it is in another unit.
        """
        return parse(self.text, "" if unit == "1" else unit, name=f"montecarlo.limits.{self.measure}")

    def kept_by(self, values: np.ndarray, unit: str) -> np.ndarray:
        """Which of the values keep to it; what is not finite does not."""
        bound = self.value(unit)
        return np.isfinite(values) & (values <= bound if self.sign == "<=" else values >= bound)

    def room(self, values: np.ndarray, unit: str) -> np.ndarray:
        """How far the values are on the good side of it, in their unit; negative where they miss it."""
        return np.asarray((self.value(unit) - values) * (1 if self.sign == "<=" else -1))

    def shown(self, unit: str) -> str:
        """For people, for example `>= 0.5`."""
        return f"{self.sign} {show(self.value(unit), unit)}"


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

"""A condition on a measure, such as `read_margin < 0.2`."""

from __future__ import annotations

import difflib
import math
import operator
import re
from collections.abc import Mapping
from dataclasses import dataclass

from pyspice_models.errors import RequestError, quoted
from pyspice_models.measure import Measure
from pyspice_models.units import parse, show

_TEXT = re.compile(r"\s*([A-Za-z_]\w*)\s*(<=|>=|<|>)\s*(\S.*)", re.ASCII | re.DOTALL)
_SIGNS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


@dataclass(frozen=True)
class Condition:
    """What is asked of a measure.

    Attributes:
        measure: its name.
        sign: one of < <= > >=.
        text: the number, with a unit or without.
    """

    measure: str
    sign: str
    text: str

    def bound(self, unit: str) -> float:
        """The number in the measure's unit.

        Raises:
            RequestError: it is in another unit.
        """
        return parse(self.text, "" if unit == "1" else unit, name=f"--until {self.measure}")

    def holds(self, measure: Measure) -> bool:
        """Whether a measure keeps to it."""
        return bool(_SIGNS[self.sign](measure.value, self.bound(measure.unit)))

    def shown(self, unit: str) -> str:
        """For people, for example `read_margin < 0.2`."""
        return f"{self.measure} {self.sign} {show(self.bound(unit), unit)}"

    def of(self, measures: Mapping[str, Measure]) -> Measure:
        """Its measure among those of a run, a number.

        Raises:
            RequestError: there is none of this name, or the bound is in another unit.
        """
        if self.measure not in measures:
            near = difflib.get_close_matches(self.measure, measures, n=1, cutoff=0.5)
            raise RequestError(
                f"--until: the study has no measure {quoted(self.measure)}"
                + (f"; did you mean {near[0]!r}?" if near else ".")
                + f" It has: {', '.join(sorted(measures))}."
            )
        self.bound(measures[self.measure].unit)
        return measures[self.measure]


def parse_condition(text: str) -> Condition:
    """From text such as "energy_per_switch > 50 fJ".

    Raises:
        RequestError: not of that form, or no finite number.
    """
    match = _TEXT.fullmatch(text) if len(text) < 1000 else None
    number = re.match(r"[-+]?[\d.]", match[3]) if match is not None else None
    if match is None or number is None or math.isinf(_leading(match[3])):
        raise RequestError.for_value(
            "--until", text, allowed='MEASURE, one of < <= > >=, and a number, such as "read_margin < 0.2" or '
            '"energy_per_switch > 50 fJ"',
        )  # fmt: skip
    return Condition(match[1], match[2], match[3].strip())


def _leading(text: str) -> float:
    """The number that text begins with."""
    match = re.match(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?", text)
    return float(match[0]) if match is not None else math.inf

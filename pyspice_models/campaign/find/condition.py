"""A condition on a measure, such as `read_margin < 0.2`."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from pyspice_models.campaign.limit import SIGNS, Limit
from pyspice_models.errors import RequestError, did_you_mean, quoted
from pyspice_models.measure import Measure

_TEXT = re.compile(r"\s*([A-Za-z_]\w*)\s*(<=|>=|<|>)\s*(\S.*)", re.ASCII | re.DOTALL)


@dataclass(frozen=True)
class Condition(Limit):
    """What is asked of a measure; `sign` is one of < <= > >=."""

    asked_as: ClassVar[str] = "--until "

    def holds(self, measure: Measure) -> bool:
        """Whether a measure keeps to it; an infinite one is larger than any number.

        Raises:
            RequestError: the number is in another unit.
        """
        return bool(SIGNS[self.sign](measure.value, self.value(measure.unit)))

    def shown(self, unit: str) -> str:
        """For people, for example `read_margin < 0.2`."""
        return f"{self.measure} {super().shown(unit)}"

    def of(self, measures: Mapping[str, Measure]) -> Measure:
        """Its measure among those of a run, a number.

        Raises:
            RequestError: there is none of this name, or the bound is in another unit.
        """
        if self.measure not in measures:
            raise RequestError(
                f"--until: the study has no measure {quoted(self.measure)}"
                + did_you_mean(self.measure, measures, 0.5)
                + f" It has: {', '.join(sorted(measures))}."
            )
        self.value(measures[self.measure].unit)
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

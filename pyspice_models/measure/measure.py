"""What a measure is: a number with its unit and what it means."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Measure:
    """One number.

    Attributes:
        value: SI float.
        unit: "" for a pure number.
        about: what it means, one line.
        general: the same without the voltages and other numbers of its run; "" where `about` has none.
    """

    value: float
    unit: str
    about: str
    general: str = ""


def common_text(texts: Iterable[tuple[str, str]]) -> str:
    """What a measure means in many runs that may differ in what their texts name, such as a voltage.

    Args:
        texts: `about` and `general` of the measure in each run, in the order of the runs; at least one.
    """
    first, *others = texts
    return first[0] if all(about == first[0] for about, _ in others) else first[1] or first[0]

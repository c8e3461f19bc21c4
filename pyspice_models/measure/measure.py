"""What a measure is: a number with its unit and what it means."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Measure:
    """One number.

    Attributes:
        value: SI float.
        unit: "" for a pure number.
        about: what it means, one line.
    """

    value: float
    unit: str
    about: str

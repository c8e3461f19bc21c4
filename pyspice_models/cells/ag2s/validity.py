"""Where the cell's equations mean anything: a run outside is not refused, but says so."""

from __future__ import annotations

from collections.abc import Iterable

COLDEST, HOTTEST = 250.0, 450.0
"""Temperatures between which the activation energies are meant [K].

Near 450 K acanthite turns into argentite, a superionic conductor, and neither barriers nor hopping describe it then.
Everything published was measured at room temperature: the lower end is a choice, 50 K of extrapolation.
"""


def beyond_validity(temperatures: Iterable[float]) -> str:
    """Why results at some of these temperatures [K] mean nothing, or "" if there are none such."""
    every = list(temperatures)
    reasons = []
    if cold := [kelvin for kelvin in every if kelvin < COLDEST]:
        reasons.append(
            f"{_kelvin(cold)}, below {COLDEST:g} K: everything that the cell was fitted to was measured at room "
            "temperature, and its activation energies are assumed"
        )
    if hot := [kelvin for kelvin in every if kelvin > HOTTEST]:
        reasons.append(
            f"{_kelvin(hot)}, above {HOTTEST:g} K: Ag2S is superionic there, which the cell's equations do not describe"
        )
    if not reasons:
        return ""
    return f"the temperature is outside the model's validity: {'; '.join(reasons)}."


def _kelvin(temperatures: list[float]) -> str:
    low, high = min(temperatures), max(temperatures)
    return f"{low:g} K" if low == high else f"{low:g} to {high:g} K"

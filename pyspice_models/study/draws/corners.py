"""Corners: arrays at the ends of what spreads, k standard deviations of every spread in the direction that hurts.

A corner is made of up to three words: "slow" or "fast" cells, a "hot" or "cold" array, and "worst-lines". Which way a
spread of the cell slows it is said by the cell's model (`CellSpread.slows`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Protocol

import numpy as np

from pyspice_models.array import Crossbar
from pyspice_models.errors import RequestError, quoted
from pyspice_models.stimulus.phases import phases_of
from pyspice_models.study.draws.space import Deviates, Space

if TYPE_CHECKING:
    from pyspice_models.study.study import Study

CORNER_KEY = "variability.corner"
NONE, TYPICAL, WORST_LINES = "none", "typical", "worst-lines"
SINGLE = (TYPICAL, "slow", "fast", "hot", "cold", WORST_LINES)
"""What `--corners all` stands for."""

_COMBINED = [
    "+".join(filter(None, words)) for words in product(("", "slow", "fast"), ("", "hot", "cold"), ("", WORST_LINES))
]
CORNERS = (NONE, *SINGLE, *(words for words in _COMBINED if "+" in words))

HOT, COLD = 343.15, 273.15
"""0 to 70 degrees Celsius [K]."""

_LINES = {
    "word_film": 1, "bit_film": 1, "word_thickness": -1, "bit_thickness": -1, "line_width": -1, "driver": 1, "sense": 1,
    "word_width": -1, "bit_width": -1, "line_driver": 1, "line_sense": 1, "line_feedback": 1,
}  # fmt: skip
"""Which way each cause raises the resistance of lines and of what stands at their ends."""

_SELECTORS = {"transistor_vto": 1, "transistor_kp": -1, "selector_v_th": 1, "selector_g_on": -1}
"""Which way each cause has a selector leave less of the voltage to its cell."""


class Asked(Protocol):
    """What says which corner is meant: see `study.variation.Variation`."""

    @property
    def corner(self) -> str:
        """One of CORNERS."""

    @property
    def sigmas(self) -> float:
        """Standard deviations by which it moves a spread."""

    @property
    def hot(self) -> float:
        """Temperature of hot corners [K]."""

    @property
    def cold(self) -> float:
        """Temperature of cold corners [K]."""


@dataclass(frozen=True)
class Cornered:
    """The array of which every deviate is stated by its cause, and every other is the median.

    Attributes:
        away: standard deviations by cause, of a cycle's with "cycle_" before it.
    """

    away: Mapping[str, float]

    def deviates(self, space: Space, own: Deviates, of_seed: Callable[[int], Deviates]) -> Deviates:
        return {cause: np.full_like(drawn, self.away.get(cause, 0.0)) for cause, drawn in own.items()}

    def fault_seed(self, seed: int) -> int | None:
        return None


def words_of(corner: str) -> list[str]:
    """Those of a corner that is none of the plain ones."""
    return [word for word in corner.split("+") if word not in (NONE, TYPICAL)]


def needs_spreads(corner: str) -> bool:
    """Whether it means anything only where cells or lines spread."""
    return bool({"slow", "fast", WORST_LINES}.intersection(words_of(corner)))


def corner_of(nominal: Study, variation: Asked, drawn: Deviates) -> Cornered:
    """The corner that is asked for.

    Args:
        nominal: the study as designed.
        variation: how its arrays differ, and which corner.
        drawn: what any array of it draws.

    Raises:
        RequestError: nothing spreads that the corner is about, or a spread of which no direction is known.
    """
    words, away = words_of(variation.corner), dict[str, float]()
    if WORST_LINES in words:
        away |= {cause: sign * variation.sigmas for cause, sign in _LINES.items() if cause in drawn}
        if not away:
            raise _refused(variation.corner, "lines, drivers and sense circuits do not spread in this study")
    for word, sign in (("slow", 1), ("fast", -1)):
        if word in words:
            slows = _slows(nominal, drawn)
            if not slows:
                raise _refused(variation.corner, "cells and amplitudes do not spread in this study")
            away |= {cause: sign * way * variation.sigmas for cause, way in slows.items()}
    return Cornered(away)


def temperature_of(bar: Crossbar, variation: Asked) -> float:
    """Of the array in its corner [K].

    Raises:
        RequestError: a hot corner that is no hotter than the array, or a cold one that is no colder.
    """
    words = words_of(variation.corner)
    for word, kelvin, sign, comparison in (("hot", variation.hot, 1, "above"), ("cold", variation.cold, -1, "below")):
        if word in words:
            if sign * (kelvin - bar.temperature) <= 0:
                raise RequestError.for_value(
                    f"variability.{word}", kelvin, unit="K",
                    allowed=f"{comparison} the array's own temperature, {bar.temperature:g}",
                )  # fmt: skip
            return kelvin
    return bar.temperature


def check_lines(variation: Asked, before: Crossbar, after: Crossbar) -> None:
    """Refuse worst lines of an array that has no resistance in lines and at their ends.

    Raises:
        RequestError: as said.
    """
    if WORST_LINES in words_of(variation.corner) and _resistances(before) == _resistances(after):
        raise _refused(variation.corner, "what spreads of lines and of their ends has no resistance in this study")


def refuse_corner(variation: Asked) -> None:
    """Refuse many arrays of one corner: they would all be the same.

    Raises:
        RequestError: a corner is asked for.
    """
    if variation.corner != NONE:
        raise RequestError.for_value(
            CORNER_KEY, variation.corner, allowed=NONE,
            advice="All arrays would be this one. Leave it out here, or give it to ag2s simulate or ag2s sweep.",
        )  # fmt: skip


def corner_in_words(nominal: Study, variation: Asked, drawn: Deviates) -> str:
    """For people: which causes are moved by how much, and the temperature."""
    by: dict[float, list[str]] = {}
    for cause, away in corner_of(nominal, variation, drawn).away.items():
        by.setdefault(away, []).append(cause)
    parts = [f"{', '.join(causes)} {away:+g}" for away, causes in by.items()]
    moved = f"{'; '.join(parts)} standard deviations" if parts else "nothing moved"
    kelvin = temperature_of(nominal.crossbar, variation)
    return f"corner {variation.corner}: {moved}, {kelvin:g} K"


def _slows(nominal: Study, drawn: Deviates) -> dict[str, int]:
    """By cause that spreads, which way it slows what the program writes."""
    found: dict[str, int] = {}
    resets = _resets_alone(nominal)
    for one in nominal.crossbar.populations:
        spread = one.model.spreads()
        for cause in drawn:
            name = _cause_of_cells(cause)
            way = spread.slows.get(name)
            if cause in _LINES or cause == "amplitude" or way is None:
                continue
            way = -way if resets and name in spread.opposed else way
            if found.setdefault(cause, way) != way:
                raise RequestError(
                    f"the corners slow and fast: more {name} makes cells of one kind slower and those of another "
                    "faster. Switch it off in [variability], or use one kind of cells."
                )
    for cause in drawn:
        known = cause in found or cause in _LINES or cause in _SELECTORS or cause == "amplitude"
        if not known and not cause.startswith("tilt_"):
            raise RequestError(
                f"the corners slow and fast: nothing says which way the spread of {quoted(cause)} makes a cell slower. "
                "They are about cells of the package; of your own set the parameter itself: --set cell.NAME=VALUE."
            )
    found |= {cause: way for cause, way in _SELECTORS.items() if cause in drawn}
    return found | ({"amplitude": -1} if "amplitude" in drawn else {})


def _cause_of_cells(drawn: str) -> str:
    """The cause that a part of it belongs to: of a cycle, of the lot, of a field."""
    return re.sub("^(cycle|lot|field)_", "", drawn)


def _resets_alone(nominal: Study) -> bool:
    """Whether the program's writes are resets and nothing else."""
    volts = [p.voltage for p in phases_of(nominal.crossbar, nominal.program) if p.kind == "write"]
    return bool(volts) and all(voltage < 0 for voltage in volts)


def _resistances(bar: Crossbar) -> tuple[float, ...]:
    ends = (float(bar.each(name).sum()) for name in ("r_driver", "r_sense", "r_feedback"))
    return float(bar.r_words.sum()), float(bar.r_bits.sum()), *ends


def axis_text(corners: str) -> str:
    """What `--corners` says, as an axis of a sweep.

    Args:
        corners: words with commas between them, each one corner, such as "typical,slow,slow+cold"; "all" for `SINGLE`.

    Raises:
        RequestError: a word that is none, or a corner that contradicts itself.
    """
    asked = [part.strip() for part in corners.split(",")]
    names = [name for part in asked for name in (SINGLE if part == "all" else [_ordered(part)])]
    return f"{CORNER_KEY}={','.join(names)}"


def _ordered(corner: str) -> str:
    """Its words in the one order that there is."""
    words = [word.strip() for word in corner.split("+")]
    for known in CORNERS:
        if known != NONE and sorted(known.split("+")) == sorted(words):
            return known
    raise RequestError.for_value(
        "--corners", corner, allowed=f"all, or with commas between them {', '.join(SINGLE)}",
        advice="Slow or fast, hot or cold, and worst-lines go together with +, as in slow+cold.",
    )  # fmt: skip


def _refused(corner: str, reason: str) -> RequestError:
    return RequestError.for_value(
        CORNER_KEY, corner, allowed=f"{TYPICAL}, hot or cold",
        advice=f"A corner is made of what spreads, and {reason}. State a spread in [variability].",
    )  # fmt: skip

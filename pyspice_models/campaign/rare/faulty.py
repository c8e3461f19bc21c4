"""Faults among rare failures: no walk leads to them, so arrays with faults are counted apart from those without.

An array has no fault with odds that are known exactly. Those that have any are drawn as such, however few they are: the
first broken place by its odds, what comes after it as ever. Failures of both sorts, each by its odds, are all failures.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyspice_models.array import Faults
from pyspice_models.array.faults import CELL_FAULTS
from pyspice_models.campaign.intervals import Interval
from pyspice_models.study.study import Study

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Faulty:
    """Arrays with a fault at least.

    Attributes:
        odds: that an array is one.
        share, interval: of them that fail, exact binomial.
        runs: that it is known from.
        example: the first of these that fails; None if none does.
    """

    odds: float
    share: float
    interval: Interval
    runs: int
    example: Study | None = None


class Sites:
    """Where an array may be broken: every cell, and every place of each kind of broken line, with its odds."""

    def __init__(self, odds: Mapping[str, Any], shape: tuple[int, int]) -> None:
        """From a `[faults]` table of odds and the shape of the array."""
        self._numbers = {key: value for key, value in odds.items() if key in Faults.quantities()}
        shares = {key: float(value) for key, value in odds.items() if key in Faults.places() and value}
        self._kinds = {name: share for name, share in shares.items() if name in CELL_FAULTS}
        self._shape = shape
        found = [("", np.full(shape, sum(self._kinds.values())))] if self._kinds else []
        for name, share in shares.items():
            if name not in CELL_FAULTS:
                own = np.full(shape, share)
                if name == "shorted_words":
                    own[-1, :] = 0.0  # the last line has no next one
                elif name == "shorted_bits":
                    own[:, -1] = 0.0
                found.append((name, own))
        self._names = [name for name, _ in found]
        self._odds = np.concatenate([own.ravel() for _, own in found]) if found else np.zeros(0)

    @property
    def odds_of_any(self) -> float:
        """That an array has a fault at least."""
        with np.errstate(divide="ignore"):
            return float(-np.expm1(np.log1p(-np.minimum(self._odds, 1.0)).sum()))

    def broken(self, rng: np.random.Generator) -> Faults:
        """Faults of an array that has any."""
        sound = np.concatenate([[1.0], np.cumprod(1 - self._odds)])
        first = self._odds * sound[:-1]
        place = int(np.searchsorted(np.cumsum(first), rng.random() * first.sum(), side="right"))
        hit = rng.random(len(self._odds)) < self._odds
        hit[:place] = False
        hit[min(place, len(hit) - 1)] = True
        kinds = list(self._kinds)
        weights = np.array([self._kinds[kind] for kind in kinds]) / max(sum(self._kinds.values()), 1e-300)
        found: dict[str, list[tuple[int, int]]] = {}
        for number in np.flatnonzero(hit):
            which, cell = divmod(int(number), self._shape[0] * self._shape[1])
            name = self._names[which] or kinds[int(rng.choice(len(kinds), p=weights))]
            row, col = divmod(cell, self._shape[1])
            found.setdefault(name, []).append((row, col))
        given: dict[str, Any] = {name: tuple(places) for name, places in found.items()}
        return Faults(**self._numbers, **given)


def together(sound: float, ends: Interval, faulty: Faulty) -> tuple[float, Interval]:
    """Odds of all failures, from those of arrays without faults and of arrays with any.

    The interval has each part's way to its own ends, squared and added (Zou and Donner 2008).
    """
    none, any_ = 1 - faulty.odds, faulty.odds
    value = none * sound + any_ * faulty.share
    low, high = (math.hypot(none * (sound - ends[end]), any_ * (faulty.share - faulty.interval[end])) for end in (0, 1))
    return value, (max(value - low, 0.0), min(value + high, 1.0))

"""Sobol indices: which share of a measure's variance each cause makes, alone and with the others."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy  # loads scipy.special where it is first used
from numpy.typing import NDArray

from pyspice_models.campaign.intervals import CONFIDENCE
from pyspice_models.errors import RequestError

Array = NDArray[np.float64]
_WIDER = 5.0
"""Intervals of n pairs are wider than Student's t makes them by 1 + _WIDER/n: of few pairs the deviation that is found
is too small where some values are large. Set so that those of 30 to 1,000 pairs of five known functions hold; see
tests/campaign/spread/test_causes.py, also for one that it was not set by."""


@dataclass(frozen=True)
class Index:
    """Of one cause in one measure.

    Attributes:
        first: share of the variance that the cause makes by itself.
        total: with all its interactions: the share that would stay if all else were known.
        first_width, total_width: half widths of their intervals with CONFIDENCE, by the jackknife over the pairs.
    """

    first: float
    first_width: float
    total: float
    total_width: float


def check_salib() -> None:
    """Raise RequestError if SALib is not installed."""
    try:
        import SALib  # noqa: F401
    except ImportError:
        raise RequestError(
            "Sobol indices need SALib, which is not installed: pip install 'ag2s-crossbar[sensitivity]'. "
            "Without it: --one-at-a-time."
        ) from None


def sobol_indices(values: Array, parts: Sequence[str]) -> list[Index] | None:
    """By SALib, from the mixtures of pairs of arrays (Saltelli and others 2010; the total index by Jansen).

    Args:
        values: of a measure, shape (pairs, 2 + parts): of the first array, of it with each part of the second, of the
            second. A pair with a value that is not finite is left out.
        parts: names of the causes, each a group of many numbers.

    Returns:
        In the order of the parts; None where the measure does not vary or fewer than two pairs are whole.
    """
    from SALib.analyze import sobol

    whole = values[np.isfinite(values).all(axis=1)]
    if len(whole) < 2 or not np.ptp(whole) > 0:
        return None
    # SALib knows several names as one each; what a group holds, it need not know
    problem = {"num_vars": len(parts), "names": list(parts), "bounds": [[0.0, 1.0]] * len(parts)}
    scaled = (whole - whole.mean()) / np.abs(whole - whole.mean()).max()  # a pure number: squares stay finite
    found: dict[str, Any] = sobol.analyze(problem, scaled.ravel(), calc_second_order=False, num_resamples=2, seed=1)
    columns = (found["S1"], found["ST"], *_widths(scaled))
    return [
        Index(float(first), float(first_width), float(total), float(total_width))
        for first, total, first_width, total_width in zip(*columns, strict=True)
    ]


def _widths(values: Array) -> tuple[Array, Array]:
    """Half widths of the intervals of first and total indices, from what they would be without each pair (jackknife).

    Args:
        values: about their mean, shape (pairs, 2 + parts).
    """
    count = len(values)
    one, mixed, other = values[:, :1], values[:, 1:-1], values[:, -1:]
    without = [
        (part.sum(axis=0) - part) / (count - 1)
        for part in ((one + other) / 2, (one**2 + other**2) / 2, other * (mixed - one), (one - mixed) ** 2 / 2)
    ]
    variance = without[1] - without[0] ** 2
    if not (variance > 0).all():  # all the variance is that of one pair
        return (np.full(mixed.shape[1], np.inf),) * 2
    t = float(scipy.special.stdtrit(count - 1, (1 + CONFIDENCE) / 2)) * (1 + _WIDER / count)
    first, total = (t * np.sqrt((count - 1) * (part / variance).var(axis=0)) for part in without[2:])
    return first, total


def lacking(values: Array) -> int:
    """How many pairs are left out."""
    return int((~np.isfinite(values).all(axis=1)).sum())


def sure(one: Index) -> bool:
    """Whether the total index is more than chance."""
    return math.isfinite(one.total) and one.total - one.total_width > 0

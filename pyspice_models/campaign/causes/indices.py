"""Sobol indices: which share of a measure's variance each cause makes, alone and with the others."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyspice_models.campaign.intervals import CONFIDENCE
from pyspice_models.errors import RequestError

Array = NDArray[np.float64]
_RESAMPLES = 1000


@dataclass(frozen=True)
class Index:
    """Of one cause in one measure.

    Attributes:
        first: share of the variance that the cause makes by itself.
        total: with all its interactions: the share that would stay if all else were known.
        first_width, total_width: half widths of their intervals with CONFIDENCE, by bootstrap over the pairs.
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
    found: dict[str, Any] = sobol.analyze(
        problem, scaled.ravel(), calc_second_order=False, num_resamples=_RESAMPLES, conf_level=CONFIDENCE, seed=1
    )  # fmt: skip
    columns = (found["S1"], found["S1_conf"], found["ST"], found["ST_conf"])
    return [Index(*(float(value) for value in row)) for row in zip(*columns, strict=True)]


def lacking(values: Array) -> int:
    """How many pairs are left out."""
    return int((~np.isfinite(values).all(axis=1)).sum())


def sure(one: Index) -> bool:
    """Whether the total index is more than chance."""
    return math.isfinite(one.total) and one.total - one.total_width > 0

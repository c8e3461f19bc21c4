"""What a reader of fitted numbers must know."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pyspice_models.lab.fit.result import FittedParameter, Part
from pyspice_models.lab.fit.robust import Settled
from pyspice_models.units import show

_WIDE = 0.3  # relative uncertainty from which on a warning is due
_FOLLOW = 0.5
_MANY = 0.05  # outliers


def warnings_of(fitted: Sequence[FittedParameter], settled: Settled, parts: Sequence[Part]) -> tuple[str, ...]:
    """Of estimates, and of what is left of the data."""
    warnings = []
    for p in fitted:
        if p.at_bound:
            warnings.append(f"{p.name} is at the edge of where it is looked for, {show(p.value, p.unit)}")
        if p.profiled and not (np.isfinite(p.low) and np.isfinite(p.high)):
            warnings.append(f"{p.name} is known from one side alone: {p.interval} (68 %)")
        elif p.value and p.name not in {"w0", "x0"} and p.sigma > _WIDE * abs(p.value):
            warnings.append(f"{p.name} is poorly determined: {p.interval} (68 %)")
    if settled.follow > _FOLLOW:
        warnings.append(
            f"neighbouring residuals go together (correlation {settled.follow:.2f}): the model misses something in the "
            f"data, or what pulses do scatters and adds up; the uncertainties are widened {settled.widening:.2g}-fold"
        )
    for part in parts:
        share = float(part.outliers.mean()) if part.outliers.size else 0.0
        if share > _MANY:
            warnings.append(
                f"{part.data.label}: {share:.0%} of the readings count as outliers: look at the picture whether the "
                "fit leaves out a part of the data"
            )
    return tuple(warnings)

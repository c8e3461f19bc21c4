"""How foreign cells differ: each declared parameter for itself, lognormally."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyspice_models.cells.spread import CellSpread
from pyspice_models.declare.quantity import ParameterSet
from pyspice_models.errors import RequestError
from pyspice_models.foreign.spec import Spec

Array = NDArray[np.float64]


def spread_of(spec: Spec) -> CellSpread | None:
    """How cells and cycles differ; None where no parameter has a spread."""
    if not any(one.spread or one.cycle_spread for one in spec.parameters):
        return None
    return CellSpread(partial(_drawn, spec, "spread"), partial(_drawn, spec, "cycle_spread"))


def _drawn(
    spec: Spec, which: str, cell: Mapping[str, Any], spread: ParameterSet, draw: Callable[[str, float], Array]
) -> dict[str, Array]:  # fmt: skip
    """Parameters that differ; a cause is called as its parameter."""
    found = {}
    for one in spec.parameters:
        size = getattr(one, which)
        if not size:
            continue
        values = cell[one.name] * np.exp(size * draw(one.name, size))
        outside = (values < one.low) | (values > one.high)
        if outside.any():
            raise RequestError.for_value(
                f"sampled {one.name}", float(np.asarray(values)[outside].flat[0]), unit=one.unit,
                allowed=f"{one.low:g} to {one.high:g}", advice=f"Make cell.parameters.{one.name}.{which} smaller.",
            )  # fmt: skip
        found[one.name] = values
    return found

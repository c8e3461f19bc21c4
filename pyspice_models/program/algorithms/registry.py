"""The algorithms by name."""

from __future__ import annotations

from collections.abc import Mapping

from pyspice_models.errors import RequestError, nearest
from pyspice_models.program.algorithms.base import Algorithm
from pyspice_models.program.algorithms.history import History
from pyspice_models.program.algorithms.ispp import IncrementalAmplitude
from pyspice_models.program.algorithms.least import LeastDisturb, LeastEnergy
from pyspice_models.program.algorithms.proportional import ProportionalIntegral
from pyspice_models.program.algorithms.reverify import Reverify
from pyspice_models.program.algorithms.row import IncrementalRow
from pyspice_models.program.algorithms.width import WidthModulation

ALGORITHMS: Mapping[str, type[Algorithm]] = {
    kind.name: kind
    for kind in (
        WidthModulation, IncrementalAmplitude, IncrementalRow, ProportionalIntegral, History, Reverify, LeastEnergy,
        LeastDisturb,
    )
}  # fmt: skip
"""By the name that `[programming]` and `ag2s program` call each by."""


def algorithm_named(name: str, where: str = "programming.algorithm") -> type[Algorithm]:
    """The class of an algorithm.

    Raises:
        RequestError: none is called so.
    """
    if name not in ALGORITHMS:
        near = nearest(name, ALGORITHMS)
        advice = f"Did you mean {near!r}?" if near else "Change it and run again."
        raise RequestError.for_value(where, name, allowed=f"one of {', '.join(ALGORITHMS)}", advice=advice)
    return ALGORITHMS[name]

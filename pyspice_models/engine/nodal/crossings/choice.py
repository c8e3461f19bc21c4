"""Which kernel an array's crossings have."""

from __future__ import annotations

from pyspice_models.array import Crossbar
from pyspice_models.cells.selectors.params import ThresholdParams, TransistorParams
from pyspice_models.engine.nodal.crossings.base import Crossings
from pyspice_models.engine.nodal.crossings.own import Own
from pyspice_models.engine.nodal.crossings.with_selectors import Gated, Selected


def crossings_of(crossbar: Crossbar, widest: float) -> Crossings:
    """Devices at all crossings; `widest`: largest voltage between any two sources [V]."""
    population = crossbar.populations[0]
    if isinstance(crossbar.selector, ThresholdParams):
        return Selected(crossbar, population, widest)
    if isinstance(crossbar.selector, TransistorParams):
        return Gated(crossbar, population, widest)
    return Own(crossbar, population, widest)

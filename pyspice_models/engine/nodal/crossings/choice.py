"""Which kernel an array's crossings have."""

from __future__ import annotations

from pyspice_models.array import Crossbar
from pyspice_models.cells.selectors.params import ThresholdParams, TransistorParams
from pyspice_models.engine.nodal.crossings.base import Crossings
from pyspice_models.engine.nodal.crossings.own import Own
from pyspice_models.engine.nodal.crossings.with_selectors import Gated, Selected


def crossings_of(crossbar: Crossbar, widest: float) -> Crossings:
    """Devices at all crossings; `widest`: largest voltage between any two sources [V]."""
    kinds = {ThresholdParams: Selected, TransistorParams: Gated}
    kind = kinds.get(type(crossbar.selector), Own)
    return kind(crossbar, crossbar.populations[0], widest)

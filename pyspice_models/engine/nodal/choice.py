"""Which kernel stands at the crossings of an array."""

from __future__ import annotations

from pyspice_models.array import Crossbar
from pyspice_models.cells.selectors.params import ThresholdParams, TransistorParams
from pyspice_models.engine.nodal.crossings.base import Crossings
from pyspice_models.engine.nodal.crossings.own import Own
from pyspice_models.engine.nodal.crossings.with_selectors import Gated, Selected
from pyspice_models.engine.nodal.kernel import by_objects, joined


def crossings_of(crossbar: Crossbar, widest: float) -> Crossings:
    """The devices of all crossings; `widest`: largest voltage between any two sources [V].

    Raises:
        RequestError: compiled Verilog-A that cannot be called.
    """
    if joined(crossbar):
        from pyspice_models.engine.nodal.joined.objects import Joined

        return Joined(crossbar, crossbar.populations)
    if by_objects(crossbar):
        from pyspice_models.engine.nodal.osdi.objects import Osdi

        return Osdi(crossbar, crossbar.populations)
    if isinstance(crossbar.selector, ThresholdParams):
        return Selected(crossbar, crossbar.populations[0], widest)
    if isinstance(crossbar.selector, TransistorParams):
        return Gated(crossbar, crossbar.populations[0], widest)
    return Own(crossbar, crossbar.populations[0], widest)

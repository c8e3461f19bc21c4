"""Which kernel stands at the crossings of an array."""

from __future__ import annotations

from typing import Any

from pyspice_models.array import Crossbar
from pyspice_models.cells.selectors.params import ThresholdParams, TransistorParams
from pyspice_models.engine.nodal.crossings.base import Crossings
from pyspice_models.engine.nodal.crossings.own import Own, conductances
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


def hold(crossings: Crossings, held: Any) -> None:
    """Let a moment of other devices, which differ from these in parameters, be one of these, with the same states."""
    if isinstance(crossings, Own):
        conductances(crossings.devices.table, held)
    elif isinstance(crossings, Selected | Gated):
        crossings.hold(held)


def restarted(crossings: Crossings, crossbar: Crossbar) -> Crossings:
    """The same devices in the initial states of a crossbar that differs from theirs in these alone."""
    if not isinstance(crossings, Own | Selected | Gated):  # each object has its states among its parameters
        return crossings_of(crossbar, 0.0)
    cells, one = crossings.cells, crossbar.populations[0]
    cells.w0, cells.x0 = (one.values(state.initial).ravel() for state in one.model.states)
    return crossings

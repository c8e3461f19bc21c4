"""Which kernel stands at the crossings of an array."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyspice_models.array import Crossbar
from pyspice_models.cells.selectors.params import ThresholdParams, TransistorParams
from pyspice_models.engine.nodal.crossings import own
from pyspice_models.engine.nodal.crossings.base import Crossings
from pyspice_models.engine.nodal.crossings.in_series import rest_paths
from pyspice_models.engine.nodal.crossings.own import Own
from pyspice_models.engine.nodal.crossings.with_selectors import Gated, Selected
from pyspice_models.engine.nodal.kernel import by_objects, joined

Array = NDArray[np.float64]


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
        own.conductances(crossings.devices.table, held)
    elif isinstance(crossings, Selected | Gated):
        crossings.hold(held)


def restarted(crossings: Crossings, crossbar: Crossbar) -> Crossings:
    """The same devices in the initial states of a crossbar that differs from theirs in these alone."""
    if not isinstance(crossings, Own | Selected | Gated):  # each object has its states among its parameters
        return crossings_of(crossbar, 0.0)
    cells, one = crossings.cells, crossbar.populations[0]
    cells.w0, cells.x0 = (one.values(state.initial).ravel() for state in one.model.states)
    return crossings


def moved_states(crossings: Crossings, held: Any, changes: Mapping[str, Array]) -> bool:
    """Add to the states of a moment, by name, shape (place,), with all charges as they are.

    False, and nothing done, where a kernel's states are charges themselves.
    """
    if not isinstance(crossings, Own | Selected | Gated):
        return False
    w, x = (changes[state.name] for state in crossings.cells.population.model.states)
    if isinstance(crossings, Own):
        held.w[:] += w
        held.x[:] += x
        own.conductances(crossings.devices.table, held)
        return True
    kernel: Any = crossings.functions
    now = held if isinstance(crossings, Selected) else held.places
    now[:, kernel.W] += w
    now[:, kernel.X] += x
    rest_paths(crossings.devices.cells, now, kernel.W, kernel.X, kernel.G_INT, kernel.G_FIL, kernel.G_CELL)
    return True

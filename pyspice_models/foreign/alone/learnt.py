"""What closed-loop programming reckons with of a foreign cell: learnt from a set and a reset pulse on a lone cell."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pyspice_models.cells.soft_bounds import SoftBounds
from pyspice_models.declare.quantity import ParameterSet
from pyspice_models.errors import RequestError
from pyspice_models.foreign.equations import ForeignEquations, shown_over
from pyspice_models.foreign.osdi import respond
from pyspice_models.foreign.spec import Spec
from pyspice_models.units import show

Array = NDArray[np.float64]

_EXPONENTS = np.linspace(0.02, 0.98, 49)
_FIRST, _LAST, _FACTOR = 1e-10, 1.0, 16.0
_SEEN, _MOVED = 0.9, 0.02
_INSIDE = (0.02, 0.98)


def soft_bounds(spec: Spec, cell: ParameterSet, temperature: float, voltage: float) -> SoftBounds:
    """Rates and exponent that follow the conductance of a lone cell under pulses of this size [V].

    The cell is set from level 0 and reset from 1 behind an ideal source, for as long as it takes to come nine tenths
    of the way between the conductances of both, at the read voltage; d(share)/dt = rate (1 - share)^p is fitted to what
    it did. A cell whose conductance moves otherwise is programmed by more pulses: the loop learns from each.

    Raises:
        RequestError: a cell without states, or one that hardly moves in 10 s at this voltage.
        SimulationError: the module cannot be followed.
    """
    if not spec.level:
        raise RequestError(f"closed-loop programming sets a level, and the cell {spec.module!r} declares no state.")
    return _learnt(spec, cell, temperature, abs(voltage))


@lru_cache(maxsize=256)
def _learnt(spec: Spec, cell: ParameterSet, temperature: float, voltage: float) -> SoftBounds:
    ways = [way(spec, cell, temperature, sign * voltage) for sign in (1.0, -1.0)]
    # one exponent for both: that which follows them best together
    misses = [sum(_fitted(time, left, p)[1] for time, left in ways) for p in _EXPONENTS]
    best = float(_EXPONENTS[int(np.argmin(misses))])
    rates = [_fitted(time, left, best)[0] for time, left in ways]
    return SoftBounds((rates[0], rates[1]), best)


def way(spec: Spec, cell: ParameterSet, temperature: float, voltage: float) -> tuple[Array, Array]:
    """Times [s], and how much of its way the read conductance has left then, from 1 on, under a voltage [V].

    Raises:
        RequestError: it hardly moves within a second or so.
    """
    begin = 0.0 if voltage > 0 else 1.0
    level = next(state for state in spec.states if state.name == spec.level)
    own = cell.as_dict() | {state.initial: 0.0 for state in spec.states} | {level.initial: begin}
    written, equations = spec.written(own), ForeignEquations(spec, cell, temperature)

    def conductance(*states: ArrayLike) -> Array:
        return np.asarray(equations.conductance(spec.read_voltage, *states))

    ends = [conductance(*(end if state is level else 0.0 for state in spec.states)) for end in (begin, 1.0 - begin)]
    width = _FIRST
    while True:
        times, volts = [0.0, width * 1e-4, width], [0.0, voltage, voltage]
        run = respond(
            spec.compiled, spec.terminals, times, volts, written, start=spec.starts(written), temperature=temperature
        )[0]  # fmt: skip
        states = [np.clip(shown_over(spec, state, written, run.nodes, temperature), 0.0, 1.0) for state in spec.states]
        left = 1.0 - (conductance(*states) - ends[0]) / (ends[1] - ends[0])
        if left[-1] <= 1.0 - _SEEN or width >= _LAST:
            break
        width *= _FACTOR
    if left[-1] > 1.0 - _MOVED:
        raise RequestError(
            f"the conductance of the cell {spec.module!r} hardly moves under {show(voltage, 'V')}: by "
            f"{1 - float(left[-1]):.2g} of its window in {show(width, 's')}. Program it with a larger voltage."
        )
    return run.time, np.clip(left, 0.0, 1.0)


def _fitted(time: Array, left: Array, p: float) -> tuple[float, float]:
    """The rate that makes left^(1 - p) fall straight from 1, and the mean square of what it misses of `left`."""
    there = (left > _INSIDE[0]) & (left < _INSIDE[1])
    if there.sum() < 3:
        there = left < 1.0
    t, remaining = time[there], left[there]
    fallen = 1.0 - remaining ** (1 - p)
    slope = float((t * fallen).sum() / (t * t).sum())
    told = np.clip(1.0 - slope * t, 0.0, None) ** (1 / (1 - p))
    return slope / (1 - p), float(np.square(told - remaining).mean())

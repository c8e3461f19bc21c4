"""What an imposed voltage does to the states of cells: no circuit around them, no charge, no energy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import scipy  # loads scipy.integrate, a tenth of a second, where it is first used
from numpy.typing import ArrayLike, NDArray

from pyspice_models.cells.ag2s.equations import Equations
from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.errors import SimulationError
from pyspice_models.numeric import real_array

Array = NDArray[np.float64]

_RTOL, _ATOL = 1e-6, 1e-9
_STEPS = 100_000  # of one plateau at most: one in which a state comes to its bound takes more than the usual 500


def states_after(
    cell: CellParams,
    per_cell: Mapping[str, ArrayLike],
    times: ArrayLike,
    voltages: ArrayLike,
    *,
    temperature: float = 300.0,
) -> tuple[Array, Array]:
    """Change of w and x of N cells, each on a piecewise-linear ideal source; see `simulate_many` for a real one.

    Args:
        cell: parameters common to all cells.
        per_cell: parameters that differ, by name, arrays of shape (N,), among them the initial states w0 and x0.
        times, voltages: corners of the source, shape (corner,) [s], [V].
        temperature: of all cells [K].

    Returns:
        Changes from the first to the last corner, each of shape (N,).

    Raises:
        RequestError: masked, complex or no numbers.
        SimulationError: the integrator gave up.
    """
    t, v = real_array(times, "s", name="times"), real_array(voltages, "V", name="voltages")
    own: dict[str, Any] = {name: real_array(values, name=f"per_cell.{name}") for name, values in per_cell.items()}
    start = np.concatenate([own["w0"], own["x0"]])
    half = len(own["w0"])
    if half == 1:  # numbers instead of arrays of one, which take NumPy several times as long
        own = {name: float(values.item()) for name, values in own.items()}
    equations = Equations(replace(cell, **own), temperature)
    states = start
    for (begin, low), (end, high) in pairwise(zip(t.tolist(), v.tolist(), strict=False)):
        length = end - begin

        # time counts from the corner: an edge is as fine after a day as at the start
        def rates(since: float, y: Array, part: tuple[float, ...] = (length, low, high)) -> Array:
            whole, from_, to = part
            volt = from_ + (to - from_) * since / whole
            if half == 1:
                return np.array(equations.rates(volt, y[0], y[1]))
            return np.concatenate(equations.rates(volt, y[:half], y[half:]))

        # every state depends on itself alone
        found, told = scipy.integrate.odeint(
            rates, states, [0.0, length], tfirst=True, rtol=_RTOL, atol=_ATOL, ml=0, mu=0, mxstep=_STEPS,
            full_output=True,
        )  # fmt: skip
        states = found[-1]
        if told["message"] != "Integration successful." or not np.isfinite(states).all():
            raise SimulationError(
                f"a cell's states cannot be followed from {begin:g} s to {end:g} s: {told['message']}"
            )
    change = equations.clip(states.reshape(2, half)) - equations.clip(start.reshape(2, half))
    return change[0], change[1]

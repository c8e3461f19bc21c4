"""Lone cells: what an imposed voltage does to their states, and one cell behind a resistor, for any cell's equations.

`states_after` knows no circuit: many cells, each on an ideal source. `simulate` is one cell on the bench of
`stimulus/cell_bench.py`: source, resistor, node with a capacitance, cell.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import scipy  # loads scipy.integrate, a tenth of a second, where it is first used
from numpy.typing import ArrayLike, NDArray

from pyspice_models.cells.equations import CellEquations
from pyspice_models.cells.model import CellModel
from pyspice_models.declare.quantity import ParameterSet
from pyspice_models.errors import RequestError, SimulationError
from pyspice_models.numeric import real_array

Array = NDArray[np.float64]

_RTOL, _ATOL = 1e-6, 1e-9
_STEPS = 100_000  # of one plateau at most: one in which a state comes to its bound takes more than the usual 500


def states_after(
    equations: Callable[[Any, float], CellEquations],
    initial: Sequence[str],
    cell: ParameterSet,
    per_cell: Mapping[str, ArrayLike],
    times: ArrayLike,
    voltages: ArrayLike,
    *,
    temperature: float = 300.0,
) -> tuple[Array, ...]:
    """Changes of the states of N cells, each on a piecewise-linear ideal source: no circuit, no charge, no energy.

    Args:
        equations: of the cells, from parameters and temperature; the rate of a state depends on no other state.
        initial: parameters of the initial states, in the order of the rates.
        cell: parameters common to all cells.
        per_cell: parameters that differ, by name, arrays of shape (N,), among them the initial states.
        times, voltages: corners of the source, shape (corner,) [s], [V].
        temperature: of all cells [K].

    Returns:
        Changes from the first to the last corner, each of shape (N,), in the order of `initial`.

    Raises:
        RequestError: masked, complex or no numbers.
        SimulationError: the integrator gave up.
    """
    t, v = real_array(times, "s", name="times"), real_array(voltages, "V", name="voltages")
    own: dict[str, Any] = {name: real_array(values, name=f"per_cell.{name}") for name, values in per_cell.items()}
    solved = equations(replace(cell, **own), temperature)
    start = np.array([own[name] for name in initial])
    states = start.ravel()
    for begin, end, low, high in zip(t, t[1:], v, v[1:], strict=False):
        length = end - begin

        # time counts from the corner: an edge is as fine after a day as at the start
        def rates(since: float, y: Array, part: tuple[float, ...] = (length, low, high)) -> Array:
            whole, from_, to = part
            return np.concatenate(solved.rates(from_ + (to - from_) * since / whole, *y.reshape(start.shape)))

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
    return tuple(solved.clip(states.reshape(start.shape)) - solved.clip(start))


@dataclass(frozen=True)
class LoneRun:
    """Waves of one cell on a bench, each of shape (time,), SI units.

    Attributes:
        time: [s].
        source, v: voltage of the source and across the cell [V].
        i: conduction current of the cell [A].
        states: in [0, 1], by name.
        loss: energy dissipated in the cell since the start [J].
    """

    time: Array
    source: Array
    v: Array
    i: Array
    states: Mapping[str, Array]
    loss: Array


def simulate(
    model: CellModel,
    cell: ParameterSet,
    times: ArrayLike,
    voltages: ArrayLike,
    *,
    series_resistance: float,
    c_node: float = 1e-14,
    temperature: float = 300.0,
    tolerance: float = 1e-6,
) -> LoneRun:
    """One cell behind a resistor on a piecewise-linear source, by its equations and an implicit integrator.

    Args:
        model: of the cell; one with a slow branch has a twin of its own.
        cell: parameters, initial states among them.
        times, voltages: corners of the source, shape (corner,) [s], [V].
        series_resistance: between source and cell [ohm], above 0.
        c_node: of the node between them, beside the cell's own capacitance [F].
        temperature: [K].
        tolerance: relative, of one step; absolute it is a hundredth of that.

    Raises:
        RequestError: a cell without equations, one with a slow branch, or no resistor.
        SimulationError: the integrator gave up.
    """
    if model.slow_branch is not None:
        raise RequestError(f"the cell {model.name!r} has a slow branch: use its own twin")
    if not series_resistance > 0:
        raise RequestError.for_value("series_resistance", series_resistance, unit="ohm", allowed="> 0")
    solved = model.solved(cell, temperature, asked="a lone cell's simulation")
    t, v = real_array(times, "s", name="times"), real_array(voltages, "V", name="voltages")
    capacitance = float(solved.c_geo) + c_node
    start = [float(v[0]), *(getattr(cell, name) for name in model.initial), 0.0]
    parts: list[Array] = []
    for begin, end, low, high in zip(t, t[1:], v, v[1:], strict=False):
        length = float(end - begin)

        def slope(since: float, y: Array, part: tuple[float, ...] = (length, low, high)) -> list[float]:
            whole, from_, to = part
            across, states = y[0], y[1:-1]
            current = float(solved.current(across, *states))
            into = (from_ + (to - from_) * since / whole - across) / series_resistance - current
            return [into / capacitance, *(float(rate) for rate in solved.rates(across, *states)), across * current]

        scale = np.array([1.0, *(1.0 for _ in model.initial), 1e-15])
        found = scipy.integrate.solve_ivp(
            slope, (0.0, length), start, "LSODA", rtol=tolerance, atol=1e-2 * tolerance * scale, max_step=length / 20
        )
        if not found.success or not np.isfinite(found.y).all():
            raise SimulationError(f"a lone cell cannot be followed from {begin:g} s to {end:g} s: {found.message}")
        start = list(found.y[:, -1])
        parts.append(np.vstack([begin + found.t, found.y])[:, (1 if parts else 0) :])
    time, across, *states, loss = np.hstack(parts)
    return LoneRun(
        time, np.interp(time, t, v), across, np.asarray(solved.current(across, *states)),
        {state.name: solved.clip(values) for state, values in zip(model.states, states, strict=True)}, loss,
    )  # fmt: skip

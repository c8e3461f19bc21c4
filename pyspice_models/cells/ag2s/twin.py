"""The twin: the cell in NumPy, one cell or many at once, on piecewise-linear sources.

`simulate` runs one cell; `simulate_many` runs cells that know nothing of each other, side by side; `simulate_chain`
runs consecutive cycles of one cell side by side, each starting where the one before it ended.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pyspice_models.cells.ag2s.derived import check_cell
from pyspice_models.cells.ag2s.equations import Equations
from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.cells.ag2s.rosenbrock import Bench, integrate
from pyspice_models.declare.quantity import refuse_unknown
from pyspice_models.errors import RequestError, SimulationError
from pyspice_models.numeric import real_array
from pyspice_models.units import number

Array = NDArray[np.float64]

TOLERANCE = 1e-5
"""Error of a state [1] or a voltage [V] that one time step may make."""

_MEETS = 1e-5  # states at which one cycle ends and the next one starts agree within this


@dataclass(frozen=True)
class TwinRun:
    """Waves of one cell, each of shape (time,), SI units.

    Attributes:
        time: [s].
        v_source, v, v_ion: source, cell and ionic capacitance [V].
        i: current into the cell, displacement included [A].
        w, x: states in [0, 1].
        p: dissipated power [W].
        loss: energy dissipated since the start [J]; integrated with the states, better than a sum over `p`.
        stored: energy in the capacitances [J].
    """

    time: Array
    v_source: Array
    v: Array
    v_ion: Array
    i: Array
    w: Array
    x: Array
    p: Array
    loss: Array
    stored: Array


def simulate(
    cell: CellParams,
    times: ArrayLike,
    voltages: ArrayLike,
    *,
    series_resistance: float = 0.0,
    i_limit: float = np.inf,
    temperature: float = 300.0,
    max_step: float = np.inf,
    tolerance: float = TOLERANCE,
) -> TwinRun:
    """Run one cell, behind a resistor if asked, on a piecewise-linear voltage source.

    The electrode voltage follows the source at once: the charging of the geometric capacitance through the resistor
    (femtoseconds to nanoseconds) is left out of the kinetics and kept in the current.

    Args:
        cell: parameters; w0 and x0 are the initial states.
        times, voltages: corners of the source, shape (corner,) [s], [V].
        series_resistance: of the source [ohm], >= 0.
        i_limit: current compliance [A]: the resistor R carries dv/R / sqrt(1 + (dv/(R i_limit))^2).
        temperature: [K].
        max_step: longest time step [s].
        tolerance: error of a state or a voltage in one step.

    Raises:
        RequestError: corners not finite or not increasing in time, a negative resistance, a limit without a resistor.
        SimulationError: the integrator gave up; the message tells when.
    """
    return simulate_many(
        cell, {}, times, voltages, series_resistance=series_resistance, i_limit=i_limit, temperature=temperature,
        max_step=max_step, tolerance=tolerance,
    )[0]  # fmt: skip


def simulate_many(
    cell: CellParams,
    per_cell: Mapping[str, ArrayLike],
    times: ArrayLike,
    voltages: ArrayLike,
    *,
    series_resistance: ArrayLike = 0.0,
    i_limit: ArrayLike = np.inf,
    temperature: float = 300.0,
    max_step: float = np.inf,
    tolerance: float = TOLERANCE,
) -> list[TwinRun]:
    """Run N cells side by side, each with its own time steps; see `simulate`.

    Args:
        cell: parameters common to all cells.
        per_cell: parameters that differ, by name: arrays of shape (N,). Any parameter may differ.
        times, voltages: corners of the sources, shape (corner,) for all cells or (N, corner) [s], [V].
        series_resistance, i_limit: a number or shape (N,) [ohm], [A].
        temperature: of all cells [K].
        max_step, tolerance: as in `simulate`.

    Returns:
        The runs in the order of the arrays; their time points differ.

    Raises:
        RequestError: as in `simulate`, and for an unknown parameter or arrays of different lengths.
        SimulationError: the integrator gave up; the message tells in which column and when.
    """
    bench, w, x = _bench(cell, per_cell, times, voltages, series_resistance, i_limit, temperature)
    points = integrate(bench, bench.start(w, x), tolerance=tolerance, max_step=max_step)
    return [_waves(bench, n, p) for n, p in enumerate(points)]


def simulate_chain(
    cell: CellParams,
    per_cycle: Mapping[str, ArrayLike],
    times: ArrayLike,
    voltages: ArrayLike,
    *,
    series_resistance: ArrayLike = 0.0,
    i_limit: ArrayLike = np.inf,
    temperature: float = 300.0,
    max_step: float = np.inf,
    tolerance: float = TOLERANCE,
) -> list[TwinRun]:
    """Run N consecutive cycles of one cell: the states at the end of a cycle are those at the start of the next.

    The cycles run side by side from guessed starts and again from the ends found, until every cycle starts where the
    one before it ended, within 1e-5 of each state. Cycles that forget their start, as those that go from one end of
    the window to the other do, need a few rounds; the worst case is one round per cycle.

    Args:
        cell: parameters; w0 and x0 are the states before the first cycle.
        per_cycle: parameters that differ from cycle to cycle, arrays of shape (N,); w0 and x0 are not among them.
        times, voltages: corners of the sources, shape (corner,) or (N, corner); each cycle has its own time from the
            first to the last corner, and ends at the voltage and time scale at which the next one starts.
        series_resistance, i_limit, temperature, max_step, tolerance: as in `simulate_many`.

    Raises:
        RequestError: as in `simulate_many`, and where a cycle does not end at the next one's starting voltage.
        SimulationError: as in `simulate_many`.
    """
    for name in {"w0", "x0"} & set(per_cycle):
        raise RequestError(
            f"per_cycle.{name} is refused: a cycle starts where the one before it ended; set cell.{name}"
        )
    bench, w, x = _bench(cell, per_cycle, times, voltages, series_resistance, i_limit, temperature)
    count = len(w)
    if not np.allclose(bench.voltages[:-1, -1], bench.voltages[1:, 0], rtol=0, atol=1e-9):
        raise RequestError("every cycle must end at the voltage at which the next one starts [V]")
    start = bench.start(w, x)
    points: list[Array] = [np.empty((6, 0))] * count
    todo = np.arange(count)
    for _ in range(count + 1):
        part = _select(bench, todo)
        for n, found in zip(todo, integrate(part, start[:, todo], tolerance=tolerance, max_step=max_step), strict=True):
            points[n] = found
        ends = np.array([p[1:, -1] for p in points]).T
        ends[3] = 0.0  # every cycle counts its own loss
        apart = np.abs(ends[:3, :-1] - start[:3, 1:]).max(axis=0) > _MEETS
        if not apart.any():
            return [_waves(bench, n, p) for n, p in enumerate(points)]
        todo = 1 + np.flatnonzero(apart)
        start[:, todo] = ends[:, todo - 1]
    raise SimulationError("the cycles of a chain do not meet; give a tighter tolerance")


def go_on(
    before: TwinRun,
    cell: CellParams,
    times: ArrayLike,
    voltages: ArrayLike,
    *,
    temperature: float = 300.0,
    max_step: float = np.inf,
    tolerance: float = TOLERANCE,
) -> TwinRun:
    """Run a cell, without a resistor, from where a run of it ended, charged as it was then, its loss going on.

    Args:
        before: the earlier run.
        cell: parameters; w0 and x0 are the states now, which may be others than at its end.
        times, voltages, temperature, max_step, tolerance: see `simulate`.

    Raises:
        RequestError, SimulationError: see `simulate`.
    """
    bench, w, x = _bench(cell, {}, times, voltages, 0.0, np.inf, temperature)
    held = [one[-1:] for one in (before.v_ion, before.loss, before.v)]
    start = np.array([w, x, *held])
    return _waves(bench, 0, integrate(bench, start, tolerance=tolerance, max_step=max_step)[0])


def _bench(
    cell: CellParams,
    per_cell: Mapping[str, ArrayLike],
    times: ArrayLike,
    voltages: ArrayLike,
    series_resistance: ArrayLike,
    i_limit: ArrayLike,
    temperature: float,
) -> tuple[Bench, Array, Array]:
    """Checked columns, and their initial states."""
    t, v = real_array(times, "s", name="times"), real_array(voltages, "V", name="voltages")
    if t.shape[-1:] != v.shape[-1:] or not 1 <= t.ndim <= 2 or not 1 <= v.ndim <= 2 or t.shape[-1] < 2:
        raise RequestError("the source needs at least two corners, as many times [s] as voltages [V]")
    if not (np.isfinite(t).all() and np.isfinite(v).all() and (np.diff(t) > 0).all()):
        raise RequestError("the corners of the source must be finite, with increasing times [s]")
    r = real_array(series_resistance, "ohm", name="series_resistance")
    limit = real_array(i_limit, "A", name="i_limit")  # inf for none
    if not (np.isfinite(r) & (r >= 0)).all():
        raise RequestError.for_value("series_resistance", series_resistance, unit="ohm", allowed=">= 0")
    if not (limit > 0).all() or (np.isfinite(limit) & (r == 0)).any():
        raise RequestError.for_value("i_limit", i_limit, unit="A", allowed="> 0, behind a series_resistance > 0")
    for name in per_cell:
        refuse_unknown(name, CellParams.quantities(), "per_cell")
    own = {name: real_array(values, name=f"per_cell.{name}") for name, values in per_cell.items()}
    temperature = number(temperature, "K", name="temperature")
    try:
        shape = np.broadcast_shapes(
            (1,), *(a.shape for a in own.values()), r.shape, limit.shape, t.shape[:-1], v.shape[:-1]
        )
    except ValueError:
        raise RequestError("the arrays of per-cell values differ in length") from None
    if len(shape) != 1:
        raise RequestError("per-cell values are numbers or arrays of one dimension")
    columns = _with(cell, {name: np.broadcast_to(a, shape) for name, a in own.items()})
    check_cell(columns, temperature)
    with np.errstate(divide="ignore", invalid="ignore"):
        per_limit = np.where(np.isfinite(limit), 1 / (r * limit), 0.0)
    bench = Bench(
        eq=Equations(columns, temperature),
        times=np.broadcast_to(t, (*shape, t.shape[-1])),
        voltages=np.broadcast_to(v, (*shape, t.shape[-1])),
        r=np.broadcast_to(r, shape),
        per_limit=np.broadcast_to(per_limit, shape),
    )
    return bench, np.broadcast_to(columns.w0, shape).astype(float), np.broadcast_to(columns.x0, shape).astype(float)


def _select(bench: Bench, columns: Any) -> Bench:
    """The bench with some of its columns."""
    own = {name: np.asarray(a)[columns] for name, a in bench.eq.cell.as_dict().items() if np.ndim(a)}
    return Bench(
        eq=Equations(_with(bench.eq.cell, own), bench.eq.temperature),
        times=bench.times[columns],
        voltages=bench.voltages[columns],
        r=bench.r[columns],
        per_limit=bench.per_limit[columns],
    )


def _with(cell: CellParams, own: Mapping[str, Any]) -> CellParams:
    """The parameters with arrays for some of them; the checks of the declarations hold for arrays too."""
    return dataclasses.replace(cell, **own)


def _waves(bench: Bench, n: int, points: Array) -> TwinRun:
    time, w, x, v_ion, loss, v = points
    eq = _select(bench, n).eq
    return TwinRun(
        time=time,
        v_source=np.interp(time, bench.times[n], bench.voltages[n]),
        v=v,
        v_ion=v_ion,
        i=eq.current(v, w, x) + eq.ionic(v, v_ion) + eq.c_geo * np.gradient(v, time),
        w=eq.clip(w),
        x=eq.clip(x),
        p=eq.power(v, v_ion, w, x),
        loss=loss,
        stored=eq.stored(v, v_ion),
    )

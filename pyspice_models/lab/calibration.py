"""How the calibrated parameters were found: experiments on the twin, and the values that meet the published targets.

Every experiment is a function from parameters to one number. `calibrate` solves for the parameters that are marked
`calibrated_to` in cells/ag2s/params.py; a test re-derives the committed values with it. Nothing here is used in a
simulation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq, fsolve

from pyspice_models.cells.ag2s.equations import Equations
from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.cells.ag2s.twin import simulate, simulate_many
from pyspice_models.errors import SimulationError

Array = NDArray[np.float64]

PULSE, WIDTH, EDGE, GAP = 0.3, 1e-6, 10e-9, 1e-6  # write pulse of Table S1 [V], [s]; edges and gaps are assumed
READ = 5e-3  # [V] S14
TARGETS = {
    "energy": 15e-15,  # [J] Table S1
    "asymmetry": 0.25,  # S15
    "sym_point": 0.27,  # Note S2
    "potentiation_window": 1.0,  # S15: 30 pulses span the window
    "recovery": 5e-6,  # [s] Note S1
    "vth_200": 0.1,  # [V] Table S1, S13
}


def pulse_corners(levels: Iterable[float], *, rest: float = 0.0, first: float = GAP) -> tuple[Array, Array]:
    """Corners of a train of pulses, WIDTH wide at half height, GAP apart: times [s], voltages [V]."""
    times, voltages, start = [0.0], [rest], first
    for level in levels:
        times += [start, start + EDGE, start + WIDTH, start + WIDTH + EDGE]
        voltages += [rest, level, level, rest]
        start += WIDTH + EDGE + GAP
    return np.array([*times, start]), np.array([*voltages, rest])


def pulse_train(cell: CellParams, levels: ArrayLike) -> tuple[Array, Array]:
    """Interface state after each pulse, and energy that each dissipates in the cell up to the next [1], [J]."""
    times, voltages = pulse_corners(np.asarray(levels, dtype=float))
    run = simulate(cell, times, voltages)
    at = np.searchsorted(run.time, [*times[1::4]])  # corners are time points
    return run.w[at][1:], np.diff(run.loss[at])


def energy(cell: CellParams) -> float:
    """Mean energy of 30 set pulses from the bottom of the window [J]."""
    return float(pulse_train(cell.replace(w0=0.0, x0=0.0), [PULSE] * 30)[1].mean())


def potentiation_window(cell: CellParams) -> float:
    """Share of the window that 30 set pulses from the bottom cover."""
    clip = Equations(cell).clip
    return float(pulse_train(cell.replace(w0=0.0, x0=0.0), [PULSE] * 30)[0][-1] - clip(0.0))


def asymmetry(cell: CellParams) -> float:
    """(d- - d+)/(d- + d+) of one down and one up pulse, each from w = 0.5; d+ and d- are changes of w."""
    times, up = pulse_corners([PULSE])
    runs = simulate_many(cell.replace(w0=0.5, x0=0.0), {}, times, np.array([up, -up]))
    rise, fall = runs[0].w[-1] - 0.5, 0.5 - runs[1].w[-1]
    return float((fall - rise) / (fall + rise))


def symmetric_point(cell: CellParams, starts: ArrayLike = (0.05, 0.5, 0.95), pairs: int = 60) -> Array:
    """Where alternating up and down pulses lead from each start: mean of w after the last up and down pulse."""
    times, voltages = pulse_corners([PULSE, -PULSE] * pairs)
    runs = simulate_many(cell.replace(x0=0.0), {"w0": starts}, times, voltages)
    ends = [run.w[np.searchsorted(run.time, [times[-6], times[-1]])] for run in runs]
    return np.mean(ends, axis=1)


def balance_point(cell: CellParams) -> float:
    """What `symmetric_point` tends to after many pairs: mean of w after up and down of the pair that repeats itself."""
    starts = np.linspace(0.1, 0.5, 41)
    times, voltages = pulse_corners([PULSE, -PULSE])
    runs = simulate_many(cell.replace(x0=0.0), {"w0": starts}, times, voltages)
    up, down = np.array([run.w[np.searchsorted(run.time, [times[-6], times[-1]])] for run in runs]).T
    # a pair raises a low start and lowers a high one
    return float(np.interp(0.0, starts - down, 0.5 * (up + down)))


def recovery(cell: CellParams) -> float:
    """Time from a write pulse's end (half height) until the read current stays within 5 % of its final value [s].

    The cell starts at w = 0.27 and is read at 5 mV before and after the pulse. The displacement current of the
    geometric capacitance is over with the edge and is left out.
    """
    times, voltages = pulse_corners([PULSE], rest=READ, first=1e-9)
    times[-1] = times[-2] + 100e-6
    run = simulate(cell.replace(w0=0.27, x0=0.0), times, voltages)
    eq = Equations(cell)
    current = eq.current(run.v, run.w, run.x) + (run.v - run.v_ion) / eq.r_ion
    off = np.log(np.abs(current / current[-1] - 1) + 1e-12)
    last = int(np.flatnonzero((off > np.log(0.05)) & (run.time >= times[-2]))[-1])
    settled = np.interp(-np.log(0.05), -off[last : last + 2], run.time[last : last + 2])
    return float(settled - (times[-2] - EDGE / 2))


def set_threshold(cell: CellParams, thickness: float) -> float:
    """Source voltage at which the current first exceeds 1 uA on a 0.1 V/s ramp to 1 V behind 1 kohm [V].

    Raises:
        SimulationError: the cell does not set up to 1 V.
    """
    run = simulate(cell.replace(x0=0.0, thickness=thickness), [0.0, 10.0], [0.0, 1.0], series_resistance=1e3)
    if run.i.max() <= 1e-6:
        raise SimulationError(f"a cell of {thickness:g} m does not set up to 1 V on a 0.1 V/s ramp")
    first = int(np.argmax(run.i > 1e-6))
    span = slice(first - 1, first + 1)
    return float(np.interp(np.log(1e-6), np.log(run.i[span]), run.v_source[span]))


def calibrate(start: CellParams | None = None) -> CellParams:
    """The parameters with every `calibrated_to` value solved for; all others are those of `start`."""
    cell = start or CellParams()
    # 30 pulses fill the window of a power-law soft bound: rate_int_set = 1/(30 (1 - p) WIDTH), with p from two targets
    cell = _solve_bounds(cell)
    # the ionic branch takes a little of the energy, the window decides what 5 % of the read current are: in turns
    for _ in range(2):
        cell = _solve(cell, lambda c, v: c.replace(r_ion=v), recovery, TARGETS["recovery"], cell.r_ion, 1.5)
        cell = _solve(cell, _window, energy, TARGETS["energy"], cell.g_int_max, 1.5)
    return _solve(
        cell, lambda c, v: c.replace(rate_fil_set=v), lambda c: set_threshold(c, 200e-9), TARGETS["vth_200"],
        cell.rate_fil_set, 10.0,
    )  # fmt: skip


def _window(cell: CellParams, g_max: float) -> CellParams:
    return cell.replace(g_int_max=g_max, g_int_min=g_max / 10)


def _solve_bounds(cell: CellParams) -> CellParams:
    """Exponent of the soft bounds and ratio of the rates that give the symmetric point and the asymmetry."""

    def with_values(values: Array) -> CellParams:
        p, ratio = float(values[0]), float(values[1])
        rate = 1 / (30 * (1 - p) * WIDTH)
        return cell.replace(p_int=p, rate_int_set=rate, rate_int_reset=ratio * rate)

    def miss(values: Array) -> list[float]:
        changed = with_values(values)
        return [asymmetry(changed) - TARGETS["asymmetry"], balance_point(changed) - TARGETS["sym_point"]]

    # where the pulses are infinitely small: 5/3 and ln(5/3)/ln(0.73/0.27)
    found = fsolve(miss, [0.514, 5 / 3], xtol=1e-4, epsfcn=1e-4)
    return with_values(found)


def _solve(
    cell: CellParams,
    put: Callable[[CellParams, float], CellParams],
    measure: Callable[[CellParams], float],
    target: float,
    guess: float,
    factor: float,
) -> CellParams:
    """The cell with the value, within a factor of the guess, at which the measure meets its target."""

    def miss(log_value: float) -> float:
        return measure(put(cell, float(np.exp(log_value)))) / target - 1

    found = brentq(miss, np.log(guess / factor), np.log(guess * factor), xtol=1e-4)
    return put(cell, float(np.exp(found)))

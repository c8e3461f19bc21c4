"""What a cell does in a stage of the transient, compiled.

A cell's constants stand in a row of a table whose columns have names (`COLUMNS`); the table has one row for all cells,
or one for each.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyspice_models.cells.ag2s.law import CONSTANTS
from pyspice_models.engine.nodal.crossings.law_maps import (
    PER_VOLT,
    SMALL,
    LawMaps,
    bound,
    has_voltage,
    on_map,
    piece,
    piece_slope,
    place_of_voltage,
)
from pyspice_models.engine.nodal.linear.compiled import compiled, formulas, merged

Array = NDArray[np.float64]
Table = NDArray[np.void]
"""Of shape (1,) or (cell,), with `COLUMNS`."""
Row = Any
"""One of them."""

COLUMNS = np.dtype([(name, np.float64) for name in (*CONSTANTS, "c_parallel")])
"""The law's constants, and the capacitance between both lines at a crossing, the cell's own included [F]."""

seen, interface_factor, filament_factor, interface_motion, filament_motion, rate = formulas(
    "seen", "interface_factor", "filament_factor", "interface_motion", "filament_motion", "rate"
)
interface, filament, bend, both_paths, ionic, dissipated = formulas(
    "interface", "filament", "bend", "both_paths", "ionic", "dissipated"
)

_PROBE = 1e-6  # for slopes, of states and voltages [V]: small beside v_smooth, large beside rounding
_TURNS = 6
_CLOSE = 1e-9
_SETTLED = 1e-6
_NEAR = 1e-6  # of a method that squares its error in a turn


@compiled
def settle(
    start: float, guess: float, step: float, factor: float, direction: float, setting: float, resetting: float,
    exponent: float, width: float,
) -> float:  # fmt: skip
    """The state s with s = start + step * rate(s); NaN if it is not found, which a shorter step will cure."""
    state, change = guess, 0.0
    here = rate(factor, direction, state, setting, resetting, exponent, width)
    beyond = rate(factor, direction, state + _PROBE, setting, resetting, exponent, width)
    slope = 1.0 - step * (beyond - here) / _PROBE
    for _ in range(_TURNS):
        change = (state - start - step * here) / slope
        state -= change
        if abs(change) < _CLOSE:
            break
        here = rate(factor, direction, state, setting, resetting, exponent, width)
    return state if abs(change) < _SETTLED else np.nan


@merged
def settle_on_map(
    start: float, guess: float, setting: float, resetting: float, bounds: Array, column: int
) -> float:  # fmt: skip
    """The state s with s = start + setting bound(1 - s) - resetting bound(s); NaN if it is not found on the map."""
    state, change = guess, 0.0
    for _ in range(_TURNS):
        if not on_map(state):
            return np.nan
        (below, rise), (above, fall) = bound(bounds, column, 1.0 - state), bound(bounds, column, state)
        change = (state - start - setting * below + resetting * above) / (1.0 + setting * rise + resetting * fall)
        state -= change
        if abs(change) < _NEAR:
            break
    return state if abs(change) < _SETTLED else np.nan


@merged
def moved(
    v: float, start_w: float, start_x: float, w: float, x: float, step: float, k: Row, maps: LawMaps
) -> tuple[float, float]:  # fmt: skip
    """States after a step at a voltage; w and x are guesses."""
    size, pieces = abs(v), maps.motion.shape[0] - 1
    if maps.bounds.shape[0] > 0 and size >= SMALL and has_voltage(maps.motion, size):
        number, share = place_of_voltage(v, pieces)
        a, b, c, d = (
            step * piece(maps.motion, 0, number, share), step * piece(maps.motion, 2, number, share),
            step * piece(maps.motion, 4, number, share), step * piece(maps.motion, 6, number, share),
        )  # fmt: skip
        new_w = settle_on_map(start_w, w, a * k.int_set, b * k.int_reset, maps.bounds, 0)
        new_x = settle_on_map(start_x, x, c * k.fil_set, d * k.fil_reset, maps.bounds, 2)
        if not (np.isnan(new_w) or np.isnan(new_x)):
            return new_w, new_x
    direction, mag = seen(v, k)
    f_int, f_fil = interface_factor(mag, k), filament_factor(mag, k)
    new_w = settle(start_w, w, step, f_int, direction, *interface_motion(k))
    return new_w, settle(start_x, x, step, f_fil, direction, *filament_motion(k))


@merged
def bent(v: float, k: Row, maps: LawMaps) -> float:
    """What a voltage makes of the interface's conductance."""
    pieces = maps.bend.shape[0] - 1
    if has_voltage(maps.bend, abs(v)):
        number, share = place_of_voltage(v, pieces)
        return piece(maps.bend, 0, number, share)
    return bend(v, k)


@merged
def bent_slope(v: float, k: Row, maps: LawMaps) -> float:
    """d(v * bend)/dv: what a small change of a voltage makes of it."""
    pieces = maps.bend.shape[0] - 1
    if has_voltage(maps.bend, abs(v)):
        number, share = place_of_voltage(v, pieces)
        return piece(maps.bend, 0, number, share) + v * PER_VOLT * piece_slope(maps.bend, 0, number, share)
    return ((v + _PROBE) * bent(v + _PROBE, k, maps) - v * bent(v, k, maps)) / _PROBE


@merged
def over_a_stage(step: float, k: Row) -> float:
    """dI/dv of a cell's ionic branch and of its capacitances over a step [S]."""
    return 1.0 / (k.r_ion * (1.0 + step / k.tau)) + k.c_parallel / step

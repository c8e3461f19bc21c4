"""A lone cell through time."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from pyspice_models.engine.osdi.calls import at_once, copied, double_at, slopes
from pyspice_models.foreign.osdi.loops.compiled import compiled
from pyspice_models.foreign.osdi.loops.static import (
    ASKED_TO_STOP,
    FULL,
    OK,
    SINGULAR,
    STEP_TOO_SMALL,
    behind,
    eliminate,
    newton,
)

_GAMMA = 2.0 - math.sqrt(2.0)
_D = (1.0 - _GAMMA) / (2.0 - _GAMMA)
_TO_STAGE = 1.0 / (_GAMMA * (2.0 - _GAMMA))
_TO_START = (1.0 - _GAMMA) ** 2 / (_GAMMA * (2.0 - _GAMMA))
_ERROR = (-3.0 * _GAMMA**2 + 4.0 * _GAMMA - 2.0) / (12.0 * (2.0 - _GAMMA))
_MIDDLE = 1.0 / (6.0 * _GAMMA * (1.0 - _GAMMA))
_LATE = 0.5 - _GAMMA * _MIDDLE
_EARLY = 1.0 - _MIDDLE - _LATE


@compiled
def _source(corner_times: Any, corner_volts: Any, t: Any) -> Any:
    k = np.searchsorted(corner_times, t)
    if k == 0:
        return corner_volts[0]
    if k == len(corner_times):
        return corner_volts[k - 1]
    share = (t - corner_times[k - 1]) / (corner_times[k] - corner_times[k - 1])
    return corner_volts[k - 1] + share * (corner_volts[k] - corner_volts[k - 1])


@compiled
def follow(
    calls: Any,
    info: Any,
    clock: Any,
    inst: Any,
    model: Any,
    flags: Any,
    v: Any,
    free: Any,
    entries: Any,
    terminals: Any,
    corner_times: Any,
    corner_volts: Any,
    series: Any,
    scale: Any,
    bound: Any,
    longest: Any,
    tolerance: Any,
    now: Any,
    times: Any,
    volts: Any,
    currents: Any,
    energy: Any,
) -> Any:
    """A lone cell through time by TR-BDF2, from where `now` says until the last corner or until the record is full.

    Args:
        v: the row of voltages at that time; it goes along.
        now: time [s], next step [s], how many points are recorded, and node at fault.
        bound: address of the step that the module allows, or 0.

    Source of the method and its error: R. E. Bank et al., IEEE Trans. CAD 4, 436 (1985); M. E. Hosea and
    L. F. Shampine, Appl. Numer. Math. 20, 21 (1996).
    """
    rows, cols, counts = entries
    width, n = len(v), len(free)
    r, q = np.zeros(width), np.zeros(width)
    of_r, of_q = np.zeros((width, width)), np.zeros((width, width))
    scratch, target = np.empty(max(1, counts[0], counts[1])), np.zeros(width)
    matrix, error, weights = np.empty((n, n)), np.empty((n, 1)), np.empty(2)
    top, limited = int(series[0]), series[2] > 0.0
    v0, v1, volts_at = np.zeros(width), np.zeros(width), np.zeros(3)
    copied(v, v0)
    volts_at[0] = series[1]
    end = corner_times[-1]
    work = (r, q, of_r, of_q, target, scratch, scale, 0.0)
    t = now[0]
    if not t < end:
        return OK
    asked = at_once(calls, info, clock, inst, model, flags, max(t, 1e-30), v, r, q)
    if asked:
        return ASKED_TO_STOP
    slopes(calls, inst, model, rows, cols, counts, scratch, of_r, of_q)
    behind(v, r, of_r, series)
    for k in free:
        # a charge that is counted from elsewhere than 0 says on which scale its node moves
        if of_q[k, k] != 0.0 and abs(q[k]) < abs(of_q[k, k]):
            scale[k] = max(scale[k], abs(q[k] / of_q[k, k]))
    f0, q0, f1, q1, kept = np.zeros(width), np.zeros(width), np.zeros(width), np.zeros(width), np.zeros(width)
    copied(r, f0)
    copied(q, q0)
    while t < end:
        if now[2] >= len(times):
            return FULL
        h = min(now[1], longest)
        if bound != 0:
            most = double_at(bound)
            if most > 0.0:
                h = min(h, most)
        corner = np.searchsorted(corner_times, t, side="right")
        left = corner_times[corner] - t
        at_corner = h >= left * (1.0 - 1e-9)
        if at_corner:
            h = left
        elif h > 0.5 * left:
            h = 0.5 * left
        copied(v, kept)
        later = corner_times[corner] if at_corner else t + h
        if not (later > t and h > 1e-14 * (end - corner_times[0])):
            return STEP_TOO_SMALL
        how, size = OK, 0.0
        for stage in range(2):
            moment = t + _GAMMA * h if stage == 0 else later
            volt = _source(corner_times, corner_volts, moment)
            series[1] = volt
            volts_at[stage + 1] = volt
            if not limited:
                v[top] = volt
            for k in range(width):
                if stage == 0:
                    target[k] = q0[k] - 0.5 * _GAMMA * h * f0[k]
                else:
                    target[k] = _TO_STAGE * q1[k] - _TO_START * q0[k]
            weights[0], weights[1] = 1.0, _D * h
            how, where = newton(
                calls, info, clock, inst, model, flags, moment, v, free, weights, entries, work, series,
                1e-2 * tolerance,
            )  # fmt: skip
            now[3] = where
            if how != OK:
                break
            if stage == 0:
                copied(r, f1)
                copied(q, q1)
                copied(v, v1)
        if how == ASKED_TO_STOP:
            return how
        if how == OK and n > 0:
            for a in range(n):
                k = free[a]
                error[a, 0] = h * _ERROR * (
                    f0[k] / _GAMMA - f1[k] / (_GAMMA * (1.0 - _GAMMA)) + r[k] / (1.0 - _GAMMA)
                )  # fmt: skip
                for b in range(n):
                    matrix[a, b] = of_q[k, free[b]] + _D * h * of_r[k, free[b]]
            if eliminate(matrix, error) >= 0:
                how = SINGULAR
            for a in range(n):
                k = free[a]
                share = abs(error[a, 0]) / (tolerance * max(scale[k], abs(v[k])) + 1e-30)
                if not share <= size:
                    size, now[3] = share, k
        if how != OK or not size <= 1.0:
            copied(kept, v)
            at_once(calls, info, clock, inst, model, flags, max(t, 1e-30), v, r, q)
            now[1] = h * (0.2 if how != OK or not size < 1e3 else max(0.2, 0.9 * size ** (-1.0 / 3.0)))
            continue
        point = int(now[2])
        times[point] = later
        energy[point] = energy[point - 1]
        for k in range(width):
            volts[point, k] = v[k]
        for k in range(terminals):
            flowing = r[k] + (q[k] - _TO_STAGE * q1[k] + _TO_START * q0[k]) / (_D * h)
            if limited and k == top:
                across = (v[top] - volt) / series[2]
                flowing = -across / math.sqrt(1.0 + (across / series[3]) ** 2)
            currents[point, k] = flowing
            # what flows, by a parabola through the three moments of a step; what is charged, by the voltage then
            taken = 0.5 * (v0[k] + v1[k]) * (q1[k] - q0[k]) + 0.5 * (v1[k] + v[k]) * (q[k] - q1[k])
            shares = (_EARLY * v0[k], _MIDDLE * v1[k], _LATE * v[k])
            flows = (f0[k], f1[k], r[k])
            for p in range(3):
                taken += h * shares[p] * flows[p]
            if limited and k == top:
                tops = (v0[top], v1[top], v[top])
                for p in range(3):
                    across = (tops[p] - volts_at[p]) / series[2]
                    taken -= h * shares[p] * across / math.sqrt(1.0 + (across / series[3]) ** 2)
            energy[point] += taken
        now[2] += 1
        for a in range(n):
            scale[free[a]] = max(scale[free[a]], abs(v[free[a]]))
        t = later
        now[0] = t
        copied(r, f0)
        copied(q, q0)
        copied(v, v0)
        volts_at[0] = volt
        now[1] = h * min(4.0, 0.9 * max(size, 1e-6) ** (-1.0 / 3.0))
    return OK

"""Newton's method on the nodes inside a cell, and static solutions."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from pyspice_models.engine.osdi.calls import at_once, copied, slopes
from pyspice_models.foreign.osdi.loops.compiled import compiled

OK, SINGULAR, NO_CONVERGENCE, NOT_FINITE, STEP_TOO_SMALL, FULL, ASKED_TO_STOP = range(7)
"""How a loop ended."""


@compiled
def eliminate(matrix: Any, right: Any) -> Any:
    """Solve in place; the column without a pivot, or -1."""
    n, width = len(matrix), right.shape[1]
    for a in range(n):
        pivot = a
        for b in range(a + 1, n):
            if abs(matrix[b, a]) > abs(matrix[pivot, a]):
                pivot = b
        if not abs(matrix[pivot, a]) > 0.0:
            return a
        if pivot != a:
            for b in range(n):
                matrix[a, b], matrix[pivot, b] = matrix[pivot, b], matrix[a, b]
            for b in range(width):
                right[a, b], right[pivot, b] = right[pivot, b], right[a, b]
        for b in range(n):
            if b != a and matrix[b, a] != 0.0:
                factor = matrix[b, a] / matrix[a, a]
                for e in range(a + 1, n):
                    matrix[b, e] -= factor * matrix[a, e]
                for e in range(width):
                    right[b, e] -= factor * right[a, e]
                matrix[b, a] = 0.0
    for a in range(n):
        for e in range(width):
            right[a, e] /= matrix[a, a]
    return -1


@compiled
def newton(
    calls: Any,
    info: Any,
    clock: Any,
    inst: Any,
    model: Any,
    flags: Any,
    time: Any,
    v: Any,
    free: Any,
    weights: Any,
    entries: Any,
    work: Any,
    series: Any,
    tolerance: Any,
) -> Any:
    """Newton's method on the free nodes of one row: weights[0] q + weights[1] f = target.

    Args:
        series: top node, source [V], resistance [ohm] and current limit [A]; no resistor where the resistance is 0.
        work: r, q, their Jacobians, the target, scratch, scales of the unknowns, and a small conductance to ground.

    Returns how it ended, and the node at fault.
    """
    r, q, of_r, of_q, target, scratch, scale, leak = work
    rows, cols, counts = entries
    n = len(free)
    matrix, step = np.empty((n, n)), np.empty((n, 1))
    size, shrink = np.inf, 0
    before = np.empty(len(v))
    copied(v, before)
    for turn in range(60):
        asked = at_once(calls, info, clock, inst, model, flags, time, v, r, q)
        if asked:
            return ASKED_TO_STOP, asked
        slopes(calls, inst, model, rows, cols, counts, scratch, of_r, of_q)
        behind(v, r, of_r, series)
        sound = True
        for a in range(n):
            k = free[a]
            step[a, 0] = weights[0] * q[k] + weights[1] * (r[k] + leak * v[k]) - target[k]
            sound = sound and math.isfinite(step[a, 0])
            for b in range(n):
                matrix[a, b] = weights[0] * of_q[k, free[b]] + weights[1] * of_r[k, free[b]]
                sound = sound and math.isfinite(matrix[a, b])
            matrix[a, a] += weights[1] * leak
        if not sound:
            shrink += 1
            if shrink > 30 or turn == 0:
                return NOT_FINITE, free[0]
            for a in range(n):
                v[free[a]] = 0.5 * (v[free[a]] + before[free[a]])
            continue
        if n == 0:
            return OK, 0
        # what is lost in the rounding of the terms that it is the sum of cannot become smaller
        rounded = True
        for a in range(n):
            k = free[a]
            terms = abs(weights[0] * q[k]) + abs(weights[1] * r[k]) + abs(target[k])
            rounded = rounded and abs(step[a, 0]) <= 4e-16 * terms
        fault = eliminate(matrix, step)
        if fault >= 0:
            return SINGULAR, free[fault]
        size, worst = 0.0, 0
        for a in range(n):
            k = free[a]
            share = abs(step[a, 0]) / (tolerance * max(scale[k], abs(v[k])) + 1e-30)
            if not share < size:
                size, worst = share, k
        done = size < 1.0 or rounded
        for a in range(n):
            k = free[a]
            before[k] = v[k]
            v[k] -= step[a, 0]
        if done:
            at_once(calls, info, clock, inst, model, flags, time, v, r, q)
            slopes(calls, inst, model, rows, cols, counts, scratch, of_r, of_q)
            behind(v, r, of_r, series)
            return OK, 0
    return NO_CONVERGENCE, worst


@compiled
def behind(v: Any, r: Any, of_r: Any, series: Any) -> Any:
    """Add the current through the resistor before the top node, and its slope."""
    if series[2] > 0.0:
        top = int(series[0])
        across = (v[top] - series[1]) / series[2]
        bend = 1.0 + (across / series[3]) ** 2
        r[top] += across / math.sqrt(bend)
        of_r[top, top] += 1.0 / (series[2] * bend * math.sqrt(bend))


@compiled
def static(
    calls: Any,
    info: Any,
    clock: Any,
    inst: Any,
    model: Any,
    flags: Any,
    times: Any,
    v: Any,
    free: Any,
    entries: Any,
    r: Any,
    q: Any,
    reduced: Any,
    terminals: Any,
    leak: Any,
    ended: Any,
) -> Any:
    """Solve the free nodes of each row without any charge; residuals, and the Jacobian that the terminals see."""
    counts = entries[2]
    width, n = v.shape[1], len(free)
    of_r, of_q = np.zeros((width, width)), np.zeros((width, width))
    scratch = np.empty(max(1, counts[0], counts[1]))
    zero, ones, wanted, start = np.zeros(width), np.zeros(width), np.zeros(width), np.zeros(width)
    for k in range(width):
        ones[k] = 1e-3
    weights, series = np.zeros(2), np.zeros(4)
    weights[1] = 1.0
    matrix, right = np.empty((n, n)), np.empty((n, terminals))
    for m in range(len(v)):
        c = m % len(inst)
        work = (r[m], q[m], of_r, of_q, zero, scratch, ones, leak)
        row = v[m]
        copied(row, wanted)
        copied(row, start)
        share, stride, tried = 1.0, 1.0, 0
        while True:
            # if it does not go at once, from the guess at rest in strides towards what is held
            for k in range(terminals):
                row[k] = share * wanted[k]
            how, where = newton(
                calls, info, clock, inst[c], model[c], flags, times[m], row, free, weights, entries, work, series,
                1e-11,
            )  # fmt: skip
            tried += 1
            if how == OK and share >= 1.0:
                break
            if how in (SINGULAR, ASKED_TO_STOP) or tried > 200 or stride < 1e-4:
                ended[0], ended[1], ended[2] = how, where, m
                return
            if how == OK:
                copied(row, start)
                stride *= 2.0
                share = min(1.0, share + stride)
            else:
                copied(start, row)
                share = 0.0 if tried == 1 else share - 0.75 * stride
                stride *= 0.25
        for a in range(n):
            for b in range(n):
                matrix[a, b] = of_r[free[a], free[b]]
            matrix[a, a] += leak
            for b in range(terminals):
                right[a, b] = of_r[free[a], b]
        eliminate(matrix, right)
        for a in range(terminals):
            for b in range(terminals):
                reduced[m, a, b] = of_r[a, b]
                for e in range(n):
                    reduced[m, a, b] -= of_r[a, free[e]] * right[e, b]

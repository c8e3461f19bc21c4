"""One cell that is compiled Verilog-A in a stage of the transient: its inner nodes for given voltages of its lines.

A cell is evaluated at a point, all of its voltages, and is linear around it: currents, charges and both Jacobians of
the last evaluation stay where they are. Over a stage, what its lines see of it, and what its nodes do, is a value and
two slopes by the lines' voltages. What the bend of the cell adds to that goes by the square of the way from the point;
every evaluation measures it at the end of such a way, and the next one is made where it would count. A cell whose
voltages rest is not evaluated at all.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from pyspice_models.engine.nodal.linear.compiled import compiled, uncounted
from pyspice_models.engine.nodal.osdi.called import evaluate
from pyspice_models.engine.nodal.osdi.devices import (
    ASKED,
    AT,
    BASED,
    BEND,
    NO_CONVERGENCE,
    NOT_FINITE,
    SINGULAR,
    SLOPE,
    TRIED,
    VOLT,
    WITHIN,
    Devices,
    blame,
)  # fmt: skip

Array = NDArray[np.float64]

SHARE = 0.02
"""Of what a step may be off by: what bends may add to it in a stage."""

_TURNS = 40
_HALVINGS = 30
_FARTHEST = 400.0, 0.25  # square of the way from a point: of what counts as near, and of the way that was measured
_FORGOTTEN = 0.25  # share of a bend that is believed at least after the next evaluation
_LAST = 2e-15  # of the terms of an equation: what is left of it by rounding
_LONG = 8  # turns, after which what is small beside the voltages themselves is taken for rounding
_SMALL = 1e-9, 1e-15  # of a node's voltage, and at all


@compiled
def room_for(width: int) -> Array:
    """Room to work in for one place with rows of voltages so long."""
    return np.zeros((2 * width, 2 * width))


@uncounted
def solved(a: Array, n: int, width: int) -> bool:
    """Solve the n equations of the rows a[:n] in place; right-hand sides stand in the columns n to width."""
    for k in range(n):
        largest = 0.0
        for j in range(n):
            largest = max(largest, abs(a[k, j]))
        if not largest > 0.0:
            return False
        for j in range(width):
            a[k, j] /= largest
    for k in range(n):
        best = k
        for i in range(k + 1, n):
            if abs(a[i, k]) > abs(a[best, k]):
                best = i
        if not abs(a[best, k]) > 0.0:
            return False
        if best != k:
            for j in range(k, width):
                a[k, j], a[best, j] = a[best, j], a[k, j]
        inverse = 1.0 / a[k, k]
        for j in range(k + 1, width):
            a[k, j] *= inverse
        for i in range(n):
            if i != k and a[i, k] != 0.0:
                factor = a[i, k]
                for j in range(k + 1, width):
                    a[i, j] -= factor * a[k, j]
    return True


@uncounted
def factored(devices: Devices, n: int, per_stage: float, row: Array, room: Array) -> bool:
    """Solve the linear form of a place over a stage for its inner nodes, once; whether it can be. `room`: to work in."""
    kind = devices.kinds[devices.cells[n].kind]
    count, nodes, rows, cols, resistive = kind.inners, kind.nodes, kind.rows, kind.cols, kind.resistive
    of_f, of_q, lever, flows = kind.of_f, kind.of_q, kind.lever, kind.lines + 3 * count
    a, inverse = room[nodes : 2 * nodes], row[kind.inverse : kind.lever]
    for i in range(nodes):
        for j in range(nodes):
            room[i, j] = 0.0
    for e in range(resistive):
        room[rows[e], cols[e]] += row[of_f + e]
    for e in range(kind.reactive):
        room[rows[resistive + e], cols[resistive + e]] += per_stage * row[of_q + e]
    if kind.apiece == 1:
        for i in range(count):
            if not abs(room[i, i]) > 0.0:
                return False
            inverse[i * count + i] = 1.0 / room[i, i]
            row[lever + 2 * i] = -inverse[i * count + i] * room[i, count]
            row[lever + 2 * i + 1] = -inverse[i * count + i] * room[i, count + 1]
    else:
        for i in range(count):
            for j in range(count):
                a[i, j] = room[i, j]
                a[i, count + j] = 1.0 if i == j else 0.0
        if not solved(a, count, 2 * count):
            return False
        for i in range(count):
            by_word, by_bit = 0.0, 0.0
            for j in range(count):
                inverse[i * count + j] = a[i, count + j]
                by_word -= a[i, count + j] * room[j, count]
                by_bit -= a[i, count + j] * room[j, count + 1]
            row[lever + 2 * i], row[lever + 2 * i + 1] = by_word, by_bit
    row[lever + 2 * count], row[lever + 2 * count + 1] = 1.0, 0.0
    row[lever + 2 * count + 2], row[lever + 2 * count + 3] = 0.0, 1.0
    for i in range(count):
        row[kind.lines + 3 * i + 1], row[kind.lines + 3 * i + 2] = row[lever + 2 * i], row[lever + 2 * i + 1]
    for i in range(2 * nodes):
        row[flows + 3 * i + 1] = row[flows + 3 * i + 2] = 0.0
    for e in range(resistive):
        to, by, slope = flows + 3 * rows[e], lever + 2 * cols[e], row[of_f + e]
        row[to + 1] += slope * row[by]
        row[to + 2] += slope * row[by + 1]
    for e in range(kind.reactive):
        to, by = flows + 3 * (nodes + rows[resistive + e]), lever + 2 * cols[resistive + e]
        slope = row[of_q + e]
        row[to + 1] += slope * row[by]
        row[to + 2] += slope * row[by + 1]
    held = 0.25 * (
        room[count, count] - room[count, count + 1] - room[count + 1, count] + room[count + 1, count + 1]
    )  # fmt: skip
    to = flows + 3 * count
    whole = row[to + 1] - row[to + 2] - row[to + 4] + row[to + 5]
    to += 3 * nodes
    whole += per_stage * (row[to + 1] - row[to + 2] - row[to + 4] + row[to + 5])
    # states that fight the voltage within a stage, as in a fast reset, would make the lines' matrix indefinite
    row[SLOPE] = max(0.25 * whole, 0.1 * abs(held), 1e-18)
    row[WITHIN], row[BASED] = per_stage, 0.0
    return True


@uncounted
def based(devices: Devices, n: int, per_stage: float, start: Array, row: Array, left: Array) -> bool:
    """Solve charge / stage + current = start / stage for lines at the voltages of the point, once for a stage.

    Gives whether nothing but rounding was left of the equations there.
    """
    kind = devices.kinds[devices.cells[n].kind]
    count, nodes, order, rows, cols = kind.inners, kind.nodes, kind.order, kind.rows, kind.cols
    resistive, lines, f, q = kind.resistive, kind.lines, kind.f, kind.q
    inverse, flows = kind.inverse, kind.lines + 3 * count
    nothing = True
    for i in range(count):
        k = order[i]
        rest, terms = row[f + k], abs(row[f + k])
        if kind.charged[k] == 1:
            rest += per_stage * (row[q + k] - start[k])
            terms += per_stage * (abs(row[q + k]) + abs(start[k]))
        nothing = nothing and abs(rest) <= _LAST * terms
        left[i] = rest
    for i in range(count):
        shift = 0.0
        if kind.apiece == 1:
            shift = -row[inverse + i * count + i] * left[i]
        else:
            for j in range(count):
                shift -= row[inverse + i * count + j] * left[j]
        row[lines + 3 * i] = shift
    for i in range(nodes):
        k = order[i]
        row[flows + 3 * i], row[flows + 3 * (nodes + i)] = row[f + k], row[q + k]
    for e in range(resistive):
        if cols[e] < count:
            row[flows + 3 * rows[e]] += row[kind.of_f + e] * row[lines + 3 * cols[e]]
    for e in range(kind.reactive):
        col = cols[resistive + e]
        if col < count:
            row[flows + 3 * (nodes + rows[resistive + e])] += row[kind.of_q + e] * row[lines + 3 * col]
    row[BASED] = 1.0
    return nothing


@uncounted
def nearer(devices: Devices, r: int, n: int, row: Array, safe: Array) -> int:
    """Evaluate at the voltages of a row, or where nothing is finite there, halfway to safe ones; after how many ways
    halved, -1 if nowhere."""
    nodes = devices.kinds[devices.cells[n].kind].nodes
    for halved in range(_HALVINGS):
        if evaluate(devices, r, n, row):
            return halved
        if devices.fault[0] == ASKED:
            return -1
        for k in range(nodes):
            row[AT + k] = 0.5 * (row[AT + k] + safe[k])
    return -1


@uncounted
def followed(
    devices: Devices, r: int, n: int, per_stage: float, on_word: float, on_bit: float, start: Array, v: Array, f: Array,
    q: Array, room: Array,
) -> bool:  # fmt: skip
    """Solve a place for given voltages of its lines; `v` comes with a guess. Whether it was solved."""
    place, row = devices.cells[n], devices.forms[n]
    kind, weights, tolerance = devices.kinds[place.kind], devices.weights[place.kind], devices.tolerance[place.kind]
    count, nodes, order, shifted, word, bit = kind.inners, kind.nodes, kind.order, kind.shifted, place.word, place.bit
    lines, flows = kind.lines, kind.lines + 3 * count
    new, safe = room[2 * nodes], room[2 * nodes + 1]
    before, tried = 0.0, 0.0
    if not (math.isfinite(on_word) and math.isfinite(on_bit)):
        return False
    for turn in range(_TURNS):
        if row[WITHIN] != per_stage and not factored(devices, n, per_stage, row, room):
            blame(devices, SINGULAR, n, 0, row)
            return False
        settled = row[BASED] == 0.0 and based(devices, n, per_stage, start, row, new)
        by_word, by_bit = on_word - row[AT + word], on_bit - row[AT + bit]
        settled = settled and turn > 0 and by_word == 0.0 and by_bit == 0.0
        off, small = 0.0, True
        change = by_word - shifted[word] * by_bit
        far = weights[word] * change * change
        change = by_bit - shifted[bit] * by_bit
        far += weights[bit] * change * change
        for i in range(count):
            k = order[i]
            shift = row[lines + 3 * i] + row[lines + 3 * i + 1] * by_word + row[lines + 3 * i + 2] * by_bit
            change = shift - shifted[k] * by_bit
            far += weights[k] * change * change
            new[k] = row[AT + k] + shift
            if turn > 0:
                off = max(off, abs(shift) / tolerance[k])
                small = small and abs(shift) <= _SMALL[0] * abs(new[k]) + _SMALL[1]
        new[word], new[bit] = on_word, on_bit
        flow = row[flows + 3 * count] + row[flows + 3 * count + 1] * by_word + row[flows + 3 * count + 2] * by_bit
        if tried > 0.0:
            off = max(off, abs(flow - before) / (SHARE * devices.allowed[VOLT] * row[SLOPE]))
            row[BEND], row[TRIED] = max(off / tried, _FORGOTTEN * row[BEND]), tried
        near = far * row[BEND] <= 1.0 and far <= max(_FARTHEST[0], _FARTHEST[1] * row[TRIED])
        if near or settled or (turn > _LONG and small):
            for i in range(nodes):
                k, at = order[i], flows + 3 * i
                v[k] = new[k]
                f[k] = row[at] + row[at + 1] * by_word + row[at + 2] * by_bit
                at += 3 * nodes
                q[k] = row[at] + row[at + 1] * by_word + row[at + 2] * by_bit
            return True
        for k in range(nodes):
            safe[k] = row[AT + k]
            row[AT + k] = new[k]
        if np.isnan(far):  # by a point where nothing was finite: from the guess
            for k in range(nodes):
                safe[k] = row[AT + k] = v[k]
        halved = nearer(devices, r, n, row, safe)
        if halved < 0:
            return False
        before, tried = flow, far if halved == 0 and math.isfinite(far) else 0.0
    if devices.fault[0] != NOT_FINITE or devices.fault[1] != n:  # which is why, then
        blame(devices, NO_CONVERGENCE, n, 0, row)
    return False


@uncounted
def powers(devices: Devices, n: int, v: Array, f: Array, power: Array, beside: Array) -> None:
    """What the cell of a place loses, and its selector."""
    kind = devices.kinds[devices.cells[n].kind]
    behind = v[kind.mid] if kind.mid >= 0 else 0.0
    of_cell, of_selector = 0.0, 0.0
    for k in range(kind.nodes):
        if kind.counted[k] == 1:
            of_cell += (v[k] - behind) * f[k]
        elif kind.counted[k] == 2:
            of_selector += (v[k] - behind) * f[k]
    power[n], beside[n] = of_cell, of_selector

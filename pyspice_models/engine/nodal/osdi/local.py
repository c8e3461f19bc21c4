"""One cell that is compiled Verilog-A in a stage of the transient: its inner nodes for given voltages of its lines.

A cell is evaluated at a point, all of its voltages, and is linear around it: currents, charges and both Jacobians of
the last evaluation stay where they are. Over a stage, what its lines see of it, and what its nodes do, is a value and
two slopes by the lines' voltages. What the bend of the cell adds to that goes by the square of the way from the point;
every evaluation measures it at the end of such a way, and the next one is made where it would count. A cell whose
voltages rest is not evaluated at all.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyspice_models.engine.nodal.linear.compiled import merged, uncounted
from pyspice_models.engine.nodal.osdi.called import evaluate
from pyspice_models.engine.nodal.osdi.devices import (
    ASKED,
    AT,
    BASED,
    BEND,
    NO_CONVERGENCE,
    NOT_FINITE,
    ON_BIT,
    ON_WORD,
    SINGULAR,
    SLOPE,
    STAGED,
    TRIED,
    VOLT,
    WITHIN,
    Devices,
    blame,
)  # fmt: skip

Array = NDArray[np.float64]

SHARE = 0.004
"""Of what a step may be off by: what bends may add to it in a stage."""

_TURNS = 40
_HALVINGS = 30
_FARTHEST = 400.0, 0.25  # square of the way from a point: of what counts as near, and of the way that was measured
_FORGOTTEN = 0.25  # share of a bend that is believed at least after the next evaluation
_LAST = 2e-15  # of the terms of an equation: what is left of it by rounding
_LONG = 8  # turns, after which what is small beside the voltages themselves is taken for rounding
_SMALL = 1e-9, 1e-15  # of a node's voltage, and at all


@uncounted
def solved(a: Array, n: int, width: int) -> bool:
    """Solve the n equations of the rows a[:n] in place; right-hand sides stand in the columns n to width."""
    for k in range(n):
        largest = 0.0
        for j in range(n):
            largest = max(largest, abs(a[k, j]))
        if not 0.0 < largest < np.inf:
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


@merged
def add_terms(share: float, values: Array, out: Array, count: int) -> None:
    """Adds a share of so many values."""
    for k in range(count):
        out[k] += share * values[k]


@uncounted
def factored(kind: Any, per_stage: float, row: Array, point: Array, room: Array) -> bool:
    """Solve the linear form of a place over a stage for its inner nodes; whether it can be. `room`: to work in."""
    count, nodes, both = kind.inners, kind.nodes, 2 * kind.nodes
    inverse, of_node = point[kind.inverse : kind.of_node], point[kind.of_node :]
    by_word = row[kind.lines + 3 * nodes : kind.lines + 6 * nodes]
    if kind.apiece == 1:
        for i in range(count):
            whole = of_node[i * both + i] + per_stage * of_node[i * both + nodes + i]
            if not abs(whole) > 0.0:
                return False
            inverse[i * count + i] = 1.0 / whole
    else:
        for i in range(count):
            for j in range(count):
                room[i, j] = of_node[j * both + i] + per_stage * of_node[j * both + nodes + i]
                room[i, count + j] = 1.0 if i == j else 0.0
        if not solved(room, count, 2 * count):
            return False
        for i in range(count):
            for j in range(count):
                inverse[i * count + j] = room[i, count + j]
    slope = levered(kind, per_stage, point, count, by_word)
    if kind.floating == 0:
        by_bit = row[kind.lines + 6 * nodes : kind.lines + 9 * nodes]
        slope = 0.5 * (slope - levered(kind, per_stage, point, count + 1, by_bit))
    of_word, w, b = of_node[count * both :], count, count + 1
    held = 0.5 * (of_word[w] - of_word[b] + per_stage * (of_word[nodes + w] - of_word[nodes + b]))
    # states that fight the voltage within a stage, as in a fast reset, would make the lines' matrix indefinite
    row[SLOPE] = max(slope, 0.1 * abs(held), 1e-18)
    row[WITHIN], row[BASED] = per_stage, 0.0
    return True


@uncounted
def levered(kind: Any, per_stage: float, point: Array, line: int, by_line: Array) -> float:
    """by_line <- slopes of all voltages, currents and charges by the voltage of a line's node; that of the mean current
    through the cell."""
    count, nodes, both = kind.inners, kind.nodes, 2 * kind.nodes
    inverse, of_node = point[kind.inverse :], point[kind.of_node :]
    of_line = of_node[line * both : (line + 1) * both]
    by_line[count] = by_line[count + 1] = 0.0
    by_line[line] = 1.0
    for k in range(both):
        by_line[nodes + k] = of_line[k]
    for i in range(count):
        by = 0.0
        if kind.apiece == 1:
            by = -inverse[i * count + i] * (of_line[i] + per_stage * of_line[nodes + i])
        else:
            for j in range(count):
                by -= inverse[i * count + j] * (of_line[j] + per_stage * of_line[nodes + j])
        by_line[i] = by
        add_terms(by, of_node[i * both :], by_line[nodes:], both)
    f, q = nodes + count, both + count
    return float(0.5 * (by_line[f] - by_line[f + 1] + per_stage * (by_line[q] - by_line[q + 1])))


@uncounted
def based(kind: Any, per_stage: float, start: Array, row: Array, point: Array, left: Array) -> bool:
    """Solve charge / stage + current = start / stage for lines at the voltages of the point, once for a stage.

    Gives whether nothing but rounding was left of the equations there.
    """
    count, nodes, both, charged = kind.inners, kind.nodes, 2 * kind.nodes, kind.charged
    lines, inverse, of_node = row[kind.lines :], point[kind.inverse :], point[kind.of_node :]
    nothing = True
    for i in range(count):
        stored, begun = charged[i] * point[nodes + i], charged[i] * start[i]
        left[i] = point[i] + per_stage * (stored - begun)
        nothing = nothing and abs(left[i]) <= _LAST * (abs(point[i]) + per_stage * (abs(stored) + abs(begun)))
    for k in range(both):
        lines[nodes + k] = point[k]
    for i in range(count):
        shift = 0.0
        if kind.apiece == 1:
            shift = -inverse[i * count + i] * left[i]
        else:
            for j in range(count):
                shift -= inverse[i * count + j] * left[j]
        lines[i] = row[AT + i] + shift
        add_terms(shift, of_node[i * both :], lines[nodes:], both)
    lines[count], lines[count + 1] = row[AT + count], row[AT + count + 1]
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


@merged
def followed(
    devices: Devices, r: int, n: int, per_stage: float, on_word: float, on_bit: float, start: Array, flows: Array
) -> bool:  # fmt: skip
    """Solve a place for given voltages of its lines: flows <- currents out of their nodes into it, of the word line and
    of the bit line, and charges there. Whether it was solved."""
    row, point, m = devices.forms[n], devices.points[n], devices.cells[n].kind
    kind, weights, worth = devices.kinds[m], devices.weights[m], devices.worth[m]
    count, nodes, three, shifted = kind.inners, kind.nodes, 3 * kind.nodes, kind.shifted
    lines, by_word = row[kind.lines :], row[kind.lines + three :]
    room, at = devices.room[r], row[AT:]
    left, safe, now = room[0], room[1], room[2]
    before, tried, bend = 0.0, 0.0, row[BEND]
    if row[STAGED] > per_stage:
        bend *= row[STAGED] / per_stage
    for turn in range(_TURNS):
        if row[WITHIN] != per_stage and not factored(kind, per_stage, row, point, room[3:]):
            blame(devices, SINGULAR, n, 0, row)
            return False
        settled = row[BASED] == 0.0 and based(kind, per_stage, start, row, point, left)
        word, bit, far = on_word - at[count], on_bit - at[count + 1], 0.0
        if kind.floating == 1:
            across = word - bit
            for k in range(nodes):
                volt = lines[k] + by_word[k] * across
                change = volt - at[k]
                far += weights[k] * (change * change)
                now[k] = volt + shifted[k] * bit
            for i in range(2):
                f, q = nodes + count + i, 2 * nodes + count + i
                flows[i] = lines[f] + by_word[f] * across
                flows[2 + i] = lines[q] + by_word[q] * across
        else:
            by_bit = row[kind.lines + 2 * three :]
            for k in range(nodes):
                now[k] = lines[k] + by_word[k] * word + by_bit[k] * bit
                change = now[k] - at[k]
                far += weights[k] * (change * change)
            for i in range(2):
                f, q = nodes + count + i, 2 * nodes + count + i
                flows[i] = lines[f] + by_word[f] * word + by_bit[f] * bit
                flows[2 + i] = lines[q] + by_word[q] * word + by_bit[q] * bit
        now[count], now[count + 1] = on_word, on_bit
        if turn > 0:
            small = settled and word == 0.0 and bit == 0.0
            if tried > 0.0:
                off = abs(flows[0] - before) / (SHARE * devices.allowed[VOLT] * row[SLOPE])
                for k in range(count):
                    off = max(off, abs(now[k] - at[k]) * worth[k])
                bend = max(off / tried, _FORGOTTEN * bend)
                row[BEND], row[TRIED], row[STAGED] = bend, tried, per_stage
            if turn > _LONG and not small:
                small = True
                for k in range(count):
                    small = small and abs(now[k] - at[k]) <= _SMALL[0] * abs(now[k]) + _SMALL[1]
            if small:
                break
        if far * bend <= 1.0 and far <= max(_FARTHEST[0], _FARTHEST[1] * row[TRIED]):
            break
        if np.isnan(far):
            blame(devices, NOT_FINITE, n, 0, row)
            return False
        for k in range(nodes):
            safe[k] = at[k]
            at[k] = now[k]
        before = flows[0]
        halved = nearer(devices, r, n, row, safe)
        if halved < 0:
            return False
        tried = far if halved == 0 and math.isfinite(far) else 0.0
    else:
        if devices.fault[0] != NOT_FINITE or devices.fault[1] != n:  # which is why, then
            blame(devices, NO_CONVERGENCE, n, 0, row)
        return False
    row[ON_WORD], row[ON_BIT] = on_word, on_bit
    return True


@uncounted
def whole(kind: Any, row: Array, now: Array) -> None:
    """now <- voltages, currents and charges of all nodes of a place where it was last followed to, and what is lost."""
    count, nodes, three = kind.inners, kind.nodes, 3 * kind.nodes
    lines, by_word, at = row[kind.lines :], row[kind.lines + three :], row[AT:]
    word, bit = row[ON_WORD] - at[count], row[ON_BIT] - at[count + 1]
    if kind.floating == 1:
        across = word - bit
        for k in range(three):
            now[k] = lines[k] + by_word[k] * across
        for k in range(nodes):
            now[k] += kind.shifted[k] * bit
    else:
        by_bit = row[kind.lines + 2 * three :]
        for k in range(three):
            now[k] = lines[k] + by_word[k] * word + by_bit[k] * bit
    now[count], now[count + 1] = row[ON_WORD], row[ON_BIT]
    behind = now[kind.mid] if kind.mid >= 0 else 0.0
    of_cell, of_selector = 0.0, 0.0
    for k in range(nodes):
        lost = (now[k] - behind) * now[nodes + k]
        of_cell += kind.of_cell[k] * lost
        of_selector += kind.of_selector[k] * lost
    now[three], now[three + 1] = of_cell, of_selector

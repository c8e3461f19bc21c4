"""Cells that are compiled Verilog-A at the crossings, see `base.py`; `osdi/local.py` does it for one.

States are the charges of inner nodes, their rates the currents into these; nodes without charge follow at once. The
equations are the object's own, residuals and Jacobians: an `idt`, an implicit equation or a temperature is an inner
node like any other.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pyspice_models.engine.nodal.linear.compiled import uncounted
from pyspice_models.engine.nodal.osdi.called import evaluate
from pyspice_models.engine.nodal.osdi.devices import (
    AT,
    BASED,
    ON_BIT,
    ON_WORD,
    RELTOL,
    SINGULAR,
    SLOPE,
    VOLT,
    WITHIN,
    Devices,
    blame,
)  # fmt: skip
from pyspice_models.engine.nodal.osdi.local import SHARE, factored, followed, whole
from pyspice_models.engine.osdi.calls import copied_rows

Array = NDArray[np.float64]

KERNEL = "osdi"

STATES = 0.005
"""Times reltol: what a declared state may be off by, of its range, see `own.py`."""

_NEAR = 2e-5, 1e-5  # [V] on a node of the circuit: an exponential over kT/q bends by 3e-7 of itself; of a state's range
_STRAIGHT = 125.0  # times that on a node in which all is linear, as it seems: 50 mV and no further
_ROUNDING = 1e-13  # of a node's voltage
_SMALL = 1e-30
_LOST = 100.0  # a way from a point, in multiples of what counts as near, after which its slopes are good for nothing


class Held(NamedTuple):
    """Of one moment.

    Attributes:
        rows: of each place, in one row: voltages of all nodes, as many currents out of them into the cell, as many
            charges; power lost in the cell, and in the selector [W].
        moved: how far each node has been from where it began in any cell of a kind, shape (kind, node).
    """

    rows: Array
    moved: Array


class Start(NamedTuple):
    """What a stage starts from: charges of inner nodes, shape (place, node)."""

    q: Array


@uncounted
def judged(devices: Devices, moved: Array) -> None:
    """What counts as near, and what nodes may be off by, as far as each has been by now."""
    volt, reltol = devices.allowed[VOLT], devices.allowed[RELTOL]
    for m in range(len(devices.kinds)):
        kind, weights, worth = devices.kinds[m], devices.weights[m], devices.worth[m]
        for k in range(kind.nodes):
            least, allowed = _ROUNDING * (devices.began[m, k] + moved[m, k]) + _SMALL, volt
            near = _NEAR[0]
            if k < kind.inners and kind.volts[k] == 0:
                scale = kind.fixed[k] if kind.fixed[k] > 0.0 else moved[m, k]
                near = _NEAR[1] * scale
                allowed = reltol * scale * (STATES if kind.fixed[k] > 0.0 else 1.0)
            weights[k] = ((near + 10.0 * least) * (_STRAIGHT if kind.straight[k] == 1 else 1.0)) ** -2.0
            worth[k] = 1.0 / (SHARE * allowed + least)


@uncounted
def ahead(
    devices: Devices, first: int, last: int, stage: float, a: float, one: Held, b: float, two: Held, start: Start,
    held: Held,
) -> None:  # fmt: skip
    """See `base.py`."""
    by_one, by_two = stage * a, stage * b
    if first == 0:
        copied_rows(two.moved, held.moved)
        judged(devices, two.moved)
    for n in range(devices.places.first[first], devices.places.first[last]):
        m = devices.cells[n].kind
        if m >= 0:
            nodes, here, there, to = devices.kinds[m].nodes, one.rows[n], two.rows[n], start.q[n]
            for k in range(devices.kinds[m].inners):
                to[k] = here[2 * nodes + k] - (by_one * here[nodes + k] + by_two * there[nodes + k])
            devices.forms[n, BASED] = 0.0


@uncounted
def prepare(devices: Devices, stage: float, gates: Any, word: Array, bit: Array, start: Start, held: Held) -> None:
    """Nothing: there are no gates."""


@uncounted
def follow(
    devices: Devices, first: int, last: int, stage: float, word: Array, bit: Array, start: Start, held: Held,
    flow_word: Array, flow_bit: Array, rest_word: Array, rest_bit: Array,
) -> None:  # fmt: skip
    """See `base.py`."""
    per_stage = 1.0 / stage
    for r in range(first, last):
        flows = devices.flows[r]
        for n in range(devices.places.first[r], devices.places.first[r + 1]):
            c, m = devices.places.col[n], devices.cells[n].kind
            on_word, on_bit = word[r, c], bit[r, c]
            displaced = devices.cells[n].parallel * (on_word - on_bit)
            if m < 0:
                flow = devices.cells[n].resistor * (on_word - on_bit)
                devices.forms[n, ON_WORD], devices.forms[n, ON_BIT] = on_word, on_bit
                flows[0], flows[1], flows[2], flows[3] = flow, -flow, 0.0, 0.0
            elif not followed(devices, r, n, per_stage, on_word, on_bit, start.q[n], flows):
                flows[0] = flows[1] = np.nan
            flow_word[r, c], flow_bit[r, c] = -flows[0], -flows[1]
            rest_word[r, c] = -flows[0] - per_stage * (flows[2] + displaced)
            rest_bit[r, c] = -flows[1] - per_stage * (flows[3] - displaced)


@uncounted
def slopes(
    devices: Devices, first: int, last: int, stage: float, word: Array, bit: Array, held: Held, branch: Array
) -> None:  # fmt: skip
    """See `base.py`: all inner nodes follow, states too."""
    per_stage = 1.0 / stage
    for r in range(first, last):
        room = devices.room[r]
        for n in range(devices.places.first[r], devices.places.first[r + 1]):
            c, m, row, point = devices.places.col[n], devices.cells[n].kind, devices.forms[n], devices.points[n]
            slope, v = devices.cells[n].resistor, held.rows[n]
            if m >= 0:
                kind, weights, at = devices.kinds[m], devices.weights[m], row[AT:]
                far, by_bit = 0.0, v[kind.inners + 1] - at[kind.inners + 1]
                for k in range(kind.nodes):
                    change = v[k] - at[k] - kind.shifted[k] * by_bit
                    far += weights[k] * (change * change)
                # a step that was given up leaves points behind that nothing is near to
                if not far <= _LOST * _LOST:
                    for k in range(kind.nodes):
                        at[k] = v[k]
                    evaluate(devices, r, n, row)
                if row[WITHIN] != per_stage and not factored(kind, per_stage, row, point, room[3:]):
                    blame(devices, SINGULAR, n, 0, row)
                    row[SLOPE] = np.nan
                slope = row[SLOPE]
            branch[r, c] = slope + per_stage * devices.cells[n].parallel


@uncounted
def stored(
    devices: Devices, first: int, last: int, word: Array, bit: Array, held: Held, on_word: Array, on_bit: Array
) -> None:  # fmt: skip
    """See `base.py`."""
    for r in range(first, last):
        for n in range(devices.places.first[r], devices.places.first[r + 1]):
            c, m = devices.places.col[n], devices.cells[n].kind
            displaced = devices.cells[n].parallel * (word[r, c] - bit[r, c])
            on_word[r, c], on_bit[r, c] = displaced, -displaced
            if m >= 0:
                q = 2 * devices.kinds[m].nodes + devices.kinds[m].inners
                on_word[r, c] += held.rows[n, q]
                on_bit[r, c] += held.rows[n, q + 1]


@uncounted
def error(
    devices: Devices, first: int, last: int, stage: float, a: float, point: Held, b: float, middle: Held, c: float,
    end: Held, reltol: float, volt: float,
) -> float:  # fmt: skip
    """See `base.py`: of inner nodes, by the charge that the formulas differ in."""
    if first == 0:
        devices.allowed[RELTOL], devices.allowed[VOLT] = reltol, volt
        judged(devices, point.moved)
    per_stage, largest, room = 1.0 / stage, 0.0, devices.room[first]
    charge = room[0]
    for n in range(devices.places.first[first], devices.places.first[last]):
        m = devices.cells[n].kind
        if m < 0 or devices.kinds[m].inners == 0:
            continue
        kind, worth, row, off = devices.kinds[m], devices.worth[m], devices.forms[n], 0.0
        count, nodes, linear = kind.inners, kind.nodes, devices.points[n]
        one, two, three = point.rows[n], middle.rows[n], end.rows[n]
        inverse = linear[kind.inverse :]
        for i in range(count):
            charge[i] = a * one[nodes + i] + b * two[nodes + i] + c * three[nodes + i]
            charge[i] *= kind.charged[i] * per_stage
            off += abs(charge[i])
        if off == 0.0:
            continue
        if row[WITHIN] != per_stage and not factored(kind, per_stage, row, linear, room[3:]):
            return np.nan
        for i in range(count):
            off = 0.0
            if kind.apiece == 1:
                off = inverse[i * count + i] * charge[i]
            else:
                for j in range(count):
                    off += inverse[i * count + j] * charge[j]
            share = SHARE * abs(off) * worth[i]
            if kind.tracked == 1 and kind.fixed[i] == 0.0 and kind.volts[i] == 0:
                share /= max(1.0, SHARE * reltol * abs(three[i] - devices.origin[n, i]) * worth[i])
            if not share <= largest:
                largest = share
            if np.isnan(share):
                return np.nan
    return largest


@uncounted
def spend(
    devices: Devices, first: int, last: int, a: float, point: Held, b: float, middle: Held, c: float, end: Held,
    cells: Array, selectors: Array,
) -> None:  # fmt: skip
    """See `base.py`; the step is made: how far nodes have moved counts from now on."""
    if first == 0:
        devices.fault[0] = 0
    for r in range(first, last):
        for n in range(devices.places.first[r], devices.places.first[r + 1]):
            at, m = devices.places.col[n], devices.cells[n].kind
            one, two, three = point.rows[n], middle.rows[n], end.rows[n]
            lost = 6 if m < 0 else 3 * devices.kinds[m].nodes
            cells[r, at] += a * one[lost] + b * two[lost] + c * three[lost]
            if len(selectors) > 0:
                selectors[r, at] += a * one[lost + 1] + b * two[lost + 1] + c * three[lost + 1]
            if m >= 0 and devices.kinds[m].tracked == 1:
                moved, origin = end.moved[m], devices.origin[n]
                for k in range(devices.kinds[m].inners):
                    moved[k] = max(moved[k], abs(three[k] - origin[k]))


@uncounted
def beside(devices: Devices, gates: Any, held: Held, powers: Array) -> None:
    """There are no gates; the stage is solved: what the lines' turns did not need of a place follows now."""
    for n in range(len(devices.cells)):
        m, row, now = devices.cells[n].kind, devices.forms[n], held.rows[n]
        if m >= 0:
            whole(devices.kinds[m], row, now)
        else:
            now[0], now[1] = row[ON_WORD], row[ON_BIT]
            now[6] = devices.cells[n].resistor * (now[0] - now[1]) ** 2


@uncounted
def keep(devices: Devices, first: int, last: int, held: Held, planes: Array) -> None:
    """See `base.py`: voltages of the inner nodes."""
    for r in range(first, last):
        for n in range(devices.places.first[r], devices.places.first[r + 1]):
            c, m = devices.places.col[n], devices.cells[n].kind
            for i in range(len(planes)):
                planes[i, r, c] = held.rows[n, i] if m >= 0 and i < devices.kinds[m].inners else 0.0

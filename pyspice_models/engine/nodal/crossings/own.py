"""The Ag2S cell by itself at each crossing, with the capacitance between the lines there; see `base.py`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyspice_models.array import Crossbar
from pyspice_models.array.kinds import Population
from pyspice_models.engine.nodal.crossings.base import places_of
from pyspice_models.engine.nodal.crossings.cell_sweeps import Table, bent_slope, filament, interface, over_a_stage
from pyspice_models.engine.nodal.crossings.cells import ALWAYS, NEVER, PROBED_VOLTAGES, Cells
from pyspice_models.engine.nodal.crossings.law_maps import law_maps
from pyspice_models.engine.nodal.crossings.own_cells import (
    Devices,
    Held,
    Start,
    bends,
    burn,
    charge,
    flows,
    from_rates,
    gather,
    move,
    take,
)
from pyspice_models.engine.nodal.linear.compiled import compiled
from pyspice_models.engine.nodal.linear.team import lines_of_part

Array = NDArray[np.float64]

KERNEL = "own"

_STILL = 1e-12  # a change of a state that is none: a thousand steps of it do not add up to one that counts
STATES = 0.005  # times reltol: a pulse moves a state by a thousandth or less, and it is the change that is looked at
_TOGETHER = 16_384  # numbers
_REACH = 1.1  # of the largest voltage between any two sources: maps of the law end there


@compiled
def quiet_below(volts: Array, fastest: Array, stage: float) -> float:
    """Voltage below which no state changes in a stage [V]; 0 if there is none."""
    found = 0.0
    for n in range(len(volts)):
        if fastest[n] * stage >= _STILL:
            break
        found = volts[n]
    return found


@compiled
def conductances(table: Table, held: Held) -> None:
    """Those at 0 V that belong to the states."""
    for n in range(len(held.w)):
        k = table[n] if len(table) > 1 else table[0]
        held.g_int[n], held.g_fil[n] = interface(held.w[n], k), filament(held.x[n], k)


@compiled
def ahead(
    devices: Devices, first: int, last: int, stage: float, a: float, one: Held, b: float, two: Held, start: Start,
    held: Held,
) -> None:  # fmt: skip
    """See `base.py`."""
    start.quiet[0] = quiet_below(devices.volts, devices.fastest, stage)
    by_one, by_two = stage * a, stage * b
    low, high = devices.places.first[first], devices.places.first[last]
    from_rates(one.w, by_one, one.rate_w, by_two, two.rate_w, low, high, start.w)
    from_rates(one.x, by_one, one.rate_x, by_two, two.rate_x, low, high, start.x)
    from_rates(one.q, by_one, one.rate_q, by_two, two.rate_q, low, high, start.q)
    take(two.w, low, high, held.w)
    take(two.x, low, high, held.x)
    take(two.q, low, high, held.q)
    take(two.g_int, low, high, held.g_int)
    take(two.g_fil, low, high, held.g_fil)


@compiled
def prepare(devices: Devices, stage: float, gates: Any, word: Array, bit: Array, start: Start, held: Held) -> None:
    """Nothing: there are no gates."""


@compiled
def follow(
    devices: Devices, first: int, last: int, stage: float, word: Array, bit: Array, start: Start, held: Held,
    flow_word: Array, flow_bit: Array, rest_word: Array, rest_bit: Array,
) -> None:  # fmt: skip
    """See `base.py`: states follow their voltages, cell by cell."""
    table, places = devices.table, devices.places
    a, b = places.first[first], places.first[last]
    room = places.first[first - first % devices.each]
    volts, currents = start.volts[room : room + b - a], start.currents[room : room + b - a]
    gather(places, first, last, word, bit, volts)
    move(devices, a, stage, volts, start, held)
    bends(devices, a, volts, currents)
    flows(volts, currents, held.g_int[a:b], held.g_fil[a:b], currents)
    charge(table, a, stage, volts, start.q[a:b], held.q[a:b], held.rate_q[a:b])
    burn(table, a, volts, currents, held.q[a:b], held.power[a:b])
    per_stage = 1.0 / stage
    by_geometry = table[0].c_parallel * per_stage
    for r in range(first, last):
        into_word, into_bit, left_word, left_bit = flow_word[r], flow_bit[r], rest_word[r], rest_bit[r]
        for n in range(places.first[r], places.first[r + 1]):
            c = places.col[n]
            if len(table) > 1:
                by_geometry = table[n].c_parallel * per_stage
            current = currents[n - a]
            whole = current + by_geometry * volts[n - a]
            into_word[c], into_bit[c], left_word[c], left_bit[c] = -current, current, -whole, whole


@compiled
def slopes(
    devices: Devices, first: int, last: int, stage: float, word: Array, bit: Array, held: Held, branch: Array
) -> None:  # fmt: skip
    """See `base.py`; the states w and x are held."""
    table, col, maps = devices.table, devices.places.col, devices.maps
    beside = over_a_stage(stage, table[0])
    for r in range(first, last):
        word_r, bit_r, branch_r = word[r], bit[r], branch[r]
        for n in range(devices.places.first[r], devices.places.first[r + 1]):
            c = col[n]
            k = table[0]
            if len(table) > 1:
                k = table[n]
                beside = over_a_stage(stage, k)
            branch_r[c] = held.g_int[n] * bent_slope(word_r[c] - bit_r[c], k, maps) + held.g_fil[n] + beside


@compiled
def stored(
    devices: Devices, first: int, last: int, word: Array, bit: Array, held: Held, on_word: Array, on_bit: Array
) -> None:  # fmt: skip
    """See `base.py`."""
    table, col = devices.table, devices.places.col
    for r in range(first, last):
        for n in range(devices.places.first[r], devices.places.first[r + 1]):
            c = col[n]
            k = table[n] if len(table) > 1 else table[0]
            charge = k.c_parallel * (word[r, c] - bit[r, c])
            on_word[r, c], on_bit[r, c] = charge, -charge


@compiled
def error(
    devices: Devices, first: int, last: int, stage: float, a: float, point: Held, b: float, middle: Held, c: float,
    end: Held, reltol: float, volt: float,
) -> float:  # fmt: skip
    """See `base.py`."""
    of_states, of_charges, every = 0.0, 0.0, 0.0
    for n in range(devices.places.first[first], devices.places.first[last]):
        dw = a * point.rate_w[n] + b * middle.rate_w[n] + c * end.rate_w[n]
        dx = a * point.rate_x[n] + b * middle.rate_x[n] + c * end.rate_x[n]
        dq = a * point.rate_q[n] + b * middle.rate_q[n] + c * end.rate_q[n]
        of_states, of_charges = max(of_states, max(abs(dw), abs(dx))), max(of_charges, abs(dq))
        every += dw + dx + dq
    if np.isnan(every):  # which no maximum tells
        return np.nan
    return max(of_states / (STATES * reltol), of_charges / (1.0 + stage / devices.slowest) / volt)


@compiled
def spend(
    devices: Devices, first: int, last: int, a: float, point: Held, b: float, middle: Held, c: float, end: Held,
    cells: Array, selectors: Array,
) -> None:  # fmt: skip
    """See `base.py`."""
    for r in range(first, last):
        for n in range(devices.places.first[r], devices.places.first[r + 1]):
            cells[r, devices.places.col[n]] += a * point.power[n] + b * middle.power[n] + c * end.power[n]


@compiled
def beside(devices: Devices, gates: Any, held: Held, powers: Array) -> None:
    """Nothing: there are no gates."""


@compiled
def keep(devices: Devices, first: int, last: int, held: Held, planes: Array) -> None:
    """See `base.py`: w, x, q, and the power."""
    for r in range(first, last):
        for n in range(devices.places.first[r], devices.places.first[r + 1]):
            c = devices.places.col[n]
            planes[0, r, c], planes[1, r, c] = held.w[n], held.x[n]
            planes[2, r, c], planes[3, r, c] = held.q[n], held.power[n]


def _by_parts(of: Callable[..., Any], *waves: Array) -> Array:
    """A function of waves of shape (time, ...), a few moments at a time: what lies between stays in the cache."""
    found = np.empty(waves[0].shape)
    moments = max(1, _TOGETHER // max(found[:1].size, 1))
    for first in range(0, len(found), moments):
        part = slice(first, first + moments)
        found[part] = of(*(wave[part] for wave in waves))
    return found


class Own:
    """Ag2S cells of one kind; see `Crossings`."""

    functions = sys.modules[__name__]
    planes = 4
    losses: tuple[str, ...] = ("cells",)
    shunts = (0.0, 0.0)
    shared = True

    def __init__(self, crossbar: Crossbar, population: Population, widest: float) -> None:
        """Lay them out; `widest`: largest voltage between any two sources [V]."""
        self.cells = Cells(crossbar, population)
        table = self.cells.table()
        self.devices = Devices(
            places_of(population.where), table, law_maps(table, _REACH * widest), PROBED_VOLTAGES,
            self.cells.fastest(NEVER, ALWAYS), float(np.max(self.cells.equations.ion_branch.tau)),
            lines_of_part(crossbar.rows), False, np.inf,
        )  # fmt: skip

    def widen(self, widest: float) -> None:
        """See `Crossings`."""
        if widest * _REACH > self.devices.maps.reach:
            self.devices = self.devices._replace(maps=law_maps(self.devices.table, _REACH * widest))

    def at_rest(self) -> Held:
        """See `Crossings`."""
        w, x = self.cells.w0.copy(), self.cells.x0.copy()
        rest = (np.zeros_like(w) for _ in range(7))
        held = Held(w, x, *rest)
        conductances(self.devices.table, held)
        return held

    def new_start(self) -> Start:
        """See `Crossings`."""
        size = len(self.cells.w0)
        w, x, q, volts, currents = (np.zeros(size) for _ in range(5))
        return Start(w, x, q, np.zeros(1), volts, currents)

    def waves(self, word: Array, bit: Array, planes: Array) -> dict[str, Array]:
        """See `Crossings`."""
        eq, mine = self.cells.equations, self.cells.population
        w, x, q, power = (mine.picked(planes[:, n]) for n in range(self.planes))
        found = {
            "w": _by_parts(eq.clip, w), "x": _by_parts(eq.clip, x), "p": power,
            "es": _by_parts(lambda on_word, on_bit, charged: eq.stored(on_word - on_bit, charged),
                            mine.picked(word), mine.picked(bit), q),
        }  # fmt: skip
        if mine.whole:
            return {name: np.asarray(values) for name, values in found.items()}
        waves = {mine.key(name): np.full(word.shape, np.nan) for name in found}
        for name, values in found.items():
            waves[mine.key(name)][:, mine.where] = values
        return waves

    def states(self, held: Any) -> dict[str, Array]:
        """See `Crossings`."""
        return {"w": np.asarray(self.cells.equations.clip(held.w)), "x": np.asarray(self.cells.equations.clip(held.x))}

    def complaint(self, when: str) -> str:
        """See `Crossings`."""
        return ""

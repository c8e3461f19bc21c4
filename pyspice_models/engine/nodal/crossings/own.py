"""The Ag2S cell by itself at each crossing, with the capacitance between the lines there; see `base.py`."""

from __future__ import annotations

import sys
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pyspice_models.array import Crossbar
from pyspice_models.array.kinds import Population
from pyspice_models.engine.nodal.crossings.base import Places, places_of
from pyspice_models.engine.nodal.crossings.cell_sweeps import (
    Table,
    bent,
    both_paths,
    dissipated,
    filament,
    interface,
    ionic,
    moved,
    slope,
)
from pyspice_models.engine.nodal.crossings.cells import PROBED_VOLTAGES, Cells
from pyspice_models.engine.nodal.crossings.law_maps import LawMaps, law_maps
from pyspice_models.engine.nodal.linear.compiled import compiled

Array = NDArray[np.float64]

KERNEL = "own"

_STILL = 1e-12  # a change of a state that is none: a thousand steps of it do not add up to one that counts
STATES = 0.005  # times reltol: a pulse moves a state by a thousandth or less, and it is the change that is looked at
_REACH = 1.1  # of the largest voltage between any two sources: maps of the law end there


class Devices(NamedTuple):
    """What does not change.

    Attributes:
        places: where the cells stand.
        table: constants, one row for all cells or one for each.
        maps: of the law.
        volts, fastest: the largest rate of any state at each of some voltages [V], [1/s].
        slowest: time constant of the slowest ionic branch [s].
        renewed, largest: see `Crossings`.
    """

    places: Places
    table: Table
    maps: LawMaps
    volts: Array
    fastest: Array
    slowest: float
    renewed: bool
    largest: float


class Held(NamedTuple):
    """Of one moment, each of shape (place,).

    Attributes:
        w, x, q: states, and voltage on the ionic capacitance [V].
        g_int, g_fil: conductances at 0 V that belong to them [S].
        rate_w, rate_x, rate_q: their time derivatives.
        power: lost [W].
    """

    w: Array
    x: Array
    q: Array
    g_int: Array
    g_fil: Array
    rate_w: Array
    rate_x: Array
    rate_q: Array
    power: Array


class Start(NamedTuple):
    """What a stage starts from: states, shape (place,), and below which voltage none moves in it, shape (1,) [V]."""

    w: Array
    x: Array
    q: Array
    quiet: Array


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
    for n in range(devices.places.first[first], devices.places.first[last]):
        start.w[n] = one.w[n] + (by_one * one.rate_w[n] + by_two * two.rate_w[n])
        start.x[n] = one.x[n] + (by_one * one.rate_x[n] + by_two * two.rate_x[n])
        start.q[n] = one.q[n] + (by_one * one.rate_q[n] + by_two * two.rate_q[n])
        held.w[n], held.x[n], held.q[n] = two.w[n], two.x[n], two.q[n]
        held.g_int[n], held.g_fil[n] = two.g_int[n], two.g_fil[n]


@compiled
def prepare(devices: Devices, stage: float, gates: Any, word: Array, bit: Array, start: Start, held: Held) -> None:
    """Nothing: there are no gates."""


@compiled
def follow(
    devices: Devices, first: int, last: int, stage: float, word: Array, bit: Array, start: Start, held: Held,
    flow_word: Array, flow_bit: Array, rest_word: Array, rest_bit: Array,
) -> None:  # fmt: skip
    """See `base.py`: states follow their voltages, cell by cell."""
    table, maps, col, quiet = devices.table, devices.maps, devices.places.col, start.quiet[0]
    w, x, q, g_int, g_fil = held.w, held.x, held.q, held.g_int, held.g_fil
    for r in range(first, last):
        word_r, bit_r = word[r], bit[r]
        into_word, into_bit, left_word, left_bit = flow_word[r], flow_bit[r], rest_word[r], rest_bit[r]
        for n in range(devices.places.first[r], devices.places.first[r + 1]):
            c = col[n]
            k = table[n] if len(table) > 1 else table[0]
            v = word_r[c] - bit_r[c]
            new_w, new_x = start.w[n], start.x[n]
            if abs(v) > quiet:
                new_w, new_x = moved(v, new_w, new_x, w[n], x[n], stage, k, maps)
            if new_w != w[n]:
                w[n] = new_w
                g_int[n] = interface(new_w, k)
            if new_x != x[n]:
                x[n] = new_x
                g_fil[n] = filament(new_x, k)
            share = stage / k.tau
            charged = (start.q[n] + share * v) / (1.0 + share)
            q[n] = charged
            held.rate_w[n] = (new_w - start.w[n]) / stage
            held.rate_x[n] = (new_x - start.x[n]) / stage
            held.rate_q[n] = (charged - start.q[n]) / stage
            through, charging = v * both_paths(bent(v, k, maps), g_int[n], g_fil[n]), ionic(v, charged, k)
            held.power[n] = dissipated(v, charged, through, charging)
            current, displaced = through + charging, k.c_parallel * v / stage
            into_word[c], into_bit[c] = -current, current
            left_word[c], left_bit[c] = -current - displaced, current + displaced


@compiled
def slopes(
    devices: Devices, first: int, last: int, stage: float, word: Array, bit: Array, held: Held, branch: Array
) -> None:  # fmt: skip
    """See `base.py`; the states w and x are held."""
    table, col = devices.table, devices.places.col
    for r in range(first, last):
        for n in range(devices.places.first[r], devices.places.first[r + 1]):
            c = col[n]
            k = table[n] if len(table) > 1 else table[0]
            v = word[r, c] - bit[r, c]
            branch[r, c] = slope(v, held.g_int[n], held.g_fil[n], stage, k, devices.maps) + k.c_parallel / stage


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


class Own:
    """Ag2S cells of one kind; see `Crossings`."""

    functions = sys.modules[__name__]
    planes = 4
    losses: tuple[str, ...] = ("cells",)
    shunts = (0.0, 0.0)

    def __init__(self, crossbar: Crossbar, population: Population, widest: float) -> None:
        """Lay them out; `widest`: largest voltage between any two sources [V]."""
        self.cells = Cells(crossbar, population)
        table = self.cells.table()
        self.devices = Devices(
            places_of(population.where), table, law_maps(table, _REACH * widest), PROBED_VOLTAGES, self.cells.fastest(),
            float(np.max(self.cells.equations.ion_branch.tau)), False, np.inf,
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
        return Start(np.zeros(size), np.zeros(size), np.zeros(size), np.zeros(1))

    def waves(self, word: Array, bit: Array, planes: Array) -> dict[str, Array]:
        """See `Crossings`."""
        eq, mine = self.cells.equations, self.cells.population
        w, x, q, power = (mine.picked(planes[:, n]) for n in range(self.planes))
        found = {"w": eq.clip(w), "x": eq.clip(x), "p": power, "es": eq.stored(mine.picked(word - bit), q)}
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

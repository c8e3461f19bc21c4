"""The arrays of the kernel `own`, and its loops over the cells of some rows, one after the other.

Each of these loops works on few arrays: the compiler makes vector code of such ones alone.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pyspice_models.engine.nodal.crossings.base import Places
from pyspice_models.engine.nodal.crossings.cell_sweeps import (
    Table,
    bent,
    both_paths,
    dissipated,
    filament,
    interface,
    ionic,
    moved,
)
from pyspice_models.engine.nodal.crossings.law_maps import LawMaps, has_voltage, piece, place_of_voltage
from pyspice_models.engine.nodal.linear.compiled import uncounted

Array = NDArray[np.float64]


class Devices(NamedTuple):
    """What does not change.

    Attributes:
        places: where the cells stand.
        table: constants, one row for all cells or one for each.
        maps: of the law.
        volts, fastest: the largest rate of any state at each of some voltages [V], [1/s].
        slowest: time constant of the slowest ionic branch [s].
        each: rows that one thread has at least: their cells share room to work in.
        renewed, largest: see `Crossings`.
    """

    places: Places
    table: Table
    maps: LawMaps
    volts: Array
    fastest: Array
    slowest: float
    each: int
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
    """What a stage starts from: states, shape (place,), and below which voltage none moves in it, shape (1,) [V]. And
    room for voltages and currents of the cells of some rows, shape (place,) too."""

    w: Array
    x: Array
    q: Array
    quiet: Array
    volts: Array
    currents: Array


@uncounted
def from_rates(
    state: Array, a: float, one: Array, b: float, two: Array, first: int, last: int, out: Array
) -> None:  # fmt: skip
    """out <- state + a * one + b * two, of some places."""
    for n in range(first, last):
        out[n] = state[n] + (a * one[n] + b * two[n])


@uncounted
def take(values: Array, first: int, last: int, out: Array) -> None:
    """out <- values, of some places: numba's own way compiles the text of an error about shapes for seconds."""
    for n in range(first, last):
        out[n] = values[n]


@uncounted
def gather(places: Places, first: int, last: int, word: Array, bit: Array, volts: Array) -> None:
    """Voltages of the cells of some rows, one after the other."""
    begin = places.first[first]
    for r in range(first, last):
        word_r, bit_r = word[r], bit[r]
        for n in range(places.first[r], places.first[r + 1]):
            c = places.col[n]
            volts[n - begin] = word_r[c] - bit_r[c]


@uncounted
def move(devices: Devices, begin: int, stage: float, volts: Array, start: Start, held: Held) -> None:
    """States of some cells after a stage at these voltages, their rates, and the conductances that belong to them."""
    table, maps, quiet, per_stage = devices.table, devices.maps, start.quiet[0], 1.0 / stage
    w, x, rate_w, rate_x = held.w, held.x, held.rate_w, held.rate_x
    for i in range(len(volts)):
        n = begin + i
        new_w, new_x = start.w[n], start.x[n]
        if abs(volts[i]) > quiet:
            k = table[n] if len(table) > 1 else table[0]
            new_w, new_x = moved(volts[i], new_w, new_x, w[n], x[n], stage, k, maps)
        if new_w != w[n]:
            w[n] = new_w
            held.g_int[n] = interface(new_w, table[n] if len(table) > 1 else table[0])
        if new_x != x[n]:
            x[n] = new_x
            held.g_fil[n] = filament(new_x, table[n] if len(table) > 1 else table[0])
        rate_w[n] = (new_w - start.w[n]) * per_stage
        rate_x[n] = (new_x - start.x[n]) * per_stage


@uncounted
def bends(devices: Devices, begin: int, volts: Array, out: Array) -> None:
    """What voltages make of the interface's conductances."""
    table, bend_map = devices.table, devices.maps.bend
    pieces, on_map = bend_map.shape[0] - 1, True
    for i in range(len(volts)):
        on_map &= has_voltage(bend_map, abs(volts[i]))
    if on_map:
        for i in range(len(volts)):
            number, share = place_of_voltage(volts[i], pieces)
            out[i] = piece(bend_map, 0, number, share)
        return
    for i in range(len(volts)):
        out[i] = bent(volts[i], table[begin + i] if len(table) > 1 else table[0], devices.maps)


@uncounted
def charge(table: Table, begin: int, stage: float, volts: Array, start: Array, q: Array, rate: Array) -> None:
    """Voltages on ionic capacitances after a stage, and their rates."""
    per_stage = 1.0 / stage
    if len(table) == 1:
        share = stage / table[0].tau
        whole = 1.0 / (1.0 + share)
        for i in range(len(volts)):
            q[i] = (start[i] + share * volts[i]) * whole
            rate[i] = (q[i] - start[i]) * per_stage
        return
    for i in range(len(volts)):
        share = stage / table[begin + i].tau
        q[i] = (start[i] + share * volts[i]) / (1.0 + share)
        rate[i] = (q[i] - start[i]) * per_stage


@uncounted
def flows(volts: Array, bent_by: Array, g_int: Array, g_fil: Array, out: Array) -> None:
    """Currents through both paths."""
    for i in range(len(volts)):
        out[i] = volts[i] * both_paths(bent_by[i], g_int[i], g_fil[i])


@uncounted
def burn(table: Table, begin: int, volts: Array, through: Array, q: Array, power: Array) -> None:
    """Powers of cells; their currents, which come as those through both paths, become whole."""
    k = table[0]
    for i in range(len(volts)):
        if len(table) > 1:
            k = table[begin + i]
        charging = ionic(volts[i], q[i], k)
        power[i] = dissipated(volts[i], q[i], through[i], charging)
        through[i] += charging

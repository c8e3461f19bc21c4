"""An Ag2S cell in series with something else: the voltage on it is a local unknown of its crossing."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pyspice_models.array import Crossbar
from pyspice_models.array.kinds import Population
from pyspice_models.engine.nodal.crossings.base import Places, places_of
from pyspice_models.engine.nodal.crossings.cell_sweeps import (
    Row,
    Table,
    bend,
    both_paths,
    filament,
    interface,
    ionic,
    moved,
)  # fmt: skip
from pyspice_models.engine.nodal.crossings.cells import ALWAYS, NEVER, PROBED_VOLTAGES, Cells
from pyspice_models.engine.nodal.crossings.law_maps import (
    PER_VOLT,
    LawMaps,
    has_voltage,
    law_maps,
    piece,
    piece_slope,
    place_of_voltage,
)
from pyspice_models.engine.nodal.linear.compiled import compiled, merged, uncounted

Array = NDArray[np.float64]

TURNS = 60
FINE = 2e-6  # [V] a correction that slopes tell well enough: what they miss of a current is 1e-9 of it
LARGEST = 0.1  # [V] of a correction of the lines: beyond, selectors are no longer what their slopes say
_PROBE = 1e-6  # [V]
_FAR = 0.3  # [V] that Newton's method goes at once
_REACH = 1.1  # of the largest voltage between any two sources


class InSeries(NamedTuple):
    """The cells, and what joins the lines at each crossing.

    Attributes:
        places: where they stand.
        table: constants of the law, one row for all cells or one for each; its `c_parallel` is that of the plates [F].
        maps: of the law.
        volts, fastest: the largest rate of any state at each of some voltages [V], [1/s].
        c_crossing: between both lines [F].
    """

    places: Places
    table: Table
    maps: LawMaps
    volts: Array
    fastest: Array
    c_crossing: float


def in_series(cells: Cells, crossbar: Crossbar, population: Population, widest: float) -> InSeries:
    """Lay the cells out; `widest`: largest voltage between any two sources [V]."""
    table, crossing = cells.table(), crossbar.wire.c_crossing
    table["c_parallel"] -= crossing
    return InSeries(
        places_of(population.where), table, law_maps(table, _REACH * widest), PROBED_VOLTAGES,
        cells.fastest(NEVER, ALWAYS), float(crossing),
    )  # fmt: skip


def widened(cells: InSeries, widest: float) -> InSeries:
    """The same cells, ready for a larger voltage between any two sources [V]."""
    reach = _REACH * widest
    return cells if reach <= cells.maps.reach else cells._replace(maps=law_maps(cells.table, reach))


@merged
def conducting_paths(v: float, g_int: float, g_fil: float, k: Row, maps: LawMaps) -> tuple[float, float]:
    """Current of both paths of a cell [A], and its slope, the states held [S]."""
    pieces = maps.bend.shape[0] - 1
    if has_voltage(maps.bend, abs(v)):
        number, share = place_of_voltage(v, pieces)
        here = piece(maps.bend, 0, number, share)
        rise = piece_slope(maps.bend, 0, number, share) * PER_VOLT
    else:
        here = bend(v, k)
        rise = (bend(v + _PROBE, k) - here) / _PROBE
    return v * both_paths(here, g_int, g_fil), g_int * (here + v * rise) + g_fil


@compiled
def rest_paths(cells: InSeries, held: Array, w: int, x: int, g_int: int, g_fil: int, g_cell: int) -> None:
    """Fill in what belongs to states at 0 V; numbers of columns of `held`, shape (place, column): of the states, of the
    conductances of both paths, and of the slope of a cell."""
    for n in range(len(held)):
        k = cells.table[n] if len(cells.table) > 1 else cells.table[0]
        held[n, g_int], held[n, g_fil] = interface(held[n, w], k), filament(held[n, x], k)
        held[n, g_cell] = conducting_paths(0.0, held[n, g_int], held[n, g_fil], k, cells.maps)[1]


@uncounted
def spend_both(
    places: Places, first: int, last: int, a: float, point: Array, b: float, middle: Array, c: float, end: Array,
    power: int, power_selector: int, cells: Array, selectors: Array,
) -> None:  # fmt: skip
    """See `spend` in `base.py`; numbers of columns of what moments hold, shape (place, column): power of a cell, and of
    what is in series with it."""
    for r in range(first, last):
        for n in range(places.first[r], places.first[r + 1]):
            k = places.col[n]
            cells[r, k] += a * point[n, power] + b * middle[n, power] + c * end[n, power]
            selectors[r, k] += a * point[n, power_selector] + b * middle[n, power_selector] + c * end[n, power_selector]


@merged
def ionic_share(stage: float, k: Row) -> tuple[float, float]:
    """What of a volt on a cell its ionic capacitance gets within a stage, and what it adds to the current there [S]."""
    share = stage / (k.tau + stage)
    return share, (1.0 - share) / k.r_ion


@merged
def cell_at(
    v: float, start_w: float, start_x: float, start_q: float, stage: float, share: float, quiet: float, k: Row,
    maps: LawMaps, w: float, x: float, g_int: float, g_fil: float,
) -> tuple[float, float, float, float, float, float, float, float]:  # fmt: skip
    """A cell at the end of a stage with a voltage on it; w, x and what belongs to them come as a guess. `share`: of the
    voltage that the ionic capacitance gets.

    Gives w, x, q, g_int, g_fil, the current of both paths and that into the ionic capacitance [A], and the slope of the
    first [S].
    """
    new_w, new_x = start_w, start_x
    if abs(v) > quiet:
        new_w, new_x = moved(v, start_w, start_x, w, x, stage, k, maps)
    if new_w != w:
        g_int = interface(new_w, k)
    if new_x != x:
        g_fil = filament(new_x, k)
    q = start_q + share * (v - start_q)
    through, slope = conducting_paths(v, g_int, g_fil, k, maps)
    return new_w, new_x, q, g_int, g_fil, through, ionic(v, q, k), slope


@merged
def narrowed(v: float, change: float, low: float, high: float) -> float:
    """Newton's next guess, or the middle of the bracket that it leaves."""
    found = v + min(max(change, -_FAR), _FAR)
    return found if low < found < high else 0.5 * (low + high)

"""The law of the cells as maps over the voltage and over the states, read by cubic pieces.

Made from the very functions of the law, and held against them in the middle of every piece, where cubic pieces are
furthest off: a map that is off by more than `ALLOWED` is not used. Where cells differ in what a map is made of, and
outside a map, the law itself is evaluated.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pyspice_models.cells.ag2s import law
from pyspice_models.engine.nodal.linear.compiled import merged

Array = NDArray[np.float64]

PER_VOLT, PER_STATE = 4096, 4096  # pieces: a map says the same of a voltage however far it reaches
BLOCK = 512  # pieces that are made together: the last digit of a function depends on where in an array it is asked for
_LOW, _HIGH = -0.125, 1.125  # of the states
SMALL = 0.04  # [V] rates at smaller voltages are so much smaller that no share of them would be right
_APART = 1e-5  # of a piece: for slopes, by central differences
ALLOWED = 1e-5
"""Largest error of a map, as a share of the law; of soft bounds of their largest value."""

_BEND = "v_int", "v_bend", "v_smooth"
_MOTION = (
    "lever", "v_linear", "v_smooth", "steep", "limit", "limit_steep", "per_int", "nuc_int", "per_fil", "nuc_fil",
)  # fmt: skip
_BOUNDS = "p_int", "p_fil", "s_smooth"


class LawMaps(NamedTuple):
    """For each column of a map its values at the ends of the pieces, and what its slope there makes of a piece.

    Attributes:
        reach: largest voltage that they were made for, a whole number of blocks of pieces [V].
        bend: what a voltage makes of the interface's conductance, shape (pieces + 1, 2); empty: none.
        motion: factors of set and reset of w, then of x, shape (pieces + 1, 8) or empty.
        bounds: soft bounds of w, then of x, shape (pieces + 1, 4) or empty.
    """

    reach: float
    bend: Array
    motion: Array
    bounds: Array


def law_maps(table: NDArray[np.void], reach: float) -> LawMaps:
    """Of the cells of a table, see `cell_sweeps.Table`, up to a voltage at least [V]."""
    half = math.ceil(reach * PER_VOLT / BLOCK) * BLOCK

    def of(map_of: Callable[..., Array], names: tuple[str, ...], columns: int) -> Array:
        if half > 0 and all((table[name] == table[name][0]).all() for name in names):
            return map_of(half, *(float(table[name][0]) for name in names))
        return np.zeros((0, columns))

    return LawMaps(half / PER_VOLT, of(_bend, _BEND, 2), of(_motion, _MOTION, 8), of(_bounds, _BOUNDS, 4))


# draws of one array differ in few constants: most maps of one draw are those of the one before


@lru_cache(maxsize=4)
def _bend(half: int, *constants: float) -> Array:
    k = SimpleNamespace(**dict(zip(_BEND, constants, strict=True)))
    return _map(lambda v: np.asarray(law.bend(v, k))[:, None], _volts(half), np.ones(2 * half, dtype=bool))


@lru_cache(maxsize=4)
def _motion(half: int, *constants: float) -> Array:
    k, volts = SimpleNamespace(**dict(zip(_MOTION, constants, strict=True))), _volts(half)

    def motion(v: Array) -> Array:
        direction, mag = law.seen(v, k)
        factors = law.interface_factor(mag, k), law.filament_factor(mag, k)
        return np.stack([0.5 * f * (1 + sign * direction) for f in factors for sign in (1, -1)], axis=1)

    return _map(motion, volts, np.abs(0.5 * (volts[1:] + volts[:-1])) >= SMALL)


@lru_cache(maxsize=4)
def _bounds(half: int, *constants: float) -> Array:
    k = SimpleNamespace(**dict(zip(_BOUNDS, constants, strict=True)))
    states = np.linspace(_LOW, _HIGH, round((_HIGH - _LOW) * PER_STATE) + 1)

    def bounds(s: Array) -> Array:
        return np.stack([law.soft_bound(s, exponent, k.s_smooth) for exponent in (k.p_int, k.p_fil)], axis=1)

    return _map(bounds, states, np.ones(len(states) - 1, dtype=bool), of_largest=True)


def _volts(half: int) -> Array:
    return np.arange(-half, half + 1) / PER_VOLT


def _map(
    function: Callable[[Array], Array], places: Array, counts: NDArray[np.bool_], *, of_largest: bool = False
) -> Array:  # fmt: skip
    """Map of a function, as far as pieces that count are not off by too much; of a state all of it or nothing."""
    size = float(places[1] - places[0])

    def at(shift: float) -> Array:
        blocks = (places[n : n + BLOCK] + shift * size for n in range(0, len(places), BLOCK))
        return np.concatenate([function(block) for block in blocks])

    values, exact = at(0.0), at(0.5)[:-1]
    slopes = (at(_APART) - at(-_APART)) / (2 * _APART)
    off: Any = np.abs(0.5 * (values[1:] + values[:-1]) + 0.125 * (slopes[:-1] - slopes[1:]) - exact)
    allowed: Any = np.abs(exact).max(axis=0) if of_largest else np.abs(exact)
    columns = 2 * values.shape[1]
    good = (off <= ALLOWED * allowed).all(axis=1) | ~counts
    first, last = 0, len(places)
    if not of_largest:  # of voltages as far from 0 V as all pieces are good
        half = len(good) // 2
        wide = int(np.argmin(np.append(good[half:] & good[:half][::-1], False)))
        first, last = half - wide, half + wide + 1
        good = good[first : last - 1] & (wide >= SMALL * PER_VOLT + 1)
    if not good.all() or last - first < 2:
        return np.zeros((0, columns))
    return np.ascontiguousarray(np.stack([values, slopes], axis=2)[first:last].reshape(last - first, columns))


@merged
def has_voltage(table: Array, size: float) -> bool:
    """Whether a map over the voltage has one of this size."""
    return size * (2.0 * PER_VOLT) <= table.shape[0] - 1.0


@merged
def place_of_voltage(v: float, pieces: int) -> tuple[int, float]:
    """Piece that a voltage on the maps lies in, and how far on in it."""
    place = v * PER_VOLT
    below = min(np.floor(place), pieces // 2 - 1.0)
    return pieces // 2 + int(below), place - below


@merged
def piece(table: Array, column: int, number: int, share: float) -> float:
    """A map's column, a share of the way into a piece."""
    here = np.uint64(number)  # of an index that may be negative loops check in each turn
    there = here + np.uint64(1)
    a, b = table[here, column], table[here, column + 1]
    c, d = table[there, column], table[there, column + 1]
    rise = c - a
    return a + share * (b + share * ((3 * rise - 2 * b - d) + share * (b + d - 2 * rise)))


@merged
def piece_slope(table: Array, column: int, number: int, share: float) -> float:
    """What its slope there makes of a piece."""
    here = np.uint64(number)
    there = here + np.uint64(1)
    b, d = table[here, column + 1], table[there, column + 1]
    rise = table[there, column] - table[here, column]
    return b + share * (2 * (3 * rise - 2 * b - d) + share * 3 * (b + d - 2 * rise))


@merged
def bound(bounds: Array, column: int, state: float) -> tuple[float, float]:
    """Soft bound of a state on the map, and its slope."""
    per_state = (bounds.shape[0] - 1) / (_HIGH - _LOW)
    place = (state - _LOW) * per_state
    number = int(place)
    share = place - number
    return piece(bounds, column, number, share), per_state * piece_slope(bounds, column, number, share)


@merged
def on_map(state: float) -> bool:
    """Whether a state, and what it is away from 1, lie on the map."""
    return _LOW < state < _HIGH and _LOW < 1.0 - state < _HIGH

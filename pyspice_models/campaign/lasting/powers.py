"""The map of one round, state before to state after, and its powers: many rounds by repeated squaring.

A map is held as how far it moves each of some states, not as where to: a read at 5 mV moves a state by 1e-40, which
beside the state itself would be lost. Between these states it is a cubic that overshoots nowhere (Fritsch and Carlson,
SIAM J. Numer. Anal. 17 (1980) 238). States of a cell do not see each other, so that each has a map of its own.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pyspice_models.errors import RequestError, SimulationError

Array = NDArray[np.float64]
Rates = Callable[..., tuple[Array, ...]]
"""Of states [1/s], from the voltage [V] and the states, arrays of shape (..., row, col)."""

NODES = 97
_FAR = 0.02
"""Way that a state may go within one step of integration."""
_MOST = 4096
_STILL = 1e-300
_NOTHING = 1e-6
"""Of all that a round moves a state by: what an interval between two samples adds and need not."""


def nodes(count: int = NODES) -> Array:
    """States at which maps are known, from 0 to 1; closer at the ends, where soft bounds bend."""
    found = 0.5 * (1 - np.cos(np.pi * np.arange(count) / (count - 1)))
    found[0], found[-1] = 0.0, 1.0
    return np.asarray(found)


class StateMap:
    """What a round does to one state of all cells.

    Attributes:
        at: states, shape (node,).
        moves: by how much each is moved, in each cell, shape (node, row, col).
    """

    def __init__(self, at: Array, moves: Array) -> None:
        """From what was integrated.

        Raises:
            SimulationError: a map that turns two states around: what was integrated was too coarse.
        """
        self.at = at
        steps = np.diff(at)[:, None, None]
        # the way ends at a bound
        self.moves = np.clip(moves, -at[:, None, None], 1 - at[:, None, None])
        if (np.diff(self.moves, axis=0) < -steps * (1 + 1e-6)).any():
            raise SimulationError(
                "the map of one round is not monotone: a round moves states by too much to be taken to a power"
            )
        self._size = np.maximum(np.abs(self.moves).max(axis=0), _STILL)
        self._unit = self.moves / self._size
        self._slopes = _slopes(steps, np.diff(self._unit, axis=0) / steps)

    def __call__(self, states: ArrayLike) -> Array:
        """By how much states are moved; shape (..., row, col)."""
        s = np.asarray(states, dtype=float)
        flat = np.clip(s, 0.0, 1.0).reshape(-1, *s.shape[-2:])
        place = np.clip(np.searchsorted(self.at, flat, side="right") - 1, 0, len(self.at) - 2)
        low, width = self.at[place], self.at[place + 1] - self.at[place]
        u = (flat - low) / width
        y0, y1 = (np.take_along_axis(self._unit, place + n, axis=0) for n in (0, 1))
        m0, m1 = (np.take_along_axis(self._slopes, place + n, axis=0) * width for n in (0, 1))
        cubic = (
            (1 + 2 * u) * (1 - u) ** 2 * y0 + u * (1 - u) ** 2 * m0 + u * u * (3 - 2 * u) * y1 + u * u * (u - 1) * m1
        )
        return np.asarray((cubic * self._size).reshape(s.shape))

    def twice(self) -> StateMap:
        """The map of two rounds."""
        first = self.moves
        return StateMap(self.at, first + self(self.at[:, None, None] + first))


class Powers:
    """All powers of a map, by squares that are made once."""

    def __init__(self, one: StateMap) -> None:
        """Of the map of one round."""
        self._squares = [one]

    def moved(self, states: Array, rounds: int) -> Array:
        """By how much so many rounds move states, shape (..., row, col)."""
        far, number = np.zeros_like(states), 0
        while rounds:
            if len(self._squares) == number:
                self._squares.append(self._squares[-1].twice())
            if rounds & 1:
                far = far + self._squares[number](states + far)
            rounds, number = rounds >> 1, number + 1
        return far


def maps_of(
    rates: Rates, count: int, times: Array, volts: Array, at: Array | None = None, *, alike: bool = False
) -> list[StateMap]:  # fmt: skip
    """Maps of a round from the voltages that each cell sees in it: by the cells' equations, to a relative accuracy.

    Args:
        rates: of the states of all cells.
        count: of states.
        times: of samples, shape (sample,) [s].
        volts: at them, straight in between, shape (sample, row, col) [V].
        at: states; by default `nodes`.
        alike: all cells have the same parameters, and `rates` takes arrays of any shape.

    Raises:
        SimulationError: rates that are no numbers.
    """
    at, shape = nodes() if at is None else at, volts.shape[1:]
    if alike:  # then they stand in a line, and in each interval those alone are followed that move
        volts = volts.reshape(len(volts), 1, -1)
    far = np.zeros((count, len(at), *volts.shape[1:]))

    def slopes(v: Array, moved: Array) -> Array:
        found = rates(v, *np.clip(at[:, None, None] + moved, 0.0, 1.0))
        every = np.array([np.broadcast_to(one, moved.shape[1:]) for one in found])
        return np.nan_to_num(every, posinf=np.nan, neginf=np.nan)

    lengths, most = np.diff(times), _fastest(rates, count, volts)
    ways = np.maximum(most[:-1], most[1:]) * lengths[:, None, None]
    worth = ways > _NOTHING / len(lengths) * ways.sum(axis=0)
    for number in np.flatnonzero(worth.any(axis=(1, 2))):
        moving = np.flatnonzero(worth[number, 0]) if alike else slice(None)
        low, high, now = volts[number][:, moving], volts[number + 1][:, moving], far[..., moving]
        parts = int(np.clip(np.ceil(float(ways[number].max()) / _FAR), 1, _MOST))
        step = lengths[number] / parts
        for n in range(parts):
            a, b, c = (low + (high - low) * (n + share) / parts for share in (0.0, 0.5, 1.0))
            k1 = slopes(a, now)
            k2 = slopes(b, now + step / 2 * k1)
            k3 = slopes(b, now + step / 2 * k2)
            k4 = slopes(c, now + step * k3)
            now = now + step / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        far[..., moving] = now
    if not np.isfinite(far).all():
        raise SimulationError("the rates of the cells' states are no numbers at the voltages of a read")
    return [StateMap(at, one.reshape(len(at), *shape)) for one in far]


def _fastest(rates: Rates, count: int, volts: Array) -> Array:
    """The largest rate of any state at each sample, in each cell, shape (sample, row, col) [1/s]."""
    found = np.zeros(volts.shape)
    for level in (0.0, 0.5, 1.0):
        for one in rates(volts, *(np.full(volts.shape, level) for _ in range(count))):
            found = np.fmax(found, np.abs(np.broadcast_to(one, volts.shape)))
    return found


def check_apart(rates: Rates, names: tuple[str, ...], shape: tuple[int, int], volts: float, asked: str) -> None:
    """Raise RequestError for a cell of which one state's rate depends on another state: it has no map of one state."""
    middle = [np.full(shape, 0.5) for _ in names]
    v = np.full(shape, volts)
    usual = [np.nan_to_num(np.broadcast_to(one, shape)) for one in rates(v, *middle)]
    for n, other in enumerate(names):
        for level in (0.1, 0.9):
            moved = [np.full(shape, level) if k == n else one for k, one in enumerate(middle)]
            found = [np.nan_to_num(np.broadcast_to(one, shape)) for one in rates(v, *moved)]
            for k, name in enumerate(names):
                if k != n and not np.allclose(found[k], usual[k], rtol=1e-6, atol=1e-12 * _largest(usual[k])):
                    raise RequestError(
                        f"{asked} takes each state for itself, and in this cell the rate of {name!r} depends on "
                        f"{other!r}. Simulate some reads with ag2s simulate instead."
                    )


def _largest(values: Array) -> float:
    return float(np.abs(values).max())


def _slopes(steps: Array, rises: Array) -> Array:
    """Slopes at the nodes by which no cubic overshoots: weighted harmonic means, 0 at a turn."""
    one, two = rises[:-1], rises[1:]
    left, right = 2 * steps[1:] + steps[:-1], steps[1:] + 2 * steps[:-1]
    same = one * two > 0
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        mean = (left + right) / (left / one + right / two)
    inner = np.where(same, np.nan_to_num(mean), 0.0)
    return np.concatenate([_end(steps[0], steps[1], rises[0], rises[1])[None], inner,
                           _end(steps[-1], steps[-2], rises[-1], rises[-2])[None]])  # fmt: skip


def _end(step: Array, other: Array, rise: Array, next_rise: Array) -> Array:
    """Slope at an end, by three points, where that does not overshoot."""
    slope = ((2 * step + other) * rise - step * next_rise) / (step + other)
    slope = np.where(slope * rise <= 0, 0.0, slope)
    return np.where((rise * next_rise <= 0) & (np.abs(slope) > 3 * np.abs(rise)), 3 * rise, slope)

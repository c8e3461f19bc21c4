"""Symmetric points, found as on a wafer: alternating pulses until a cell goes to and fro around one level."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pyspice_models.array.levels import Scale
from pyspice_models.program.learning.streams import Trains, alternating
from pyspice_models.program.learning.tile import Pulses, Spent, Tile

Array = NDArray[np.float64]

PAIRS = 100
"""Of pulses: from the ends of the window, within 1e-4 of where it ends."""


def symmetric_points(tile: Tile, level: str, trains: Trains, *, pairs: int = PAIRS) -> tuple[Array, Array, list[Spent]]:
    """Drive all cells of a tile to their symmetric points, and leave them there.

    The symmetric point is the mean of the levels after a set and after the reset that follows it. Others are in use:
    where set and reset are equally large (0.283 for the nominal cell instead of 0.270), or the mean under random pulses
    (0.294); for a cell that sets and resets in steps they differ by a part of a step.

    Args:
        tile: whose cells begin anywhere.
        level: name of the state that the pulses move.
        trains: of the pulses; all lines pulse at once.
        pairs: of pulses.

    Returns:
        Symmetric points, and the mean size of a set and a reset from there, both of the tile's shape; what it cost.
    """
    spent = [tile.update(alternating(tile.shape, pairs, trains))]
    low = tile.states[level]
    spent.append(tile.update(_one(tile, trains, 1)))
    middle = np.clip((low + tile.states[level]) / 2, 0.0, 1.0)
    sizes = []
    for sign in (1, -1):
        tile.program({level: middle})
        spent.append(tile.update(_one(tile, trains, sign)))
        sizes.append(np.abs(tile.states[level] - middle))
    tile.program({level: middle})
    return middle, (sizes[0] + sizes[1]) / 2, spent


def steps(tile: Tile, level: str, trains: Trains) -> tuple[Array, Array, Array]:
    """What one whole pulse does to cells at all levels from 0 to 1, spread evenly over a tile of one word line.

    Returns:
        Levels, and their changes by a set and by a reset, each of shape (cols,).
    """
    levels = np.linspace(0, 1, tile.shape[1])
    changes = []
    for sign in (1, -1):
        tile.program({level: levels[None]})
        tile.update(_one(tile, trains, sign))
        changes.append(tile.states[level][0] - levels)
    return levels, changes[0], changes[1]


def match(tile: Tile, beside: Tile, level: str, voltage: float, window: Scale) -> None:
    """Program an array beside a tile until both read alike, cell by cell, as far as its cells can.

    What is compared are currents, not levels: cells that differ hold the same conductance at other levels.

    Args:
        tile: as it is.
        beside: of the same shape.
        level: name of the state that is programmed.
        voltage: of the reads [V].
        window: conductances of the levels 0 and 1 of a nominal cell.
    """
    lines = voltage * np.eye(tile.shape[0])
    wanted, span = tile.forward(lines).currents, float(window.difference(voltage))
    for _ in range(_ROUNDS):
        missing = (wanted - beside.forward(lines).currents) / span
        beside.program({level: np.clip(beside.states[level] + missing, 0.0, 1.0)})


_ROUNDS = 5
"""Of programming and reading; cells whose window differs by a tenth are within 1e-5 then."""


def _one(tile: Tile, trains: Trains, sign: int) -> Pulses:
    """One pulse for all cells."""
    word, bit = (np.ones((1, lines), dtype=bool) for lines in tile.shape)
    return Pulses(word, bit, np.array([sign], dtype=np.int8), trains.voltage, trains.width, trains.scheme)

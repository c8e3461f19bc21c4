"""An update, and a product, on a crossbar whose cells are maps: what compiled loops are given."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pyspice_models.errors import SimulationError
from pyspice_models.program.learning.tile import Pulses
from pyspice_models.program.learning.tiles.conduction import Conduction
from pyspice_models.program.learning.tiles.lines import Both, Charging, Lines
from pyspice_models.program.learning.tiles.response import Response

Array = NDArray[np.float64]

# of the largest voltage: changes below which sweeps along the lines have come to rest; each takes away nine tenths or
# more of what is left. Before it is known how far the cells move, for pulses, for products
_FIRST, _PULSE, _PRODUCT = 1e-3, 1e-5, 1e-7
_SWEEPS = 100


class Known(NamedTuple):
    """What is known of pulses of one voltage and width on one array.

    Attributes:
        response, conduction: maps.
        reads: map of conduction for small voltages: cells that see none keep what it says of their states.
        shifts: how cells differ, see `difference.py`.
        branch: constants of the cells' slow branches, see `branch.py`.
        charging: what edges lose.
        length: of a plateau that heats as much as the pulse does, edges included [s].
        error: largest error of a state's change against the cell's own simulation, of the window.
    """

    response: Response
    conduction: Conduction
    reads: Conduction
    shifts: Array
    branch: Array
    charging: Charging
    length: float
    error: float


class Cells(NamedTuple):
    """What an array's cells hold; changed in place.

    Attributes:
        states: shape (states, cells).
        at_rest: conductances near 0 V in these states, shape (cells,) [S].
    """

    states: Array
    at_rest: Array


def follow(pulses: Pulses, lines: Lines, known: Known, cells: Cells) -> tuple[Array, NDArray[np.int_]]:
    """Give pulses to cells.

    Args:
        pulses: that the lines have.
        lines: resistances.
        known: of pulses of this voltage and width.
        cells: what they hold, changed in place.

    Returns:
        Energies in cells with whole pulses, in others, in lines and in ends [J], shape (4,); and the whole pulses of
        each cell, shape (rows, cols).

    Raises:
        SimulationError: sweeps along the lines do not come to rest.
    """
    from pyspice_models.engine.nodal.tabulated.update import slots

    conduction, reads, response, charging = known.conduction, known.reads, known.response, known.charging
    spent, charge, had = np.zeros(6), np.zeros(len(cells.at_rest)), np.zeros(charging.plates.shape, dtype=int)
    if not slots(
        pulses.word, pulses.bit, pulses.sign, pulses.voltage, pulses.scheme == "V/3", *lines.ends, *lines.segments,
        cells.states, charge, cells.at_rest, had, *conduction.maps, *reads.maps, conduction.broken, response.changes,
        response.reach, known.shifts, response.quiet, reads.straight, known.branch, known.length,
        _FIRST * pulses.voltage, _PULSE * pulses.voltage, _SWEEPS, charging.plates, *charging.own, *charging.coupling,
        *charging.weights, spent,
    ):  # fmt: skip
        raise _restless(pulses.voltage)
    on_words, on_bits = spent[4:].tolist()
    in_lines = charging.shares[0] * on_words + charging.shares[1] * on_bits
    energies = spent[:4]
    energies[2] += in_lines
    energies[3] += on_words + on_bits - in_lines
    return energies, had


def products(
    volts: Array, of_words: bool, ends: Both, segments: Both, conduction: Conduction, cells: Cells, *, straight: bool
) -> tuple[Array, float]:  # fmt: skip
    """Static currents into the ends of the lines that are not driven [A], and the sum of the array's powers [W].

    Args:
        volts: of the sources of all word lines, or of all bit lines, shape (vectors, lines) [V].
        of_words: which of them.
        ends, segments: resistances behind the lines and of their segments [ohm].
        conduction: map.
        cells: what they hold.
        straight: whether conductances are those near 0 V.

    Raises:
        SimulationError: as `follow`.
    """
    from pyspice_models.engine.nodal.tabulated import update

    shape = (volts.shape[1], -1) if of_words else (-1, volts.shape[1])
    at_rest = cells.at_rest.reshape(shape)
    currents, power = np.empty((len(volts), at_rest.shape[1 if of_words else 0])), 0.0
    if straight:
        power = update.products(volts, of_words, *ends, *segments, at_rest, _PRODUCT, _SWEEPS, currents)
    else:
        for n, one in enumerate(volts):
            slope = _bent(one, of_words, ends, segments, conduction, cells, at_rest)
            own = currents[n : n + 1]
            power += update.products(one[None], of_words, *ends, *segments, slope, _PRODUCT, _SWEEPS, own)
    if not math.isfinite(power):
        raise _restless(float(np.abs(volts).max()))
    return currents, power


def _bent(
    volts: Array, of_words: bool, ends: Both, segments: Both, conduction: Conduction, cells: Cells, at_rest: Array
) -> Array:  # fmt: skip
    """Conductances at the voltages that these sources leave across the cells, shape (rows, cols) [S].

    Where conductances bend with the voltage, IR drop takes little of it: a second look is enough.
    """
    from pyspice_models.engine.nodal.tabulated.lines import settle_lines

    rows, cols = shape = at_rest.shape
    word, bit = (volts, np.zeros(cols)) if of_words else (np.zeros(rows), volts)
    v = word[:, None] - bit
    slope, scratch = conduction.at(v.ravel(), cells.states), (np.empty(shape), np.empty(shape), np.empty(shape))
    allowed = _PRODUCT * float(np.abs(volts).max())
    settle_lines(
        slope.reshape(shape), np.zeros(shape), word, bit, *ends, *segments, v, *scratch, allowed, _SWEEPS
    )  # fmt: skip
    return conduction.at(v.ravel(), cells.states).reshape(shape)


def _restless(volts: float) -> SimulationError:
    return SimulationError(
        f"sweeps along the lines of a tile do not come to rest at {volts:g} V: the lines take too much of it. Use "
        "way = 'circuit', or lines and drivers of less resistance."
    )

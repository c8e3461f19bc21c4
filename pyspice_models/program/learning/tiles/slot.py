"""An update, and a product, on a crossbar whose cells are maps: what compiled loops are given."""

from __future__ import annotations

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
        pulses.word, pulses.bit, *pulses.lines, *lines.ends, *lines.segments, cells.states, charge, cells.at_rest,
        had, *conduction.maps, *reads.maps, conduction.broken, response.changes, response.reach, known.shifts,
        response.quiet, reads.straight, known.branch, known.length, _FIRST * pulses.voltage, _PULSE * pulses.voltage,
        _SWEEPS, charging.plates, *charging.own, *charging.coupling, *charging.weights, spent,
    ):  # fmt: skip
        raise _restless(pulses.voltage)
    whole = had.ravel() > 0
    stored = 0.5 * known.branch[-1] * np.square(charge)
    in_lines = sum(share * lost for share, lost in zip(charging.shares, spent[4:], strict=True))
    added = stored[whole].sum(), stored[~whole].sum(), in_lines, spent[4:].sum() - in_lines
    energies = spent[:4] + np.array(added)
    return energies, had


def product(
    volts: tuple[Array, Array], ends: Both, segments: Both, conduction: Conduction, cells: Cells, *, straight: bool
) -> tuple[Array, Array, float]:
    """Static currents from the sources into word lines and into bit lines [A], and the power of the array [W].

    Args:
        volts: of the sources of word and bit lines, shapes (rows,) and (cols,) [V].
        ends, segments: resistances behind the lines and of their segments [ohm].
        conduction: map.
        cells: what they hold.
        straight: whether conductances are those near 0 V.

    Raises:
        SimulationError: as `follow`.
    """
    from pyspice_models.engine.nodal.tabulated import update
    from pyspice_models.engine.nodal.tabulated.lines import settle_lines

    into, shape = (np.empty(len(volts[0])), np.empty(len(volts[1]))), (len(volts[0]), len(volts[1]))
    largest = max(float(np.abs(side).max()) for side in volts)
    slope, allowed = cells.at_rest, _PRODUCT * largest
    if not straight:
        # where conductances bend with the voltage, IR drop takes little of it: a second look is enough
        v = volts[0][:, None] - volts[1]
        slope, scratch = conduction.at(v.ravel(), cells.states), (np.empty(shape), np.empty(shape), np.empty(shape))
        settle_lines(
            slope.reshape(shape), np.zeros(shape), *volts, *ends, *segments, v, *scratch, allowed, _SWEEPS
        )  # fmt: skip
        slope = conduction.at(v.ravel(), cells.states)
    power = update.product(*volts, *ends, *segments, slope.reshape(shape), allowed, _SWEEPS, *into)
    if not np.isfinite(power):
        raise _restless(largest)
    return *into, power


def _restless(volts: float) -> SimulationError:
    return SimulationError(
        f"sweeps along the lines of a tile do not come to rest at {volts:g} V: the lines take too much of it. Use "
        "way = 'circuit', or lines and drivers of less resistance."
    )

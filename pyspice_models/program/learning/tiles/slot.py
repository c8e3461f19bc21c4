"""One slot of pulses, and one product, on a crossbar whose cells are maps."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pyspice_models.errors import SimulationError
from pyspice_models.program.learning.tiles.conduction import Conduction
from pyspice_models.program.learning.tiles.lines import Both
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
        length: of a plateau that heats as much as the pulse does, edges included [s].
        error: largest error of a state's change against the cell's own simulation, of the window.
    """

    response: Response
    conduction: Conduction
    reads: Conduction
    shifts: Array
    branch: Array
    length: float
    error: float


class Network(NamedTuple):
    """Sources and lines.

    Attributes:
        volts: of the sources of word and bit lines, shapes (rows,) and (cols,) [V].
        ends: resistance behind them [ohm].
        segments: of a segment of a line [ohm].
    """

    volts: tuple[Array, Array]
    ends: Both
    segments: Both


class Cells(NamedTuple):
    """What an array's cells hold; changed in place.

    Attributes:
        states: shape (states, cells).
        charge: voltages of the slow branches, shape (cells,) [V].
        at_rest: conductances near 0 V in these states, shape (cells,) [S].
    """

    states: Array
    charge: Array
    at_rest: Array


def pulse(net: Network, known: Known, cells: Cells, whole: NDArray[np.bool_], spent: Array) -> None:
    """Follow one slot.

    Args:
        net: sources and lines.
        known: of the pulses.
        cells: what they hold, changed in place.
        whole: cells that get the whole pulse, shape (cells,).
        spent: in cells with a whole pulse, in others, in lines, in ends; added to, shape (4,) [J].

    Raises:
        SimulationError: the sweeps along the lines do not come to rest.
    """
    from pyspice_models.engine.nodal import tabulated

    conduction, response, (states, charge, at_rest) = known.conduction, known.response, cells
    looked_up = response.changes, response.reach, known.shifts, response.quiet, conduction.broken
    v = net.volts[0][:, None] - net.volts[1]
    flat, slope, offset = v.ravel(), np.empty_like(v), np.empty_like(v)
    current, down = np.empty_like(v), np.empty_like(v)
    active = np.abs(flat) > min(response.quiet, known.reads.straight)
    mean = at_rest.copy()
    conduction.renew(flat, states, active, mean)
    tabulated.slow_branches(charge, known.branch, conduction.broken, mean, slope.ravel(), offset.ravel())
    _settle(net, slope, offset, v, current, down, _FIRST)
    # a second time with the mean of the conductances before and after the pulse
    ahead, after = np.empty_like(states), mean.copy()
    tabulated.moved(flat, states, *looked_up, ahead)
    conduction.renew(flat, ahead, active, after)
    more = 0.5 * (after - mean)
    mean += more
    slope += more.reshape(v.shape)
    _settle(net, slope, offset, v, current, down, _PULSE)
    tabulated.moved(flat, states, *looked_up, states)
    known.reads.renew(np.zeros_like(flat), states, active, at_rest)
    tabulated.losses(flat, charge, mean, known.length, known.branch, conduction.broken, whole, spent)
    in_lines, in_ends = tabulated.lost_on_lines(current, down, *net.ends, *net.segments)
    spent[2:] += in_lines * known.length, in_ends * known.length


def product(net: Network, conduction: Conduction, states: Array, held: Array | None) -> tuple[Array, Array, float]:
    """Static currents from the sources into word lines and into bit lines [A], and the power of the array [W].

    Args:
        net: sources and lines.
        conduction: map.
        states: shape (states, cells).
        held: conductances of the cells where they do not depend on the voltage, shape (cells,) [S].

    Raises:
        SimulationError: as `pulse`.
    """
    v = net.volts[0][:, None] - net.volts[1]
    offset, current, down = np.zeros_like(v), np.empty_like(v), np.empty_like(v)
    # where conductances bend with the voltage, IR drop takes little of it: once more is enough
    for _ in range(1 if held is not None else 2):
        slope = (conduction.at(v.ravel(), states) if held is None else held).reshape(v.shape)
        _settle(net, slope, offset, v, current, down, _PRODUCT)
    into_word, into_bit = current.sum(axis=1), -current.sum(axis=0)
    return into_word, into_bit, float(net.volts[0] @ into_word + net.volts[1] @ into_bit)


def _settle(
    net: Network, slope: Array, offset: Array, v: Array, current: Array, down: Array, allowed: float
) -> None:  # fmt: skip
    from pyspice_models.engine.nodal import tabulated

    largest = max(float(np.abs(volts).max()) for volts in net.volts)
    if not tabulated.settle_lines(
        slope, offset, *net.volts, *net.ends, *net.segments, v, current, down, allowed * largest, _SWEEPS
    ):
        raise SimulationError(
            f"sweeps along the lines of a tile do not come to rest at {largest:g} V: the lines take too much of it. "
            "Use way = 'circuit', or lines and drivers of less resistance."
        )

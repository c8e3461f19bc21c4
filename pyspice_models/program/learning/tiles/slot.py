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

_ALLOWED = 1e-6  # of the largest voltage: where sweeps along the lines have come to rest
_FIRST = 1e-5  # the same before it is known how far the cells move
_SWEEPS = 100


class Known(NamedTuple):
    """What is known of pulses of one voltage and width on one array.

    Attributes:
        response, conduction: maps.
        shifts: how cells differ, see `difference.py`.
        branch: constants of the cells' slow branches, see `branch.py`.
        length: of a plateau that heats as much as the pulse does, edges included [s].
        error: largest error of a state's change against the cell's own simulation, of the window.
    """

    response: Response
    conduction: Conduction
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


def pulse(net: Network, known: Known, states: Array, q: Array, whole: NDArray[np.bool_], spent: Array) -> None:
    """Follow one slot.

    Args:
        net: sources and lines.
        known: of the pulses.
        states: shape (states, cells), changed in place.
        q: voltages of the slow branches, shape (cells,), changed in place [V].
        whole: cells that get the whole pulse, shape (cells,).
        spent: in cells with a whole pulse, in others, in lines, in ends; added to, shape (4,) [J].

    Raises:
        SimulationError: the sweeps along the lines do not come to rest.
    """
    from pyspice_models.engine.nodal import tabulated

    conduction, response = known.conduction, known.response
    looked_up = response.changes, response.reach, known.shifts, response.quiet, conduction.broken
    v = net.volts[0][:, None] - net.volts[1]
    flat, slope, offset, mean = v.ravel(), np.empty_like(v), np.empty_like(v), np.empty(v.size)
    tabulated.conductances(flat, states, *conduction.maps, mean)
    tabulated.slow_branches(q, known.branch, conduction.broken, mean, slope.ravel(), offset.ravel())
    current, down = np.empty_like(v), np.empty_like(v)
    _settle(net, slope, offset, v, current, down, _FIRST)
    # a second time with the mean of the conductances before and after the pulse
    ahead, after = np.empty_like(states), np.empty_like(mean)
    tabulated.moved(flat, states, *looked_up, ahead)
    tabulated.conductances(flat, ahead, *conduction.maps, after)
    more = 0.5 * (after - mean)
    mean += more
    slope += more.reshape(v.shape)
    _settle(net, slope, offset, v, current, down, _ALLOWED)
    tabulated.moved(flat, states, *looked_up, states)
    tabulated.losses(flat, q, mean, known.length, known.branch, conduction.broken, whole, spent)
    in_lines, in_ends = tabulated.lost_on_lines(current, down, *net.ends, *net.segments)
    spent[2:] += in_lines * known.length, in_ends * known.length


def product(net: Network, conduction: Conduction, states: Array, held: Array | None) -> tuple[Array, Array, float]:
    """Static currents from the sources into word lines and into bit lines [A], and the power of the array [W].

    Args:
        net: sources and lines.
        conduction: map.
        states: shape (states, cells).
        held: conductances of the cells where they do not depend on the voltage, shape (rows, cols) [S].

    Raises:
        SimulationError: as `pulse`.
    """
    from pyspice_models.engine.nodal import tabulated

    v = net.volts[0][:, None] - net.volts[1]
    slope = np.empty_like(v) if held is None else held
    offset, current, down = np.zeros_like(v), np.empty_like(v), np.empty_like(v)
    # where conductances bend with the voltage, IR drop takes little of it: once more is enough
    for _ in range(1 if held is not None else 2):
        if held is None:
            tabulated.conductances(v.ravel(), states, *conduction.maps, slope.ravel())
        _settle(net, slope, offset, v, current, down, _ALLOWED)
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

"""What pulses are forecast to draw from the rails, by nominal cells on ideal lines; and the order that draws least."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from pyspice_models.array.levels import Scale
from pyspice_models.program.algorithms.base import Known, Pulses
from pyspice_models.program.algorithms.layout import ORDERS, Group, Layout, laid_out
from pyspice_models.program.algorithms.least import power

Array = NDArray[np.float64]


def cheapest(known: Known, asked: Pulses, how: Layout) -> list[Group]:
    """All pulses of a round in that of the `ORDERS` which is forecast to draw least; of equal ones the first.

    What others do to a cell adds up whatever comes first, but what half-selected cells draw does not: early pulses meet
    what cells held before the round, late ones what they hold after it.
    """
    every = [laid_out(asked, replace(how, order=order)) for order in ORDERS]
    return min(every, key=lambda groups: energy(known, asked, groups))


def energy(known: Known, asked: Pulses, groups: list[Group]) -> float:
    """Drawn from rails that all lines of one voltage share [J].

    Each cell goes from the conductance that was read to the one wanted, by equal parts in equal times of its pulse.
    """
    scale = Scale.nominal(known.crossbar, known.crossbar.model.read_voltage)
    now = np.clip(scale.conductances(known.read), scale.low, scale.high)
    way = np.where(asked.width > 0, scale.conductances(known.target) - now, 0.0)
    whole = np.zeros(now.shape)
    for one in groups:
        whole[one.row, list(one.cols)] += one.width
    total = 0.0
    for one in groups:
        at = (one.row, list(one.cols))
        half = way[at] * (one.width / whole[at]) / 2
        now[at] += half
        total += one.width * power(known.scheme, now, one.row, list(one.cols), one.voltage)
        now[at] += half
    return total

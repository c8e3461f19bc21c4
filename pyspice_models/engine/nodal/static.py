"""Static solution of a crossbar whose cells are plain conductances: the exact reference of a read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pyspice_models.array import Crossbar
from pyspice_models.bench.scheme import Bias
from pyspice_models.engine.nodal.network import Network
from pyspice_models.errors import RequestError

Array = NDArray[np.float64]


@dataclass(frozen=True)
class StaticSolution:
    """Voltages and currents, SI units.

    Attributes:
        word, bit: voltages of the lines at every crossing, shape (rows, cols).
        cells: current from word to bit line through every cell, same shape.
        word_ends, bit_ends: currents from the sources into the lines, shapes (rows,) and (cols,); a sense circuit
            sees the negative of the latter.
        gap: largest difference between what a line's cells carry and what its ends do by their voltages [A].
    """

    word: Array
    bit: Array
    cells: Array
    word_ends: Array
    bit_ends: Array
    gap: float


def solve_static(crossbar: Crossbar, bias: Bias, conductances: ArrayLike, tolerance: float = 1e-13) -> StaticSolution:
    """Solve the resistive network of a crossbar for one bias.

    Args:
        crossbar: lines and ends; its cells are replaced by `conductances`.
        bias: voltages of the sources, and which lines float (through r_off).
        conductances: of the cells, shape (rows, cols) [S], >= 0.
        tolerance: of the residual currents, relative to those that the sources send.

    Raises:
        RequestError: conductances of the wrong shape or negative.
        SimulationError: no convergence.
    """
    g = np.asarray(conductances, dtype=float)
    if g.shape != crossbar.shape or not (np.isfinite(g) & (g >= 0)).all():
        raise RequestError.for_value("conductances' shape", g.shape, allowed=f"{crossbar.shape}, finite and >= 0 S")
    driver = crossbar.driver
    word_on = 1 / np.where(bias.word_driven, driver.r_driver + driver.r_contact, driver.r_off)
    bit_on = 1 / np.where(bias.bit_driven, driver.r_sense + driver.r_contact, driver.r_off)
    near_word, near_bit = 1 / (1 / word_on + crossbar.r_word), 1 / (1 / bit_on + crossbar.r_bit)
    ends = np.zeros(crossbar.shape), np.zeros(crossbar.shape)
    sources = np.zeros(crossbar.shape), np.zeros(crossbar.shape)
    feeds: list[tuple[int, Any, Array, Array]] = [
        (0, np.s_[:, 0], near_word, bias.word),
        (1, np.s_[-1, :], near_bit, bias.bit),
    ]
    if driver.both_ends:
        feeds += [(0, np.s_[:, -1], word_on, bias.word), (1, np.s_[0, :], bit_on, bias.bit)]
    for side, place, conductance, volts in feeds:
        ends[side][place] += conductance
        sources[side][place] += conductance * volts
    network = Network(crossbar)
    solver = network.solver(ends, g, 0.0, np.zeros(crossbar.shape))
    word, bit = network.crossings(solver.solve(network.into(*sources), tolerance))
    cells = g * (word - bit)
    # what flows at an end is what the line's cells carry: a difference of two nearly equal voltages would be coarser
    word_ends, bit_ends = cells.sum(axis=1), -cells.sum(axis=0)
    through = [(source - end * line) for source, end, line in zip(sources, ends, (word, bit), strict=True)]
    gap = max(
        float(np.abs(through[0].sum(axis=1) - word_ends).max()), float(np.abs(through[1].sum(axis=0) - bit_ends).max())
    )
    return StaticSolution(np.array(word), np.array(bit), cells, word_ends, bit_ends, gap)

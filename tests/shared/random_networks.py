"""Random static networks of crossbars, and their solution without a cancellation, to hold the package's own against.

The reference shares no code with the package: nodes are eliminated one by one from a table of conductances (Kron's
reduction). What a node conducts in all is the sum of what it conducts to the nodes that are left, never a diagonal from
which parts have been subtracted. So there is no difference anywhere, and every conductance keeps its relative accuracy
whatever the spread of the network's values. Source: Grassmann, Taksar and Heyman, Operations Research 33 (1985) 1107.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np

from pyspice_models.array import Crossbar, Faults
from pyspice_models.array.driver import DriverParams
from pyspice_models.array.wire import WireParams
from pyspice_models.stimulus.scheme import Bias

_SQUARE = 25e-9  # film of 50 nm over two squares: resistivity [ohm m] of a segment of 1 ohm


@dataclass(frozen=True)
class Network:
    """One network: array, bias, conductances of its cells [S]."""

    crossbar: Crossbar
    bias: Bias
    g: np.ndarray


def random_network(seed: int) -> Network:
    """Single lines to 9 x 9, cells over 12 decades and open, any lines and ends, faults, floating lines."""
    draw = np.random.default_rng([seed, 20261125])
    rows, cols = (int(n) for n in draw.integers(1, 10, 2))
    low, high = np.sort(draw.uniform(-12, 0, 2))
    g = 10 ** draw.uniform(low, high, (rows, cols))
    g[draw.random((rows, cols)) < draw.choice([0.0, 0.2])] = 0.0
    r_word, r_bit = (float(draw.choice([0.0, 10 ** draw.uniform(-3, 5)], p=[0.2, 0.8])) for _ in range(2))
    both_ends = bool(draw.random() < 0.3)
    sense = "resistor" if both_ends else str(draw.choice(["resistor", "tia"]))
    driver = DriverParams(
        r_driver=10 ** draw.uniform(-3, 6), r_sense=10 ** draw.uniform(-3, 6), r_off=10 ** draw.uniform(8, 15),
        r_contact=float(draw.choice([0.0, 50.0])), both_ends=both_ends, sense=sense,
    )  # fmt: skip
    bar = Crossbar(
        rows, cols, driver=driver,
        wire=WireParams(mean_free_path=0.0, resistivity_wl=r_word * _SQUARE, resistivity_bl=r_bit * _SQUARE),
        faults=_faults(draw, rows, cols, r_word > 0, r_bit > 0),
    )  # fmt: skip
    return Network(bar, _bias(draw, rows, cols), g)


def _faults(draw: np.random.Generator, rows: int, cols: int, words: bool, bits: bool) -> Faults:
    if draw.random() < 0.5:
        return Faults()

    def places(last_row: int, last_col: int, allowed: bool = True) -> tuple[tuple[int, int], ...]:
        every = [(r, c) for r, c in product(range(last_row), range(last_col)) if draw.random() < 0.1]
        return tuple(every) if allowed else ()

    return Faults(
        open_words=places(rows, cols, words), open_bits=places(rows, cols, bits),
        shorted_words=places(rows - 1, cols), shorted_bits=places(rows, cols - 1), r_short=10 ** draw.uniform(0, 4),
        g_open=10 ** draw.uniform(-15, -9),
    )  # fmt: skip


def _bias(draw: np.random.Generator, rows: int, cols: int) -> Bias:
    def volts(size: int) -> np.ndarray:
        return draw.choice([0.0, 0.1, 0.3, -0.2], size) if draw.random() < 0.5 else draw.uniform(-0.5, 0.5, size)

    odds = draw.choice([0.0, 0.5])
    word, bit = volts(rows), volts(cols)
    word[0] = 0.25  # something is driven
    return Bias(word, bit, draw.random(rows) >= odds, draw.random(cols) >= odds, np.ones(cols, dtype=bool))


@dataclass(frozen=True)
class Reference:
    """Voltages of terminals and crossings [V], currents into the ends of the lines [A]."""

    word: np.ndarray
    bit: np.ndarray
    word_ends: np.ndarray
    bit_ends: np.ndarray


def solve_without_cancellation(network: Network) -> Reference:
    """Kron's reduction to the sources, in extended precision."""
    table = _Table()
    _lay(network, table)
    bar = network.crossbar
    inner = [n for n in table.names if n[0] != "source"]
    names = inner + [n for n in table.names if n[0] == "source"]
    place = {name: k for k, name in enumerate(names)}
    w = np.zeros((len(names), len(names)), dtype=np.longdouble)
    for (a, b), g in table.conductances.items():
        w[place[a], place[b]] += g
        w[place[b], place[a]] += g
    sums = np.zeros(len(inner), dtype=np.longdouble)
    for k in range(len(inner)):
        left = slice(k + 1, None)
        sums[k] = w[k, left].sum()
        w[left, left] += np.outer(w[left, k], w[k, left]) / sums[k]
    volts = np.zeros(len(names), dtype=np.longdouble)
    for name in names[len(inner) :]:
        volts[place[name]] = (network.bias.word if name[1] == "word" else network.bias.bit)[name[2]]
    # what a source gives: through the conductances that are left between the sources
    outer = slice(len(inner), None)
    currents = (np.tril(w[outer, outer], -1) + np.triu(w[outer, outer], 1)) * (volts[outer, None] - volts[None, outer])
    given = dict(zip(names[len(inner) :], currents.sum(axis=1), strict=True))
    for k in range(len(inner) - 1, -1, -1):
        volts[k] = (w[k, k + 1 :] * volts[k + 1 :]).sum() / sums[k]

    def at(side: str) -> np.ndarray:
        return np.array([[volts[place[_node(bar, side, r, c)]] for c in range(bar.cols)] for r in range(bar.rows)])

    return Reference(
        at("word"), at("bit"),
        np.array([given["source", "word", r] for r in range(bar.rows)]),
        np.array([given["source", "bit", c] for c in range(bar.cols)]),
    )  # fmt: skip


def join(laplace: np.ndarray, a: np.ndarray, b: np.ndarray, conductance: np.ndarray | float) -> None:
    """Connect the nodes `a` with the nodes `b`, pair by pair, in a dense matrix of nodes."""
    for n, m, value in zip(a.ravel(), b.ravel(), np.broadcast_to(conductance, a.shape).ravel(), strict=True):
        laplace[[n, m], [n, m]] += value
        laplace[[n, m], [m, n]] -= value


class _Table:
    """Conductances between named nodes; parallel ones add."""

    def __init__(self) -> None:
        self.names: list[tuple] = []
        self.conductances: dict[tuple[tuple, tuple], np.longdouble] = {}

    def add(self, a: tuple, b: tuple, g: float) -> None:
        for name in (a, b):
            if name not in self.names:
                self.names.append(name)
        self.conductances[a, b] = self.conductances.get((a, b), np.longdouble(0)) + np.longdouble(g)


def _node(bar: Crossbar, side: str, row: int, col: int) -> tuple:
    """A crossing's node; a line without resistance has one."""
    if side == "word":
        return ("word", row, col if bar.r_word > 0 else 0)
    return ("bit", row if bar.r_bit > 0 else 0, col)


def _lay(network: Network, table: _Table) -> None:
    bar, driver, bias = network.crossbar, network.crossbar.driver, network.bias
    last_row, last_col = bar.rows - 1, bar.cols - 1
    one = np.longdouble(1)
    for r, c in product(range(bar.rows), range(bar.cols)):
        table.add(_node(bar, "word", r, c), _node(bar, "bit", r, c), network.g[r, c])
        if bar.r_word > 0:
            before = _node(bar, "word", r, c - 1) if c else ("word terminal", r)
            g = bar.faults.g_open if (r, c) in bar.faults.open_words else one / bar.r_word
            table.add(before, _node(bar, "word", r, c), g)
        if bar.r_bit > 0:
            after = _node(bar, "bit", r + 1, c) if r < last_row else ("bit terminal", c)
            g = bar.faults.g_open if (r, c) in bar.faults.open_bits else one / bar.r_bit
            table.add(_node(bar, "bit", r, c), after, g)
    for r, c in bar.faults.shorted_words:
        table.add(_node(bar, "word", r, c), _node(bar, "word", r + 1, c), one / bar.faults.r_short)
    for r, c in bar.faults.shorted_bits:
        table.add(_node(bar, "bit", r, c), _node(bar, "bit", r, c + 1), one / bar.faults.r_short)
    behind = driver.r_feedback / (1 + driver.gain) if driver.sense == "tia" else 0.0
    for r in range(bar.rows):
        ohm = driver.r_driver + driver.r_contact if bias.word_driven[r] else driver.r_off
        near = ("word terminal", r) if bar.r_word > 0 else _node(bar, "word", r, 0)
        table.add(("source", "word", r), near, one / ohm)
        if driver.both_ends:
            table.add(("source", "word", r), _node(bar, "word", r, last_col), one / ohm)
    for c in range(bar.cols):
        ohm = (driver.r_sense + driver.r_contact if bias.bit_driven[c] else driver.r_off) + behind
        near = ("bit terminal", c) if bar.r_bit > 0 else _node(bar, "bit", last_row, c)
        table.add(("source", "bit", c), near, one / ohm)
        if driver.both_ends:
            table.add(("source", "bit", c), _node(bar, "bit", 0, c), one / ohm)

"""Random arrays as one reads them, some with floating lines, and solutions of them that stop early."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pyspice_models.array import Crossbar
from pyspice_models.array.driver import DriverParams
from pyspice_models.array.wire import WireParams
from pyspice_models.engine.nodal.static.solver import StaticSolver
from pyspice_models.stimulus.scheme import Bias


@dataclass(frozen=True)
class ReadNetwork:
    """An array of resistors with its bias, and where its solution is to stop.

    Attributes:
        g: conductances of its cells [S].
        tolerance: of the structured solution.
        output: a bit line that is driven.
    """

    crossbar: Crossbar
    bias: Bias
    g: np.ndarray
    tolerance: float
    output: int

    def solver(self, method: str, tolerance: float | None = None) -> StaticSolver:
        """Its network, factored."""
        words, bits = (np.flatnonzero(~on).tolist() for on in (self.bias.word_driven, self.bias.bit_driven))
        return StaticSolver.init(
            self.crossbar, self.g, float_words=words, float_bits=bits, method=method, tolerance=tolerance
        )


def read_network(seed: int) -> ReadNetwork:
    """2 x 2 to 24 x 24: cells over two decades from 1 uS to 10 mS, segments of 0.1 to 30 ohm, ends of 10 ohm to 10 k.

    A third have floating lines of both sides, a third two drivers a line. Tolerances from 1e-7 to 1e-2.
    """
    draw = np.random.default_rng([seed, 20261126])
    rows, cols = (int(n) for n in draw.integers(2, 25, 2))
    low = draw.uniform(-6, -4)
    g = 10 ** draw.uniform(low, low + 2, (rows, cols))
    driver = DriverParams(
        r_driver=10 ** draw.uniform(1, 4), r_sense=10 ** draw.uniform(1, 4), both_ends=bool(draw.random() < 1 / 3)
    )
    bar = Crossbar(rows, cols, wire=WireParams(r_segment=10 ** draw.uniform(-1, 1.5)), driver=driver)
    odds = draw.choice([0.0, 0.0, 0.5])
    words, bits = draw.random(rows) >= odds, draw.random(cols) >= odds
    words[0] = bits[0] = True
    bias = Bias(draw.uniform(0, 0.2, rows), np.zeros(cols), words, bits, np.ones(cols, dtype=bool))
    return ReadNetwork(bar, bias, g, float(10 ** draw.uniform(-7, -2)), int(draw.choice(np.flatnonzero(bits))))
